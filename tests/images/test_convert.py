"""Arrays to Pillow images, to files, and back."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import ArgumentError, ShapeError
from chainrule.utils import array_to_img, img_to_array, load_img, save_img

X = np.arange(24, dtype=np.uint8).reshape(2, 4, 3) * 10


def test_there_and_back_to_the_byte():
    np.testing.assert_array_equal(img_to_array(array_to_img(X, scale=False), dtype="uint8"), X)
    assert img_to_array(array_to_img(X)).dtype == np.float32


def test_scale_takes_the_least_to_0_and_the_largest_to_255():
    assert np.asarray(array_to_img([[-1.0, 0.0, 1.0]])).tolist() == [[0, 127, 255]]
    assert np.asarray(array_to_img([[5.0, 5.0]])).tolist() == [[0, 0]]
    assert np.asarray(array_to_img([[-3.0, 300.0]], scale=False)).tolist() == [[0, 255]]


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_saved_and_loaded(tmp_path, channels):
    Y = np.random.default_rng(0).integers(0, 256, (5, 4, channels), dtype=np.uint8)
    save_img(tmp_path / "a.png", Y, scale=False)
    mode = {1: "grayscale", 3: "rgb", 4: "rgba"}[channels]
    np.testing.assert_array_equal(img_to_array(load_img(tmp_path / "a.png", color_mode=mode)), Y)
    save_img(tmp_path / "a.jpg", Y, scale=False)


@pytest.mark.parametrize("shape", [(3,), (2, 3, 2), (2, 3, 3, 1), (0, 3, 3)])
def test_what_has_not_the_shape_of_an_image(shape):
    with pytest.raises(ShapeError) as error:
        array_to_img(np.zeros(shape))
    assert str(error.value).endswith(f"with 1, 3 or 4 channels; received {shape}.")


def test_channels_first_and_unknown_formats_are_refused(tmp_path):
    with pytest.raises(ArgumentError, match=r"array_to_img's data_format is 'channels_last'.*np\.moveaxis"):
        array_to_img(X, data_format="channels_first")
    with pytest.raises(ArgumentError, match=r"can't be written as an image .*; end its name in \.png or \.jpg"):
        save_img(tmp_path / "a.xyz", X)
    with pytest.raises(ShapeError, match=r"received \(4,\)"):
        img_to_array(np.zeros(4))
