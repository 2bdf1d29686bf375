"""Where a sliding window stands along one axis: how much is padded, and how many places there are.

n places, a window of k that is spread by the dilation d to d (k − 1) + 1, moved by the stride s:

    valid    no padding                                            ⌊(n − d (k − 1) − 1) / s⌋ + 1 places
    same     max((⌈n / s⌉ − 1) s + d (k − 1) + 1 − n, 0) in all    ⌈n / s⌉ places
             half of it (rounded down) before, the rest after: an even window, or a stride, may put one more after
    causal   d (k − 1) before, so that no place sees a later one   ⌈n / s⌉ places
"""

from __future__ import annotations

from typing import NamedTuple


class Places(NamedTuple):
    """The padding before and after an axis, and the number of places of the window."""

    before: int
    after: int
    count: int


def spread(window: int, dilation: int = 1) -> int:
    """Return how far a window reaches."""
    return dilation * (window - 1) + 1


def places(size: int, window: int, stride: int, padding: str, dilation: int = 1) -> Places:
    """Return where a window stands along an axis; below 1 place it doesn't fit.

    Examples
    --------
    >>> places(28, 3, 1, "valid"), places(28, 3, 2, "same")
    (Places(before=0, after=0, count=26), Places(before=0, after=1, count=14))
    """
    reach = spread(window, dilation)
    if padding == "causal":
        before, after = reach - 1, 0
    else:
        total = max((_ceil(size, stride) - 1) * stride + reach - size, 0) if padding == "same" else 0
        before, after = total // 2, total - total // 2
    return Places(before, after, (size + before + after - reach) // stride + 1)


class Spread(NamedTuple):
    """What a transposed window leaves: what is cropped before and after, what is added after, and the size."""

    before: int
    after: int
    extra: int
    size: int


def transposed_places(
    size: int, window: int, stride: int, padding: str, dilation: int = 1, output_padding: int | None = None
) -> Spread:
    """Return the size that a transposed convolution leads to, and what is cropped of, or added to, its full output.

    It is a size that the convolution of the same arguments would bring back to `size`. Of the several that there are
    with strides, "valid" takes the full output, but no less than size · stride, and "same" takes size · stride;
    `output_padding` chooses another.

    Examples
    --------
    >>> transposed_places(7, 3, 2, "same"), transposed_places(7, 3, 2, "valid")
    (Spread(before=0, after=1, extra=0, size=14), Spread(before=0, after=0, extra=0, size=15))
    """
    reach = spread(window, dilation)
    full = (size - 1) * stride + reach
    if padding == "valid":
        extra = max(reach, stride) - reach if output_padding is None else output_padding
        return Spread(0, 0, extra, full + extra)
    wanted = size * stride if output_padding is None else (size - 1) * stride + reach % 2 + output_padding
    total = max(full - wanted, 0)
    return Spread(total // 2, total - total // 2, max(wanted - full, 0), wanted)


def _ceil(size: int, stride: int) -> int:
    return -(-size // stride)
