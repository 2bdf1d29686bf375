"""Whether a table fits into memory, found out before it is read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.errors import DataError
from chainrule.tables.large import LargeTable
from chainrule.tables.read import is_parquet

#: Training in memory holds the table as it was read (float64, twice the float32 matrix), the matrix, and the part of
#: it that a network learns from: about four times the matrix. So a matrix of more than a quarter does not fit.
SHARE = 0.25
BYTES = np.dtype(np.float32).itemsize
#: Where Linux tells a container how much it may use: control groups of version 2 and 1.
LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def memory_allowed() -> int | None:
    """Return how many bytes this process may use, or None where the system does not say.

    It is the least of the machine's memory, a container's limit, and the process' own limit (`ulimit -v`).
    """
    found = [_machine(), _process(), *map(_container, LIMITS)]
    return min((limit for limit in found if limit), default=None)


def _machine() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # not on Windows
        return None


def _process() -> int | None:
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def _container(file: str) -> int | None:
    try:
        text = Path(file).read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None  # "max" where there is no limit


def is_too_large(n_rows: int, n_columns: int, allowed: int | None = None) -> bool:
    """Tell whether a table's float32 matrix takes more than a quarter of the memory that may be used.

    Parameters
    ----------
    n_rows, n_columns : int
    allowed : int, optional
        Bytes; by default what `memory_allowed` says. Where the system does not say, nothing is too large.

    Examples
    --------
    >>> is_too_large(1000, 10, allowed=200_000), is_too_large(1000, 10, allowed=100_000)
    (False, True)
    """
    allowed = memory_allowed() if allowed is None else allowed
    return allowed is not None and n_rows * n_columns * BYTES > SHARE * allowed


def opened_if_large(path: Any, from_disk: bool | None = None) -> LargeTable | None:
    """Return a Parquet file that is too large for memory, opened; None if the table is to be read whole.

    Parameters
    ----------
    path : str or path
        Any name that `read_table` takes.
    from_disk : bool, optional
        True: open it whatever its size. False: never.

    Raises
    ------
    DataError
        If it is to be left on disk and is no Parquet file.
    """
    if from_disk is False or (from_disk is None and not is_parquet(path)):
        return None
    if not is_parquet(path) and os.path.isfile(path):
        parquet = Path(path).with_suffix(".parquet")
        raise DataError(
            f"{path} is no Parquet file, and only those are trained from disk; write it as one, for instance with "
            f"DuckDB: COPY (FROM '{path}') TO '{parquet}'"
        )
    table = LargeTable(path)
    return table if from_disk or is_too_large(table.n_rows, len(table.names)) else None
