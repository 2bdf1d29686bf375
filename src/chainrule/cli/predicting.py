"""What `chainrule predict` does: columns in, CSV out."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.cli import python_code as python
from chainrule.cli.output import speaking_to_stderr
from chainrule.cli.report_text import show_notes, show_rejects
from chainrule.cli.training import column, names
from chainrule.errors import DataError

#: So many rows are turned into text at once.
ROWS = 10_000
ALL = "all"


def keep_columns(table: Any, keep: str | None) -> dict[str, np.ndarray]:
    """Return the columns of the table that are put before the predictions.

    Raises
    ------
    WrongUse
        If there is no such column.
    """
    wanted = table.names if keep == ALL and ALL not in table.names else names(keep)
    return {name: table[name] for name in (column(table, one, "--keep") for one in wanted)}


def write(columns: dict[str, np.ndarray], file: Path | None, as_json: bool) -> None:
    """Write columns as CSV, or as JSON, into a file or onto standard output."""
    if as_json:
        with _opened(file) as out:
            _write_json(columns, out)
        return
    with _opened(file) as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        n_rows = len(next(iter(columns.values())))
        for first in range(0, n_rows, ROWS):
            if getattr(out, "closed_there", False):
                break
            part = [_texts(values[first : first + ROWS]) for values in columns.values()]
            writer.writerows(zip(*part, strict=True))


def _write_json(columns: dict[str, np.ndarray], out: Any) -> None:
    import json

    from chainrule.cli.output import plain

    lists = {name: values.astype(str) if values.dtype.kind == "M" else values for name, values in columns.items()}
    rows = [
        dict(zip(lists, row, strict=True)) for row in zip(*(values.tolist() for values in lists.values()), strict=True)
    ]
    print(json.dumps(plain({"predictions": rows}), ensure_ascii=False, allow_nan=False, indent=2), file=out)


def _texts(values: np.ndarray) -> list[str]:
    """Return values as CSV has them: numbers in as few digits as say them to the bit, nothing where one is missing."""
    if values.dtype.kind == "O":
        return ["" if value is None else str(value) for value in values.tolist()]
    texts = values.astype(str)
    gone = np.isnat(values) if values.dtype.kind == "M" else np.isnan(values)
    texts[gone] = ""
    return [text.removesuffix(".0") for text in texts.tolist()]


@contextmanager
def _opened(file: Path | None) -> Iterator[Any]:
    """Give standard output, or a file that is there only once it is whole."""
    if file is None:
        if sys.stdout is None:
            raise DataError("Standard output is closed; name a file with --out.")
        yield sys.stdout
        sys.stdout.flush()
        return
    from io import StringIO

    from chainrule.saving.disk import write_atomically

    text = StringIO()
    yield text
    write_atomically(file, text.getvalue().encode())


def python_of(model: str, reading: dict[str, Any], columns: dict[str, np.ndarray], disk: bool) -> str:
    """Return the Python that predicts the same."""
    kept = [name for name in columns if name != "prediction" and not name.startswith("probability_")]
    *imports, opening = python.table_lines(reading, disk)
    lines = [*imports, f"model = {python.call('TableModel.load', model)}", opening]
    lines.append("columns = model.predict(table)")
    if kept:
        lines.append(f"columns = {{name: table[name] for name in {python.written(kept)}}} | columns")
    return python.script(*lines, "print(columns)")


def say_around(table: Any, notes: list[str], code: str) -> None:
    """Say on standard error what is not in the answer: notes, rows that can't be read, the Python."""
    with speaking_to_stderr():
        show_notes([*table.notes, *notes])
        show_rejects(table.rejects)
        python.tell(code)
        if table.rejects:
            n = len(table.rejects)
            have = "has" if n == 1 else "have"
            print(f"{table.n_rows:,} rows predicted; {n:,} could not be read and {have} no prediction.")
