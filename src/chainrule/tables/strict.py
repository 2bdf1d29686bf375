"""Plain values of a contract, checked one by one: a model file may come from a stranger."""

from __future__ import annotations

import math
from typing import Any

from chainrule.errors import ModelFileError


def take(data: Any, what: str, kinds: dict[str, str]) -> dict[str, Any]:
    """Return a dict whose keys and the kinds of whose values are exactly those, or refuse it.

    Parameters
    ----------
    data : object
        What stands in the file.
    what : str
        What messages call it: "the encoder of 'age'".
    kinds : dict of str to str
        Key: "text", "flag", "number", "positive", "whole", "texts", "numbers" or "dict"; with "?" at the end, or null.

    Raises
    ------
    ModelFileError
        If a key is missing, too many, or its value of another kind.

    Examples
    --------
    >>> take({"clip": 10.0}, "the encoder", {"clip": "number"})
    {'clip': 10.0}
    """
    if not isinstance(data, dict):
        raise ModelFileError(f"The data contract is damaged: {what} should be a dict; received {type(data).__name__}.")
    if set(data) != set(kinds):
        raise ModelFileError(
            f"The data contract is damaged: {what} should have {', '.join(sorted(kinds))}; received "
            f"{', '.join(sorted(map(str, data))) or 'nothing'}."
        )
    for key, kind in kinds.items():
        value = data[key]
        if value is None and kind.endswith("?"):
            continue
        if not _CHECKS[kind.rstrip("?")](value):
            raise ModelFileError(
                f"The data contract is damaged: {key} of {what} should be of the kind {kind.rstrip('?')}; received "
                f"{str(value)[:60]!r}."
            )
    return dict(data)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < math.inf


def _is_list_of(check: Any) -> Any:
    return lambda value: isinstance(value, list) and all(map(check, value))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


_CHECKS = {
    "text": _is_text,
    "flag": lambda value: isinstance(value, bool),
    "number": _is_number,
    "positive": lambda value: _is_number(value) and value > 0,
    "whole": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "texts": _is_list_of(_is_text),
    "numbers": _is_list_of(_is_number),
    "dict": lambda value: isinstance(value, dict),
    "list": lambda value: isinstance(value, list),
}
