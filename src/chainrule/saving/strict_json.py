"""JSON as a model file may hold it: no doubled keys, no NaN, no number beyond 64 bits, bounded in depth and entries."""

from __future__ import annotations

import json
import math
from typing import Any

from chainrule.saving.faults import Fault
from chainrule.saving.limits import MAX_JSON_DEPTH, MAX_JSON_ENTRIES, MAX_WHOLE_NUMBER

#: Digits of the longest whole number let in, sign included; longer ones are not even converted.
MAX_DIGITS = len(str(-MAX_WHOLE_NUMBER))
#: How much of an offending number or key a message shows.
SHOWN_CHARACTERS = 40


def parse(text: str, what: str) -> Any:
    """Return what a JSON text says.

    Parameters
    ----------
    text : str
    what : str
        What messages call it: "the model's description".

    Raises
    ------
    Fault
        If it is not JSON, or not of the kind above.

    Examples
    --------
    >>> parse('{"units": 12}', "the config")
    {'units': 12}
    """
    if text.count(",") + text.count("[") + text.count("{") > MAX_JSON_ENTRIES:
        raise Fault(f"{what} has more than {MAX_JSON_ENTRIES:,} entries, more than a model file may hold")
    reader = _Reader(what)
    try:
        value = json.loads(
            text,
            object_pairs_hook=reader.pairs,
            parse_int=reader.whole_number,
            parse_float=reader.number,
            parse_constant=reader.constant,
        )
    except RecursionError:
        raise _too_deep(what) from None
    except json.JSONDecodeError as error:
        raise Fault(f"{what} is damaged: not JSON ({error})") from None
    check_depth(value, what)
    return value


def write(value: Any, what: str) -> str:
    """Return a value as JSON that `parse` takes.

    Raises
    ------
    Fault
        If the value holds what JSON can't: a function, NaN, a key that is no text; or is larger than `parse` allows.

    Examples
    --------
    >>> write({"units": 12}, "the config")
    '{"units":12}'
    """
    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":"), ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise Fault(
            f"{what} can't be written as JSON ({error}): keep to texts, finite numbers, True, False, None, lists and "
            "dicts of them"
        ) from None
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Fault(f"{what} holds a text with half a surrogate pair, which no file can hold") from None
    parse(text, what)
    return text


def check_depth(value: Any, what: str) -> None:
    """Refuse a value of more than `MAX_JSON_DEPTH` levels; by levels, since it may be deeper than Python's stack."""
    level, depth = [value], 0
    while level := [one for one in level if isinstance(one, (dict, list))]:
        if depth == MAX_JSON_DEPTH:
            raise _too_deep(what)
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
        depth += 1


class _Reader:
    """The hooks of Python's JSON reader, which know what the text is called."""

    def __init__(self, what: str):
        self.what = what

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            seen: set[str] = set()
            doubled = next(key for key, _ in pairs if key in seen or seen.add(key))
            raise Fault(f"{self.what} has the key {doubled[:SHOWN_CHARACTERS]!r} twice")
        return found

    def whole_number(self, digits: str) -> int:
        if len(digits) > MAX_DIGITS or abs(int(digits)) > MAX_WHOLE_NUMBER:
            raise Fault(f"{self.what} has the number {digits[:SHOWN_CHARACTERS]}…, which is beyond 64 bits")
        return int(digits)

    def number(self, digits: str) -> float:
        number = float(digits)
        if not math.isfinite(number):
            raise Fault(f"{self.what} has the number {digits[:SHOWN_CHARACTERS]}, which is infinite in 64 bits")
        return number

    def constant(self, name: str) -> Any:
        raise Fault(f"{self.what} holds {name}; only finite numbers are let in")


def _too_deep(what: str) -> Fault:
    return Fault(f"{what} is nested more than {MAX_JSON_DEPTH} levels deep")
