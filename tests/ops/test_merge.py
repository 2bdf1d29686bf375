"""Add, subtract, multiply, average, maximum and concatenate, by hand."""

import numpy as np
import pytest

from chainrule.ops import OPERATIONS

A, B, C = np.array([[1.0, -2.0]]), np.array([[3.0, 4.0]]), np.array([[5.0, 0.5]])
UP = np.array([[10.0, 100.0]])


def both(name, *arrays, dY=UP, **options):
    """Return Y, and the gradients for the upstream dY."""
    Y, cache = OPERATIONS[name].forward(*arrays, **options)
    return Y, OPERATIONS[name].backward(dY, cache)


@pytest.mark.parametrize(
    ("name", "arrays", "expected", "gradients"),
    [
        ("add", (A, B, C), [9, 2.5], [[10, 100]] * 3),
        ("subtract", (A, B), [-2, -6], [[10, 100], [-10, -100]]),
        # 10 · 3 · 5, 100 · 4 · 0.5;  10 · 1 · 5, 100 · −2 · 0.5;  10 · 1 · 3, 100 · −2 · 4
        ("multiply", (A, B, C), [15, -4], [[150, 200], [50, -100], [30, -800]]),
        ("average", (A, B), [2, 1], [[5, 50]] * 2),
        ("maximum", (A, B, C), [5, 4], [[0, 0], [0, 100], [10, 0]]),
    ],
)
def test_numbers_worked_by_hand(name, arrays, expected, gradients):
    Y, found = both(name, *arrays)
    np.testing.assert_allclose(Y, [expected])
    assert len(found) == len(arrays)
    for G, by_hand in zip(found, gradients, strict=True):
        np.testing.assert_allclose(G, [by_hand])


def test_concatenate_cuts_the_gradient_where_it_joined():
    Y, (dA, dB) = both("concatenate", A, B[:, :1], dY=np.array([[1.0, 2.0, 3.0]]))
    np.testing.assert_array_equal(Y, [[1, -2, 3]])
    np.testing.assert_array_equal(dA, [[1, 2]])
    np.testing.assert_array_equal(dB, [[3]])


def test_a_zero_factor_does_not_stop_the_gradient_of_itself():
    """x·y at x = 0: dx = dy·y, which Y / x could not tell."""
    _, (dX, dY) = both("multiply", np.array([[0.0, 2.0]]), np.array([[3.0, 0.0]]))
    np.testing.assert_array_equal(dX, [[30, 0]])
    np.testing.assert_array_equal(dY, [[0, 200]])


def test_on_a_tie_the_first_takes_the_whole_gradient():
    _, (first, second, third) = both("maximum", A, A.copy(), A - 1)
    np.testing.assert_array_equal(first, UP)
    np.testing.assert_array_equal(second, [[0, 0]])
    np.testing.assert_array_equal(third, [[0, 0]])


@pytest.mark.parametrize(
    ("name", "expected", "stretched"),
    [
        # the one number 2 serves both columns: 10 + 100, −(10 + 100), 10 · 1 + 100 · −2, (10 + 100) / 2
        ("add", [3, 0], 110),
        ("subtract", [-1, -4], -110),
        ("multiply", [2, -4], -190),
        ("average", [1.5, 0], 55),
        # 2 is above 1 and above −2
        ("maximum", [2, 2], 110),
    ],
)
def test_what_was_stretched_gathers_its_gradient(name, expected, stretched):
    Y, (dA, dS) = both(name, A, np.array([[2.0]]))
    np.testing.assert_allclose(Y, [expected])
    assert dA.shape == (1, 2)
    np.testing.assert_allclose(dS, [[stretched]])


@pytest.mark.parametrize("name", ["add", "average", "maximum", "multiply", "subtract"])
def test_each_may_be_stretched_along_another_axis(name):
    Y, (dX, dZ) = both(name, np.ones((2, 1, 3)), 2 * np.ones((2, 4, 1)), dY=np.ones((2, 4, 3)))
    assert (Y.shape, dX.shape, dZ.shape) == ((2, 4, 3), (2, 1, 3), (2, 4, 1))
    assert OPERATIONS[name].output_shape((None, 1, 3), (None, 4, 1)) == (None, 4, 3)


def test_the_said_shape_of_sizes_that_are_open_or_zero():
    shape = OPERATIONS["add"].output_shape
    assert shape((None, None, 3), (None, 1, 1)) == (None, None, 3)
    assert shape((None, 1), (None, 1)) == (None, 1)
    assert shape((2, 0), (2, 1)) == OPERATIONS["add"].forward(np.ones((2, 0)), np.ones((2, 1)))[0].shape == (2, 0)
    joined = OPERATIONS["concatenate"].output_shape
    assert joined((None, None, 3), (None, 4, 3), axis=1) == (None, None, 3)
    assert joined((None, 2, 3), (None, 4, 3), axis=1) == (None, 6, 3)


def test_the_same_array_twice_gets_two_gradients():
    """Each of the two places in x + x gets dY; the engine adds them up to 2 dY."""
    _, gradients = both("add", A, A)
    np.testing.assert_array_equal(sum(gradients), 2 * UP)
    _, gradients = both("multiply", A, A)
    np.testing.assert_array_equal(sum(gradients), 2 * A * UP)  # x² has the slope 2x


@pytest.mark.parametrize("name", ["add", "average", "maximum", "multiply", "subtract"])
def test_shapes_that_cannot_be_stretched_fail(name):
    with pytest.raises(ValueError, match="shape"):
        OPERATIONS[name].forward(np.ones((2, 2)), np.ones((2, 3)))
