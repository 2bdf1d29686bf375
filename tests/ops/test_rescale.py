"""Rescale, by hand."""

import numpy as np
import pytest

from chainrule.ops import OPERATIONS

rescale = OPERATIONS["rescale"]


def test_one_scale_for_all():
    Y, cache = rescale.forward(np.array([[0.0, 255.0]]), scale=1 / 127.5, offset=-1.0)
    np.testing.assert_allclose(Y, [[-1.0, 1.0]])
    np.testing.assert_allclose(rescale.backward(np.array([[127.5, 255.0]]), cache), [[1.0, 2.0]])


def test_one_a_column():
    Y, cache = rescale.forward(np.array([[1.0, 2.0]]), scale=[3.0, -1.0], offset=[10.0, 0.0])
    np.testing.assert_array_equal(Y, [[13.0, -2.0]])
    np.testing.assert_array_equal(rescale.backward(np.ones((1, 2)), cache), [[3.0, -1.0]])


def test_without_options_it_changes_nothing():
    X = np.array([[1.5, -2.0]])
    np.testing.assert_array_equal(rescale.forward(X)[0], X)


@pytest.mark.parametrize("scale", [np.float64(2), np.array([2.0, 3.0]), [2, 3]])
def test_the_scale_does_not_change_the_dtype(scale):
    Y, cache = rescale.forward(np.ones((1, 2), np.float32), scale=scale, offset=np.float64(1))
    assert Y.dtype == rescale.backward(Y, cache).dtype == np.float32


def test_a_list_of_another_length_fails():
    with pytest.raises(ValueError, match="broadcast"):
        rescale.forward(np.ones((2, 3)), scale=[1.0, 2.0])
