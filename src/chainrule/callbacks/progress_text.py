"""Progress in words: numbers, times and lines that fit the terminal."""

from __future__ import annotations

from typing import Any

from chainrule.callbacks.monitor import VALIDATION, is_number

#: Numbers from here to there are written with four decimals, others with an exponent.
SMALLEST_PLAIN, LARGEST_PLAIN = 1e-3, 1e4
SECONDS_A_MINUTE, SECONDS_AN_HOUR = 60, 3600
BETWEEN, INDENT = "  ", "    "


def short(value: Any) -> str:
    """Return a number in a few characters.

    Examples
    --------
    >>> short(0.48213), short(12), short(3.2e-7), short(float("nan"))
    ('0.4821', '12', '3.20e-07', 'nan')
    """
    if isinstance(value, int):
        return str(value)
    value = float(value)
    plain = value == 0 or SMALLEST_PLAIN <= abs(value) < LARGEST_PLAIN
    return f"{value:.4f}" if plain else f"{value:.2e}"


def duration(seconds: float) -> str:
    """Return a time in words.

    Examples
    --------
    >>> duration(0.021), duration(12.34), duration(125), duration(3725)
    ('0.02 s', '12.3 s', '2 min 05 s', '1 h 02 min')
    """
    if seconds < SECONDS_A_MINUTE:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    if seconds < SECONDS_AN_HOUR:
        return f"{int(seconds // SECONDS_A_MINUTE)} min {int(seconds % SECONDS_A_MINUTE):02d} s"
    return f"{int(seconds // SECONDS_AN_HOUR)} h {int(seconds % SECONDS_AN_HOUR // SECONDS_A_MINUTE):02d} min"


def place(epoch: int, epochs: int | None) -> str:
    """Return which epoch it is, counted from 1.

    Examples
    --------
    >>> place(11, 150)
    ' 12/150'
    """
    return str(epoch + 1) if not epochs else f"{epoch + 1:>{len(str(epochs))}}/{epochs}"


def numbers(logs: dict[str, Any]) -> list[str]:
    """Return each number of the logs with its name, that of validation beside it; arrays are left out.

    Examples
    --------
    >>> numbers({"loss": 0.4821, "accuracy": 0.776, "val_loss": 0.5012})
    ['loss 0.4821 (val 0.5012)', 'accuracy 0.7760']
    """
    shown = {name: short(value) for name, value in logs.items() if is_number(value)}
    beside = {name: f" (val {shown[VALIDATION + name]})" for name in shown if VALIDATION + name in shown}
    return [
        f"{name} {number}{beside.get(name, '')}"
        for name, number in shown.items()
        if name.removeprefix(VALIDATION) not in beside or name in beside
    ]


def fitted(parts: list[str], columns: int | None) -> str:
    """Return parts as a line; where it is wider than the terminal, it goes on indented, between two parts.

    Examples
    --------
    >>> print(fitted(["epoch 1/5", "loss 0.4821", "accuracy 0.7760"], 24))
    epoch 1/5  loss 0.4821
        accuracy 0.7760
    """
    lines = [parts[0]]
    for part in parts[1:]:
        longer = lines[-1] + BETWEEN + part
        if columns is not None and len(longer) > columns:
            lines.append(INDENT + part)
        else:
            lines[-1] = longer
    return "\n".join(lines)
