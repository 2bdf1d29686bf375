"""The commands on a Parquet file that stays on disk, and Ctrl-C while a model is scored."""

from __future__ import annotations

import json

import pytest

from chainrule.cli.main import DONE, FAILED
from chainrule.tables import TableModel, memory

QUICK = ("--layers", "4", "--epochs", "3")


@pytest.fixture
def parquet(table):
    """Return the path of the patients as Parquet."""
    import duckdb

    path = table.with_suffix(".parquet")
    duckdb.connect().execute(f"COPY (FROM '{table}') TO '{path}' (FORMAT parquet)")
    table.unlink()
    return path


def test_train_from_disk_says_what_that_means(call, parquet):
    code, out, err = call("train", parquet, "--target", "ill", "--from-disk", "--without", "weight", *QUICK)
    assert (code, err) == (DONE, "")
    for part in (
        "120 rows of 3 columns, to predict 'ill'",
        "It is trained from disk: one network",
        "── Columns, as the sample has them ──",
        "ward  category",
        "Trained from disk, ",
        "95 % interval",
        "majority class",
        "from chainrule.tables import TableModel, open_table",
        "table = open_table(",
        'table = table.without(["weight"])',
    ):
        assert part in out
    assert max(len(line) for line in out.splitlines() if str(parquet.parent) not in line) <= 80


def test_the_size_decides_and_the_python_makes_the_same_model(call, parquet, monkeypatch):
    assert "from_disk" not in json.loads(call("train", parquet, "--target", "ill", "--json", *QUICK).out)
    monkeypatch.setattr(memory, "memory_allowed", lambda: 4_000)
    answer = json.loads(call("train", parquet, "--target", "ill", "--json", "--force", *QUICK).out)
    assert answer["from_disk"] is True
    assert [one["name"] for one in answer["columns"]] == ["age", "weight", "ward"]
    saved = parquet.with_suffix(".safetensors")
    before = TableModel.load(saved).network.get_weights()
    exec(compile(answer["python"], "python", "exec"), {})
    after = TableModel.load(saved).network.get_weights()
    assert all((a == b).all() for a, b in zip(before, after, strict=True))
    words = ["train", parquet, "--target", "ill", "--json", "--force", "--in-memory", *QUICK]
    assert "from_disk" not in json.loads(call(*words).out)


def test_predict_and_evaluate_leave_it_on_disk_too(call, parquet, monkeypatch):
    call("train", parquet, "--target", "ill", *QUICK)
    model = parquet.with_suffix(".safetensors")
    whole = call("predict", model, parquet, "--keep", "age")
    score = json.loads(call("evaluate", model, parquet, "--json").out)["scores"]["score"]
    monkeypatch.setattr(memory, "memory_allowed", lambda: 4_000)
    by_block = call("predict", model, parquet, "--keep", "age")
    assert by_block.out == whole.out and "table = open_table(" in by_block.err
    answer = json.loads(call("evaluate", model, parquet, "--json").out)
    assert answer["scores"]["score"] == score and "open_table" in answer["python"]


def test_another_kind_of_file_cannot_stay_on_disk(call, table):
    code, out, err = call("train", table, "--target", "ill", "--from-disk", *QUICK)
    assert (code, out) == (FAILED, "")
    assert err == (
        f"chainrule: {table} is no Parquet file, and only those are trained from disk; write it as one, for instance "
        f"with DuckDB: COPY (FROM '{table}') TO '{table.with_suffix('.parquet')}'\n"
    )


def test_ctrl_c_while_scoring_saves_the_model_without_a_score(call, table, monkeypatch):
    from chainrule.tables import fitting

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(fitting, "scored", interrupted)
    code, out, err = call("train", table, "--target", "ill", *QUICK)
    assert (code, err) == (DONE, "")
    assert "Ctrl-C stopped the scoring: the model is whole, and has no score." in out
    assert "too few rows" not in out
    model = TableModel.load(table.with_suffix(".safetensors"))
    assert model.report["scores"] is None
