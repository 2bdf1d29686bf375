"""The data contract: numbers by hand, what is missing or new at prediction, and back from plain data."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import ArgumentError, DataError, ModelFileError
from chainrule.tables import ColumnDecision, DataContract, read_table

TRAINING = {
    "age": [20.0, 30.0, 40.0, None],
    "sex": ["f", "m", "f", "m"],
    "ward": ["A", "B", "C", None],
    "day": np.array(["2024-01-01", "2024-01-03", "NaT", "2024-01-01"], dtype="datetime64[s]"),
    "ill": ["no", "yes", "yes", "no"],
}


@pytest.fixture
def contract():
    return DataContract.learn(TRAINING, "ill")


def rows(**changes):
    return read_table({name: changes.get(name, values) for name, values in TRAINING.items()})


def test_numbers_by_hand(contract):
    assert contract.feature_names == [
        *("age", "age=missing", "sex=m", "ward=A", "ward=B", "ward=C", "ward=missing"),
        *("day.weekday", "day.day", "day=missing"),
    ]
    X = contract.encode(TRAINING)
    assert X.dtype == np.float32 and X.flags.c_contiguous
    # Mean 30, deviation sqrt(200/3) = 8.165; the missing age is the median, 30.
    np.testing.assert_allclose(X[:, 0], [-1.2247449, 0, 1.2247449, 0], rtol=1e-6)
    assert X[:, 1].tolist() == [0, 0, 0, 1]
    assert X[:, 2].tolist() == [-1, 1, -1, 1]
    assert X[:, 3:7].tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    # Days of the week 0, 2, 0: mean 2/3, deviation sqrt(8)/3; year and month are constant, so left out.
    np.testing.assert_allclose(X[:, 7], [-0.70710678, 1.4142136, 0, -0.70710678], rtol=1e-6)
    assert X[:, 9].tolist() == [0, 0, 1, 0]


def test_rows_do_not_depend_on_each_other_or_on_order_of_columns(contract):
    X = contract.encode(TRAINING)
    table = rows()
    for i in range(4):
        assert contract.encode(table.rows([i])).tobytes() == X[i].tobytes()
    turned = {name: TRAINING[name] for name in reversed(TRAINING)}
    assert contract.encode(turned).tobytes() == X.tobytes()


def test_released_columns_give_the_same_bits(contract):
    table = rows()
    X = contract.encode(table, release=True)
    assert X.tobytes() == contract.encode(TRAINING).tobytes() and X.flags.c_contiguous
    assert list(table.columns) == ["ill"]


def test_the_table_is_not_changed(contract):
    table = rows()
    before = copy.deepcopy(table.columns)
    contract.encode(table)
    for name, values in table.columns.items():
        np.testing.assert_array_equal(values, before[name])


def test_missing_columns_are_named(contract):
    table = rows().without(["age", "ward"])
    with pytest.raises(DataError, match=r"^the table has no columns 'age', 'ward', which the model was trained on\."):
        contract.encode(table)
    renamed = {"agee" if name == "age" else name: values for name, values in TRAINING.items()}
    with pytest.raises(DataError, match=r"has no column 'age', which .* Did you mean 'agee'\? Its columns: agee, sex"):
        contract.encode(renamed)


def test_extra_columns_and_new_values_are_noted(contract):
    notes = []
    X = contract.encode(
        {**TRAINING, "sex": ["x", "m", "f", "m"], "ward": ["D", "B", "C", "E"], "mood": [1, 2, 3, 4]}, notes
    )
    assert notes == [
        "Not used, since the model was trained without: mood.",
        "Column 'sex': 1 row has a value that the training rows did not have ('x').",
        "Column 'ward': 2 rows have values that the training rows did not have ('D', 'E').",
    ]
    assert X[0, 2] == 0 and not X[0, 3:7].any()


def test_rare_and_new_categories_share_a_column():
    ward = ["A"] * 20 + ["B"] * 20 + ["x", "y"]
    contract = DataContract.learn({"ward": ward, "y": np.arange(42) % 2}, "y")
    assert contract.feature_names == ["ward=A", "ward=B", "ward=other"]
    assert contract.encode({"ward": ["x", "new", "B", None]}).tolist() == [[0, 0, 1], [0, 0, 1], [0, 1, 0], [0, 0, 0]]


def test_a_column_of_another_kind(contract):
    notes = []
    X = contract.encode(rows(age=["20", "thirty", "40", None]), notes)
    assert X[:, 1].tolist() == [0, 1, 0, 1]
    assert notes == ["Column 'age': 1 value is no number ('thirty') and counts as missing."]
    with pytest.raises(DataError, match=r"^Column 'age' should hold numbers, .*; received text \('a', 'b', 'c'\)\.$"):
        contract.encode(rows(age=["a", "b", "c", "d"]))
    with pytest.raises(
        DataError, match=r"^Column 'age' should hold numbers, as the training table did; received dates"
    ):
        contract.encode(rows(age=TRAINING["day"]))
    with pytest.raises(DataError, match=r"^Column 'day' should hold dates, as the training table did; received "):
        contract.encode(rows(day=[1.0, 2.0, 3.0, 4.0]))
    assert contract.encode(rows(ward=[None] * 4))[:, 6].tolist() == [1] * 4


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        ([0, 1, 0, 1], "binary", ["0", "1"]),
        (["yes", "no", "no", "yes"], "binary", ["no", "yes"]),
        ([True, False, True, True], "binary", ["false", "true"]),
        (["b", "c", "a", "a", "b", "c"], "multiclass", ["a", "b", "c"]),
        (["10", "9", "1"] * 4, "multiclass", ["1", "9", "10"]),
        ([0.5, 1.5, 2.5, 3.5], "number", None),
        ([3, 50, 700, 12], "number", None),
        ([0, 1, 2] * 10, "multiclass", ["0", "1", "2"]),
    ],
)
def test_the_task_is_detected(values, task, classes):
    contract = DataContract.learn({"x": np.arange(len(values)) * 0.5, "y": values}, "y")
    assert (contract.task, contract.classes) == (task, classes)


def test_targets_and_back():
    x = np.arange(6) * 0.5
    binary = DataContract.learn({"x": x, "y": ["no", "yes", None, "no", "yes", "yes"]}, "y")
    notes = []
    y, keep = binary.encode_target({"y": ["no", None, "yes"]}, notes)
    assert (y.tolist(), y.dtype, keep.tolist()) == ([0, 1], np.float32, [0, 2])
    assert notes == ["1 row has no value of the target 'y' and is left out."]
    decoded = binary.decode(np.array([[0.25], [0.5]], dtype=np.float32))
    assert decoded["prediction"].tolist() == ["no", "yes"]
    assert decoded["probability_yes"].tolist() == [0.25, 0.5] and decoded["probability_no"].tolist() == [0.75, 0.5]

    several = DataContract.learn({"x": x, "y": ["a", "b", "c"] * 2}, "y")
    assert several.encode_target({"y": ["c", "a"]})[0].tolist() == [2, 0]
    assert several.decode([[0.2, 0.7, 0.1]])["prediction"].tolist() == ["b"]

    number = DataContract.learn({"x": x, "y": [1.5, 2.5, 3.5, 4.5, 5.5, 6.5]}, "y")
    y, _ = number.encode_target({"y": [1.5, 4.0]})
    np.testing.assert_allclose(number.decode(y)["prediction"], [1.5, 4.0], rtol=1e-6)


def test_the_positive_class_may_be_named():
    contract = DataContract.learn(TRAINING, "ill", positive="no")
    assert (contract.classes, contract.target.positive) == (["yes", "no"], "no")
    with pytest.raises(ArgumentError, match=r"There is no class named 'noo'\. Did you mean 'no'\?"):
        DataContract.learn(TRAINING, "ill", positive="noo")


def test_labels_with_a_full_stop():
    contract = DataContract.learn({"x": [1.0, 2.0, 3.0], "y": ["<=50K", ">50K", ">50K"]}, "y")
    assert contract.encode_target({"y": [">50K.", "<=50K."]})[0].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("columns", "arguments", "message"),
    [
        ({"x": [1, 2], "y": [3, 3]}, {}, "The target 'y' is '3' in every row: there is nothing to learn."),
        ({"x": [1, 2], "y": [None, None]}, {}, "The target 'y' is missing in every row; expected at least two"),
        ({"x": [1, 2]}, {"target": "x"}, "No column of the table is left to learn 'x' from."),
        ({"x": [5, 5], "y": [1, 2]}, {}, "No column of the table is left to learn 'y' from (x: Every row has the same"),
        ({"x": [1, 2], "y": [1, 2]}, {"target": "z"}, "the table has no column 'z'."),
        ({"x": [1, 2, 3], "y": ["a", "b", "c"]}, {}, "The target 'y' has 3 different values in 3 rows, too many for"),
        ({"x": [1, 2], "y": ["a", "b"]}, {"task": "number"}, "The target 'y' holds text ('a'), and the task 'number'"),
        ({"x": [1, 2], "y": ["a", "b"]}, {"task": "multiclass"}, "The target 'y' has 2 classes: its task is 'binary'"),
        ({"x": [1, 2], "y": ["2024-01-01", "2024-01-02"]}, {}, "The target 'y' holds dates; expected classes or"),
        (
            {"x": [1, 2], "y": [1e308, -1e308]},
            {"task": "number"},
            "The target 'y' has numbers too large to be averaged",
        ),
    ],
)
def test_targets_that_cannot_be_learnt(columns, arguments, message):
    with pytest.raises(DataError) as caught:
        DataContract.learn(columns, **({"target": "y"} | arguments))
    assert str(caught.value).startswith(message)


def test_misspelt_arguments():
    with pytest.raises(ArgumentError, match=r"no task named 'binari'\. Did you mean 'binary'\?"):
        DataContract.learn(TRAINING, "ill", "binari")
    with pytest.raises(ArgumentError, match=r"Did you mean 'quantile'\?"):
        DataContract.learn(TRAINING, "ill", numbers="quantiles")


def test_a_new_class_is_refused(contract):
    with pytest.raises(
        DataError, match=r"has the class 'yess', which the training rows did not have\. Did you mean 'yes'"
    ):
        contract.encode_target({"ill": ["yess"]})


def test_decisions_may_be_given():
    decision = ColumnDecision("age", "number", True, "", 0, 3)
    assert DataContract.learn(TRAINING, "ill", decisions=[decision]).columns == ["age"]


def test_rows_without_a_target_do_not_move_the_scale():
    contract = DataContract.learn({"x": [1.0, 3.0, 1000.0, 5.0], "y": ["a", "b", None, "a"]}, "y")
    assert contract.encoders[0].center == 3


@pytest.mark.parametrize("numbers", ["standard", "robust", "quantile", "auto"])
def test_every_scale_keeps_order_and_size(numbers):
    x = np.append(np.random.default_rng(0).normal(size=200), [1e6, -1e300])
    contract = DataContract.learn({"x": x, "y": np.arange(202) % 2}, "y", numbers=numbers)
    z = contract.encode({"x": np.sort(x)})[:, 0]
    assert np.isfinite(z).all() and abs(z).max() <= 10
    assert (np.diff(z) >= 0).all()


def test_robust_by_hand():
    # Median 3, quartiles 2 and 4: scale 2 / 1.349 = 1.4826. x = 1003: z = 674.5, bent to 3.
    contract = DataContract.learn({"x": [1, 2, 3, 4, 5], "y": [0, 1, 0, 1, 0]}, "y", numbers="robust")
    X = contract.encode({"x": [3.0, 4.4826022, 1003.0]})
    np.testing.assert_allclose(X[:, 0], [0, 1 / np.sqrt(1 + 1 / 9), 3], rtol=1e-4)


def test_quantiles_are_normal():
    contract = DataContract.learn({"x": np.arange(1001) ** 3, "y": np.arange(1001) % 2}, "y", numbers="quantile")
    # The 84.13th percentile of the ranks is one standard deviation.
    np.testing.assert_allclose(contract.encode({"x": [500.0**3, 841.3**3]})[:, 0], [0, 1], atol=0.01)


columns = st.one_of(
    st.lists(st.none() | st.floats(-1e300, 1e300), min_size=6, max_size=6),
    st.lists(st.none() | st.text(max_size=3), min_size=6, max_size=6),
)


@given(st.lists(columns, min_size=1, max_size=4), st.sampled_from(["auto", "standard", "robust", "quantile"]))
def test_plain_data_brings_the_same_contract_back(data, numbers):
    table = read_table({**{f"c{i}": values for i, values in enumerate(data)}, "sure": range(6), "y": [0, 1] * 3})
    try:
        contract = DataContract.learn(table, "y", numbers=numbers)
    except DataError as error:
        assert "No column" in str(error)
        return
    again = DataContract.from_dict(json.loads(json.dumps(contract.to_dict(), allow_nan=False)))
    assert again == contract
    X = contract.encode(table)
    assert np.isfinite(X).all() and X.shape == (6, len(contract.feature_names))
    assert again.encode(table).tobytes() == X.tobytes()


DAMAGE = {
    "no dict": (lambda d: [], "the contract should be a dict; received list."),
    "missing key": (lambda d: d.pop("target"), "the contract should have encoders, format, target, versions;"),
    "extra key": (lambda d: d.update(code="x"), "the contract should have encoders, format, target, versions;"),
    "future": (lambda d: d.update(format=2), "has format 2, and this release reads 1"),
    "kind": (lambda d: d["encoders"][0].update(kind="os.system"), "there is no encoder of the kind 'os.system'."),
    "type": (lambda d: d["encoders"][0].update(center="30"), "center of an encoder of the kind number should be of"),
    "flag": (lambda d: d["encoders"][0].update(missing=1), "missing of an encoder of the kind number should be of"),
    "scale": (lambda d: d["encoders"][0].update(scale=0.0), "scale of an encoder of the kind number should be of"),
    "knots": (lambda d: d["encoders"][0].update(knots=[1.0]), "the encoder of 'age' contradicts itself."),
    "twice": (lambda d: d["encoders"].append(d["encoders"][0]), "it needs at least one column, each once"),
    "classes": (lambda d: d["target"].update(classes=["a"]), "the target 'ill' contradicts itself."),
    "versions": (lambda d: d["versions"].update(numpy=2), "numpy of versions should be of the kind text"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damaged_contracts_are_refused(contract, case):
    change, message = DAMAGE[case]
    data = contract.to_dict()
    changed = change(data)
    with pytest.raises(ModelFileError) as caught:
        DataContract.from_dict(changed if case == "no dict" else data)
    assert message in str(caught.value)


def test_real_tables(data_folder):
    titanic = read_table("example:titanic")
    contract = DataContract.learn(titanic, "Survived")
    assert contract.task == "binary" and contract.encode(titanic).shape == (891, len(contract.feature_names))
    # The test part has no Survived, and is encoded all the same.
    assert contract.encode(data_folder / "titanic" / "titanic_test.csv").shape[0] == 418
    assert DataContract.learn("example:diabetes", "last").task == "number"
    assert DataContract.learn("example:digits", "last").task == "multiclass"
