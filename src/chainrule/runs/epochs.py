"""Epochs as a run's file holds them: a row each, and thousands a second as blocks of raw numbers.

A small network has ten thousand epochs a second. A row for each of their numbers would keep training from Python's lock
for a tenth of the time; a block is one row.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from chainrule.runs.raw import FLOATS, WHOLE, from_bytes, to_bytes

if TYPE_CHECKING:
    import sqlite3

#: So many epochs that come at once make a block.
A_BLOCK = 50
NAN = float("nan")

BLOCK = (
    'INSERT INTO epoch_block (first, count, numbers, steps, seconds, metrics, "values") VALUES (?, ?, ?, ?, ?, ?, ?)'
)
ROWS = "SELECT id, number, step, seconds FROM epoch"
BLOCKS = 'SELECT first, count, numbers, steps, seconds, metrics, "values" FROM epoch_block'
VALUES = "SELECT epoch, metric, value FROM epoch_value"

#: The columns of epochs: their numbers, the steps done, the seconds since the run began, and a column for each metric.
Columns = tuple[Sequence[int], Sequence[int], Sequence[float], dict[Any, Sequence[float]]]


def block_of(first: int, columns: Columns) -> tuple:
    """Return many epochs as one row of the table of blocks.

    Parameters
    ----------
    first : int
        The id of the first; those of the others follow.
    columns : tuple
        Metrics by their ids.
    """
    numbers, steps, seconds, metrics = columns
    values = b"".join(to_bytes(array(FLOATS, column)) for column in metrics.values())
    whole = [to_bytes(array(WHOLE, column)) for column in (numbers, steps)]
    return first, len(numbers), *whole, to_bytes(array(FLOATS, seconds)), json.dumps(list(metrics)), values


def read(db: sqlite3.Connection) -> tuple[list[int], list[int], list[float], dict[str, list]]:
    """Return the columns of all epochs, in the order they were recorded; None where a metric was not measured."""
    rows, blocks = db.execute(ROWS).fetchall(), db.execute(BLOCKS).fetchall()
    for first, count, numbers, steps, seconds, *_ in blocks:
        columns = from_bytes(WHOLE, numbers), from_bytes(WHOLE, steps), from_bytes(FLOATS, seconds)
        rows += zip(range(first, first + count), *columns, strict=True)
    rows.sort()
    place = {row[0]: index for index, row in enumerate(rows)}
    found: dict[int, list] = {}
    for epoch, metric, value in db.execute(VALUES):
        if epoch in place:
            column = found.setdefault(metric, [None] * len(rows))
            column[place[epoch]] = NAN if value is None else value
    for first, count, _, _, _, metrics, values in blocks:
        numbers, begin = from_bytes(FLOATS, values), place.get(first, 0)
        for index, metric in enumerate(json.loads(metrics)):
            column = found.setdefault(metric, [None] * len(rows))
            column[begin : begin + count] = numbers[index * count : (index + 1) * count]
    names = dict(db.execute("SELECT id, name FROM metric"))
    measured = {names[metric]: found[metric] for metric in sorted(found)}
    return [row[1] for row in rows], [row[2] for row in rows], [row[3] for row in rows], measured
