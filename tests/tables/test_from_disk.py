"""`TableModel.fit` of a table that stays on disk: what it learns, holds out, keeps in memory and refuses."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from chainrule.errors import ArgumentError, DataError
from chainrule.tables import TableModel, memory, open_table, read_table
from chainrule.tables.hold_out import draws, hold_out, shares_for

ROWS, BLOCK = 3000, 400
QUICK = {"layers": [8], "epochs": 6, "batch_size": 64}


@pytest.fixture
def make(tmp_path):
    """Return a function that writes a query of `range` as Parquet, and returns the file's path."""
    import duckdb

    def make_it(columns: str, rows: int = ROWS):
        path = tmp_path / "large.parquet"
        query = f"SELECT {columns} FROM range({rows})"
        duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 10000)")
        return path

    return make_it


#: A number, a category, and a class that follows from both; every tenth row has no class.
CLASSES = """
    (range * 37 % 101)::DOUBLE AS a, CASE range % 3 WHEN 0 THEN 'n' WHEN 1 THEN 's' ELSE 'w' END AS ward,
    CASE WHEN range % 10 = 7 THEN NULL WHEN range * 37 % 101 + 20 * (range % 3) > 70 THEN 'ill' ELSE 'well' END AS y
"""


def test_it_learns_scores_saves_and_predicts(make, tmp_path):
    path = make(CLASSES)
    table = open_table(path, BLOCK)
    model = TableModel.fit(table, target="y", **QUICK)
    report = model.report
    assert report["from_disk"] and len(report["networks"]) == 1
    rows = report["rows"]
    assert (rows["read"], rows["without_target"]) == (ROWS, 300)
    assert rows["test"] == pytest.approx(0.2 * 2700, rel=0.15) and report["scored_on"] == "test"
    score = report["scores"]["score"]
    assert score["low"] <= score["value"] <= score["high"] and score["value"] > 0.9
    assert [one["name"] for one in report["baselines"]] == ["majority class", "linear model"]
    assert (
        report["notes"][0].startswith("Trained from disk, ") and "one network instead of several" in report["notes"][0]
    )
    loaded = TableModel.load(model.save(tmp_path / "m"))
    whole = loaded.predict(read_table(path))
    notes: list[str] = []
    by_block = loaded.predict(table, notes)
    np.testing.assert_allclose(by_block["probability_ill"], whole["probability_ill"], rtol=1e-5, atol=1e-7)
    assert (by_block["prediction"] == whole["prediction"]).all() and notes == []
    on_disk, in_memory = loaded.evaluate(table), loaded.evaluate(read_table(path))
    assert on_disk["rows"] == 2700 and on_disk["confusion"] == in_memory["confusion"]


def test_a_number_and_the_same_seed(make):
    table = open_table(make("(range % 50)::DOUBLE AS a, range % 7 AS b, 3.5 * (range % 50) - range % 7 AS y"), BLOCK)
    first, second = (TableModel.fit(table, target="y", seed=3, **QUICK) for _ in range(2))
    assert first.report["scores"]["r2"] > 0.9
    assert first.report["scores"] == second.report["scores"]


def test_a_part_of_rows_is_one_thing_only_and_each_kind_is_bounded(make):
    table = open_table(make("range AS n, range % 2 AS y"), BLOCK)
    held = hold_out(table, "y", shares_for(ROWS, 2, 0.2, 0.25, 1))
    test, validation, sample = (set(part["n"]) for part in (held.test, held.validation, held.sample))
    assert not test & validation and not (test | validation) & sample
    assert len(test) + len(validation) + held.n_learnt == ROWS == len(test | validation | sample)
    many = shares_for(10**9, 10, 0.2, None, 1)
    assert (many.test, many.validation, many.sample) == (50_000 / 1e9, 20_000 / 1e9, 100_000 / 1e9)
    assert shares_for(10**9, 10_000, 0.2, None, 1).test == 1_000 / 1e9  # 10 million numbers


def test_draws_are_even_and_differ_by_seed():
    u = draws(0, 100_000, 1)
    assert u.min() >= 0 and u.max() < 1
    assert np.histogram(u, 10, (0, 1))[0] == pytest.approx(np.full(10, 10_000), rel=0.05)
    assert abs(np.corrcoef(u, draws(0, 100_000, 2))[0, 1]) < 0.02


def test_test_and_validation_rows_are_not_learnt_from(make):
    table = open_table(make("range AS n, (range % 9)::DOUBLE AS a, range % 2 AS y"), BLOCK)
    shares = shares_for(ROWS, 3, 0.3, None, 0)
    held = hold_out(table, "y", shares)
    learnt = np.concatenate([np.arange(f, e)[shares.learnt(f, e)] for f, e in table.blocks.tolist()])
    assert not set(learnt) & (set(held.test["n"]) | set(held.validation["n"]))
    assert len(learnt) == held.n_learnt


