"""A column as the kind that the contract wants, where a new table has it as another."""

from __future__ import annotations

import numpy as np

from chainrule.errors import DataError
from chainrule.tables.table import missing_in


def as_numbers(name: str, values: np.ndarray, notes: list[str]) -> np.ndarray:
    """Return a column as float64; texts that are no numbers become missing, and are noted.

    Raises
    ------
    DataError
        If it holds dates, or no text in it is a number.
    """
    if values.dtype.kind == "f":
        return values
    if values.dtype.kind == "M":
        if np.isnat(values).all():
            return np.full(len(values), np.nan)
        raise DataError(f"Column {name!r} should hold numbers, as the training table did; received dates.")
    numbers = np.array([_number(text) for text in values.tolist()], dtype=np.float64)
    odd = np.isnan(numbers) & ~missing_in(values)
    if not odd.any():
        return numbers
    examples = ", ".join(map(repr, list(dict.fromkeys(values[odd].tolist()))[:3]))
    if np.isnan(numbers).all():
        raise DataError(f"Column {name!r} should hold numbers, as the training table did; received text ({examples}).")
    n = int(odd.sum())
    counts = "1 value is no number" if n == 1 else f"{n:,} values are no numbers"
    notes.append(f"Column {name!r}: {counts} ({examples}) and count{'s' if n == 1 else ''} as missing.")
    return numbers


def _number(text: str | None) -> float:
    if text in ("true", "false"):
        return float(text == "true")
    try:
        number = float(text) if text is not None else np.nan
    except ValueError:
        return np.nan
    return number if np.isfinite(number) else np.nan


def as_dates(name: str, values: np.ndarray) -> np.ndarray:
    """Return a column as datetime64[s].

    Raises
    ------
    DataError
        If it holds anything but dates and missing values.
    """
    if values.dtype.kind == "M":
        return values
    gone = missing_in(values)
    if gone.all():
        return np.full(len(values), "NaT", "datetime64[s]")
    example = values[~gone][0]
    if values.dtype.kind == "O":
        try:
            return np.array(["NaT" if text is None else text for text in values.tolist()], dtype="datetime64[s]")
        except ValueError:
            pass
    raise DataError(f"Column {name!r} should hold dates, as the training table did; received {example!r}.")
