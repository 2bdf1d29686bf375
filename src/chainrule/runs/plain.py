"""Values as JSON has them: what is recorded of settings, data and machine can be read by any program."""

from __future__ import annotations

import json
import math
from typing import Any

#: Deeper than this a value is told by its repr.
DEEPEST = 20
#: A text is cut at this length: a setting is no place for data.
LONGEST_TEXT = 10_000
#: So many entries of one list or dict are kept.
MOST_ENTRIES = 10_000


def as_json(value: Any) -> str:
    """Return any value as a text of JSON; never fails.

    Examples
    --------
    >>> as_json({"units": (8, 12), "clip": float("inf"), "where": print})
    '{"units": [8, 12], "clip": "inf", "where": "<built-in function print>"}'
    """
    return json.dumps(plain(value), ensure_ascii=False, allow_nan=False)


def plain(value: Any, depth: int = 0) -> Any:
    """Return a value as None, a bool, a number, a text, or lists and dicts of them; what is none of these as its repr.

    NumPy's numbers and arrays become Python's; NaN and infinity, which JSON lacks, become the texts "nan" and "inf".
    """
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else repr(float(value))
    if isinstance(value, str):
        return encodable(value[:LONGEST_TEXT])
    if depth < DEEPEST:
        if isinstance(value, dict):
            return {encodable(str(k)): plain(v, depth + 1) for k, v in list(value.items())[:MOST_ENTRIES]}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [plain(part, depth + 1) for part in list(value)[:MOST_ENTRIES]]
        if callable(getattr(value, "tolist", None)) and getattr(value, "size", MOST_ENTRIES + 1) <= MOST_ENTRIES:
            return plain(value.tolist(), depth + 1)
    return _told(value)


def _told(value: Any) -> str:
    """Return an object's repr, which is somebody else's code and may fail."""
    try:
        return encodable(repr(value)[:LONGEST_TEXT])
    except Exception:
        return f"<{type(value).__name__}>"


def encodable(text: str) -> str:
    """Return a text without halves of surrogate pairs, as file names may have them: UTF-8 has no place for these."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
