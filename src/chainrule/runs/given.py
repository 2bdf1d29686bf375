"""What is handed in to be recorded: taken as it should be, or refused with a sentence."""

from __future__ import annotations

import operator
from typing import Any

from chainrule.errors import ArgumentError
from chainrule.runs.batch import LARGEST

#: Arrays of floats and of whole numbers.
ARRAY_KINDS = ("f", "i", "u")


def whole(what: str, given: Any) -> int:
    """Return a whole number that SQLite can hold, or refuse what is none."""
    try:
        number = operator.index(given)
    except TypeError:
        number = None
    if number is None or abs(number) > LARGEST:
        raise ArgumentError(f"A run's {what} is a whole number; received {given!r}.")
    return number


def copied(name: Any, numbers: Any, part: slice) -> Any:
    """Return a copy of a part of a sequence of numbers, or refuse what is none."""
    try:
        if hasattr(numbers, "dtype"):
            if numbers.ndim != 1 or numbers.dtype.kind not in ARRAY_KINDS:
                raise TypeError("no sequence of numbers")
            return numbers[part].copy()
        return [float(number) for number in numbers[part]]
    except (TypeError, ValueError, AttributeError):
        raise ArgumentError(
            f"log_steps takes for each metric a sequence with a number a step; received {name!r}: {numbers!r}."
        ) from None


def unusable(step: Any, values: Any) -> ArgumentError:
    """Return the error for values that are no numbers under names."""
    return ArgumentError(
        f"A run records numbers under names at a step, such as (120, {{'loss': 0.5}}); received ({step!r}, {values!r})."
    )
