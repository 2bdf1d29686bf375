"""Pooling by hand: values, ties, padding, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.ops import OPERATIONS

maximum, average = OPERATIONS["max_pool2d"], OPERATIONS["average_pool2d"]
global_max, global_average = OPERATIONS["global_max_pool2d"], OPERATIONS["global_average_pool2d"]
X = np.array([[1.0, 5.0, 2.0], [4.0, 3.0, 0.0]]).reshape(1, 2, 3, 1)
pools = st.tuples(st.integers(1, 3), st.integers(1, 3))


def plain(Y):
    return Y[0, ..., 0].tolist()


def test_the_largest_of_each_window_and_its_gradient():
    """Both windows of 2 × 2 have their largest number, 5, at the same place, which gets both gradients."""
    Y, cache = maximum.forward(X, (2, 2), (1, 1))
    assert plain(Y) == [[5.0, 5.0]]
    dX = maximum.backward(np.array([[10.0, 1.0]]).reshape(1, 1, 2, 1), cache)
    assert plain(dX) == [[0.0, 11.0, 0.0], [0.0, 0.0, 0.0]]


def test_the_mean_of_each_window_and_its_gradient():
    Y, cache = average.forward(X, (2, 2), (1, 1))
    assert plain(Y) == [[3.25, 2.5]]  # (1 + 5 + 4 + 3) / 4, (5 + 2 + 3 + 0) / 4
    dX = average.backward(np.array([[4.0, 8.0]]).reshape(1, 1, 2, 1), cache)
    assert plain(dX) == [[1.0, 3.0, 2.0], [1.0, 3.0, 2.0]]


def test_padding_never_wins():
    Y, cache = maximum.forward(-X, (2, 2), (2, 2), (0, 0, 1, 0))
    assert plain(Y) == [[-1.0, 0.0]]  # of −1 and −4; of −5, −2, −3 and 0
    assert plain(maximum.backward(np.ones_like(Y), cache)) == [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]


def test_padding_does_not_count_in_a_mean():
    """The corner window of 2 × 2 sees one place of the image alone; the one beside it two."""
    Y, cache = average.forward(X, (2, 2), (1, 1), (1, 0, 1, 0))
    assert plain(Y) == [[1.0, 3.0, 3.5], [2.5, 3.25, 2.5]]
    ones = average.forward(np.ones((1, 4, 5, 2)), (3, 3), (2, 2), (1, 2, 0, 1))[0]
    np.testing.assert_array_equal(ones, np.ones_like(ones))
    assert plain(average.backward(np.ones_like(Y), cache))[0][0] == 1 + 1 / 2 + 1 / 2 + 1 / 4


def test_on_a_tie_the_first_place_in_the_order_of_reading_takes_all():
    """Row by row: of the two 7s, (0, 1) comes before (1, 0)."""
    A = np.array([[0.0, 7.0], [7.0, 7.0]]).reshape(1, 2, 2, 1)
    for operation, options in ((maximum, {"pool": (2, 2), "strides": (2, 2)}), (global_max, {})):
        Y, cache = operation.forward(A, **options)
        assert Y.ravel().tolist() == [7.0]
        assert plain(operation.backward(np.ones_like(Y), cache)) == [[0.0, 1.0], [0.0, 0.0]]


def test_a_window_of_nothing_but_minus_infinity_gives_its_gradient_to_the_image():
    A = np.full((1, 2, 2, 1), -np.inf)
    Y, cache = maximum.forward(A, (2, 2), (2, 2), (1, 1, 1, 1))
    assert plain(Y) == [[-np.inf, -np.inf]] * 2
    assert plain(maximum.backward(np.ones_like(Y), cache)) == [[1.0, 1.0], [1.0, 1.0]]


def test_nan_beats_everything_and_the_first_one_wins():
    A = np.array([[9.0, np.nan], [np.nan, np.inf]]).reshape(1, 2, 2, 1)
    for operation, options in ((maximum, {"pool": (2, 2), "strides": (2, 2)}), (global_max, {})):
        Y, cache = operation.forward(A, **options)
        assert np.isnan(Y).all()
        assert plain(operation.backward(np.ones_like(Y), cache)) == [[0.0, 1.0], [0.0, 0.0]]


def test_more_than_256_places_in_a_window():
    A = np.zeros((1, 17, 17, 1))
    A[0, 16, 16] = 1.0
    Y, cache = maximum.forward(A, (17, 17), (1, 1))
    dX = maximum.backward(np.ones_like(Y), cache)
    np.testing.assert_array_equal(dX, A)


def test_global_pooling_worked_by_hand():
    A = np.concatenate([X, 2 * X], axis=-1)
    Y, cache = global_max.forward(A)
    assert Y.tolist() == [[5.0, 10.0]]
    dX = global_max.backward(np.array([[3.0, 4.0]]), cache)
    assert dX[0, 0, 1].tolist() == [3.0, 4.0] and dX.sum() == 7.0
    Y, cache = global_average.forward(A)
    assert Y.tolist() == [[2.5, 5.0]]
    np.testing.assert_allclose(global_average.backward(np.array([[6.0, 12.0]]), cache)[0, 1, 2], [1.0, 2.0])


@given(pool=pools, strides=pools, seed=st.integers(0, 99), height=st.integers(3, 7), width=st.integers(3, 7))
def test_max_pooling_beside_loops(pool, strides, seed, height, width):
    A = np.random.default_rng(seed).integers(0, 4, size=(2, height, width, 2)).astype(float)  # many ties
    Y, cache = maximum.forward(A, pool, strides, (pool[0] - 1, 0, 0, pool[1] - 1))
    dY = np.random.default_rng(seed).normal(size=Y.shape)
    dX = np.zeros_like(A)
    for n, y, x, c in np.ndindex(*Y.shape):
        first = y * strides[0] - (pool[0] - 1), x * strides[1]
        places = [(first[0] + i, first[1] + j) for i, j in np.ndindex(*pool)]
        places = [(u, v) for u, v in places if 0 <= u < height and 0 <= v < width]
        u, v = max(places, key=lambda place: A[n, *place, c])  # the first of the largest
        assert Y[n, y, x, c] == A[n, u, v, c]
        dX[n, u, v, c] += dY[n, y, x, c]
    np.testing.assert_allclose(maximum.backward(dY, cache), dX, rtol=1e-12, atol=1e-12)


@given(pool=pools, strides=pools, seed=st.integers(0, 99))
def test_means_are_linear_and_keep_a_shift(pool, strides, seed):
    A, B = np.random.default_rng(seed).normal(size=(2, 2, 5, 6, 3))
    pooled = [average.forward(M, pool, strides, (0, pool[0] - 1, 0, 0))[0] for M in (A, B, 2 * A - B + 5)]
    np.testing.assert_allclose(pooled[2], 2 * pooled[0] - pooled[1] + 5, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["max_pool2d", "average_pool2d"])
@pytest.mark.parametrize(
    ("shape", "options", "sentence"),
    [
        ((None, 3, 3, 2), {"pool": (4, 1)}, "a window that spans 4 rows doesn't fit into the 3 of the image"),
        ((None, 3, 3, 2), {"strides": (0, 1)}, "strides must be 1 or more"),
        ((None, 3, 3), {}, "images have 4 axes"),
        ((None, 3, 3, 2), {"padding": (0, 0, 0, 2)}, "a padding of 2 columns leaves a window of 2 with nothing"),
    ],
)
def test_what_does_not_fit_is_refused(name, shape, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        OPERATIONS[name].output_shape(shape, **{"pool": (2, 2), "strides": (2, 2), **options})


def test_global_pooling_takes_images_alone():
    with pytest.raises(ValueError, match="this array has 2"):
        global_max.output_shape((None, 3))
    assert global_average.output_shape((None, None, None, 3)) == (None, 3)
