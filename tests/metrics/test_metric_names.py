"""From names, functions and losses to metrics, and which accuracy "accuracy" is."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import losses, metrics
from chainrule.errors import ArgumentError, ShapeError

BINARY, CATEGORICAL, SPARSE = (
    losses.BinaryCrossentropy,
    losses.CategoricalCrossentropy,
    losses.SparseCategoricalCrossentropy,
)


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("mse", metrics.MeanSquaredError),
        ("MAE", metrics.MeanAbsoluteError),
        ("rmse", metrics.RootMeanSquaredError),
        ("r2", metrics.R2Score),
        ("auc", metrics.AUC),
        ("f1", metrics.F1Score),
        ("acc", metrics.Accuracy),
        ("top_k_categorical_accuracy", metrics.TopKCategoricalAccuracy),
        ("confusion_matrix", metrics.ConfusionMatrix),
        ("Precision", metrics.Precision),
        ("binary_crossentropy", metrics.LossMetric),
    ],
)
def test_names(name, cls):
    assert type(metrics.get(name)) is cls


def test_pr_auc_by_name():
    assert metrics.get("pr_auc").curve == "PR"
    assert metrics.get("auc").curve == "ROC"


def test_objects_classes_and_none():
    recall = metrics.Recall()
    assert metrics.get(recall) is recall
    assert type(metrics.get(metrics.Recall)) is metrics.Recall
    assert metrics.get(None) is None
    assert metrics.resolve(recall, None, (None, 1)) is recall
    assert metrics.resolve(None, None, (None, 1)) is None


@pytest.mark.parametrize(
    ("name", "nearest"), [("acuracy", "accuracy"), ("binary_crosentropy", "binary_crossentropy"), ("recal", "recall")]
)
def test_misspelt_names(name, nearest):
    for find in (metrics.get, lambda name: metrics.resolve(name, None, (None, 1))):
        with pytest.raises(ArgumentError, match=f"There is no metric named '{name}'. Did you mean '{nearest}'"):
            find(name)


def test_what_is_no_metric():
    with pytest.raises(ArgumentError, match=r"Expected a metric, its name or None; received 7"):
        metrics.get(7)


@pytest.mark.parametrize(
    ("loss", "units", "cls"),
    [
        (BINARY(), 1, metrics.BinaryAccuracy),
        (losses.MeanSquaredError(), 1, metrics.BinaryAccuracy),
        (CATEGORICAL(), 3, metrics.CategoricalAccuracy),
        (losses.MeanSquaredError(), 3, metrics.CategoricalAccuracy),
        (BINARY(), 3, metrics.CategoricalAccuracy),
        (SPARSE(), 3, metrics.SparseCategoricalAccuracy),
        (None, 3, metrics.CategoricalAccuracy),
    ],
)
@pytest.mark.parametrize("name", ["accuracy", "acc", "Accuracy"])
def test_accuracy_by_loss_and_output(loss, units, cls, name):
    metric = metrics.resolve(name, loss, (None, units))
    assert type(metric) is cls
    assert metric.name == name


@pytest.mark.parametrize(
    ("loss", "units", "cls"), [(BINARY(), 1, BINARY), (CATEGORICAL(), 3, CATEGORICAL), (SPARSE(True), 3, SPARSE)]
)
@pytest.mark.parametrize("name", ["crossentropy", "ce"])
def test_crossentropy_by_loss_and_output(loss, units, cls, name):
    metric = metrics.resolve(name, loss, (None, units))
    assert type(metric.loss) is cls
    assert metric.loss.from_logits == loss.from_logits
    assert metric.name == name


def test_logits_move_the_threshold_to_zero():
    logits, T = np.array([[0.3], [-0.3]]), np.array([[1], [0]])
    for name in ("accuracy", "binary_accuracy", "precision", "recall", "f1", "auc"):
        assert metrics.resolve(name, BINARY(from_logits=True), (None, 1))(T, logits) == 1.0
    matrix = metrics.resolve("confusion_matrix", BINARY(from_logits=True), (None, 1))(T, logits)
    np.testing.assert_array_equal(matrix, np.eye(2))
    assert metrics.resolve("accuracy", BINARY(), (None, 1)).threshold == 0.5
    assert metrics.resolve("accuracy", losses.Hinge(), (None, 1)).threshold == 0.0
    # an object says for itself
    assert metrics.resolve(metrics.BinaryAccuracy(), BINARY(from_logits=True), (None, 1)).threshold == 0.5


def test_a_crossentropy_by_name_takes_logits_where_the_loss_does():
    metric = metrics.resolve("binary_crossentropy", BINARY(from_logits=True), (None, 1))
    # σ(0) = ½: the loss is ln 2
    assert metric(np.array([[1.0]]), np.array([[0.0]])) == pytest.approx(np.log(2))
    assert metrics.resolve("huber", BINARY(from_logits=True), (None, 1)).name == "huber"


@pytest.mark.parametrize("name", ["precision", "auc", "binary_accuracy"])
def test_softmax_logits_have_no_threshold(name):
    with pytest.raises(ArgumentError, match=f"'{name}' compares probabilities, which softmax logits are not"):
        metrics.resolve(name, CATEGORICAL(from_logits=True), (None, 3))
    assert metrics.resolve(name, CATEGORICAL(), (None, 3)).name == name
    assert metrics.resolve("f1", SPARSE(from_logits=True), (None, 3)).threshold is None


@pytest.mark.parametrize("loss", [BINARY(), losses.MeanSquaredError(), losses.Huber()])
def test_a_loss_as_a_metric_is_the_mean_of_its_rows(loss):
    rng = np.random.default_rng(6)
    T, P, W = rng.integers(0, 2, (9, 2)), rng.uniform(0.1, 0.9, (9, 2)), rng.uniform(size=9)
    rows = loss.losses(T, P)
    assert metrics.get(loss)(T, P) == pytest.approx(rows.mean(), rel=1e-12)
    assert metrics.LossMetric(loss)(T, P, W) == pytest.approx((W * rows).sum() / W.sum(), rel=1e-12)


def test_loss_metric_by_hand():
    # −(ln 0.8 + ln 0.5) / 2
    got = metrics.get("binary_crossentropy")([1, 0], np.array([0.8, 0.5]))
    assert got == pytest.approx(-(np.log(0.8) + np.log(0.5)) / 2)
    assert metrics.get("sparse_categorical_crossentropy")([1], [[0.5, 0.5]]) == pytest.approx(np.log(2))
    assert metrics.LossMetric("mse").name == "mean_squared_error"
    with pytest.raises(ArgumentError, match="LossMetric takes a loss or its name; received None"):
        metrics.LossMetric(None)


def test_a_function_of_rows():
    def too_high(y_true, y_pred):
        return y_pred > y_true

    metric = metrics.get(too_high)
    assert metric.name == "too_high"
    assert metric(np.zeros(4), np.array([1.0, -1, 1, 1])) == 0.75
    metric.reset_state()
    assert metric(np.zeros(2), np.array([1.0, -1]), [1, 3]) == 0.25


def test_a_function_that_returns_one_number_counts_for_its_rows():
    def mean_error(y_true, y_pred):
        return np.mean(y_pred - y_true)

    metric = metrics.get(mean_error)
    metric.update_state(np.zeros(3), np.full(3, 2.0))
    metric.update_state(np.zeros(1), np.full(1, 6.0))
    assert metric.result() == 3.0  # (3·2 + 1·6) / 4
    with pytest.raises(ArgumentError, match="mean_error returned one number for the whole batch"):
        metric.update_state(np.zeros(1), np.zeros(1), [1.0])


def test_a_function_of_the_wrong_length():
    def pairs(y_true, y_pred):
        return np.zeros(7)

    with pytest.raises(
        ShapeError, match=r"pairs returns one value for each of the 3 rows, or one number; received shape \(7,\)"
    ):
        metrics.get(pairs)(np.zeros(3), np.zeros(3))


def test_losses_functions_are_metrics():
    assert metrics.get(losses.mean_squared_error)(np.zeros((2, 1)), np.array([[1.0], [3.0]])) == 5.0
