"""What JSON can't carry, made into JSON and back: exactly, or not at all."""

from __future__ import annotations

import base64
import math
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path, PosixPath, WindowsPath
from typing import Any

from chainrule.errors import ArgumentError

#: The key by which an object of ours is known from a dict.
MARK = "$"
#: Keys of a dict that would make it look like an object of ours.
_RESERVED = frozenset((MARK, "arrays"))
#: Lists in lists in lists …
DEEPEST = 100
#: Bits of an int that JSON carries in digits.
MOST_BITS = 1024
#: NumPy's kinds of numbers and times (`dtype.kind`); arrays may hold text too.
_SCALARS, _ARRAYS = "biufcmM", "biufcmMSU"
_DATA_FRAMES = ("pandas", "polars", "pyarrow", "torch", "tensorflow", "jax")


class Carrier:
    """Makes values into what JSON can carry, and collects the arrays among them in `arrays`.

    Examples
    --------
    >>> Carrier().carry({"when": (1, float("inf"))}, "argument 1")
    {'when': {'$': 'tuple', 'v': [1, {'$': 'float', 'v': 'inf'}]}}
    """

    def __init__(self):
        self.arrays: list[Any] = []
        self._kinds: dict[type, Callable[[Any, str, int], Any]] = {
            float: self._float,
            list: self._list,
            tuple: lambda value, place, depth: _marked("tuple", self._list(value, place, depth)),
            dict: self._dict,
            bytes: lambda value, *_: _marked("bytes", _base64(value)),
            PosixPath: lambda value, *_: _marked("path", str(value)),
            WindowsPath: lambda value, *_: _marked("path", str(value)),
            date: lambda value, *_: _marked("date", value.isoformat()),
            datetime: self._datetime,
            timedelta: lambda value, *_: _marked("timedelta", [value.days, value.seconds, value.microseconds]),
        }

    def carry(self, value: Any, place: str, depth: int = 0) -> Any:
        """Return what JSON can carry, or refuse the value, naming its place."""
        kind = type(value)
        if value is None or kind in (bool, str):
            return value
        if kind is int:  # Python spells no longer one in decimal digits
            return value if value.bit_length() <= MOST_BITS else _marked("int", hex(value))
        if depth > DEEPEST:
            raise ArgumentError(f"A task can't carry {place}: it lies more than {DEEPEST} deep (in itself?).")
        if kind in self._kinds:
            return self._kinds[kind](value, place, depth)
        numpy = sys.modules.get("numpy")  # who has an array has NumPy
        if numpy is not None and kind is numpy.ndarray and value.dtype.kind in _ARRAYS:
            self.arrays.append(value)
            return _marked("array", len(self.arrays) - 1)
        if numpy is not None and isinstance(value, numpy.generic) and value.dtype.kind in _SCALARS:
            return _marked("number", [value.dtype.str, _base64(value.tobytes())])
        raise _refusal(value, place)

    def _list(self, value: Any, place: str, depth: int) -> list[Any]:
        return [self.carry(item, f"{place}, item {index}", depth + 1) for index, item in enumerate(value)]

    def _dict(self, value: dict[Any, Any], place: str, depth: int) -> Any:
        pairs = [(key, self.carry(item, f"{place}, key {key!r}", depth + 1)) for key, item in value.items()]
        if all(type(key) is str and key not in _RESERVED for key in value):
            return dict(pairs)
        return _marked("dict", [[self.carry(key, f"{place}, a key", depth + 1), item] for key, item in pairs])

    def _float(self, value: float, *_: Any) -> Any:
        return value if math.isfinite(value) else _marked("float", repr(value))

    def _datetime(self, value: datetime, place: str, _: int) -> Any:
        if value.fold or type(value.tzinfo) not in (type(None), timezone):
            raise ArgumentError(
                f"A task can't carry {place}, a time with the time zone {value.tzinfo}; give "
                "value.astimezone(datetime.timezone.utc)."
            )
        return _marked("datetime", value.isoformat())


def restored(content: Any, arrays: list[Any]) -> Any:
    """Return the value that a `Carrier` was given; what it can't have written raises ValueError or the like."""
    if isinstance(content, list):
        return [restored(item, arrays) for item in content]
    if not isinstance(content, dict):
        return content
    if MARK not in content:
        return {key: restored(item, arrays) for key, item in content.items()}
    kind, value = content[MARK], content["v"]
    if kind == "array":
        return arrays[value]
    if kind == "dict":
        return {restored(key, arrays): restored(item, arrays) for key, item in value}
    if kind == "tuple":
        return tuple(restored(item, arrays) for item in value)
    return _PLAIN[kind](value)


def _number(value: list[str]) -> Any:
    import numpy as np

    kind, data = value
    if np.dtype(kind).kind not in _SCALARS:
        raise ValueError(f"no number: {kind!r}")
    return np.frombuffer(base64.b64decode(data), np.dtype(kind))[0]


#: How the kinds without anything inside are read.
_PLAIN: dict[str, Callable[[Any], Any]] = {
    "int": lambda value: int(value, 16),
    "float": float,
    "bytes": base64.b64decode,
    "path": Path,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "timedelta": lambda value: timedelta(*value),
    "number": _number,
}


def _marked(kind: str, value: Any) -> dict[str, Any]:
    return {MARK: kind, "v": value}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _refusal(value: Any, place: str) -> ArgumentError:
    kind = type(value)
    name, module = kind.__qualname__, kind.__module__.partition(".")[0]
    if module in _DATA_FRAMES:
        hint = "write it to a file, and give its path (or give a NumPy array)"
    elif module == "numpy":
        hint = "give a plain array of numbers or text (np.asarray(value), no objects in it)"
    elif callable(value):
        hint = "give the name, and look it up in the task"
    elif any(base in (str, int, float, tuple, list, dict) for base in kind.__mro__):
        base = next(base for base in kind.__mro__ if base in (str, int, float, tuple, list, dict))
        hint = f"give {base.__name__}(value)"
    elif kind in (set, frozenset):
        hint = "give sorted(value)"
    else:
        hint = "give what it is made of, or write it to a file and give its path"
    return ArgumentError(
        f"A task can't carry {place}, which is of type {name}; {hint}. It carries None, bool, int, float, str, bytes, "
        "list, tuple, dict, paths, dates and NumPy arrays."
    )
