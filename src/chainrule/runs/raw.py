"""Many numbers as one value of a file: raw and little-endian, on any machine."""

from __future__ import annotations

import sys
from array import array
from typing import Any

#: 64-bit floats, 64-bit whole numbers, and 32-bit ones of at least 0.
FLOATS, WHOLE, COUNTS = "d", "q", "I"


def to_bytes(numbers: array) -> bytes:
    """Return an array's numbers as bytes.

    Examples
    --------
    >>> to_bytes(array(COUNTS, [1, 256])).hex()
    '0100000000010000'
    """
    if sys.byteorder == "big":
        numbers = array(numbers.typecode, numbers)
        numbers.byteswap()
    return numbers.tobytes()


def from_bytes(code: str, content: bytes) -> list[Any]:
    """Return the numbers that `to_bytes` wrote of an array with this type code.

    Examples
    --------
    >>> from_bytes(COUNTS, to_bytes(array(COUNTS, [1, 256])))
    [1, 256]
    """
    numbers = array(code)
    numbers.frombytes(content)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()
