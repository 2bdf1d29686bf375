"""Errors of predicted amounts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from chainrule import metrics
from chainrule.errors import ShapeError

T = np.array([1.0, 2.0, 4.0, 5.0])
P = np.array([1.0, 4.0, 3.0, 5.0])  # off by 0, 2, −1, 0
W = np.array([1.0, 1.0, 2.0, 0.0])


@pytest.mark.parametrize(
    ("metric", "expected", "weighted"),
    [
        (metrics.MeanAbsoluteError, 3 / 4, 4 / 4),
        (metrics.MeanSquaredError, 5 / 4, 6 / 4),
        (metrics.RootMeanSquaredError, math.sqrt(5 / 4), math.sqrt(6 / 4)),
        (metrics.MeanAbsolutePercentageError, (100 + 25) / 4, (100 + 2 * 25) / 4),
        # mean 3, spread 4 + 1 + 1 + 4 = 10; weighted mean 11/4, spread 49/16 + 9/16 + 2·25/16 = 108/16
        (metrics.R2Score, 1 - 5 / 10, 1 - 6 / (108 / 16)),
    ],
)
def test_by_hand(metric, expected, weighted):
    assert metric()(T, P) == pytest.approx(expected, rel=1e-14)
    assert metric()(T[:, None], P[:, None], W) == pytest.approx(weighted, rel=1e-14)


def test_root_is_taken_once():
    metric = metrics.RootMeanSquaredError()
    metric.update_state([0.0], [3.0])
    metric.update_state([0.0, 0.0, 0.0], [0.0, 0.0, 0.0])
    assert metric.result() == 1.5  # √(9/4); a mean of roots of batches would give 1.5 / … another number


def test_percentage_of_a_zero_label_divides_by_the_least():
    assert metrics.MeanAbsolutePercentageError()([0.0], [1.0]) == pytest.approx(100 / 1e-7)


def test_cosine_by_hand():
    # (0, 1)·(1, 0) → 0; (3, 4)·(4, 3) / 25 = 24/25; zeros → 0
    got = metrics.CosineSimilarity()([[0, 1], [3, 4], [1, 1]], [[1, 0], [4, 3], [0, 0]])
    assert got == pytest.approx(24 / 25 / 3)
    with pytest.raises(ShapeError, match="compares vectors, one a row"):
        metrics.CosineSimilarity()([1.0, 2.0], [1.0, 2.0])


def test_r2_of_several_outputs_is_their_mean():
    both = metrics.R2Score()(np.stack([T, T], 1), np.stack([T, P], 1))
    assert both == pytest.approx((1 + 0.5) / 2)


def test_r2_of_equal_labels():
    labels = np.full(10, 0.1)
    assert metrics.R2Score()(labels, labels) == 1.0
    assert metrics.R2Score()(labels, labels + 1) == 0.0


def test_r2_needs_two_rows():
    assert math.isnan(metrics.R2Score().result())
    assert math.isnan(metrics.R2Score()([1.0], [1.0]))


def test_r2_keeps_its_digits_far_from_zero():
    rng = np.random.default_rng(1)
    labels, errors = rng.normal(size=500), 0.1 * rng.normal(size=500)
    metric = metrics.R2Score()
    for rows in np.array_split(np.arange(500), 50):
        metric.update_state(labels[rows] + 2.0**26, labels[rows] + errors[rows] + 2.0**26)
    near_zero = metrics.R2Score()(labels, labels + errors)
    assert metric.result() == pytest.approx(near_zero, rel=1e-6)  # squares of 2⁵² would leave no digit at all


def test_r2_refuses_another_number_of_outputs():
    metric = metrics.R2Score()
    metric.update_state(T, P)
    with pytest.raises(ShapeError, match=r"r2_score has seen 1 outputs; received y_true of shape \(4, 2\)"):
        metric.update_state(np.zeros((4, 2)), np.zeros((4, 2)))


@pytest.mark.parametrize("weighted", [False, True])
def test_equal_to_scikit_learn(weighted):
    judge = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(4)
    labels, guesses = rng.normal(3, 1, (70, 2)), rng.normal(3, 1, (70, 2))
    weights = rng.uniform(0, 2, 70) if weighted else None
    for ours, theirs, factor in [
        (metrics.MeanAbsoluteError, judge.mean_absolute_error, 1),
        (metrics.MeanSquaredError, judge.mean_squared_error, 1),
        (metrics.MeanAbsolutePercentageError, judge.mean_absolute_percentage_error, 100),
        (metrics.R2Score, judge.r2_score, 1),
    ]:
        expected = factor * theirs(labels, guesses, sample_weight=weights)
        assert_allclose(ours()(labels, guesses, weights), expected, rtol=1e-12)
