"""The base of metrics: names, means, weights, shapes, and what is refused at the door."""

from __future__ import annotations

import math

import numpy as np
import pytest

from chainrule import metrics
from chainrule.errors import ArgumentError, ChainruleError, DataError, ShapeError


@pytest.mark.parametrize(
    ("metric", "name", "direction"),
    [
        (metrics.Accuracy(), "accuracy", "up"),
        (metrics.BinaryAccuracy(), "binary_accuracy", "up"),
        (metrics.SparseTopKCategoricalAccuracy(), "sparse_top_k_categorical_accuracy", "up"),
        (metrics.TopKCategoricalAccuracy(), "top_k_categorical_accuracy", "up"),
        (metrics.F1Score(), "f1_score", "up"),
        (metrics.R2Score(), "r2_score", "up"),
        (metrics.AUC(), "auc", "up"),
        (metrics.FalsePositives(), "false_positives", "down"),
        (metrics.RootMeanSquaredError(), "root_mean_squared_error", "down"),
        (metrics.ConfusionMatrix(), "confusion_matrix", None),
        (metrics.Precision(name="p"), "p", "up"),
    ],
)
def test_names_are_keras_and_direction_says_what_is_better(metric, name, direction):
    assert metric.name == name
    assert metric.direction == direction


def test_mean_counts_values_not_calls():
    mean = metrics.Mean()
    mean.update_state([1.0, 3.0])
    mean.update_state(8.0)
    assert mean.result() == 4.0  # (1 + 3 + 8) / 3, not (2 + 8) / 2
    mean.update_state([10.0, 0.0], [0.5, 2.5])
    assert mean.result() == 17 / 6  # (12 + 5) / (3 + 3)


def test_mean_of_nothing_is_nan_and_reset_forgets():
    mean = metrics.Mean()
    assert math.isnan(mean.result())
    assert mean(2.0) == 2.0
    mean.reset_state()
    assert math.isnan(mean.result())


def test_weights_all_zero_give_nan():
    assert math.isnan(metrics.MeanAbsoluteError()([1.0, 2.0], [0.0, 0.0], [0.0, 0.0]))


def test_one_output_may_be_a_column_on_either_side():
    column, flat = np.array([[1.0], [2.0]]), np.array([1.0, 5.0])
    assert metrics.MeanAbsoluteError()(flat, column) == 1.5
    assert metrics.MeanAbsoluteError()(column, flat) == 1.5


@pytest.mark.parametrize(
    "shapes", [((4, 3), (4, 1)), ((4, 1), (4, 3)), ((4,), (4, 3)), ((1,), (4,)), ((4,), (3,)), ((), (4,))]
)
def test_what_fits_only_by_broadcasting_is_refused(shapes):
    y_true, y_pred = np.zeros(shapes[0]), np.zeros(shapes[1])
    with pytest.raises(ShapeError) as caught:
        metrics.MeanSquaredError()(y_true, y_pred)
    assert str(caught.value) == (
        f"Expected labels and predictions of one shape; received y_true {shapes[0]} and y_pred {shapes[1]}: "
        "nothing is repeated to make them fit."
    )


def test_single_numbers_are_refused():
    with pytest.raises(ShapeError, match="put them into lists"):
        metrics.Accuracy()(1, 1)


def test_text_labels_are_refused():
    with pytest.raises(DataError, match=r"numbers for y_true; received <U3: number the classes 0, 1, 2"):
        metrics.Accuracy()(["cat", "dog"], [0, 1])


@pytest.mark.parametrize("shape", [(3,), (2, 3), (1,), ()])
@pytest.mark.parametrize(
    "metric", [metrics.BinaryAccuracy, metrics.Precision, metrics.F1Score, metrics.AUC, metrics.R2Score]
)
def test_weights_are_one_a_row(metric, shape):
    with pytest.raises(ShapeError) as caught:
        metric()(np.array([0.0, 1.0]), np.array([0.2, 0.8]), np.ones(shape))
    assert str(caught.value) == f"Sample weights are one number a row, of shape (2,); received {shape}."


def test_a_weight_counts_for_every_output_of_its_row():
    T, P = np.zeros((2, 3)), np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 6.0]])
    # (3 · (1 + 2 + 3) + 1 · 6) / (3 · 3 + 1 · 3)
    assert metrics.MeanAbsoluteError()(T, P, [3.0, 1.0]) == 2.0
    assert metrics.MeanAbsoluteError()(T, P, [[3.0], [1.0]]) == 2.0


def test_float32_results_are_summed_in_float64():
    rows = 100_000
    # A float32 sum of 100,000 times 0.1 is off in the fourth digit; the float64 sum of float32(0.1) is not.
    result = metrics.MeanAbsoluteError()(np.zeros(rows, np.float32), np.full(rows, 0.1, np.float32))
    assert abs(result - float(np.float32(0.1))) < 1e-12


def test_unsigned_labels_do_not_wrap():
    assert metrics.MeanAbsoluteError()(np.array([3], np.uint8), np.array([1], np.uint8)) == 2.0


def test_a_metric_of_ones_own_says_what_is_missing():
    class Half(metrics.Metric):
        def reset_state(self):
            self.rows = 0

    with pytest.raises(
        NotImplementedError, match=r"Half needs `update_state\(self, y_true, y_pred, sample_weight=None\)`"
    ):
        Half()([1], [1])
    with pytest.raises(NotImplementedError, match=r"Half needs `result\(self\)`"):
        Half().result()


def test_inputs_are_not_changed_and_may_be_read_only():
    T, P = np.array([[0.0, 1.0], [1.0, 0.0]]), np.asfortranarray([[0.2, 0.8], [0.4, 0.6]])
    for array in (T, P):
        array.setflags(write=False)
    for name in ("binary_accuracy", "categorical_accuracy", "precision", "f1", "auc", "mse", "r2", "confusion_matrix"):
        metrics.get(name)(T, P, np.array([1.0, 2.0]))


@pytest.mark.parametrize("alias", metrics.METRICS.names())
def test_config_makes_the_same_metric_again(alias):
    metric = metrics.get(alias)
    again = metrics.get(metric.to_config())
    assert type(again) is type(metric)
    assert again.get_config() == metric.get_config()


def test_every_error_is_a_chainrule_error():
    for bad in (lambda: metrics.AUC(curve="roc"), lambda: metrics.BinaryAccuracy(threshold="high")):
        with pytest.raises(ChainruleError):
            bad()
    with pytest.raises(ArgumentError, match=r"A threshold is a finite number, such as 0\.5; received nan"):
        metrics.BinaryAccuracy(threshold=math.nan)
