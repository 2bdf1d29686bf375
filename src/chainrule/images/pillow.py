"""Pillow, imported where it is used, and what is let in of it."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

from chainrule.errors import MissingExtraError

#: The formats that are read. Others of Pillow's start programs (EPS) or are no pictures of things.
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
#: How files of these formats are called; a file of another name is not opened.
SUFFIXES = (
    ".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp",
)  # fmt: skip
#: An image of more pixels (a quarter of a gigabyte in colour) is refused: a file of some kilobytes can claim it.
MOST_PIXELS = 2**28 // 3


def pillow() -> Any:
    """Return the module `PIL.Image`.

    Raises
    ------
    MissingExtraError
        If Pillow is not installed.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingExtraError('Reading images needs Pillow: pip install "chainrule[images]" brings it.') from error
    return Image


@contextlib.contextmanager
def own_limit() -> Iterator[None]:
    """Keep Pillow's warning of large images to itself: those beyond our own limit are refused with a sentence."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pillow().DecompressionBombWarning)
        yield
