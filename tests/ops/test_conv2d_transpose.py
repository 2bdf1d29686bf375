"""Transposed convolution, by hand, and as the transpose that it is called after."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chainrule.ops import OPERATIONS

transpose, conv2d = OPERATIONS["conv2d_transpose"], OPERATIONS["conv2d"]
X = np.array([[1.0, 2.0]]).reshape(1, 1, 2, 1)
W = np.array([[1.0, 2.0, 3.0]]).reshape(1, 3, 1, 1)


def forward(*arrays, **options):
    return transpose.forward(*arrays, **options)[0].ravel().tolist()


def test_numbers_worked_by_hand():
    """Stamps 1 2 3 and 2 4 6, two places apart, overlap in one: 1 2 3+2 4 6."""
    assert forward(X, W, strides=(1, 2)) == [1.0, 2.0, 5.0, 4.0, 6.0]
    assert forward(X, W, strides=(1, 1)) == [1.0, 4.0, 7.0, 6.0]
    assert forward(X, W, dilation=(1, 2)) == [1.0, 2.0, 2.0, 4.0, 3.0, 6.0]


def test_cropping_and_extra_columns():
    assert forward(X, W, strides=(1, 2), padding=(0, 0, 1, 1)) == [2.0, 5.0, 4.0]
    assert forward(X, W, strides=(1, 2), padding=(0, 0, 1, 1), extra=(0, 1)) == [2.0, 5.0, 4.0, 6.0]
    assert forward(X, W, np.array([10.0]), strides=(1, 4), extra=(0, 1)) == [11, 12, 13, 10, 12, 14, 16, 10]


def test_gradients_worked_by_hand():
    """Under the two stamps dY is 1 0 0 and 0 2 0: dX = (1·1, 2·2), dW = 1·(1 0 0) + 2·(0 2 0)."""
    _, cache = transpose.forward(X, W, np.zeros(1), strides=(1, 2))
    dX, dW, db = transpose.backward(np.array([1.0, 0.0, 0.0, 2.0, 0.0]).reshape(1, 1, 5, 1), cache)
    assert dX.ravel().tolist() == [1.0, 4.0] and dW.ravel().tolist() == [1.0, 4.0, 0.0] and db.tolist() == [3.0]


@given(
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    strides=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    dilation=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    padding=st.tuples(*[st.integers(0, 1)] * 4),
    seed=st.integers(0, 99),
)
def test_it_is_the_transpose_of_a_convolution(kernel, strides, dilation, padding, seed):
    """⟨conv2d(A, W), B⟩ = ⟨A, conv2d_transpose(B, W)⟩, where `extra` is what the last window leaves over."""
    rng = np.random.default_rng(seed)
    A, kernel_array = rng.normal(size=(2, 6, 7, 3)), rng.normal(size=(*kernel, 3, 2))
    options = {"strides": strides, "padding": padding, "dilation": dilation}
    Y = conv2d.forward(A, kernel_array, **options)[0]
    B = rng.normal(size=Y.shape)
    extra = [
        size + sum(around) - ((n - 1) * s + (k - 1) * d + 1)
        for size, around, n, s, k, d in zip(
            (6, 7), (padding[:2], padding[2:]), Y.shape[1:3], strides, kernel, dilation, strict=True
        )
    ]
    assume(min(extra) >= 0)
    Z = transpose.forward(B, kernel_array, extra=extra, **options)[0]
    assert Z.shape == A.shape
    assert np.isclose((Y * B).sum(), (A * Z).sum(), rtol=1e-10)


@pytest.mark.parametrize(
    ("shapes", "options", "sentence"),
    [
        (((None, 3, 3), (2, 2, 3, 3)), {}, "images have 4 axes"),
        (((None, 3, 3, 2), (2, 2, 4, 3)), {}, "the kernel is made for 3 channels, and the images have 2"),
        (((None, 3, 3, 2), (2, 2, 4, 2)), {"strides": (0, 1)}, "strides must be 1 or more"),
        (((None, 3, 3, 2), (2, 2, 4, 2)), {"extra": (0, -1)}, r"extra must be 0 or more .* received \(0, -1\)"),
        (((None, 1, 3, 2), (2, 2, 4, 2)), {"padding": (1, 1, 0, 0)}, r"cropping 1 \+ 1 rows leaves nothing of 2"),
        (((None, 3, 3, 2), (2, 2, 4, 2), (2,)), {}, r"the bias must have the shape \(4,\)"),
    ],
)
def test_what_does_not_fit_is_refused(shapes, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        transpose.output_shape(*shapes, **options)


def test_open_sizes_stay_open():
    assert transpose.output_shape((None, None, 3, 2), (2, 2, 4, 2), strides=(2, 2)) == (None, None, 6, 4)
