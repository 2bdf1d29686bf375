"""How a CSV file is laid out: its delimiter, whether it has a header, how many columns, and how each is written.

All of it is read off the file's beginning by counting, so that a note can say what was found. DuckDB has a sniffer too,
but a few ragged rows make it see one wide column where there are several; this one takes what most rows have.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from chainrule.errors import DataError
from chainrule.tables.cells import DECIMAL_COMMA, PLAIN, Format, format_of, is_missing

#: Characters of the file that are looked at, rows that are counted, and rows whose cells are read.
SAMPLE_CHARACTERS, COUNTED_ROWS, SAMPLE_ROWS = 1 << 20, 500, 2000
#: In the order in which one is preferred where two fit as well.
DELIMITERS = ("\t", ";", "|", ",")
NAMES = {"\t": "tab", ";": "semicolon", "|": "vertical bar", ",": "comma"}
#: So many of the rows must have as many cells as most have, or the delimiter is none.
SAME_WIDTH = 0.5
#: Room is made for a little more rows than there seem to be.
MARGIN = 1.05
_QUOTE = '"'
#: Longest cell that Python's reader of CSV takes.
MAX_CELL = 1 << 24


@dataclass(frozen=True)
class Layout:
    """How a file is laid out.

    Attributes
    ----------
    delimiter : str
    names : list of str
        The columns, each once.
    header_rows : int
        What DuckDB skips before the first row: the header, blank lines before it; 0 without a header.
    formats : list of Format
        How each column is written.
    samples : list of list of str
        The first texts of each column.
    n_rows : int
        About how many rows there are, rather too many.
    """

    delimiter: str
    names: list[str]
    header_rows: int
    formats: list[Format]
    samples: list[list[str]]
    n_rows: int


def sniff(
    path: Path, source: str, notes: list[str], header: bool | None = None, delimiter: str | None = None
) -> Layout:
    """Return how a file in UTF-8 is laid out.

    Parameters
    ----------
    path : Path
        The file.
    source : str
        What messages call it.
    notes : list of str
        To which is added what was decided.
    header : bool, optional
        Whether the first row has the columns' names; found out by default.
    delimiter : str, optional
        One character; found out by default.

    Raises
    ------
    DataError
        If the file has a header and no rows, or the given delimiter is none.
    """
    text, whole = _sample(path)
    found = _delimiter(text, whole, source, delimiter)
    rows, n_blank = _rows(text, found, whole)
    width = _width(rows)
    has_header = _has_header(rows, width) if header is None else header
    first = rows[0] if has_header else []
    body = [row for row in rows[has_header:] if len(row) == width]
    if len(rows) == 1 and any("\n" in cell for cell in rows[0]):
        raise DataError(
            f"{source}: a quote opens in the first row and never closes, so that all after it is one value."
        )
    if has_header and len(rows) == 1 and whole:
        raise DataError(f"{source} has a first line of column names and no rows; expected at least one row below it.")
    samples = [[row[i] for row in body[:SAMPLE_ROWS]] for i in range(width)]
    formats = [format_of(sample, found) for sample in samples]
    names = _names(first, width, notes)
    _tell(notes, found, has_header, header, width, names, formats)
    return Layout(found, names, n_blank + 1 if has_header else 0, formats, samples, _about(path, text))


def _about(path: Path, text: str) -> int:
    """Return how many rows a file has, judged by the length of its first lines."""
    return int(path.stat().st_size / max(len(text), 1) * (text.count("\n") + 1) * MARGIN)


def _sample(path: Path) -> tuple[str, bool]:
    """Return the file's beginning, and whether that is all of it; a line cut in two is left out."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        text = file.read(SAMPLE_CHARACTERS)
        if not file.read(1):
            return text, True
    return text[: text.rfind("\n") + 1] or text, False


def _rows(text: str, delimiter: str, whole: bool, most: int = SAMPLE_ROWS + 1) -> tuple[list[list[str]], int]:
    """Return the first rows that are not blank, and how many blank ones are before them."""
    csv.field_size_limit(MAX_CELL)
    rows, n_blank = [], 0
    for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter, quotechar=_QUOTE):
        if row:
            rows.append(row)
        elif not rows:
            n_blank += 1
        if len(rows) == most:
            return rows, n_blank
    if not whole and len(rows) > 1:  # the last may be cut within quotes
        return rows[:-1], n_blank
    return rows, n_blank


