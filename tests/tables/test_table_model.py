import json

import numpy as np
import pytest

from chainrule.callbacks import LambdaCallback
from chainrule.errors import ArgumentError, DataError, ModelFileError, NotReadyError
from chainrule.layers import Dense
from chainrule.models import Sequential
from chainrule.tables import read_table
from chainrule.tables.model import TableModel

#: One small network, few epochs: what is tested is not how well it learns.
QUICK = {"layers": [3], "epochs": 3}


def patients(n=60, seed=0):
    """Rows of numbers, texts and blanks, whose diagnosis, risk and ward follow from age and sex."""
    rng = np.random.default_rng(seed)
    age = rng.integers(20, 80, n).astype(float)
    sex = np.where(rng.random(n) < 0.5, "f", "m").astype(object)
    score = age / 10 + 2 * (sex == "m")
    pulse = rng.normal(70, 8, n)
    pulse[::7] = np.nan
    sex[3] = None
    return {
        "id": np.arange(1, n + 1),
        "age": age,
        "sex": sex,
        "pulse": pulse,
        "ill": np.where(score > 6, "yes", "no").astype(object),
        "ward": np.array(["A", "B", "C"], dtype=object)[np.digitize(score, [5, 7])],
        "risk": 100 + 10 * score,
    }


def rows_for(target, n=60, seed=0):
    table = patients(n, seed)
    return {name: values for name, values in table.items() if name in ("id", "age", "sex", "pulse", target)}


@pytest.mark.parametrize(("target", "task"), [("ill", "binary"), ("ward", "multiclass"), ("risk", "number")])
def test_raw_rows_in_and_the_table_s_own_words_out(target, task):
    model = TableModel.fit(rows_for(target), target, **QUICK)
    assert model.contract.task == model.report["task"] == task
    new = rows_for(target, 5, seed=1)
    del new[target]
    columns = model.predict(new)
    assert len(columns["prediction"]) == 5
    if task == "number":
        assert list(columns) == ["prediction"] and columns["prediction"].dtype == float
    else:
        classes = model.contract.classes
        assert list(columns) == ["prediction", *(f"probability_{name}" for name in classes)]
        np.testing.assert_allclose(model.predict_proba(new).sum(axis=1), 1, rtol=1e-6)
        assert set(columns["prediction"]) <= set(classes)


@pytest.mark.parametrize("target", ["ill", "ward", "risk"])
@pytest.mark.parametrize("options", [QUICK, {"epochs": 2, "restarts": 2}])
def test_the_saved_model_predicts_the_same_to_the_bit(target, options, tmp_path):
    table = rows_for(target)
    model = TableModel.fit(table, target, **options)
    twin = TableModel.load(model.save(tmp_path / "model.safetensors"))
    for name, values in model.predict(table).items():
        assert np.array_equal(values, twin.predict(table)[name]), name
    assert twin.report == model.report
    assert repr(twin) == repr(model)
    assert twin.evaluate(table) == model.evaluate(table)


def test_the_same_seed_gives_the_same_model_and_another_another():
    first, again, other = (TableModel.fit(rows_for("risk"), "risk", seed=s, **QUICK) for s in (1, 1, 2))
    new = rows_for("risk", 5, seed=1)
    assert np.array_equal(first.predict(new)["prediction"], again.predict(new)["prediction"])
    assert not np.array_equal(first.predict(new)["prediction"], other.predict(new)["prediction"])


def test_what_follows_from_the_columns_is_learnt_without_a_flag():
    model = TableModel.fit(rows_for("ill", 200), "ill")
    assert model.evaluate(rows_for("ill", 100, seed=5))["accuracy"] >= 0.9
    scores, baselines = model.report["scores"], model.report["baselines"]
    assert scores["accuracy"] > baselines[0]["score"]
    assert [one["name"] for one in baselines] == ["majority class", "linear model"]
    assert sum(one["share"] for one in model.report["candidates"]) == 1


def test_a_frame_is_as_good_as_a_dict_and_the_order_of_columns_is_free():
    pandas = pytest.importorskip("pandas")
    model = TableModel.fit(pandas.DataFrame(rows_for("ill")), "ill", **QUICK)
    new = rows_for("ill", 6, seed=3)
    turned = pandas.DataFrame({name: new[name] for name in reversed(new)})
    assert np.array_equal(model.predict(new)["probability_yes"], model.predict(turned)["probability_yes"])


