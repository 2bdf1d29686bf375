"""The number for all data is the same however the rows are cut into batches, and whatever their order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import metrics

ROWS = 12

#: A metric beside the kind of labels and predictions that it takes.
CASES = {
    "accuracy": (metrics.Accuracy, "class_numbers"),
    "binary_accuracy": (metrics.BinaryAccuracy, "binary"),
    "categorical_accuracy": (metrics.CategoricalAccuracy, "one_hot"),
    "sparse_categorical_accuracy": (metrics.SparseCategoricalAccuracy, "sparse"),
    "top_k": (lambda: metrics.TopKCategoricalAccuracy(k=2), "one_hot"),
    "sparse_top_k": (lambda: metrics.SparseTopKCategoricalAccuracy(k=2), "sparse"),
    "true_positives": (metrics.TruePositives, "binary"),
    "false_negatives": (metrics.FalseNegatives, "one_hot"),
    "precision": (metrics.Precision, "binary"),
    "precision_many": (lambda: metrics.Precision(thresholds=[0.2, 0.5, 0.9]), "binary"),
    "recall_of_a_class": (lambda: metrics.Recall(class_id=1), "sparse"),
    "f1_none": (metrics.F1Score, "one_hot"),
    "f1_macro": (lambda: metrics.F1Score(average="macro"), "sparse"),
    "f1_weighted": (lambda: metrics.F1Score(average="weighted", threshold=0.4), "one_hot"),
    "roc": (metrics.AUC, "binary"),
    "pr": (lambda: metrics.AUC(curve="PR"), "binary"),
    "confusion_matrix": (metrics.ConfusionMatrix, "sparse"),
    "confusion_shares": (lambda: metrics.ConfusionMatrix(normalize="true"), "binary"),
    "mae": (metrics.MeanAbsoluteError, "amounts"),
    "mse": (metrics.MeanSquaredError, "amounts"),
    "rmse": (metrics.RootMeanSquaredError, "amounts"),
    "mape": (metrics.MeanAbsolutePercentageError, "amounts"),
    "cosine": (metrics.CosineSimilarity, "amounts"),
    "r2": (metrics.R2Score, "amounts"),
    "loss": (lambda: metrics.LossMetric("binary_crossentropy"), "binary"),
    "function": (lambda: metrics.FunctionMetric(lambda T, P: np.abs(T - P).max(axis=-1)), "amounts"),
}


def data(kind: str, seed: int):
    """Return labels and predictions; scores are rounded so that ties occur."""
    rng = np.random.default_rng(seed)
    classes = rng.integers(0, 3, ROWS)
    scores = rng.dirichlet(np.ones(3), ROWS).round(1)
    return {
        "class_numbers": (classes, rng.integers(0, 3, ROWS)),
        "binary": (rng.integers(0, 2, (ROWS, 1)), rng.uniform(0.01, 0.99, (ROWS, 1)).round(1)),
        "one_hot": (np.eye(3)[classes], scores),
        "sparse": (classes, scores),
        "amounts": (rng.normal(3, 2, (ROWS, 2)), rng.normal(3, 2, (ROWS, 2))),
    }[kind]


@pytest.mark.parametrize("case", CASES)
@given(
    seed=st.integers(0, 2**16),
    cuts=st.sets(st.integers(1, ROWS - 1)),
    weighted=st.booleans(),
)
def test_batches_do_not_matter(case, seed, cuts, weighted):
    make, kind = CASES[case]
    T, P = data(kind, seed)
    rng = np.random.default_rng(seed + 1)
    W = rng.uniform(0.1, 3, ROWS) if weighted else None
    whole = make()(T, P, W)
    metric, order = make(), rng.permutation(ROWS)
    for rows in np.split(order, sorted(cuts)):
        metric.update_state(T[rows], P[rows], None if W is None else W[rows])
    np.testing.assert_allclose(metric.result(), whole, rtol=1e-9, atol=1e-12)
    metric.reset_state()
    np.testing.assert_allclose(metric(T, P, W), whole, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("case", CASES)
@given(seed=st.integers(0, 2**16), repeats=st.lists(st.integers(1, 3), min_size=ROWS, max_size=ROWS))
def test_a_weight_of_two_is_a_row_seen_twice(case, seed, repeats):
    make, kind = CASES[case]
    T, P = data(kind, seed)
    weighted = make()(T, P, np.array(repeats, dtype=float))
    np.testing.assert_allclose(
        weighted, make()(np.repeat(T, repeats, 0), np.repeat(P, repeats, 0)), rtol=1e-9, atol=1e-12
    )


def test_every_registered_metric_is_held_to_this():
    covered = {type(make()) for make, _ in CASES.values()}
    counts = {metrics.TrueNegatives, metrics.FalsePositives}  # the same code as the other two counts
    assert set(metrics.METRICS.classes.values()) - covered - counts == {metrics.Mean}  # takes values, not pairs
