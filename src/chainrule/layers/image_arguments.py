"""The arguments of layers over images and sequences: sizes, sides, padding words, and where the channels are."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import check_choice
from chainrule.errors import ArgumentError, unknown_name

CHANNELS_LAST, CHANNELS_FIRST = "channels_last", "channels_first"


def check_sizes(owner: str, argument: str, value: Any, rank: int, low: int = 1) -> tuple[int, ...]:
    """Return one whole number an axis of the image, from one for all axes or one for each.

    Examples
    --------
    >>> check_sizes("Conv2D", "kernel_size", 3, 2), check_sizes("Conv2D", "kernel_size", [3, 1], 2)
    ((3, 3), (3, 1))
    """
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,) * rank
    if len(values) != rank or not all(_is_whole(one) and one >= low for one in values):
        several = f", or {rank} of them" if rank > 1 else ""
        raise ArgumentError(f"{owner}'s {argument} is a whole number of at least {low}{several}; received {value!r}.")
    return tuple(int(one) for one in values)


def check_sides(owner: str, argument: str, value: Any, rank: int) -> tuple[tuple[int, int], ...]:
    """Return (before, after) for each axis of the image, from one number, one an axis, or two an axis.

    A sequence has one axis, so that two numbers are its two sides.

    Examples
    --------
    >>> check_sides("ZeroPadding2D", "padding", (1, 2), 2), check_sides("ZeroPadding1D", "padding", (1, 2), 1)
    (((1, 1), (2, 2)), ((1, 2),))
    """
    sides = [value] if rank == 1 else list(value) if isinstance(value, (tuple, list)) else [value] * rank
    pairs = [tuple(side) if isinstance(side, (tuple, list)) else (side, side) for side in sides]
    if len(pairs) != rank or not all(len(pair) == 2 and all(_is_whole(n) and n >= 0 for n in pair) for pair in pairs):
        forms = "(before, after)" if rank == 1 else "(rows, columns), or ((top, bottom), (left, right))"
        raise ArgumentError(f"{owner}'s {argument} is a whole number of at least 0, {forms}; received {value!r}.")
    return tuple((int(before), int(after)) for before, after in pairs)


def check_padding(owner: str, value: Any, known: tuple[str, ...] = ("valid", "same")) -> str:
    """Return the padding's word in lower case, or refuse what is none, naming the nearest."""
    return check_choice(owner, "padding", value.lower() if isinstance(value, str) else value, known)


def check_data_format(owner: str, value: Any, rank: int) -> str | None:
    """Return None or "channels_last", the one order there is, or refuse another."""
    if value is None:
        return None
    if value == CHANNELS_FIRST:
        sizes, axes = ("height, width", "(0, 2, 3, 1)") if rank == 2 else ("length", "(0, 2, 1)")
        raise ArgumentError(
            f"{owner} takes channels last, ({sizes}, channels); received data_format={CHANNELS_FIRST!r}: bring the "
            f"data to that order with x.transpose{axes}."
        )
    if value != CHANNELS_LAST:
        raise unknown_name(f"data_format of {owner}", value, (CHANNELS_LAST,))
    return CHANNELS_LAST


def _is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)
