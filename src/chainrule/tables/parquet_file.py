"""Parquet: a file whose rows can be read from anywhere, so that it may be larger than memory."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.errors import DataError
from chainrule.tables.arrow_stream import StreamError, columns
from chainrule.tables.cells import NO_DATE
from chainrule.tables.database import connect, file_literal, identifier
from chainrule.tables.sniff import unique_names
from chainrule.tables.table import Table
from chainrule.tables.values import finite

_NUMBERS = ("INT", "DOUBLE", "FLOAT", "REAL", "DECIMAL", "HUGEINT")
#: What DuckDB calls the number of a row in its file.
ROW = "file_row_number"


class ParquetFile:
    """The columns of a Parquet file, and any of its rows as a table.

    Parameters
    ----------
    path : path
        The file.
    source : str
        What messages call it.

    Raises
    ------
    DataError
        If the file is damaged or has no rows.
    """

    def __init__(self, path: Path, source: str):
        self.path, self.source = path.resolve(), source
        with self._connection() as connection:
            described = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({file_literal(self.path)})").fetchall()
            count = f"SELECT count(*) FROM read_parquet({file_literal(self.path)})"
            self.n_rows: int = connection.execute(count).fetchall()[0][0]
        if not self.n_rows:
            raise DataError(f"{source} has columns and no rows; expected at least one row.")
        self.notes: list[str] = []
        self.names = unique_names([row[0] for row in described], self.notes)
        self._selected, self._dtypes = zip(*[_select(row[0], row[1]) for row in described], strict=True)

    def only(self, names: Iterable[str]) -> ParquetFile:
        """Return the file with some of its columns, in its own order."""
        wanted = set(names)
        places = [i for i, name in enumerate(self.names) if name in wanted]
        file = copy.copy(self)
        file.names = [self.names[i] for i in places]
        file._selected, file._dtypes = (tuple(part[i] for i in places) for part in (self._selected, self._dtypes))
        return file

    def read(self, first: int = 0, last: int | None = None) -> Table:
        """Return the rows from `first` up to, not including, `last`; all by default."""
        where = "" if last is None else f"WHERE {ROW} >= {int(first)} AND {ROW} < {int(last)}"
        return self._table(where, self.n_rows if last is None else last - first)

    def sample(self, n: int, seed: int) -> Table:
        """Return n rows from all over the file, or all if it has no more."""
        if n >= self.n_rows:
            return self.read()
        return self._table(f"USING SAMPLE reservoir({int(n)} ROWS) REPEATABLE ({int(seed) % 2**31})", n)

    def _table(self, which: str, n: int) -> Table:
        relation = f"read_parquet({file_literal(self.path)}{f', {ROW}=true' if ROW in which else ''})"
        with self._connection() as connection:
            query = f"SELECT {', '.join(self._selected)} FROM {relation} {which}"
            values = columns(connection.sql(query), list(self._dtypes), n)
        finished = [v.astype("datetime64[s]") if v.dtype.kind == "i" else finite(v) for v in values]
        return Table(dict(zip(self.names, finished, strict=True)), [], [*self.notes], self.source)

    @contextlib.contextmanager
    def _connection(self) -> Iterator[Any]:
        connection = connect()
        import duckdb  # there, since `connect` has used it

        try:
            yield connection
        except (duckdb.Error, StreamError) as error:
            first = str(error).splitlines()[0].split("Error: ", 1)[-1].rstrip(".")
            raise DataError(f"{self.source} can't be read as Parquet: {first}.") from error
        finally:
            connection.close()


def _select(name: str, type_: str) -> tuple[str, str]:
    """Return the SQL that reads a column of a type, and the dtype it gives."""
    column = identifier(name)
    if type_ == "BOOLEAN" or "[" in type_ or ("(" in type_ and not type_.startswith("DECIMAL")):
        return f"CAST({column} AS VARCHAR)", "O"
    if any(word in type_ for word in _NUMBERS) and not type_.startswith("INTERVAL"):
        return f"coalesce(CAST({column} AS DOUBLE), 'nan'::DOUBLE)", "f8"
    if type_ == "DATE" or type_.startswith("TIMESTAMP"):
        return f"coalesce(CAST(floor(epoch({column})) AS BIGINT), '{NO_DATE}'::BIGINT)", "i8"
    return f"CAST({column} AS VARCHAR)", "O"


def as_blocks(n_rows: int, size: int) -> np.ndarray:
    """Return where blocks of rows begin and end, (blocks, 2).

    Examples
    --------
    >>> as_blocks(5, 2).tolist()
    [[0, 2], [2, 4], [4, 5]]
    """
    first = np.arange(0, n_rows, size)
    return np.stack([first, np.minimum(first + size, n_rows)], axis=1)
