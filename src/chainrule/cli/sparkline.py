"""A curve in one line of text."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Sequence

#: From low to high: for terminals, and for files and pipes that may not know the blocks.
BLOCKS, PLAIN = "▁▂▃▄▅▆▇█", "_.-=+*#@"
#: Stands where a number is NaN or infinite.
NO_NUMBER = "!"
#: Characters of a curve at most.
LENGTH = 40


def sparkline(values: Sequence[float], length: int = LENGTH, levels: str = PLAIN) -> str:
    """Return a curve as characters of rising height; of a long one each character is the mean of some values.

    Examples
    --------
    >>> sparkline([0, 1, 2, 3, 4, 5, 6, 7])
    '_.-=+*#@'
    >>> sparkline([3, 1, float("nan")], levels=BLOCKS)
    '█▁!'
    """
    if not values:
        return ""
    n = min(len(values), length)
    edges = [len(values) * number // n for number in range(n + 1)]
    means = [_mean(values[first:end]) for first, end in itertools.pairwise(edges)]
    known = [value for value in means if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    return "".join(NO_NUMBER if value is None else levels[_level(value, low, high, len(levels))] for value in means)


def _mean(values: Sequence[float]) -> float | None:
    """Return the mean of some numbers, or None if one of them is none: a break-down must be seen."""
    return math.fsum(values) / len(values) if all(map(math.isfinite, values)) else None


def _level(value: float, low: float, high: float, n: int) -> int:
    return 0 if high == low else min(int((value - low) / (high - low) * n), n - 1)


def levels_here() -> str:
    """Return the characters to draw with: blocks on a terminal that can show them, else plain ones."""
    if not sys.stdout.isatty():
        return PLAIN
    try:
        BLOCKS.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return PLAIN
    return BLOCKS
