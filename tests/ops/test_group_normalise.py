"""Group normalisation, by hand, and its two ends."""

import numpy as np
import pytest

from chainrule.ops import OPERATIONS

group, layer = OPERATIONS["group_normalise"], OPERATIONS["layer_normalise"]


def test_numbers_worked_by_hand():
    """Groups (1, 3) and (10, 30): m = 2 and 20, v = 1 and 100; with ε = 0, h = (−1, 1, −1, 1)."""
    X, gamma, beta = np.array([[1.0, 3.0, 10.0, 30.0]]), np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 0.0, 5.0, 5.0])
    Y, cache = group.forward(X, gamma, beta, groups=2, epsilon=0.0)
    np.testing.assert_allclose(Y, [[-1.0, 2.0, 2.0, 9.0]])
    # Two numbers have two degrees of freedom, and shift and stretch take both: dx = 0.
    dX, dgamma, dbeta = group.backward(np.array([[1.0, 0.0, 2.0, 1.0]]), cache)
    np.testing.assert_allclose(dX, np.zeros((1, 4)), atol=1e-15)
    np.testing.assert_allclose(dgamma, [-1.0, 0.0, -2.0, 1.0])
    np.testing.assert_allclose(dbeta, [1.0, 0.0, 2.0, 1.0])


def test_with_epsilon_worked_by_hand():
    """(1, 3), ε = 3: s = 2, h = (−½, ½); dy = (1, 0): mean(dh) = ½, mean(dh h) = −¼, dx = (½ − ⅛, −½ + ⅛) / 2."""
    _, cache = group.forward(np.array([[1.0, 3.0]]), np.ones(2), np.zeros(2), groups=1, epsilon=3.0)
    dX, _, _ = group.backward(np.array([[1.0, 0.0]]), cache)
    np.testing.assert_allclose(dX, [[3 / 16, -3 / 16]])


def test_a_group_of_all_channels_in_a_matrix_is_layer_normalisation():
    rng = np.random.default_rng(0)
    X, gamma, beta, dY = rng.normal(size=(5, 6)), rng.normal(size=6), rng.normal(size=6), rng.normal(size=(5, 6))
    Y, cache = group.forward(X, gamma, beta, groups=1)
    Z, other = layer.forward(X, gamma, beta)
    np.testing.assert_allclose(Y, Z, rtol=1e-12)
    for A, B in zip(group.backward(dY, cache), layer.backward(dY, other), strict=True):
        np.testing.assert_allclose(A, B, rtol=1e-11, atol=1e-13)


def test_a_group_for_each_channel_is_instance_normalisation():
    X = np.random.default_rng(1).normal(size=(2, 3, 4, 3))
    Y, _ = group.forward(X, np.ones(3), np.zeros(3), groups=3, epsilon=0.0)
    np.testing.assert_allclose(Y.mean(axis=(1, 2)), np.zeros((2, 3)), atol=1e-14)
    np.testing.assert_allclose(Y.std(axis=(1, 2)), np.ones((2, 3)), rtol=1e-12)


def test_groups_that_do_not_divide_are_refused():
    assert group.output_shape((None, 2, 2, 6), (6,), (6,), groups=3) == (None, 2, 2, 6)
    for groups in (4, 0):
        with pytest.raises(ValueError, match=f"the 6 channels can't be cut into {groups} equal groups"):
            group.output_shape((None, 2, 2, 6), (6,), (6,), groups=groups)
    with pytest.raises(ValueError, match="this array has 1"):
        group.output_shape((None,), (6,), (6,), groups=2)
