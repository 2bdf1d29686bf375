"""Between Pillow images and arrays, and into files."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, ShapeError
from chainrule.floatx import floatx
from chainrule.images.pillow import pillow

#: Numbers a pixel has → Pillow's mode.
MODES = {1: "L", 3: "RGB", 4: "RGBA"}
LAYOUT = "channels_last"


def check_layout(owner: str, data_format: Any) -> None:
    """Refuse another layout than (height, width, channels)."""
    if data_format not in (None, LAYOUT):
        raise ArgumentError(
            f"{owner}'s data_format is {LAYOUT!r}, (height, width, channels), as everywhere here; received "
            f"{data_format!r}: move the axis with np.moveaxis."
        )


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> np.ndarray:
    """Return an image as an array of (height, width, channels).

    Parameters
    ----------
    img : PIL.Image.Image or array
        An image in gray has one channel.
    data_format : {None, "channels_last"}
    dtype : str or dtype, optional
        `floatx()` by default; "uint8" keeps the bytes.

    Raises
    ------
    ShapeError
        If it has another number of axes than 2 or 3.

    Examples
    --------
    >>> img_to_array(array_to_img([[0, 255]], scale=False)).tolist()
    [[[0.0], [255.0]]]
    """
    check_layout("img_to_array", data_format)
    X = np.asarray(img)
    if X.ndim not in (2, 3):
        raise ShapeError(f"An image is an array of (height, width, channels) or (height, width); received {X.shape}.")
    return np.array(X if X.ndim == 3 else X[:, :, None], dtype=floatx() if dtype is None else dtype)


def array_to_img(x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None) -> Any:
    """Return an array as a Pillow image.

    Parameters
    ----------
    x : array, shape (height, width) or (height, width, channels)
        With 1, 3 or 4 channels.
    data_format : {None, "channels_last"}
    scale : bool, default True
        Whether the least number becomes 0 and the largest 255. Otherwise numbers are taken as from 0 to 255, and those
        beyond are cut.
    dtype : optional
        As Keras has it; it changes nothing.

    Returns
    -------
    PIL.Image.Image

    Raises
    ------
    ShapeError
        If it has not the shape of an image.
    MissingExtraError
        If Pillow is not installed.

    Examples
    --------
    >>> array_to_img(np.zeros((2, 3, 3))).mode
    'RGB'
    """
    check_layout("array_to_img", data_format)
    X = np.asarray(x)
    X = X[:, :, None] if X.ndim == 2 else X
    if X.ndim != 3 or X.shape[2] not in MODES or 0 in X.shape:
        raise ShapeError(
            f"An image is an array of (height, width, channels) with 1, 3 or 4 channels; received {np.shape(x)}."
        )
    pixels = _bytes(X, scale)
    return pillow().fromarray(pixels[:, :, 0] if X.shape[2] == 1 else pixels)


def _bytes(X: np.ndarray, scale: bool) -> np.ndarray:
    if not scale:
        return X if X.dtype == np.uint8 else X.clip(0, 255).astype(np.uint8)
    X = X.astype(np.float64)
    X = X - X.min()
    largest = X.max()
    return (X / largest * 255 if largest else X).astype(np.uint8)


def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Write an array as an image file.

    Parameters
    ----------
    path : str or path
        Its suffix says the format.
    x : array, shape (height, width) or (height, width, channels)
    data_format : {None, "channels_last"}
    file_format : str, optional
        The format, whatever the suffix says.
    scale : bool, default True
        As in `array_to_img`.
    **kwargs
        What Pillow's `save` takes, such as `quality=90`.

    Raises
    ------
    ArgumentError
        If there is no such format.
    ShapeError, MissingExtraError
        As in `array_to_img`.
    """
    image = array_to_img(x, data_format, scale)
    suffix = os.path.splitext(os.fspath(path))[1].lower()
    if image.mode == "RGBA" and (file_format or suffix).lower().lstrip(".") in ("jpg", "jpeg"):
        image = image.convert("RGB")  # JPEG has no transparency
    try:
        image.save(path, format=file_format, **kwargs)
    except (KeyError, ValueError) as error:
        raise ArgumentError(f"{path} can't be written as an image ({error}); end its name in .png or .jpg.") from None
