"""The sliding window: what it sees, that adding up is its transpose, and which sizes are refused."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chainrule.ops.window import (
    add_windows,
    crop_image,
    cropped_size,
    pad_image,
    require_inside,
    slid_shape,
    windows,
)

IMAGE = np.arange(20.0).reshape(1, 4, 5, 1)
sizes = st.tuples(st.integers(1, 3), st.integers(1, 3))


def test_what_a_window_sees():
    """Window (1, 1) of 2 × 2 places with stride 2: rows 2 and 3, columns 2 and 3."""
    V = windows(IMAGE, (2, 2), strides=(2, 2))
    assert V.shape == (1, 2, 2, 2, 2, 1)
    assert V[0, 1, 1, :, :, 0].tolist() == [[12.0, 13.0], [17.0, 18.0]]


def test_what_a_window_with_gaps_sees():
    """Dilation (3, 2): rows 0 and 3, columns x, x + 2."""
    V = windows(IMAGE, (2, 2), dilation=(3, 2))
    assert V.shape == (1, 1, 3, 2, 2, 1)
    assert V[0, 0, 1, :, :, 0].tolist() == [[1.0, 3.0], [16.0, 18.0]]


def test_adding_up_counts_the_windows_that_see_a_place():
    """Windows of 2 × 2, step 1, in 3 × 3: the middle is in four, an edge in two, a corner in one."""
    counts = add_windows(np.ones((1, 2, 2, 2, 2, 1)), (3, 3))
    assert counts[0, :, :, 0].tolist() == [[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]


@given(kernel=sizes, strides=sizes, dilation=sizes, height=st.integers(1, 8), width=st.integers(1, 8))
def test_adding_up_is_the_transpose_of_looking(kernel, strides, dilation, height, width):
    """⟨windows(X), V⟩ = ⟨X, add_windows(V)⟩ for any X and V."""
    assume(all((k - 1) * d < n for k, d, n in zip(kernel, dilation, (height, width), strict=True)))
    rng = np.random.default_rng(height * 8 + width)
    X = rng.normal(size=(2, height, width, 2))
    seen = windows(X, kernel, strides, dilation)
    assert seen.shape[1:3] == slid_shape(X.shape, kernel, strides, (0, 0, 0, 0), dilation)
    V = rng.normal(size=seen.shape)
    assert np.isclose((seen * V).sum(), (X * add_windows(V, (height, width), strides, dilation)).sum())


def test_padding_and_cropping():
    P = pad_image(IMAGE, (1, 2, 3, 4), value=7.0)
    assert P.shape == (1, 7, 12, 1) and P.sum() == IMAGE.sum() + 7.0 * (7 * 12 - 20)
    np.testing.assert_array_equal(crop_image(P, (1, 2, 3, 4)), IMAGE)
    assert pad_image(IMAGE, (0, 0, 0, 0)) is IMAGE


def test_the_size_that_is_left():
    """(4 + 1 − 3) / 2 = 1 with a rest of 0, so 2 places; (5 + 2 − 2) / 3 = 1 with a rest, so 2; what is open stays."""
    assert slid_shape((None, 4, 5, 1), (3, 2), (2, 3), (1, 0, 0, 2)) == (2, 2)
    assert slid_shape((None, None, 5, 1), (3, 2), (2, 3), (1, 0, 0, 2)) == (None, 2)
    assert cropped_size((4, None), (1, 2, 0, 0)) == (1, None)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"kernel": (5, 2)}, "a window that spans 5 rows doesn't fit into the 4 of the image, padding included"),
        ({"dilation": (1, 5)}, "a window that spans 6 columns doesn't fit into the 5 of the image"),
        ({"strides": (0, 1)}, r"strides must be 1 or more in each direction; received \(0, 1\)"),
        ({"dilation": (1, 0)}, r"dilation must be 1 or more in each direction; received \(1, 0\)"),
        ({"kernel": (0, 1)}, r"kernel must be 1 or more in each direction; received \(0, 1\)"),
        ({"padding": (0, -1, 0, 0)}, r"padding must be 0 or more in each direction; received \(0, -1, 0, 0\)"),
        ({"shape": (None, 4, 5)}, "images have 4 axes, .rows, height, width, channels., and this array has 3"),
        ({"shape": (None, 4, 4, 5, 1)}, "this array has 5"),
    ],
)
def test_what_does_not_fit_is_refused(options, sentence):
    right = {"shape": (None, 4, 5, 1), "kernel": (2, 2), "strides": (1, 1), "padding": (0, 0, 0, 0)}
    with pytest.raises(ValueError, match=sentence):
        slid_shape(**{**right, **options})


def test_a_pool_in_the_padding_alone_is_refused():
    require_inside((2, 3), (1, 1, 2, 2))
    with pytest.raises(ValueError, match="a padding of 2 rows leaves a window of 2 with nothing of the image"):
        require_inside((2, 3), (0, 2, 0, 0))


def test_cropping_everything_is_refused():
    with pytest.raises(ValueError, match=r"cropping 2 \+ 3 columns leaves nothing of 5; crop less"):
        cropped_size((4, 5), (0, 0, 2, 3))