def test_rows_are_answered_one_by_one_as_together():
    model = TableModel.fit(rows_for("risk"), "risk", **QUICK)
    new = rows_for("risk", 6, seed=3)
    together = model.predict(new)["prediction"]
    alone = [
        model.predict({name: values[i : i + 1] for name, values in new.items()})["prediction"][0] for i in range(6)
    ]
    np.testing.assert_allclose(together, alone, rtol=1e-6)


def test_the_report_is_plain_and_holds_what_a_reader_asks():
    model = TableModel.fit(rows_for("ward"), "ward", **QUICK)
    report = json.loads(json.dumps(model.report, allow_nan=False))
    assert report == model.report
    assert report["rows"] == {"read": 60, "rejected": 0, "without_target": 0, "train": 48, "test": 12}
    assert report["scored_on"] == "test" and report["scores"]["rows"] == 12
    assert np.sum(report["scores"]["confusion"]) == 12
    columns = {one["name"]: one["use"] for one in report["columns"]}
    assert columns == {"id": False, "age": True, "sex": True, "pulse": True}
    (network,) = report["networks"]
    assert len(network["history"]["val_loss"]) == network["epochs"] == 3
    assert report["settings"][0]["layers"] == [3] and report["interrupted"] is False


def test_the_test_rows_are_never_learnt_from():
    """A table whose test rows are changed beyond recognition gives the same model."""
    table = rows_for("risk")
    model = TableModel.fit(table, "risk", **QUICK)
    from chainrule.utils import split_indices

    _, held = split_indices(60, 0.2, None, 0)
    changed = {name: np.array(values) for name, values in table.items()}
    changed["age"][held] = 1e6
    changed["risk"][held] = -5
    other = TableModel.fit(changed, "risk", **QUICK)
    assert model.contract == other.contract
    assert all(
        np.array_equal(a, b) for a, b in zip(model.network.get_weights(), other.network.get_weights(), strict=True)
    )


def test_folds_judge_and_all_rows_are_learnt():
    model = TableModel.fit(rows_for("ill"), "ill", folds=3, **QUICK)
    report = model.report
    assert report["scored_on"] == "folds" and len(report["folds"]["scores"]) == 3
    assert report["scores"]["rows"] == report["rows"]["train"] == 60
    # Folds of 20 rows each: the mean of their shares is the share of all.
    assert report["folds"]["mean"] == pytest.approx(report["scores"]["accuracy"])
    assert report["folds"]["standard_error"] == pytest.approx(np.std(report["folds"]["scores"], ddof=1) / np.sqrt(3))


def test_without_a_test_part_the_rows_held_out_in_training_judge():
    report = TableModel.fit(rows_for("ill"), "ill", test=0, **QUICK).report
    assert report["scored_on"] == "out_of_fold" and report["scores"]["rows"] == 12
    report = TableModel.fit(rows_for("ill"), "ill", test=None, restarts=5, epochs=2).report
    assert report["scores"]["rows"] == 60
    assert [one["name"] for one in report["baselines"]] == ["majority class", "linear model"]


def test_few_rows_are_all_learnt_from_and_it_says_so():
    report = TableModel.fit(rows_for("risk", 8), "risk", epochs=2).report
    assert report["scored_on"] is None and report["scores"] is None and report["baselines"] == []
    assert report["rows"]["train"] == 8
    assert "8 rows are too few to hold a test part out; all of them are learnt from." in report["notes"]


def test_two_rows_make_a_model():
    model = TableModel.fit({"x": [0.0, 1.0], "y": ["a", "b"]}, "y", epochs=30)
    assert model.predict({"x": [0.0, 1.0]})["prediction"].shape == (2,)


def test_rows_without_a_target_are_left_out_and_counted():
    table = rows_for("ill")
    table["ill"][:3] = None
    model = TableModel.fit(table, "ill", **QUICK)
    assert model.report["rows"]["without_target"] == 3
    assert "3 rows have no value of 'ill' and are left out." in model.report["notes"]
    assert model.evaluate(table)["rows"] == 57


