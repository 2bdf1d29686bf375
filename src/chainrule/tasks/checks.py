"""What several doors of the queue check, in the same words."""

from __future__ import annotations

import math
from typing import Any

from chainrule.errors import ArgumentError

#: Characters of a wrong argument that an error shows.
LONGEST_SHOWN = 60


def whole_above_zero(name: str, value: Any) -> int:
    """Return a whole number of at least 1, or refuse it.

    Examples
    --------
    >>> whole_above_zero("max_waiting", 0)
    Traceback (most recent call last):
    chainrule.errors.ArgumentError: max_waiting is a whole number of at least 1; received 0.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ArgumentError(f"{name} is a whole number of at least 1; received {value!r}.")
    return value


def seconds_above_zero(name: str, value: Any) -> float:
    """Return a number of seconds above 0, or refuse it.

    Examples
    --------
    >>> seconds_above_zero("lease", 0)
    Traceback (most recent call last):
    chainrule.errors.ArgumentError: lease is a number of seconds above 0; received 0.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise ArgumentError(f"{name} is a number of seconds above 0; received {value!r}.")
    return float(value)


def not_callable(function: Any) -> ArgumentError:
    """Return the error for a task that is no function.

    Examples
    --------
    >>> str(not_callable(3)).partition(".")[0]
    "add_task takes a function and its arguments; received 3, which can't be called"
    """
    shown = repr(function)[:LONGEST_SHOWN]
    return ArgumentError(
        f"add_task takes a function and its arguments; received {shown}, which can't be called. Give the "
        "function itself, without brackets: add_task(plot, 3) and not add_task(plot(3))."
    )
