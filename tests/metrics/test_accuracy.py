"""The accuracy family."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from chainrule import metrics
from chainrule.errors import ArgumentError, DataError, ShapeError

SCORES = np.array([[0.1, 0.6, 0.3], [0.5, 0.2, 0.3], [0.2, 0.3, 0.5], [0.4, 0.4, 0.2]])


def test_binary_accuracy_by_hand():
    # 0.5 is not above 0.5: no; so yes no no yes against 1 0 1 0: two of four
    assert metrics.BinaryAccuracy()([1, 0, 1, 0], [0.51, 0.5, 0.2, 0.9]) == 0.5
    assert metrics.BinaryAccuracy(threshold=0.1)([1, 0, 1, 0], [0.51, 0.5, 0.2, 0.9]) == 0.5  # yes yes yes yes
    assert metrics.BinaryAccuracy(threshold=0.0)([1, 0], [0.1, -0.1]) == 1.0  # logits


def test_binary_accuracy_reads_minus_one_as_no():
    assert metrics.BinaryAccuracy(threshold=0.0)([-1, 1, -1.0], [-0.3, 0.2, 0.4]) == pytest.approx(2 / 3)


def test_binary_accuracy_of_several_questions():
    # right: 1 0 | 1 1 → 3 of 4
    assert metrics.BinaryAccuracy()([[1, 0], [0, 1]], [[0.9, 0.8], [0.1, 0.7]]) == 0.75


def test_categorical_accuracies_by_hand():
    # argmax 1, 0, 2, 0 (a tie: the first)
    labels = [1, 2, 2, 1]
    assert metrics.SparseCategoricalAccuracy()(labels, SCORES) == 0.5
    assert metrics.SparseCategoricalAccuracy()(np.reshape(labels, (4, 1)), SCORES) == 0.5
    assert metrics.CategoricalAccuracy()(np.eye(3)[labels], SCORES) == 0.5
    # weights of the right rows 0 and 2 over all: (1 + 3) / (1 + 2 + 3 + 4)
    assert metrics.CategoricalAccuracy()(np.eye(3)[labels], SCORES, [1, 2, 3, 4]) == pytest.approx(0.4)


def test_sequences_of_labels():
    P = np.stack([SCORES, SCORES])  # (2, 4, 3)
    T = np.array([[1, 0, 2, 0], [1, 0, 2, 1]])
    assert metrics.SparseCategoricalAccuracy()(T, P) == 7 / 8
    assert metrics.CategoricalAccuracy()(np.eye(3)[T], P) == 7 / 8
    assert metrics.SparseCategoricalAccuracy()(T, P, [1.0, 3.0]) == pytest.approx((4 + 9) / 16)


def test_top_k_by_hand():
    labels = [2, 1, 1, 1]
    # label's score and how many lie above: 0.3 (1), 0.2 (2), 0.3 (1), 0.4 (0; the tie does not count against it)
    for k, expected in [(1, 0.25), (2, 0.75), (3, 1.0), (9, 1.0)]:
        assert metrics.SparseTopKCategoricalAccuracy(k=k)(labels, SCORES) == expected
        assert metrics.TopKCategoricalAccuracy(k=k)(np.eye(3)[labels], SCORES) == expected


def test_top_k_counts_a_nan_score_against_the_row():
    assert metrics.SparseTopKCategoricalAccuracy(k=2)([0], [[np.nan, 0.1, 0.2]]) == 0.0


def test_one_hot_labels_with_a_sparse_metric_are_refused():
    with pytest.raises(ShapeError) as caught:
        metrics.SparseCategoricalAccuracy()(np.eye(3), np.eye(3))
    assert str(caught.value) == (
        "Expected one class number a row beside one score a class; received y_true (3, 3) and y_pred (3, 3): "
        "labels that are one-hot rows go with CategoricalAccuracy."
    )


def test_class_numbers_with_categorical_accuracy_are_refused():
    with pytest.raises(ShapeError, match=r"received y_true \(4,\) and y_pred \(4, 3\)"):
        metrics.CategoricalAccuracy()([0, 1, 2, 0], SCORES)


def test_top_k_refusals():
    with pytest.raises(ArgumentError, match="k, how many guesses count, is a whole number above 0; received 0"):
        metrics.TopKCategoricalAccuracy(k=0)
    with pytest.raises(DataError, match="Class labels of 3 classes go from 0 to 2; received 3"):
        metrics.SparseTopKCategoricalAccuracy()([3], SCORES[:1])


@pytest.mark.parametrize("weighted", [False, True])
def test_equal_to_scikit_learn(weighted):
    judge = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(3)
    labels, P = rng.integers(0, 4, 60), rng.dirichlet(np.ones(4), 60)
    W = rng.uniform(0, 2, 60) if weighted else None
    expected = judge.accuracy_score(labels, P.argmax(1), sample_weight=W)
    assert_allclose(metrics.SparseCategoricalAccuracy()(labels, P, W), expected, rtol=1e-12)
    assert_allclose(metrics.Accuracy()(labels, P.argmax(1), W), expected, rtol=1e-12)
    for k in (1, 2, 3):
        expected = judge.top_k_accuracy_score(labels, P, k=k, sample_weight=W)
        assert_allclose(metrics.SparseTopKCategoricalAccuracy(k=k)(labels, P, W), expected, rtol=1e-12)
    yes, p = labels > 1, P[:, 0]
    expected = judge.accuracy_score(yes, p > 0.3, sample_weight=W)
    assert_allclose(metrics.BinaryAccuracy(threshold=0.3)(yes, p, W), expected, rtol=1e-12)
