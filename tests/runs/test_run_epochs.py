"""Epochs that come by the thousand: blocks of them read as rows do, in their order, whatever was measured when."""

from __future__ import annotations

import math
import sqlite3
from contextlib import closing

import pytest

from chainrule.errors import RunFileError
from chainrule.runs import Recorder, Run
from chainrule.runs.epochs import A_BLOCK

LIMIT = 60.0


def columns(first, count, **metrics):
    """Return an item of many epochs, as a source hands it in; each metric is a function of the epoch."""
    numbers = range(first, first + count)
    values = {name: [function(number) for number in numbers] for name, function in metrics.items()}
    return "epochs", (numbers, [10 * number for number in numbers], [number / 8 for number in numbers], values)


def count_of(run, table):
    with closing(sqlite3.connect(run.path)) as db:
        return db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


@pytest.fixture
def recorded(tmp_path):
    """Return a function that records items from a source, each of them in a write of its own."""

    def record(*items) -> Run:
        waiting = list(items)
        with Recorder(tmp_path, capture_output=False) as recorder:
            recorder.writer.sources.append(lambda: [waiting.pop(0)] if waiting else [])
            while waiting:
                assert recorder.flush(LIMIT)
        return Run(recorder.path)

    return record


def test_a_block_reads_as_rows_do(recorded):
    def loss(number):
        return 1 / (number + 1)

    block, rows = (recorded(columns(0, count, loss=loss)) for count in (A_BLOCK, A_BLOCK - 1))
    assert (count_of(block, "epoch_block"), count_of(block, "epoch"), count_of(block, "epoch_value")) == (1, 0, 0)
    assert (count_of(rows, "epoch_block"), count_of(rows, "epoch")) == (0, A_BLOCK - 1)
    for run, count in ((block, A_BLOCK), (rows, A_BLOCK - 1)):
        assert run.epochs == {
            "epoch": list(range(count)),
            "step": [10 * number for number in range(count)],
            "loss": [loss(number) for number in range(count)],
        }
        assert run.epoch_seconds == [number / 8 for number in range(count)]


def test_blocks_and_rows_in_turn(recorded):
    n = 3 * A_BLOCK
    run = recorded(
        columns(0, n, loss=float),
        columns(n, 2, loss=float, val_loss=lambda number: -number),
        columns(n + 2, A_BLOCK, val_loss=lambda number: -number),
        columns(n + 2 + A_BLOCK, 1),
    )
    total = n + 2 + A_BLOCK + 1
    epochs = run.epochs
    assert epochs["epoch"] == list(range(total)) and run.metrics == ["loss", "val_loss"]
    assert epochs["loss"] == [float(number) for number in range(n + 2)] + [None] * (A_BLOCK + 1)
    assert epochs["val_loss"] == [None] * n + [-float(number) for number in range(n, total - 1)] + [None]


def test_a_number_that_is_none(recorded):
    found = recorded(columns(0, A_BLOCK, loss=lambda number: math.nan if number else math.inf)).epochs["loss"]
    assert found[0] == math.inf and all(map(math.isnan, found[1:]))


def test_a_damaged_block_is_told(recorded):
    run = recorded(columns(0, A_BLOCK, loss=float))
    with closing(sqlite3.connect(run.path)) as db, db:
        db.execute("UPDATE epoch_block SET steps = substr(steps, 1, 24)")
    with pytest.raises(RunFileError):
        _ = run.epochs
