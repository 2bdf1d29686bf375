"""Upsampling, by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.ops import OPERATIONS

nearest, bilinear = OPERATIONS["upsample2d_nearest"], OPERATIONS["upsample2d_bilinear"]
X = np.array([[0.0, 4.0]]).reshape(1, 1, 2, 1)


def test_nearest_makes_blocks():
    Y, cache = nearest.forward(X, (2, 3))
    assert Y[0, :, :, 0].tolist() == [[0.0, 0.0, 0.0, 4.0, 4.0, 4.0]] * 2
    dX = nearest.backward(np.arange(12.0).reshape(1, 2, 6, 1), cache)
    assert dX.ravel().tolist() == [0 + 1 + 2 + 6 + 7 + 8, 3 + 4 + 5 + 9 + 10 + 11]


def test_bilinear_worked_by_hand():
    """Twice as wide, the centres lie at −¼, ¼, ¾ and 1¼: the outer ones are moved to 0 and 1."""
    Y, cache = bilinear.forward(X, (1, 2))
    assert Y.ravel().tolist() == [0.0, 1.0, 3.0, 4.0]
    dX = bilinear.backward(np.array([1.0, 4.0, 0.0, 8.0]).reshape(1, 1, 4, 1), cache)
    assert dX.ravel().tolist() == [1 + 3.0, 1 + 8.0]


def test_an_odd_factor_keeps_the_places_themselves():
    """Three times as wide, the centres lie at −⅓, 0, ⅓, ⅔, 1 and 1⅓."""
    Y, _ = bilinear.forward(X, (1, 3))
    np.testing.assert_allclose(Y.ravel(), [0, 0, 4 / 3, 8 / 3, 4, 4], rtol=1e-12)


def test_infinity_stays_with_its_neighbours():
    A = np.zeros((1, 5, 1, 1))
    A[0, 2] = np.inf
    Y, _ = bilinear.forward(A, (3, 1))
    assert not np.isnan(Y).any() and np.flatnonzero(np.isinf(Y)).tolist() == [5, 6, 7, 8, 9]


@given(size=st.tuples(st.integers(1, 4), st.integers(1, 4)), seed=st.integers(0, 99))
@pytest.mark.parametrize("operation", [nearest, bilinear], ids=["nearest", "bilinear"])
def test_a_constant_stays_and_the_gradient_loses_nothing(operation, size, seed):
    """The weights of each number add up to 1, so ones give ones, and the sum of dX is that of dY."""
    Y, cache = operation.forward(np.ones((2, 3, 4, 2)), size)
    np.testing.assert_allclose(Y, np.ones((2, 3 * size[0], 4 * size[1], 2)), rtol=1e-12)
    dY = np.random.default_rng(seed).normal(size=Y.shape)
    assert np.isclose(operation.backward(dY, cache).sum(), dY.sum(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("operation", [nearest, bilinear], ids=["nearest", "bilinear"])
def test_what_does_not_fit_is_refused(operation):
    with pytest.raises(ValueError, match="images have 4 axes"):
        operation.output_shape((None, 3, 3), size=(2, 2))
    with pytest.raises(ValueError, match=r"size must be 1 or more in each direction; received \(2, 0\)"):
        operation.output_shape((None, 3, 3, 1), size=(2, 0))
    assert operation.output_shape((None, None, 3, 1), size=(2, 2)) == (None, None, 6, 1)
