"""Depthwise convolution, by hand, and beside a convolution with a group a channel."""

import numpy as np
import pytest

from chainrule.ops import OPERATIONS

depthwise, conv2d = OPERATIONS["depthwise_conv2d"], OPERATIONS["conv2d"]


def test_numbers_worked_by_hand():
    """Two channels, two filters of one place each: every channel times its own two numbers, channel by channel."""
    X, W = np.array([[[[1.0, 2.0]]]]), np.array([[[[3.0, 4.0], [5.0, 6.0]]]])
    Y, cache = depthwise.forward(X, W, np.array([0.0, 100.0, 0.0, 100.0]))
    assert Y.ravel().tolist() == [3.0, 104.0, 10.0, 112.0]
    dX, dW, db = depthwise.backward(np.array([[[[1.0, 1.0, 1.0, -1.0]]]]), cache)
    assert dX.ravel().tolist() == [7.0, -1.0]  # 3 + 4, 5 − 6
    assert dW.ravel().tolist() == [1.0, 1.0, 2.0, -2.0]
    assert db.tolist() == [1.0, 1.0, 1.0, -1.0]


@pytest.mark.parametrize("sample", [*depthwise.samples(np.random.default_rng(2))])
def test_it_is_a_convolution_with_a_group_a_channel(sample):
    X, W, *b = sample.arrays
    kh, kw, C, m = W.shape
    Y, cache = depthwise.forward(X, W, *b, **sample.options)
    Z, other = conv2d.forward(X, W.reshape(kh, kw, 1, C * m), *b, **sample.options, groups=C)
    np.testing.assert_allclose(Y, Z, rtol=1e-12, atol=1e-13)
    dY = np.random.default_rng(3).normal(size=Y.shape)
    for A, B in zip(depthwise.backward(dY, cache), conv2d.backward(dY, other), strict=True):
        assert (A is None) == (B is None)
        if A is not None:
            np.testing.assert_allclose(A, B.reshape(A.shape), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    ("shapes", "options", "sentence"),
    [
        (((None, 3, 3, 2), (5, 1, 2, 4)), {}, "a window that spans 5 rows"),
        (((None, 3, 3, 2), (1, 1, 2, 4)), {"strides": (0, 1)}, "strides must be 1 or more"),
        (((None, 3, 3, 2), (1, 1, 3, 4)), {}, "the kernel is made for 3 channels, and the images have 2"),
        (((None, 3, 3, 2), (1, 1, 2, 4), (2,)), {}, r"the bias must have the shape \(8,\)"),
    ],
)
def test_what_does_not_fit_is_refused(shapes, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        depthwise.output_shape(*shapes, **options)