def test_a_class_that_the_sample_lacks_is_known(make, monkeypatch):
    from chainrule.tables import hold_out as module

    monkeypatch.setattr(module, "SAMPLE_ROWS", 100)
    rare = (
        "(range % 50)::DOUBLE AS a, CASE WHEN range = 1234 THEN 'rare' WHEN range % 50 > 25 THEN 'b' ELSE 'c' END AS y"
    )
    model = TableModel.fit(open_table(make(rare), BLOCK), target="y", **QUICK)
    assert model.contract.classes == ["b", "c", "rare"]


def test_memory_stays_bounded(make, monkeypatch):
    from chainrule.tables import from_disk
    from chainrule.tables import hold_out as module

    rows, columns = 60_000, 40
    numbers = ", ".join(f"(hash(range * {i + 1}) % 1000)::DOUBLE AS c{i}" for i in range(columns))
    path = make(f"{numbers}, hash(range) % 2 AS y", rows)
    for where in (module, from_disk):
        monkeypatch.setattr(where, "MOST_NUMBERS", 40_000)
    table = open_table(path, 2_000)
    tracemalloc.start()
    try:
        model = TableModel.fit(table, target="y", layers=[4], epochs=1, batch_size=512)
        model.predict(table)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert model.report["rows"]["read"] == rows
    assert peak < rows * columns * 4  # the float32 matrix, 9.6 MB; in memory it takes four times that


def test_without_a_test_part_the_rows_that_said_when_to_stop_judge(make):
    model = TableModel.fit(open_table(make(CLASSES), BLOCK), target="y", test=0, **QUICK)
    assert model.report["scored_on"] == "out_of_fold" and model.report["rows"]["test"] == 0
    model = TableModel.fit(open_table(make(CLASSES), BLOCK), target="y", test=0, validation_split=0, **QUICK)
    assert model.report["scores"] is None


def test_rare_classes_can_weigh_the_same(make):
    columns = "(range % 50)::DOUBLE AS a, (hash(range) % 10)::DOUBLE AS b, range % 50 + hash(range) % 10 > 54 AS y"
    table = open_table(make(columns), BLOCK)
    plain, even = (TableModel.fit(table, target="y", class_weight=w, **QUICK) for w in (None, "balanced"))
    mean = [model.predict(table)["probability_true"].mean() for model in (plain, even)]
    assert mean[1] > mean[0]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"folds": 3}, "A table on disk is trained once, without folds; leave them out, or read it into memory."),
        ({"restarts": 2}, "A table on disk is trained once, without restarts; leave them out, or read it into memory."),
        ({"optimizer": "lbfgs"}, "LBFGS takes all rows at once, which a table on disk is too large for; choose "),
    ],
)
def test_what_needs_all_rows_is_refused(make, options, sentence):
    with pytest.raises(ArgumentError) as caught:
        TableModel.fit(open_table(make(CLASSES), BLOCK), target="y", **options)
    assert str(caught.value).startswith(sentence)


def test_columns_that_are_not_there(make):
    table = open_table(make(CLASSES), BLOCK)
    with pytest.raises(DataError, match="has no column 'z'"):
        TableModel.fit(table, target="z")
    model = TableModel.fit(table, target="y", **QUICK)
    with pytest.raises(DataError, match="has no column 'ward', which the model was trained on"):
        model.predict(table.without(["ward"]))


def test_a_file_is_left_on_disk_by_its_size(make, monkeypatch, tmp_path):
    path = make(CLASSES)
    needed = 3000 * 3 * 4  # three columns of float32
    monkeypatch.setattr(memory, "memory_allowed", lambda: 4 * needed)
    assert memory.opened_if_large(path) is None
    monkeypatch.setattr(memory, "memory_allowed", lambda: 4 * needed - 1)
    assert memory.opened_if_large(path).n_rows == ROWS
    assert memory.opened_if_large(path, from_disk=False) is None
    monkeypatch.setattr(memory, "memory_allowed", lambda: None)
    assert memory.opened_if_large(path) is None
    assert memory.opened_if_large(path, from_disk=True).n_rows == ROWS
    assert memory.opened_if_large("example:iris") is None and memory.opened_if_large("-") is None
    assert memory.opened_if_large(tmp_path / "none.parquet") is None


def test_the_memory_that_may_be_used_is_the_least_limit(monkeypatch):
    monkeypatch.setattr(memory, "_machine", lambda: 1000)
    monkeypatch.setattr(memory, "_process", lambda: None)
    monkeypatch.setattr(memory, "_container", lambda file: 600 if file.endswith("max") else None)
    assert memory.memory_allowed() == 600


def test_ctrl_c_while_scoring_keeps_the_model(make, monkeypatch, tmp_path):
    from chainrule.tables import fitting

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(fitting, "scored", interrupted)
    path = make(CLASSES)
    for source in (open_table(path, BLOCK), path):
        model = TableModel.fit(source, target="y", **QUICK)
        assert model.report["scores"] is None and model.report["scoring_interrupted"]
        assert "Ctrl-C stopped the scoring: the model is whole, and has no score." in model.report["notes"]
        assert (
            TableModel.load(model.save(tmp_path / "m")).predict({"a": [1.0], "ward": ["n"]})["prediction"][0] == "well"
        )
