"""`chainrule predict`: raw rows in, CSV out, nothing lost in silence."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from chainrule.cli.main import DONE, FAILED, WRONG_USE

NEW = "ward,age,weight\nsouth,70,60\nnorth,21,55\neast,,80\n"


@pytest.fixture
def model(call, table):
    """Return the path of a model, trained for a moment."""
    assert call("train", table, "--target", "ill", "--layers", "4", "--epochs", "3", "--restarts", "1").code == DONE
    return table.with_suffix(".safetensors")


@pytest.fixture
def new(tmp_path):
    path = tmp_path / "new.csv"
    path.write_text(NEW)
    return path


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_one_row_for_each_in_their_order_with_probabilities(call, model, new):
    from chainrule.tables import TableModel, read_table

    code, out, err = call("predict", model, new)
    assert code == DONE
    rows = rows_of(out)
    assert list(rows[0]) == ["prediction", "probability_no", "probability_yes"]
    expected = TableModel.load(model).predict(read_table(new))
    assert [row["prediction"] for row in rows] == expected["prediction"].tolist()
    # Written in as many digits as say a number to the bit.
    assert [float(row["probability_yes"]) for row in rows] == expected["probability_yes"].tolist()
    assert "── The Python that does the same" in err


def test_columns_can_be_kept_beside_the_predictions(call, model, new):
    rows = rows_of(call("predict", model, new, "--keep", "ward,age").out)
    assert list(rows[0]) == ["ward", "age", "prediction", "probability_no", "probability_yes"]
    assert [row["ward"] for row in rows] == ["south", "north", "east"]
    assert [row["age"] for row in rows] == ["70", "21", ""]
    assert list(rows_of(call("predict", model, new, "--keep", "all").out)[0])[:3] == ["ward", "age", "weight"]


def test_a_column_that_is_not_there_cannot_be_kept(call, model, new):
    code, out, err = call("predict", model, new, "--keep", "wrad")
    assert (code, out) == (WRONG_USE, "")
    assert "has no column 'wrad'. Did you mean 'ward'?" in err


def test_out_writes_a_file_once(call, model, new, tmp_path):
    printed = call("predict", model, new).out
    assert call("predict", model, new, "--out", "p.csv").out == ""
    assert (tmp_path / "p.csv").read_text() == printed
    called = call("predict", model, new, "--out", "p.csv")
    assert called == (FAILED, "", "chainrule: There is a file p.csv; --force writes over it, --out names another.\n")
    assert call("predict", model, new, "--out", "p.csv", "--force").code == DONE


def test_json(call, model, new):
    rows = json.loads(call("predict", model, new, "--json").out)["predictions"]
    assert len(rows) == 3
    np.testing.assert_allclose([row["probability_no"] + row["probability_yes"] for row in rows], 1)


def test_rows_that_cannot_be_read_are_listed_and_counted_on_standard_error(call, model, new):
    new.write_text(NEW + "north,1,2,3,4\nsouth,50,50\n")
    code, out, err = call("predict", model, new)
    assert (code, len(rows_of(out))) == (DONE, 4)
    assert "1 row could not be read and is left out:\n  line 5: " in err
    assert err.endswith("4 rows predicted; 1 could not be read and has no prediction.\n")


def test_a_column_too_few_names_it(call, model, new):
    new.write_text("ward,aged,weight\nsouth,70,60\n")
    code, out, err = call("predict", model, new)
    assert (code, out) == (FAILED, "")
    assert err == (
        f"chainrule: {new} has no column 'age', which the model was trained on. Did you mean 'aged'? Its columns: "
        "ward, aged, weight.\n"
    )


def test_new_categories_and_columns_too_many_are_said(call, model, new):
    new.write_text("id,ward,age,weight\n1,west,70,60\n2,south,50,50\n")
    code, out, err = call("predict", model, new)
    assert (code, len(rows_of(out))) == (DONE, 2)
    assert "Not used, since the model was trained without: id." in err
    assert "west" in err


@pytest.mark.parametrize("text", ["", "no model at all", "{}"])
def test_a_file_that_is_no_model(call, new, tmp_path, text):
    path = tmp_path / "m.safetensors"
    path.write_text(text)
    code, out, err = call("predict", path, new)
    assert (code, out) == (FAILED, "")
    assert err.startswith("chainrule: ") and err.count("\n") == 1 and "mistake in chainrule" not in err


def test_a_model_that_was_not_trained_from_a_table(call, new, tmp_path):
    from chainrule.layers import Dense
    from chainrule.models import Sequential

    Sequential([Dense(1, input_dim=2)], seed=1).save(tmp_path / "plain.safetensors")
    code, out, err = call("predict", "plain.safetensors", new)
    assert (code, out) == (FAILED, "")
    assert err.count("\n") == 1 and "mistake in chainrule" not in err


def test_no_such_model(call, new):
    code, out, err = call("predict", "nowhere.safetensors", new)
    assert (code, out, err) == (FAILED, "", "chainrule: There is no model file 'nowhere.safetensors'.\n")


def test_evaluate_shows_the_score_and_answers_in_json(call, model, table):
    code, out, err = call("evaluate", model, table)
    assert (code, err) == (DONE, "")
    assert "accuracy" in out and "on 120 rows" in out and "majority class" in out
    answer = json.loads(call("evaluate", model, table, "--json").out)
    assert answer["scores"]["rows"] == 120
    assert sum(map(sum, answer["scores"]["confusion"])) == 120


def test_evaluate_needs_the_target(call, model, new):
    code, _, err = call("evaluate", model, new)
    assert code == FAILED
    assert "has no column 'ill'" in err


def test_summary_of_a_model(call, model):
    code, out, _ = call("summary", model)
    assert code == DONE
    assert "(Dense)" in out and "to predict 'ill' (binary)" in out and "Score when it was trained" in out
    answer = json.loads(call("summary", model, "--json").out)
    assert answer["kind"] == "model" and answer["columns"] == ["age", "weight", "ward"]


@pytest.mark.parametrize("with_rows", [False, True])
def test_check_proves_the_gradients(call, model, table, with_rows):
    words = ["check", model, *([table] if with_rows else [])]
    code, out, _ = call(*words)
    assert code == DONE
    assert "PASSED: all" in out
    answer = json.loads(call(*words, "--json").out)
    assert answer["passed"] is True and answer["gradients"]


def test_check_fails_with_1_where_a_gradient_is_wrong(call, model, monkeypatch):
    from chainrule.ops import registry

    wrong = registry.OPERATIONS["dense"]
    right = wrong.backward

    def backward(dY, cache):
        dX, dW, db = right(dY, cache)
        return dX, dW, 2 * db

    object.__setattr__(wrong, "backward", backward)
    try:
        code, out, _ = call("check", model)
    finally:
        object.__setattr__(wrong, "backward", right)
    assert code == FAILED
    assert "WRONG" in out and "FAILED: " in out


@pytest.mark.parametrize("with_rows", [False, True])
def test_doctor_looks_at_a_network(call, model, table, with_rows):
    words = ["doctor", model, *([table] if with_rows else [])]
    code, out, _ = call(*words)
    assert code == DONE
    assert "── What to look at" in out
    answer = json.loads(call(*words, "--json").out)
    assert answer["rows"] == (120 if with_rows else 512)
    assert answer["scores"]["score"]["name"] == "accuracy"


@pytest.mark.parametrize(
    "words",
    [
        "predict {model} {new}", "evaluate {model} {table}", "summary {model}", "summary {table}", "check {model}",
        "check {model} {table}", "doctor {model}", "doctor {model} {table}", "doctor {table} --target ill",
    ],
)  # fmt: skip
def test_the_python_that_each_command_prints_runs(call, model, table, new, words, capfd):
    called = call(*words.format(model=model, table=table, new=new).split())
    text = called.err if words.startswith("predict") else called.out
    code = text.partition("── The Python that does the same ")[2].partition("\n")[2]
    exec(compile(code, "printed", "exec"), {"__name__": "example"})
    assert capfd.readouterr().out
