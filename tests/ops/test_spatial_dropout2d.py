"""Spatial dropout, by hand."""

import numpy as np
import pytest

from chainrule.ops import OPERATIONS
from chainrule.random import Stream

dropout = OPERATIONS["spatial_dropout2d"]


def test_a_channel_goes_or_stays_as_a_whole():
    X = np.random.default_rng(0).normal(size=(4, 3, 2, 5))
    mask = Stream(1, "noise").mask((4, 1, 1, 5), 0.75)
    Y, cache = dropout.forward(X, 0.75, Stream(1, "noise"))
    np.testing.assert_array_equal(Y, np.where(mask, 4 * X, 0.0))  # 1 / (1 − 0.75) = 4
    np.testing.assert_array_equal(dropout.backward(X, cache), Y)
    assert 0 < mask.sum() < mask.size


def test_rate_zero_changes_nothing():
    X = np.random.default_rng(0).normal(size=(1, 2, 2, 3))
    np.testing.assert_array_equal(dropout.forward(X, 0.0, Stream(1, "noise"))[0], X)


def test_the_share_that_is_dropped():
    """Of n = 10,000 channels the share dropped has the deviation √(¼ · ¾ / n) = 0.0043."""
    Y, _ = dropout.forward(np.ones((100, 1, 1, 100)), 0.25, Stream(2, "noise"))
    assert abs((Y == 0).mean() - 0.25) < 5 * 0.0043


def test_it_takes_images_alone():
    with pytest.raises(ValueError, match="images have 4 axes"):
        dropout.output_shape((None, 3), rate=0.5)
