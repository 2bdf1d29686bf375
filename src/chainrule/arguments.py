"""Checks of constructor arguments: each refuses a value with one sentence, and returns it as a plain Python value.

A plain Python float takes the dtype of the array it meets; a NumPy float64 would turn a float32 network into float64.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, unknown_name


def _bounds(low: float, high: float, above: bool, below: bool) -> str:
    """Say an interval in words."""
    if high == math.inf:
        return "finite number" if low == -math.inf else f"number {'above' if above else 'of at least'} {low:g}"
    if above and below:
        return f"number between {low:g} and {high:g}, both excluded"
    if above or below:
        return f"number from {low:g} to {high:g}, {low if above else high:g} excluded"
    return f"number from {low:g} to {high:g}"


def check_number(
    owner: str,
    argument: str,
    value: Any,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    above: bool = False,
    below: bool = False,
) -> float:
    """Return a number within bounds as a float, or refuse it.

    Parameters
    ----------
    owner, argument : str
        What the message calls it: "Adam", "beta_1".
    value : object
        What was given.
    low, high : float
        The bounds; infinity itself and NaN are never let in.
    above, below : bool
        Whether `low` and `high` themselves are left out.

    Raises
    ------
    ArgumentError
        If the value is not such a number.

    Examples
    --------
    >>> check_number("Adam", "beta_1", np.float32(0.5), 0, 1, below=True)
    0.5
    """
    is_number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    inside = is_number and math.isfinite(value) and low <= value <= high
    if not inside or (above and value == low) or (below and value == high):
        raise ArgumentError(f"{owner}'s {argument} is a {_bounds(low, high, above, below)}; received {value!r}.")
    return float(value)


def check_whole(owner: str, argument: str, value: Any, low: int = 1, high: int | None = None) -> int:
    """Return a whole number of at least `low` (and at most `high`) as an int, or refuse it.

    Examples
    --------
    >>> check_whole("StepDecay", "decay_steps", 1000.0)
    1000
    """
    is_number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    inside = is_number and math.isfinite(value) and value == int(value) and low <= value
    if not inside or (high is not None and value > high):
        range_ = f"of at least {low}" if high is None else f"from {low} to {high}"
        raise ArgumentError(f"{owner}'s {argument} is a whole number {range_}; received {value!r}.")
    return int(value)


def check_flag(owner: str, argument: str, value: Any) -> bool:
    """Return True or False, or refuse what is neither.

    Examples
    --------
    >>> check_flag("SGD", "nesterov", True)
    True
    """
    if not isinstance(value, (bool, np.bool_)):
        raise ArgumentError(f"{owner}'s {argument} is True or False; received {value!r}.")
    return bool(value)


def check_choice(owner: str, argument: str, value: Any, known: tuple[str, ...]) -> str:
    """Return one of the known words, or refuse what is none of them, naming the nearest.

    Examples
    --------
    >>> check_choice("OneCycle", "shape", "linear", ("cosine", "linear"))
    'linear'
    """
    if value not in known:
        raise unknown_name(f"{argument} of {owner}", value, known)
    return value
