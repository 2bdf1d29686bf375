"""`read_table`: one way in for files, standard input, data frames, dicts and named examples."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chainrule.errors import DataError, nearest
from chainrule.tables.csv_file import read_csv
from chainrule.tables.encodings import readable_text, spooled_input
from chainrule.tables.frames import from_example, from_frame, from_mapping
from chainrule.tables.json_lines import read_json_lines
from chainrule.tables.parquet_file import ParquetFile
from chainrule.tables.sniff import unique_names
from chainrule.tables.table import Table

EXAMPLE = "example:"
_JSON = (".jsonl", ".ndjson", ".json")
_PARQUET_START = b"PAR1"
#: Characters that a message shows of a name that can't be one.
LONGEST_SHOWN = 100


def read_table(
    source: Any,
    *,
    header: bool | None = None,
    delimiter: str | None = None,
    columns: Sequence[str] | None = None,
) -> Table:
    """Read a table from wherever it is.

    Numbers, dates and text are told apart by what most values of a column are. These stand for a missing value:
    nothing, `?`, `NA`, `N/A`, `nan`, `null`, `None`, `-`. Blanks around values are dropped. Rows that can't be read
    are in the table's `rejects`, by line, and what was decided is in its `notes`.

    Parameters
    ----------
    source : str, path, data frame or dict of columns
        A file of CSV, TSV, Parquet or JSON lines (CSV and JSON lines also packed with gzip); "-" for standard input;
        "example:pima" for a named data set; a pandas, polars or Arrow frame; a dict of arrays; or a `Table`.
    header : bool, optional
        Whether the first line of a CSV file names the columns. Found out by default; without one they are called
        `column0`, `column1` and so on.
    delimiter : str, optional
        The character between values. Found out by default.
    columns : sequence of str, optional
        Names for the columns, instead of those in the source.

    Returns
    -------
    Table
        Columns by name.

    Raises
    ------
    DataError
        If there is no such file, it can't be read, or holds no table: one sentence that says why.
    MissingExtraError
        If DuckDB is needed and not installed.

    Examples
    --------
    >>> read_table({"age": [31, None], "sex": ["f", "m"]})
    Table of 2 rows: age (number), sex (text)
    """
    table = _read(source, header, delimiter)
    return table if columns is None else _renamed(table, list(columns))


def _read(source: Any, header: bool | None, delimiter: str | None) -> Table:
    if isinstance(source, Table):
        return source
    if isinstance(source, Mapping):
        return from_mapping(source)
    if not isinstance(source, (str, os.PathLike)):
        return from_frame(source)
    name = os.fspath(source)
    if name == "-":
        with spooled_input() as path:
            return _read_file(path, "standard input", header, delimiter)
    if name.startswith(EXAMPLE):
        return from_example(name.removeprefix(EXAMPLE))
    return _read_file(checked_path(Path(name)), name, header, delimiter)


def checked_path(path: Path) -> Path:
    """Return the path of a file that is there and may be read."""
    try:
        path.stat()
    except FileNotFoundError as error:
        near = nearest(path.name, os.listdir(path.parent)) if os.access(path.parent, os.R_OK) else ""
        raise DataError(f"There is no file {path}.{near}") from error
    except PermissionError as error:
        raise DataError(f"You have no permission to read {path}; ask its owner.") from error
    except (OSError, ValueError) as error:  # too long a name, a zero byte in it
        raise DataError(f"{str(path)[:LONGEST_SHOWN]!r} is no name of a file ({error}).") from error
    if path.is_dir():
        raise DataError(f"{path} is a folder; give the name of a file in it.")
    if not path.is_file():
        raise DataError(f"{path} is no plain file; send it through standard input: chainrule … - < {path}")
    if not os.access(path, os.R_OK):
        raise DataError(f"You have no permission to read {path}; chmod +r, or ask its owner.")
    return path.resolve()


def is_parquet(source: Any) -> bool:
    """Tell whether a source is the name of a Parquet file that can be read."""
    if not isinstance(source, (str, os.PathLike)) or os.fspath(source) == "-":
        return False
    path = Path(source)
    try:
        return path.is_file() and _begins_as_parquet(path)
    except (OSError, ValueError):  # `read_table` says what is wrong
        return False


def _begins_as_parquet(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(len(_PARQUET_START)) == _PARQUET_START


def _read_file(path: Path, source: str, header: bool | None, delimiter: str | None) -> Table:
    notes: list[str] = []
    if _begins_as_parquet(path):
        return ParquetFile(path, source).read()
    stem = source.lower().removesuffix(".gz")
    with readable_text(path, source, notes) as text:
        if stem.endswith(_JSON) or _begins_as_json(text):
            return read_json_lines(text, source, notes)
        if stem.endswith(".tsv") and delimiter is None:
            delimiter = _tab_if_there(text)
        return read_csv(text, source, notes, header, delimiter)


def _begins_as_json(path: Path) -> bool:
    with open(path, encoding="utf-8-sig") as file:
        return file.read(2).startswith(('{"', "[{"))


def _tab_if_there(path: Path) -> str | None:
    with open(path, encoding="utf-8-sig") as file:
        return "\t" if "\t" in file.readline() else None


def _renamed(table: Table, names: list[str]) -> Table:
    if len(names) != len(table.columns):
        raise DataError(f"{table.source} has {len(table.columns)} columns; received {len(names)} names for them.")
    notes = [*table.notes]
    names = unique_names(names, notes)
    return Table(dict(zip(names, table.columns.values(), strict=True)), table.rejects, notes, table.source)
