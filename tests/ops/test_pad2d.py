"""Padding and cropping, by hand."""

import numpy as np
import pytest

from chainrule.ops import OPERATIONS

pad, crop = OPERATIONS["pad2d"], OPERATIONS["crop2d"]
BORDERS = (1, 0, 0, 2)


def test_zeros_go_where_they_should():
    Y, cache = pad.forward(np.array([[3.0]]).reshape(1, 1, 1, 1), BORDERS)
    assert Y[0, :, :, 0].tolist() == [[0.0, 0.0, 0.0], [3.0, 0.0, 0.0]]
    dX = pad.backward(np.arange(6.0).reshape(1, 2, 3, 1), cache)
    assert dX.tolist() == [[[[3.0]]]]


def test_cropping_is_the_way_back():
    X = np.arange(6.0).reshape(1, 2, 3, 1)
    Y, cache = crop.forward(X, BORDERS)
    assert Y.tolist() == [[[[3.0]]]]
    assert crop.backward(Y, cache)[0, :, :, 0].tolist() == [[0.0, 0.0, 0.0], [3.0, 0.0, 0.0]]
    np.testing.assert_array_equal(crop.forward(pad.forward(X, BORDERS)[0], BORDERS)[0], X)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="images have 4 axes"):
        pad.output_shape((None, 3, 3), padding=BORDERS)
    with pytest.raises(ValueError, match="padding must be 0 or more"):
        pad.output_shape((None, 3, 3, 1), padding=(0, 0, 0, -1))
    with pytest.raises(ValueError, match="cropping must be 0 or more"):
        crop.output_shape((None, 3, 3, 1), cropping=(0, 0, 0, -1))
    with pytest.raises(ValueError, match=r"cropping 1 \+ 2 rows leaves nothing of 3"):
        crop.output_shape((None, 3, 3, 1), cropping=(1, 2, 0, 0))


def test_open_sizes_stay_open():
    assert pad.output_shape((None, None, 3, 1), padding=BORDERS) == (None, None, 5, 1)
    assert crop.output_shape((None, None, 3, 1), cropping=BORDERS) == (None, None, 1, 1)
