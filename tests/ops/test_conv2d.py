"""Convolution, by hand; that its gradients are convolutions; and what must hold for any numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.ops import OPERATIONS

conv2d = OPERATIONS["conv2d"]
X = np.array([[1.0, 2.0, 0.0], [3.0, 1.0, 2.0], [0.0, 2.0, 1.0]]).reshape(1, 3, 3, 1)
W = np.array([[1.0, 2.0], [0.0, -1.0]]).reshape(2, 2, 1, 1)
settings = st.fixed_dictionaries(
    {
        "strides": st.tuples(st.integers(1, 3), st.integers(1, 3)),
        "padding": st.tuples(*[st.integers(0, 2)] * 4),
        "dilation": st.tuples(st.integers(1, 2), st.integers(1, 2)),
        "groups": st.sampled_from([1, 2]),
    }
)


def forward(*arrays, **options):
    return conv2d.forward(*arrays, **options)[0]


def random_case(seed, groups=1):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(3, 6, 7, 4)), rng.normal(size=(3, 2, 4 // groups, 2)), rng.normal(size=2)


def test_numbers_worked_by_hand():
    """Y(0, 0) = 1·1 + 2·2 + 0·3 − 1·1 = 4, and so on; with b = 10 each is 10 more."""
    Y, cache = conv2d.forward(X, W, np.array([10.0]))
    assert Y[0, :, :, 0].tolist() == [[14.0, 10.0], [13.0, 14.0]]
    # dY(0, 0) = 1, dY(1, 1) = 2. dW(i, j) = X(i, j) + 2 X(i + 1, j + 1); dX: the kernel, and twice the kernel, laid at
    # the places of the two windows.
    dX, dW, db = conv2d.backward(np.array([[1.0, 0.0], [0.0, 2.0]]).reshape(1, 2, 2, 1), cache)
    assert dW[:, :, 0, 0].tolist() == [[3.0, 6.0], [7.0, 3.0]]
    assert dX[0, :, :, 0].tolist() == [[1.0, 2.0, 0.0], [0.0, 1.0, 4.0], [0.0, 0.0, -2.0]]
    assert db.tolist() == [3.0]


def test_padding_is_zeros_and_strides_leave_windows_out():
    """One row of zeros on top, stride (2, 1): windows at rows −1 and 1."""
    Y = forward(X, W, strides=(2, 1), padding=(1, 0, 0, 0))
    assert Y[0, :, :, 0].tolist() == [[-2.0, 0.0], [3.0, 4.0]]


def test_dilation_spreads_the_kernel():
    """2 × 2 places at distance 2 see the four corners: 1·1 + 2·0 + 0·0 − 1·1."""
    assert forward(X, W, dilation=(2, 2)).tolist() == [[[[0.0]]]]


def test_a_kernel_of_one_place_is_dense():
    rng = np.random.default_rng(0)
    A, kernel, b = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=(1, 1, 5, 6)), rng.normal(size=6)
    np.testing.assert_allclose(forward(A, kernel, b), A @ kernel[0, 0] + b, rtol=1e-13, atol=1e-13)


def test_a_group_sees_its_channels_alone():
    A, kernel, b = random_case(1, groups=2)
    Y = forward(A, kernel, b, groups=2)
    parts = [forward(A[..., 2 * g : 2 * g + 2], kernel[..., g : g + 1], b[g : g + 1]) for g in range(2)]
    np.testing.assert_allclose(Y, np.concatenate(parts, axis=-1), rtol=1e-13, atol=1e-14)


def test_the_gradient_of_x_is_the_padded_upstream_with_the_kernel_turned():
    A, kernel, _ = random_case(2)
    Y, cache = conv2d.forward(A, kernel)
    dY = np.random.default_rng(3).normal(size=Y.shape)
    kh, kw = kernel.shape[:2]
    turned = kernel[::-1, ::-1].swapaxes(2, 3)  # and its channels and filters change places
    expected = forward(dY, turned, padding=(kh - 1, kh - 1, kw - 1, kw - 1))
    np.testing.assert_allclose(conv2d.backward(dY, cache)[0], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("strides", [(1, 1), (2, 3)])
def test_the_gradient_of_the_kernel_is_x_with_the_upstream_as_kernel(strides):
    """Channels count as images, images as channels; strides become the dilation."""
    A, kernel, _ = random_case(4)
    A = A[:, :5, :5]  # no row or column that the last window leaves over
    Y, cache = conv2d.forward(A, kernel, strides=strides)
    dY = np.random.default_rng(5).normal(size=Y.shape)
    expected = forward(A.transpose(3, 1, 2, 0), dY.transpose(1, 2, 0, 3), dilation=strides).transpose(1, 2, 0, 3)
    np.testing.assert_allclose(conv2d.backward(dY, cache)[1], expected, rtol=1e-12, atol=1e-12)


@given(options=settings, seed=st.integers(0, 99))
def test_it_is_linear_in_the_image_and_in_the_kernel(options, seed):
    A, kernel, _ = random_case(seed, options["groups"])
    B, other, _ = random_case(seed + 100, options["groups"])
    Y = forward(A, kernel, **options)
    Z = 2 * Y - 3 * forward(B, kernel, **options)
    np.testing.assert_allclose(forward(2 * A - 3 * B, kernel, **options), Z, rtol=1e-10, atol=1e-10)
    Z = 2 * Y - 3 * forward(A, other, **options)
    np.testing.assert_allclose(forward(A, 2 * kernel - 3 * other, **options), Z, rtol=1e-10, atol=1e-10)


@given(options=settings, down=st.integers(0, 2), right=st.integers(0, 2), seed=st.integers(0, 99))
def test_an_image_moved_by_strides_gives_a_result_moved_by_places(options, down, right, seed):
    """In zeros wide enough, so that nothing is moved out of the image."""
    A, kernel, _ = random_case(seed, options["groups"])
    options = {**options, "padding": (0, 0, 0, 0)}
    sh, sw = options["strides"]
    P = np.pad(A, ((0, 0), (6, 12), (6, 12), (0, 0)))
    Y = forward(P, kernel, **options)
    moved = forward(np.roll(P, (down * sh, right * sw), axis=(1, 2)), kernel, **options)
    np.testing.assert_allclose(moved, np.roll(Y, (down, right), axis=(1, 2)), rtol=1e-12, atol=1e-12)


@given(options=settings, cut=st.integers(0, 3), seed=st.integers(0, 99))
def test_a_batch_in_two_parts_is_the_batch(options, cut, seed):
    """Outputs and dX side by side; dW and db add up."""
    A, kernel, b = random_case(seed, options["groups"])
    Y, cache = conv2d.forward(A, kernel, b, **options)
    dY = np.random.default_rng(seed).normal(size=Y.shape)
    found = []
    for part in (slice(None, cut), slice(cut, None)):
        Yp, parts = conv2d.forward(A[part], kernel, b, **options)
        np.testing.assert_allclose(Yp, Y[part], rtol=1e-12, atol=1e-12)
        found.append(conv2d.backward(dY[part], parts))
    dX, dW, db = conv2d.backward(dY, cache)
    np.testing.assert_allclose(np.concatenate([found[0][0], found[1][0]]), dX, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found[0][1] + found[1][1], dW, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(found[0][2] + found[1][2], db, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize(
    ("shapes", "options", "sentence"),
    [
        (((None, 3, 3, 2), (5, 1, 2, 4)), {}, "a window that spans 5 rows doesn't fit into the 3 of the image"),
        (((None, 3, 3, 2), (1, 1, 2, 4)), {"strides": (1, 0)}, r"strides must be 1 or more .* received \(1, 0\)"),
        (((None, 3, 3), (1, 1, 3, 4)), {}, "images have 4 axes"),
        (((None, 3, 3, 2), (1, 1, 3, 4)), {}, "made for 3 channels, 3 in each of 1 groups, and the images have 2"),
        (((None, 3, 3, 3), (1, 1, 1, 4)), {"groups": 2}, "the 3 channels of the images can't be cut into 2 equal"),
        (((None, 3, 3, 4), (1, 1, 2, 3)), {"groups": 2}, "the 3 filters can't be cut into 2 equal groups"),
        (((None, 3, 3, 4), (1, 1, 4, 3)), {"groups": 0}, "the 3 filters can't be cut into 0 equal groups"),
        (((None, 3, 3, 2), (1, 1, 2, 4), (2,)), {}, r"the bias must have the shape \(4,\), .* received \(2,\)"),
    ],
)
def test_what_does_not_fit_is_refused(shapes, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        conv2d.output_shape(*shapes, **options)
