"""The rows that DuckDB could not read, by line of the file, in words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from chainrule.errors import DataError
from chainrule.tables.table import Reject

#: Characters of a line that are shown.
N_SHOWN = 120
#: So many bytes are read at once to count lines.
CHUNK = 1 << 20
#: A quote opens where a value begins; one within a value (5" long) is a sign like any other.
_OPENS = re.compile(r'(?:^|[,;|\t])[ ]*"')


def read_rejects(connection: Any, path: Path, source: str, n_rows: int) -> list[Reject]:
    """Return the rows that were left out, and refuse a file of which too little is left.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        On which the file was read with `store_rejects`.
    path : Path
        The file that was read.
    source : str
        What messages call it.
    n_rows : int
        How many rows could be read.

    Raises
    ------
    DataError
        If a quote opens and never closes, no row could be read, or more were left out than read.
    """
    query = (
        "SELECT DISTINCT ON (line_byte_position) line_byte_position, error_type, csv_line, error_message "
        "FROM reject_errors ORDER BY line_byte_position"
    )
    found = connection.execute(query).fetchall()
    lines = _lines_of([row[0] for row in found], path)
    rejects = [
        Reject(line, _shown(text), _reason(kind, message))
        for line, (_, kind, text, message) in zip(lines, found, strict=True)
    ]
    _refuse_open_quote(found, path, source)
    if not n_rows and not rejects:
        raise DataError(f"{source} has a first line of column names and no rows; expected at least one row below it.")
    if len(rejects) > n_rows:
        first = rejects[0]
        raise DataError(
            f"{source}: {len(rejects)} of {len(rejects) + n_rows} rows can't be read, the first in line {first.line}: "
            f"{first.reason} Is the delimiter another? Give it with delimiter=…"
        )
    return rejects


def _lines_of(positions: list[int], path: Path) -> list[int]:
    """Return the line, from 1, on which each byte position, from 1 and rising, is or the next row begins."""
    lines, line, start = [], 1, 0
    with open(path, "rb") as file:
        for position in positions:
            line += _count_newlines(file, position - 1 - start)
            start = position - 1
            ahead = file.read(2)
            file.seek(start)
            # DuckDB begins a row after CR LF at the LF.
            lines.append(line + (ahead[:1] == b"\n") if start else line)
    return lines


def _count_newlines(file: Any, size: int) -> int:
    count = 0
    while size > 0 and (chunk := file.read(min(CHUNK, size))):
        count += chunk.count(b"\n")
        size -= len(chunk)
    return count


def _shown(text: str | None) -> str:
    line = (text or "").strip("\r\n")
    return line if len(line) <= N_SHOWN else line[:N_SHOWN] + "…"


def _reason(kind: str, message: str) -> str:
    widths = re.search(r"Columns: (\d+) Found: (\d+)", message)
    if widths:
        return f"expected {widths[1]} values, received {widths[2]}."
    if kind == "TOO MANY COLUMNS" or kind == "MISSING COLUMNS":
        return f"expected another number of values ({message.rstrip('.')})."
    if kind == "UNQUOTED VALUE":
        return "a quote opens and does not close before the next delimiter."
    if kind == "LINE SIZE OVER MAXIMUM":
        return "the line is longer than 2 MB."
    return f"{message.splitlines()[0].rstrip('.')}."


def _refuse_open_quote(found: list[tuple], path: Path, source: str) -> None:
    """Refuse a file in which a quote swallowed the lines after it: nobody can say where it should have closed."""
    if any(kind in ("UNQUOTED VALUE", "LINE SIZE OVER MAXIMUM") for _, kind, _, _ in found) and _n_quotes(path) % 2:
        line = _line_of_open_quote(path)
        if line is not None:
            raise DataError(
                f"{source}: a quote opens in line {line} and never closes, so that all after it is one value; close "
                'it, or write a quote within a text twice ("").'
            )


def _n_quotes(path: Path) -> int:
    with open(path, "rb") as file:
        return sum(chunk.count(b'"') for chunk in iter(lambda: file.read(CHUNK), b""))


def _line_of_open_quote(path: Path) -> int | None:
    """Return the line of the quote that never closes, None if it is in the last line and swallows no other.

    DuckDB reads a file in several pieces at once, and can't say how much such a quote swallowed.
    """
    n_lines, opened = 0, None
    with open(path, encoding="utf-8-sig", newline="") as file:
        for line in file:
            n_lines += 1
            if line.count('"') % 2 and opened is not None:
                opened = None
            elif line.count('"') % 2 and _OPENS.search(line):
                opened = n_lines
    return opened if opened is not None and opened < n_lines else None
