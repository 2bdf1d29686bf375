"""The area under the curve, exactly."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import metrics
from chainrule.errors import ArgumentError, ShapeError


def test_roc_by_hand():
    # pairs (yes, no): (0.35, 0.1) in order, (0.35, 0.4) not, (0.8, 0.1) and (0.8, 0.4) in order: 3 of 4
    assert metrics.AUC()([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) == 0.75
    # a tie counts half: (0.5, 0.5) ½, (0.5, 0.2) 1: 1.5 of 2
    assert metrics.AUC()([1, 0, 0], [0.5, 0.5, 0.2]) == 0.75
    # weights: pairs weigh w_yes · w_no: (3·1 in order + 3·2 not) → 3/9
    assert metrics.AUC()([1, 0, 0], [0.5, 0.2, 0.9], [3, 1, 2]) == pytest.approx(1 / 3)


def test_precision_recall_by_hand():
    # falling: 0.8 yes, 0.4 no, 0.35 yes, 0.1 no. Recall rises by ½ at precision 1 and by ½ at precision 2/3
    assert metrics.AUC(curve="PR")([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) == pytest.approx(5 / 6)


def test_one_class_or_nothing_or_nan_is_nan():
    assert math.isnan(metrics.AUC().result())
    assert math.isnan(metrics.AUC()([1, 1], [0.2, 0.8]))
    assert math.isnan(metrics.AUC()([0, 0], [0.2, 0.8]))
    assert math.isnan(metrics.AUC(curve="PR")([0, 0], [0.2, 0.8]))
    assert math.isnan(metrics.AUC()([0, 1], [0.2, np.nan]))
    assert math.isnan(metrics.AUC()(np.zeros((0, 1)), np.zeros((0, 1))))
    assert metrics.AUC(curve="PR")([1, 1], [0.2, 0.8]) == 1.0


def test_a_batch_may_be_overwritten_after_the_update():
    metric, T, P = metrics.AUC(), np.array([0, 1]), np.array([0.2, 0.8])
    W = np.array([1.0, 2.0])
    metric.update_state(T, P, W)
    T[:], P[:], W[:] = 1, 0, 0
    assert metric.result() == 1.0


@given(st.lists(st.tuples(st.booleans(), st.integers(-3, 3), st.integers(0, 3)), min_size=2, max_size=30))
def test_equals_the_count_of_pairs(rows):
    yes, scores, w = (np.array(column) for column in zip(*rows, strict=True))
    pairs = w[yes][:, None] * w[~yes]
    above = scores[yes][:, None] - scores[~yes]
    got = metrics.AUC()(yes, scores, w)
    if pairs.sum() == 0:
        assert math.isnan(got)
    else:
        assert got == pytest.approx((pairs * ((above > 0) + 0.5 * (above == 0))).sum() / pairs.sum(), rel=1e-12)


def test_monotone_scores_give_the_same_area():
    rng = np.random.default_rng(2)
    T, logits = rng.integers(0, 2, 50), rng.normal(size=50)
    assert metrics.AUC()(T, logits) == metrics.AUC()(T, 1 / (1 + np.exp(-logits)))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("decimals", [1, 8])
def test_equal_to_scikit_learn(weighted, decimals):
    judge = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(9)
    T, P = rng.integers(0, 2, 200), rng.uniform(size=200).round(decimals)
    W = rng.uniform(0, 2, 200) if weighted else None
    assert metrics.AUC()(T, P, W) == pytest.approx(judge.roc_auc_score(T, P, sample_weight=W), rel=1e-12)
    expected = judge.average_precision_score(T, P, sample_weight=W)
    assert metrics.AUC(curve="PR")(T, P, W) == pytest.approx(expected, rel=1e-12)
    labels, scores = rng.integers(0, 3, 60), rng.dirichlet(np.ones(3), 60)
    expected = judge.roc_auc_score(np.eye(3)[labels].ravel(), scores.ravel())
    assert metrics.AUC()(labels, scores) == pytest.approx(expected, rel=1e-12)


def test_refusals():
    with pytest.raises(ArgumentError, match=r"The curve of AUC is 'ROC' or 'PR'; received 'roc'\."):
        metrics.AUC(curve="roc")
    with pytest.raises(ShapeError, match=r"received y_true \(3,\) and y_pred \(2,\)"):
        metrics.AUC()([0, 1, 1], [0.2, 0.8])
