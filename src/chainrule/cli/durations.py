"""Durations as the commands print and take them: 2 h, 7d."""

from __future__ import annotations

import re

from chainrule.cli.wording import WrongUse

UNITS = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86_400}


def age(seconds: float) -> str:
    """Return a duration in its largest unit.

    Examples
    --------
    >>> age(59), age(7200), age(-0.2)
    ('59 s', '2 h', '0 s')
    """
    seconds = max(seconds, 0)  # a clock that was set back
    for unit in ("d", "h", "min"):
        if seconds >= UNITS[unit]:
            return f"{seconds / UNITS[unit]:.0f} {unit}"
    return f"{seconds:.0f} s"


def seconds_of(text: str) -> float:
    """Return the seconds that a duration such as 30min, 12h or 7d means.

    Raises
    ------
    WrongUse
        If it is none.

    Examples
    --------
    >>> seconds_of("1.5h")
    5400.0
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]+)", text.strip().lower())
    if found is None or found[2] not in UNITS:
        raise WrongUse(f"--older-than takes a number with its unit (s, min, h or d), such as 7d; received {text!r}.")
    return float(found[1]) * UNITS[found[2]]