def test_a_class_of_one_row_is_learnt_from_in_every_split():
    table = rows_for("ward")
    table["ward"][7] = "D"
    report = TableModel.fit(table, "ward", folds=3, **QUICK).report
    assert report["classes"] == ["A", "B", "C", "D"]
    assert report["scores"]["rows"] == 59


def test_a_rare_class_is_told_and_can_be_weighed():
    table = rows_for("ill", 200)
    table["ill"] = np.where(np.arange(200) < 12, "yes", "no").astype(object)
    plain = TableModel.fit(table, "ill", **QUICK)
    assert any(
        note.startswith("Only 6.2% of the rows are 'yes': never saying so is right in")
        for note in plain.report["notes"]
    )
    weighed = TableModel.fit(table, "ill", class_weight="balanced", **QUICK)
    assert weighed.predict_proba(table)[:, 1].mean() > plain.predict_proba(table)[:, 1].mean()


def test_the_positive_class_can_be_chosen():
    model = TableModel.fit(rows_for("ill"), "ill", positive="no", **QUICK)
    assert model.contract.classes == ["yes", "no"]
    np.testing.assert_allclose(
        model.predict(rows_for("ill"))["probability_no"],
        model.network.predict(model.contract.encode(read_table(rows_for("ill"))))[:, 0],
    )


def test_ctrl_c_keeps_the_best_so_far_and_says_so():
    def stop(epoch, logs):
        raise KeyboardInterrupt

    calls = []
    stopper = LambdaCallback(on_train_begin=lambda logs: calls.append(1) or (len(calls) > 2 and stop(0, logs)))
    model = TableModel.fit(rows_for("ill"), "ill", folds=4, epochs=2, callbacks=stopper)
    assert model.report["interrupted"] is True
    assert model.report["scored_on"] == "out_of_fold"  # no folds are trained after it
    assert len(model.report["networks"]) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"test": 1.0}, "TableModel.fit's test is a number"),
        ({"folds": 1}, "TableModel.fit's folds is a whole number of at least 2; received 1."),
        ({"folds": 61}, "folds is at most the number of rows with a target, 60; received 61."),
        ({"seed": -1}, "A seed is a whole number from 0 to 2**64 - 1; received -1."),
        ({"task": "binery"}, "Did you mean 'binary'?"),
        ({"layers": [-2]}, "TableModel.fit's layers is a whole number of at least 1; received -2."),
    ],
)
def test_arguments_that_cannot_be_used_are_refused(options, message):
    with pytest.raises(ArgumentError) as error:
        TableModel.fit(rows_for("ill"), "ill", **options)
    assert message in str(error.value)


def test_a_constant_target_and_a_missing_column_are_refused():
    table = rows_for("ill")
    with pytest.raises(DataError, match="is 'no' in every row: there is nothing to learn"):
        TableModel.fit(table | {"ill": ["no"] * 60}, "ill")
    model = TableModel.fit(table, "ill", **QUICK)
    del table["age"]
    with pytest.raises(DataError, match="has no column 'age', which the model was trained on"):
        model.predict(table)


def test_a_number_has_no_probabilities():
    model = TableModel.fit(rows_for("risk"), "risk", **QUICK)
    with pytest.raises(NotReadyError, match="'risk' is a number, which has no probabilities; call predict instead"):
        model.predict_proba(rows_for("risk"))


def test_a_network_without_a_contract_is_no_table_model(tmp_path):
    file = tmp_path / "plain.safetensors"
    Sequential([Dense(1, input_dim=2)], seed=1).save(file)
    with pytest.raises(
        ModelFileError, match="holds a network without a data contract, so it takes numbers, not tables"
    ):
        TableModel.load(file)


def test_a_contract_of_another_table_is_refused(tmp_path):
    model = TableModel.fit(rows_for("ill"), "ill", **QUICK)
    other = TableModel.fit({"x": np.arange(30.0), "y": ["a", "b", "c"] * 10}, "y", **QUICK)
    model.contract = other.contract
    with pytest.raises(ModelFileError, match="is damaged: its network takes"):
        TableModel.load(model.save(tmp_path / "mixed.safetensors"))


def test_notes_tell_of_extra_columns():
    model = TableModel.fit(rows_for("ill"), "ill", **QUICK)
    notes = []
    model.predict(rows_for("ill", 4) | {"colour": ["red"] * 4}, notes)
    assert notes == ["Not used, since the model was trained without: id, colour."]
