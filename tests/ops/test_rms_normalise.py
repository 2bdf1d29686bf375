"""RMS normalisation, by hand."""

import numpy as np

from chainrule.ops import OPERATIONS

rms = OPERATIONS["rms_normalise"]


def test_numbers_worked_by_hand():
    """Row (1, 7): q = 25; with ε = 0, s = 5 and h = (0.2, 1.4)."""
    Y, cache = rms.forward(np.array([[1.0, 7.0]]), np.array([10.0, 5.0]), epsilon=0.0)
    np.testing.assert_allclose(Y, [[2.0, 7.0]])
    # dy = (1, 0): dγ = (0.2, 0), dh = (10, 0), mean(dh h) = 1, dx = (10 − 0.2, 0 − 1.4) / 5
    dX, dscale = rms.backward(np.array([[1.0, 0.0]]), cache)
    np.testing.assert_allclose(dX, [[1.96, -0.28]])
    np.testing.assert_allclose(dscale, [0.2, 0.0])


def test_a_stretch_changes_nothing_and_a_shift_does():
    X, scale = np.random.default_rng(0).normal(size=(4, 5)), np.ones(5)
    Y, _ = rms.forward(X, scale, epsilon=0.0)
    np.testing.assert_allclose(rms.forward(3 * X, scale, epsilon=0.0)[0], Y, rtol=1e-12)
    assert not np.allclose(rms.forward(X + 1, scale, epsilon=0.0)[0], Y, atol=0.1)


def test_a_row_of_zeros_stays_zero():
    np.testing.assert_array_equal(rms.forward(np.zeros((2, 3)), np.ones(3))[0], np.zeros((2, 3)))
