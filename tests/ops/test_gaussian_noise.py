"""Gaussian noise, by hand."""

import numpy as np

from chainrule.ops import OPERATIONS
from chainrule.random import Stream

noise = OPERATIONS["gaussian_noise"]


def test_it_adds_the_streams_own_normal_numbers():
    X = np.array([[1.0, 2.0, 3.0]])
    Y, cache = noise.forward(X, 0.5, Stream(1, "noise"))
    np.testing.assert_allclose(Y - X, 0.5 * Stream(1, "noise").normal((1, 3)), rtol=1e-12)
    np.testing.assert_array_equal(noise.backward(np.array([[1.0, -2.0, 0.0]]), cache), [[1.0, -2.0, 0.0]])


def test_no_deviation_no_noise():
    np.testing.assert_array_equal(noise.forward(np.ones((2, 2)), 0.0, Stream(1, "noise"))[0], np.ones((2, 2)))


def test_mean_and_deviation():
    """Of n = 40,000 the mean deviates by σ/√n and the deviation by σ/√(2n); five of them are never passed."""
    n, stddev = 40_000, 2.0
    Z = noise.forward(np.zeros((n, 1)), stddev, Stream(2, "noise"))[0]
    assert abs(Z.mean()) < 5 * stddev / np.sqrt(n)
    assert abs(Z.std() - stddev) < 5 * stddev / np.sqrt(2 * n)


def test_the_deviation_may_be_a_numpy_number():
    assert noise.forward(np.ones((2, 2), np.float32), np.float64(0.5), Stream(2, "noise"))[0].dtype == np.float32
