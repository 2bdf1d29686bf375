"""Layer normalisation, by hand."""

import numpy as np

from chainrule.ops import OPERATIONS

layer = OPERATIONS["layer_normalise"]


def test_numbers_worked_by_hand():
    """Row (1, 3, 5): m = 3, v = 8/3; with ε = 4/3, s = 2 and h = (−1, 0, 1)."""
    gamma, beta = np.array([1.0, 2.0, 3.0]), np.array([0.0, 10.0, 20.0])
    Y, cache = layer.forward(np.array([[1.0, 3.0, 5.0]]), gamma, beta, epsilon=4 / 3)
    np.testing.assert_allclose(Y, [[-1.0, 10.0, 23.0]])
    # dy = (3, 0, 1): dβ = dy, dγ = dy h = (−3, 0, 1), dh = dy γ = (3, 0, 3), mean(dh) = 2, mean(dh h) = 0,
    # dx = (dh − 2) / 2
    dX, dgamma, dbeta = layer.backward(np.array([[3.0, 0.0, 1.0]]), cache)
    np.testing.assert_allclose(dX, [[0.5, -1.0, 0.5]], atol=1e-15)
    np.testing.assert_allclose(dgamma, [-3.0, 0.0, 1.0])
    np.testing.assert_allclose(dbeta, [3.0, 0.0, 1.0])


def test_a_constant_row_gives_beta():
    Y, _ = layer.forward(np.full((2, 3), 7.0), np.ones(3), np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(Y, [[1.0, 2.0, 3.0]] * 2)


def test_a_shift_and_a_stretch_of_a_row_change_nothing():
    X, gamma, beta = np.random.default_rng(0).normal(size=(4, 5)), np.ones(5), np.zeros(5)
    Y, _ = layer.forward(X, gamma, beta, epsilon=0.0)
    np.testing.assert_allclose(layer.forward(3 * X + 100, gamma, beta, epsilon=0.0)[0], Y, rtol=1e-10, atol=1e-11)


def test_gamma_and_beta_gather_over_every_axis_but_the_last():
    rng = np.random.default_rng(1)
    X, dY = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 3, 4))
    _, cache = layer.forward(X, np.ones(4), np.zeros(4))
    _, flat = layer.forward(X.reshape(6, 4), np.ones(4), np.zeros(4))
    for A, B in zip(layer.backward(dY, cache), layer.backward(dY.reshape(6, 4), flat), strict=True):
        np.testing.assert_allclose(A, B.reshape(A.shape), rtol=1e-12, atol=1e-13)
