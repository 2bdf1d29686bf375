"""Dropout and its mask, by hand."""

import numpy as np
import pytest

from chainrule.ops import OPERATIONS
from chainrule.random import Stream

dropout = OPERATIONS["dropout"]


def test_what_is_kept_is_scaled_and_the_rest_is_zero():
    X = np.array([[1.0, 2.0, 3.0, 4.0]])
    mask = Stream(1, "noise").mask(X.shape, 0.75)
    Y, cache = dropout.forward(X, 0.75, Stream(1, "noise"))
    np.testing.assert_array_equal(Y, np.where(mask, 4 * X, 0.0))  # 1 / (1 − 0.75) = 4
    np.testing.assert_array_equal(dropout.backward(np.ones_like(X), cache), np.where(mask, 4.0, 0.0))


def test_rate_zero_changes_nothing():
    X = np.array([[1.0, -2.0]])
    Y, cache = dropout.forward(X, 0.0, Stream(1, "noise"))
    np.testing.assert_array_equal(Y, X)
    np.testing.assert_array_equal(dropout.backward(X, cache), X)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_the_share_that_is_dropped_and_the_mean_that_is_kept(rate):
    """Of n = 40,000 the share dropped has the deviation √(rate (1 − rate) / n); five of them are never passed."""
    n = 40_000
    Y, _ = dropout.forward(np.ones((n, 1)), rate, Stream(2, "noise"))
    allowed = 5 * np.sqrt(rate * (1 - rate) / n)
    assert abs((Y == 0).mean() - rate) < allowed
    assert abs(Y.mean() - 1) < allowed / (1 - rate)


def test_the_rate_may_be_a_numpy_number():
    Y, _ = dropout.forward(np.ones((2, 2), np.float32), np.float64(0.5), Stream(2, "noise"))
    assert Y.dtype == np.float32
