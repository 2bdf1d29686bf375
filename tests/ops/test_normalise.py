"""Batch normalisation in training and by fixed statistics, by hand."""

import numpy as np
import pytest

from chainrule.ops import OPERATIONS

batch, affine = OPERATIONS["batch_normalise"], OPERATIONS["affine_normalise"]
ONE, ZERO = np.ones(1), np.zeros(1)


def test_numbers_worked_by_hand():
    """Column (1, 3, 5): m = 3, v = (4 + 0 + 4) / 3 = 8/3; with ε = 4/3, s = √4 = 2 and h = (−1, 0, 1); y = 3 h + 10."""
    X = np.array([[1.0], [3.0], [5.0]])
    Y, cache, (mean, variance) = batch.forward(X, 3 * ONE, 10 * ONE, ZERO, ONE, epsilon=4 / 3, momentum=0.75)
    np.testing.assert_allclose(Y, [[7.0], [10.0], [13.0]])
    np.testing.assert_allclose(mean, [0.75])  # 0.75 · 0 + 0.25 · 3
    np.testing.assert_allclose(variance, [0.75 + 0.25 * 8 / 3])  # 0.75 · 1 + 0.25 · 8/3, the biased one
    # dy = (1, 0, 0): dβ = 1, dγ = 1 · h₁ = −1, dh = (3, 0, 0), mean(dh) = 1, mean(dh h) = −1,
    # dx = (dh − 1 + h) / 2 = (3 − 1 − 1, 0 − 1 + 0, 0 − 1 + 1) / 2
    dX, dgamma, dbeta, *rest = batch.backward(np.array([[1.0], [0.0], [0.0]]), cache)
    np.testing.assert_allclose(dX, [[0.5], [-0.5], [0.0]], atol=1e-15)
    assert (dgamma, dbeta) == (pytest.approx([-1.0]), pytest.approx([1.0]))
    assert rest == [None, None]


def test_fixed_statistics_by_hand():
    """With m = 1 and v + ε = 4: y = 3 (x − 1) / 2 + 10; dx = dy · 3/2, dγ = Σ dy (x − 1) / 2."""
    X = np.array([[1.0], [5.0]])
    Y, cache = affine.forward(X, 3 * ONE, 10 * ONE, ONE, 3 * ONE, epsilon=1.0)
    np.testing.assert_allclose(Y, [[10.0], [16.0]])
    dX, dgamma, dbeta, *rest = affine.backward(np.array([[2.0], [1.0]]), cache)
    np.testing.assert_allclose(dX, [[3.0], [1.5]])
    assert (dgamma, dbeta) == (pytest.approx([2.0]), pytest.approx([3.0]))
    assert rest == [None, None]


def test_every_axis_but_the_last_counts_as_rows():
    X = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    parts = [np.ones(5), np.zeros(5), np.zeros(5), np.ones(5)]
    Y, _, state = batch.forward(X, *parts)
    flat, _, flat_state = batch.forward(X.reshape(-1, 5), *parts)
    np.testing.assert_allclose(Y, flat.reshape(X.shape), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(state, flat_state, rtol=1e-12)


def test_a_constant_column_gives_beta_and_no_gradient():
    """There v = 0, s = √ε, h = 0. One row alone is such a column too."""
    X = np.full((3, 1), 7.0)
    Y, cache, _ = batch.forward(X, ONE, 4 * ONE, ZERO, ONE)
    np.testing.assert_array_equal(Y, [[4.0]] * 3)
    one_row, cache, _ = batch.forward(X[:1], ONE, 4 * ONE, ZERO, ONE)
    np.testing.assert_array_equal(one_row, [[4.0]])
    np.testing.assert_array_equal(batch.backward(np.ones((1, 1)), cache)[0], [[0.0]])


def test_a_shift_and_a_stretch_of_the_batch_have_no_gradient():
    """Y feels neither, so dX is at right angles to ones and, for ε = 0, to H."""
    rng = np.random.default_rng(1)
    _, cache, _ = batch.forward(rng.normal(size=(6, 1)), ONE, ZERO, ZERO, ONE, epsilon=0.0)
    dX = batch.backward(rng.normal(size=(6, 1)), cache)[0]
    assert abs(dX.sum()) < 1e-13 and abs((dX * cache[0]).sum()) < 1e-13


def test_fixed_statistics_equal_to_the_batchs_own_give_the_same_values():
    rng = np.random.default_rng(2)
    X, gamma, beta = rng.normal(size=(6, 3)), rng.normal(size=3), rng.normal(size=3)
    Y, *_ = batch.forward(X, gamma, beta, np.zeros(3), np.ones(3))
    fixed, _ = affine.forward(X, gamma, beta, X.mean(axis=0), X.var(axis=0))
    np.testing.assert_allclose(Y, fixed, rtol=1e-12, atol=1e-13)
