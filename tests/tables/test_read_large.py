"""A Parquet file that stays on disk: every row once an epoch, mixed, the same by seed; a network learns."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest

from chainrule.errors import ArgumentError, DataError
from chainrule.layers import Dense
from chainrule.models import Sequential
from chainrule.tables import DataContract, open_table, read_table

ROWS, BLOCK = 1000, 90


@pytest.fixture
def file(tmp_path):
    """Return a file whose column n counts its rows, with a class that is n > 500 and is missing in every tenth row."""
    import duckdb

    path = tmp_path / "large.parquet"
    query = f"SELECT range AS n, CASE WHEN range % 10 = 3 THEN NULL ELSE range > 500 END AS y FROM range({ROWS})"
    duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 200)")
    return path


def learnt(table):
    from chainrule.tables import ColumnDecision

    return DataContract.learn(table.sample(), "y", decisions=[ColumnDecision("n", "number", True, "", 0, ROWS)])


def rows_of(batches, contract):
    """Return the numbers n of each batch."""
    encoder = contract.encoders[0]
    return [np.round(X[:, 0] * encoder.scale + encoder.center).astype(int).tolist() for X, _ in batches]


def test_every_row_with_a_target_once_an_epoch(file):
    table = open_table(file, BLOCK)
    contract = learnt(table)
    batches = table.batches(contract, 32, seed=1)
    first, second = rows_of(batches, contract), rows_of(batches, contract)
    expected = [n for n in range(ROWS) if n % 10 != 3]
    assert sorted(chain(*first)) == sorted(chain(*second)) == expected
    assert [len(batch) for batch in first] == [32] * 28 + [4]  # 900 = 28 · 32 + 4
    assert first != second
    assert rows_of(table.batches(contract, 32, seed=1), contract) == first


def test_without_shuffling_the_rows_are_those_in_memory(file):
    table = open_table(file, BLOCK)
    contract = learnt(table)
    whole = read_table(file)
    y, keep = contract.encode_target(whole)
    parts = list(table.batches(contract, 64, shuffle=False))
    assert np.concatenate([X for X, _ in parts]).tobytes() == contract.encode(whole)[keep].tobytes()
    assert np.concatenate([part for _, part in parts]).tobytes() == y.tobytes()


def test_blocks_are_split_without_overlap(file):
    table = open_table(file, BLOCK)
    train, held_out = table.split(0.25, seed=3)
    assert (len(table.blocks), len(train), len(held_out)) == (12, 9, 3)
    assert sorted([*train[:, 0], *held_out[:, 0]]) == table.blocks[:, 0].tolist()
    with pytest.raises(DataError, match=r"is one block of rows, which can't be split; lower block_rows=…\."):
        open_table(file).split()
    with pytest.raises(ArgumentError, match="split's test is a number between 0 and 1, both excluded"):
        table.split(1.0)


def test_a_sample_is_from_all_over_and_repeats(file):
    table = open_table(file)
    sample = table.sample(100, seed=5)["n"]
    assert len(set(sample)) == 100 and sample.min() < 200 and sample.max() > 800
    assert sample.tolist() == table.sample(100, seed=5)["n"].tolist()


def test_a_network_learns_from_disk(file):
    table = open_table(file, BLOCK)
    contract = learnt(table)
    train, held_out = table.split(0.2)
    model = Sequential([Dense(1, "sigmoid", input_dim=1)], seed=0)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.optimizer.learning_rate = 0.1
    held = table.batches(contract, 32, held_out, shuffle=False)
    model.fit(table.batches(contract, 32, train), epochs=8, validation_data=held, verbose=0)
    assert model.evaluate(held, verbose=0)[1] > 0.9


def test_what_is_no_parquet_file(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match=r"t\.csv can't be read as Parquet: "):
        open_table(tmp_path / "t.csv")
    with pytest.raises(DataError, match=r"^There is no file .*u\.parquet\.$"):
        open_table(tmp_path / "u.parquet")
