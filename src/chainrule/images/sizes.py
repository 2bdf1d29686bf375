"""Resizing: which part of an image becomes which part of the result, and how pixels are mixed."""

from __future__ import annotations

from typing import Any

from chainrule.arguments import check_choice, check_whole
from chainrule.errors import ArgumentError
from chainrule.images.pillow import pillow

#: Keras' names of the ways to mix pixels → Pillow's.
INTERPOLATIONS = {
    "nearest": "NEAREST",
    "bilinear": "BILINEAR",
    "bicubic": "BICUBIC",
    "box": "BOX",
    "area": "BOX",
    "hamming": "HAMMING",
    "lanczos": "LANCZOS",
    "lanczos3": "LANCZOS",
}
#: What becomes of an image of another shape: it is stretched, its edges are cut off, or black edges are added.
FITS = ("stretch", "crop", "pad")
#: A JPEG is decoded at the least of its own scales (1, 1/2, 1/4, 1/8) that leaves so much to the resizing.
REDUCING_GAP = 2.0


def check_size(owner: str, argument: str, size: Any) -> tuple[int, int]:
    """Return a size as (height, width), or refuse it.

    Examples
    --------
    >>> check_size("load_img", "target_size", [28, 32])
    (28, 32)
    """
    if not isinstance(size, (tuple, list)) or len(size) != 2:
        raise ArgumentError(f"{owner}'s {argument} is (height, width), such as (28, 28); received {size!r}.")
    height, width = (check_whole(owner, argument, side) for side in size)
    return height, width


def check_interpolation(owner: str, name: Any) -> str:
    """Return the name of a way to mix pixels, or refuse it, naming the nearest."""
    return check_choice(owner, "interpolation", name, tuple(INTERPOLATIONS))


def resized(image: Any, size: tuple[int, int], interpolation: str, fit: str) -> Any:
    """Return a Pillow image of the given (height, width)."""
    height, width = size
    if (image.width, image.height) == (width, height):
        return image
    resample = getattr(pillow().Resampling, INTERPOLATIONS[interpolation])
    if fit == "pad":
        return _padded(image, height, width, resample)
    box = _middle(image.width, image.height, width / height) if fit == "crop" else None
    return image.resize((width, height), resample, box=box)


def _middle(width: int, height: int, ratio: float) -> tuple[float, float, float, float]:
    """Return the largest box in the middle of an image that has a ratio of width to height.

    Examples
    --------
    >>> _middle(100, 50, 1.0)
    (25.0, 0.0, 75.0, 50.0)
    """
    wide, high = min(width, height * ratio), min(height, width / ratio)
    left, top = (width - wide) / 2, (height - high) / 2
    return left, top, left + wide, top + high


def _padded(image: Any, height: int, width: int, resample: Any) -> Any:
    scale = min(width / image.width, height / image.height)
    inner = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    canvas = pillow().new(image.mode, (width, height))
    canvas.paste(image.resize(inner, resample), ((width - inner[0]) // 2, (height - inner[1]) // 2))
    return canvas
