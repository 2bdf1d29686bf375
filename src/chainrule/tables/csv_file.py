"""CSV and its kin, read by DuckDB: each column as what it holds, each row that can't be read by its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from chainrule.errors import DataError
from chainrule.tables import cells
from chainrule.tables.arrow_stream import StreamError, columns
from chainrule.tables.cells import BAD_DATE, NO_DATE, SHARE, TEXT, Format
from chainrule.tables.database import connect, file_literal, literal
from chainrule.tables.rejects import read_rejects
from chainrule.tables.sniff import Layout, sniff
from chainrule.tables.table import Table

#: So many texts that could not be read are looked at again, and so many are shown.
N_ODD, N_SHOWN = 1000, 3
#: Bytes of the file that DuckDB holds at once for each thread, and of the longest line.
BUFFER, MAX_LINE = 4 << 20, 2_000_000


def read_csv(path: Path, source: str, notes: list[str], header: bool | None, delimiter: str | None) -> Table:
    """Return the table in a file of UTF-8 text.

    Raises
    ------
    DataError
        If there is no table in it.
    """
    layout = sniff(path, source, notes, header, delimiter)
    connection = connect()
    try:
        values, odd = _read(connection, path, source, layout, layout.formats)
        rejects = read_rejects(connection, path, source, len(values[0]))
        formats = _second_thoughts(layout, values, odd)
        if formats != layout.formats:
            values, odd = _read(connection, path, source, layout, formats)
    finally:
        connection.close()
    for name, texts, form, column in zip(layout.names, odd, formats, values, strict=True):
        if texts:
            notes.append(_odd_note(name, texts, form, column))
    table = {name: _finish(column, form) for name, column, form in zip(layout.names, values, formats, strict=True)}
    return Table(table, rejects, notes, source)


def _from(path: Path, layout: Layout) -> str:
    """Return the SQL that reads every cell as text, the rejects beside it."""
    types = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(layout.names)))
    options = (
        f"auto_detect=false, delim={literal(layout.delimiter)}, quote='\"', escape='\"', header=false, "
        f"skip={layout.header_rows}, columns={{{types}}}, store_rejects=true, compression='none', "
        f"buffer_size={BUFFER}, max_line_size={MAX_LINE}"
    )
    return f"read_csv({file_literal(path)}, {options})"


def _read(
    connection: Any, path: Path, source: str, layout: Layout, formats: list[Format]
) -> tuple[list, list[list[str]]]:
    """Return the columns, and for each the different texts that are not what its format says."""
    relation = _from(path, layout)
    selected = [f"{cells.select(f'c{i}', form)} AS c{i}" for i, form in enumerate(formats)]
    dtypes = [cells.dtype_of(form) for form in formats]
    try:
        values = columns(connection.sql(f"SELECT {', '.join(selected)} FROM {relation}"), dtypes, layout.n_rows)
        odd = [
            _odd_texts(connection, relation, i, form) if _odd(column, form).any() else []
            for i, (form, column) in enumerate(zip(formats, values, strict=True))
        ]
    except (StreamError, *_duckdb_errors()) as error:
        raise DataError(f"{source} can't be read as a table: {_first_sentence(error)}") from error
    return values, odd


def _duckdb_errors() -> tuple[type[Exception], ...]:
    import duckdb

    return (duckdb.Error,)


def _first_sentence(error: Exception) -> str:
    """Return what DuckDB says, without its kind of error and its advice on its own options."""
    first = str(error).strip().splitlines()[0]
    return first.split("Error: ", 1)[-1].rstrip(".") + "."


def _odd(column: np.ndarray, form: Format) -> np.ndarray:
    """Return a mask of what could not be read."""
    if form.kind == "number":
        return np.isinf(column)
    return column == BAD_DATE if form.kind == "date" else np.zeros(1, bool)


def _is_there(column: np.ndarray) -> np.ndarray:
    """Return a mask of what is not missing, read or not."""
    return ~np.isnan(column) if column.dtype.kind == "f" else column != NO_DATE


def _odd_texts(connection: Any, relation: str, i: int, form: Format) -> list[str]:
    odd = "'infinity'::DOUBLE" if form.kind == "number" else f"'{BAD_DATE}'::BIGINT"
    read = cells.select(f"c{i}", form)
    query = (
        f"SELECT DISTINCT trim(c{i}) FROM {relation} WHERE {read} = {odd} OR {read} = -{odd} ORDER BY 1 LIMIT {N_ODD}"
    )
    return [row[0] for row in connection.execute(query).fetchall()]


def _second_thoughts(layout: Layout, values: list[np.ndarray], odd: list[list[str]]) -> list[Format]:
    """Return the columns' formats with what came after the sample in mind."""
    formats = []
    for form, sample, column, texts in zip(layout.formats, layout.samples, values, odd, strict=True):
        better = cells.format_of([*sample, *texts], layout.delimiter) if texts else form
        # Infinity and 1e400 are numbers, though none that can be used.
        if better is form and not all(map(form.matches, texts)):
            n_odd, there = int(_odd(column, form).sum()), int(_is_there(column).sum())
            better = TEXT if n_odd > (1 - SHARE) * there else form
        formats.append(better)
    return formats


def _odd_note(name: str, texts: list[str], form: Format, column: np.ndarray) -> str:
    count = int(_odd(column, form).sum())
    shown = ", ".join(map(repr, texts[:N_SHOWN])) + (", …" if len(texts) > N_SHOWN else "")
    what = "number that can be used" if form.kind == "number" else "date"
    if count == 1:
        return f"Column {name!r}: 1 value is no {what} ({shown}) and counts as missing."
    return f"Column {name!r}: {count:,} values are no {what} ({shown}) and count as missing."


def _finish(column: np.ndarray, form: Format) -> np.ndarray:
    """Make what could not be read a missing value."""
    if form.kind == "number":
        column[np.isinf(column)] = np.nan
    elif form.kind == "date":
        column[column == BAD_DATE] = NO_DATE
        return column.astype("datetime64[s]")
    return column