def _width(rows: list[list[str]]) -> int:
    """Return how many cells most rows have; of widths as frequent, the first row's, else the larger."""
    counts = Counter(map(len, rows))
    most = max(counts.values())
    return max((width for width, count in counts.items() if count == most), key=lambda w: (w == len(rows[0]), w))


def _delimiter(text: str, whole: bool, source: str, given: str | None) -> str:
    scores = {}
    for delimiter in DELIMITERS:
        rows, _ = _rows(text, delimiter, whole, COUNTED_ROWS)
        width = _width(rows)
        share = sum(len(row) == width for row in rows) / len(rows)
        if width > 1 and share >= SAME_WIDTH:
            scores[delimiter] = (round(share, 2), _is_decimal(rows, width, delimiter), width)
    best = max(scores, key=lambda d: scores[d]) if scores else ","
    if given is None:
        return best
    if len(given) != 1 or given in '"\r\n':
        raise DataError(f"The delimiter is one character, such as ',' or ';'; received {given!r}.")
    if best in scores and given not in text:
        raise DataError(f"{source} has no delimiter {given!r}; its lines look divided by {best!r}.")
    return given


def _is_decimal(rows: list[list[str]], width: int, delimiter: str) -> bool:
    """Tell rows in which commas are within numbers, so that they divide nothing: 1,5;2,5."""
    cells = [cell for row in rows if len(row) == width for cell in row if "," in cell]
    return delimiter != "," and bool(cells) and all(map(DECIMAL_COMMA.matches, map(str.strip, cells)))


def _has_header(rows: list[list[str]], width: int) -> bool:
    """Tell names from values: no name is a number, is blank or comes again below itself."""
    first = [cell.strip() for cell in rows[0]]
    if any(PLAIN.matches(cell) or DECIMAL_COMMA.matches(cell) for cell in first):
        return False
    if all(is_missing(cell) for cell in first):
        return False
    body = [row for row in rows[1:] if len(row) == width]
    columns = [[row[i] for row in body] for i in range(min(width, len(first)))]
    if any(format_of(column).kind != "text" and any(map(_is_there, column)) for column in columns):
        return True
    return not any(cell and cell in map(str.strip, column) for cell, column in zip(first, columns, strict=False))


def _is_there(cell: str) -> bool:
    return not is_missing(cell)


def unique_names(given: list[str], notes: list[str]) -> list[str]:
    """Return names of which none comes twice, and note those that were renamed.

    Examples
    --------
    >>> unique_names(["age", "age", ""], [])
    ['age', 'age_2', 'column2']
    """
    names: list[str] = []
    taken = {name.strip() for name in given}
    for number, name in enumerate(map(str.strip, given)):
        new = name or f"column{number}"
        count = 2
        while new in names or (new != name and new in taken):
            new, count = f"{name or f'column{number}'}_{count}", count + 1
        if name and new != name:
            notes.append(f"Column {number} is named {name!r} as one before it; it is called {new!r} here.")
        names.append(new)
    return names


def _names(first: list[str], width: int, notes: list[str]) -> list[str]:
    if first and len(first) != width:
        notes.append(f"The header names {len(first)} columns and most rows have {width} values.")
    given = [*first[:width], *[""] * (width - len(first))]
    return unique_names(given, notes)


def _tell(notes: list[str], delimiter: str, has_header: bool, header: bool | None, width: int, names, formats) -> None:
    if delimiter != "," and width > 1:
        notes.append(f"The values are divided by a {NAMES.get(delimiter, repr(delimiter))}.")
    if width == 1:
        notes.append("There is one column; if there should be more, give the delimiter.")
    if not has_header and header is None:
        last = f" to {names[-1]}" if width > 1 else ""
        notes.append(f"The first line holds values, not names: the columns are called column0{last}.")
    for form in {form.name: form for form in formats if form.name not in ("text", "number", "year-month-day")}.values():
        those = [name for name, one in zip(names, formats, strict=True) if one is form]
        plural = "s" if len(those) > 1 else ""
        what = "Dates written" if form.kind == "date" else "Numbers with"
        notes.append(f"{what} {form.name} in column{plural} {', '.join(those)}.")
