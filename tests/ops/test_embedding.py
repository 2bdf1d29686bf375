"""Embedding, by hand."""

import numpy as np
import pytest

from chainrule.errors import DataError
from chainrule.ops import OPERATIONS

embedding, dense = OPERATIONS["embedding"], OPERATIONS["dense"]
W = np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])


def test_rows_are_looked_up_and_their_gradients_add_up():
    Y, cache = embedding.forward(np.array([[2, 0], [2, 2]]), W)
    np.testing.assert_array_equal(Y, [[[4, 5], [0, 1]], [[4, 5], [4, 5]]])
    # index 2 stands three times: (1, 2) + (5, 6) + (7, 8); index 0 once; index 1 never
    dI, dW = embedding.backward(np.arange(1.0, 9.0).reshape(2, 2, 2), cache)
    assert dI is None
    np.testing.assert_array_equal(dW, [[3, 4], [0, 0], [13, 16]])


def test_it_is_dense_on_one_hot_rows():
    rng = np.random.default_rng(0)
    indices = rng.integers(0, 3, size=20)
    dY = rng.normal(size=(20, 2))
    Y, cache = embedding.forward(indices, W)
    same, dense_cache = dense.forward(np.eye(3)[indices], W)
    np.testing.assert_array_equal(Y, same)
    np.testing.assert_allclose(embedding.backward(dY, cache)[1], dense.backward(dY, dense_cache)[1], rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_every_whole_type_is_an_index(dtype):
    np.testing.assert_array_equal(embedding.forward(np.array([2, 0], dtype), W)[0], W[[2, 0]])


def test_no_rows():
    Y, cache = embedding.forward(np.zeros((0, 4), int), W)
    assert Y.shape == (0, 4, 2)
    np.testing.assert_array_equal(embedding.backward(Y, cache)[1], np.zeros((3, 2)))


@pytest.mark.parametrize("wrong", [-1, 3])
def test_an_index_out_of_range_is_refused(wrong):
    """NumPy would take −1 for the last row."""
    message = rf"^An Embedding of input_dim=3 takes indices from 0 to 2; received {wrong}\.$"
    with pytest.raises(DataError, match=message):
        embedding.forward(np.array([0, wrong]), W)
