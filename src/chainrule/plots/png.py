"""Bytes as a PNG, so that a figure needs no other package for its images.

    signature · IHDR (width, height, 8 bits, gray, RGB or RGBA) · IDAT (each row after a 0, deflated) · IEND

Source: W3C, "Portable Network Graphics specification", second edition, 2003.
"""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: Channels → PNG's number of the kind of colour.
KINDS = {1: 0, 3: 2, 4: 6}
#: A browser blurs small images that it enlarges: the longer side has at least so many pixels.
LONGER = 96


def png(image: np.ndarray) -> bytes:
    r"""Return bytes (height, width, channels) as a PNG file.

    Examples
    --------
    >>> png(np.zeros((2, 3, 1), np.uint8))[:4]
    b'\x89PNG'
    """
    height, width, channels = image.shape
    rows = np.ascontiguousarray(image).reshape(height, width * channels)
    data = np.hstack([np.zeros((height, 1), np.uint8), rows]).tobytes()
    head = struct.pack(">IIBBBBB", width, height, 8, KINDS[channels], 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(data, 9)), (b"IEND", b"")]
    return SIGNATURE + b"".join(_chunk(kind, content) for kind, content in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def enlarged(image: np.ndarray) -> np.ndarray:
    """Return an image with each of its pixels a square of several, where it is small."""
    times = -(-LONGER // max(image.shape[:2]))
    return image.repeat(times, axis=0).repeat(times, axis=1) if times > 1 else image


def address(image: np.ndarray) -> str:
    """Return an image as an address that a page can hold, enlarged where it is small."""
    return "data:image/png;base64," + base64.b64encode(png(enlarged(image))).decode()


def as_bytes(owner: str, images: Any) -> np.ndarray:
    """Return images as bytes (n, height, width, channels): numbers from 0 to 1 become 0 to 255.

    Raises
    ------
    ArgumentError
        If they are of another shape, or numbers beyond 0 to 255.
    """
    from chainrule.errors import ArgumentError

    X = np.asarray(images)
    X = X[..., None] if X.ndim == 3 else X
    if X.ndim != 4 or X.shape[3] not in KINDS or X.dtype.kind not in "fiu" or not X.size:
        raise ArgumentError(
            f"{owner} takes images as numbers of shape (n, height, width, channels) with 1, 3 or 4 channels; received "
            f"{X.dtype} of shape {X.shape}."
        )
    low, high = float(X.min()), float(X.max())
    if not (low >= 0 and high <= 255):
        raise ArgumentError(
            f"{owner} takes images of numbers from 0 to 255, or from 0 to 1; received {low:g} to {high:g}."
        )
    return (X * 255).round().astype(np.uint8) if X.dtype.kind == "f" and high <= 1 else X.astype(np.uint8)
