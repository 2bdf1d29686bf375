"""Reshape and flatten, by hand."""

import numpy as np
import pytest

from chainrule.ops import OPERATIONS

reshape, flatten = OPERATIONS["reshape"], OPERATIONS["flatten"]
X = np.arange(12.0).reshape(2, 2, 3)


def test_flatten_keeps_the_order_and_its_gradient_goes_back():
    Y, cache = flatten.forward(X)
    np.testing.assert_array_equal(Y, [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]])
    np.testing.assert_array_equal(flatten.backward(Y, cache), X)


def test_reshape_keeps_the_order_and_its_gradient_goes_back():
    Y, cache = reshape.forward(X, (3, 2))
    np.testing.assert_array_equal(Y[1], [[6, 7], [8, 9], [10, 11]])
    np.testing.assert_array_equal(reshape.backward(Y, cache), X)


def test_one_number_a_row_gets_an_axis():
    assert flatten.forward(np.ones(4))[0].shape == flatten.output_shape((4,)) == (4, 1)


@pytest.mark.parametrize("operation", [flatten, reshape])
def test_no_rows(operation):
    options = {"shape": (3, 2)} if operation is reshape else {}
    Y, cache = operation.forward(X[:0], **options)
    assert Y.shape == operation.output_shape((0, 2, 3), **options)
    assert operation.backward(Y, cache).shape == (0, 2, 3)


def test_rows_stay_open_in_the_said_shape():
    assert flatten.output_shape((None, 2, 3)) == (None, 6)
    assert reshape.output_shape((None, 6), shape=(2, 3)) == (None, 2, 3)


def test_another_number_of_entries_fails():
    with pytest.raises(ValueError, match="cannot reshape"):
        reshape.forward(X, (5,))
