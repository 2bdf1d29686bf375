"""Python's own values as a column: numbers, text, or dates."""

from __future__ import annotations

import contextlib
import json
import math
import re
from typing import Any

import numpy as np

from chainrule.tables.cells import is_missing

_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?")


def from_values(name: str, values: list[Any], notes: list[str]) -> np.ndarray:
    """Return a column of Python's values as a table has it.

    Numbers alone become float64; texts and the rest become text.

    Examples
    --------
    >>> from_values("n", [1, None, 2.5], []), from_values("b", [True, "x"], [])
    (array([1. , nan, 2.5]), array(['true', 'x'], dtype=object))
    """
    there = [value for value in values if value is not None]
    if there and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in there):
        column = np.array([_to_float(value) for value in values])
        if n_odd := int(np.isinf(column).sum()):
            many = "number counts" if n_odd == 1 else "numbers count"
            notes.append(f"Column {name!r}: {n_odd} infinite or too large {many} as missing.")
        return finite(column)
    column = np.empty(len(values), object)
    column[:] = [_to_text(value) for value in values]
    texts = [text for text in column if text is not None]
    if texts and all(map(_ISO.fullmatch, texts)):
        with contextlib.suppress(ValueError):  # the 31st of February stays text
            return np.array([text or "NaT" for text in column], "datetime64[s]")
    return column


def _to_float(value: Any) -> float:
    if value is None:
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _to_text(value: Any) -> str | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str):
        return None if is_missing(value) else value.strip()
    return json.dumps(value, ensure_ascii=False, default=str)


def finite(values: np.ndarray) -> np.ndarray:
    """Make infinite numbers missing, in place."""
    if values.dtype.kind == "f":
        values[np.isinf(values)] = np.nan
    return values
