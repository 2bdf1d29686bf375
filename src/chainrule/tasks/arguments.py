"""Arguments and results as JSON: carried exactly, or refused with their place. Never pickle.

JSON itself carries None, bool, int, finite float, str, list and dict with text as keys. What it can't is an object
`{"$": kind, "v": value}`: tuples, dicts with other keys, bytes, paths, dates, NaN and infinity, NumPy's numbers and
arrays. Only these types themselves are taken: a subclass would come back as something else.
"""

from __future__ import annotations

import json
import os
from typing import Any

from chainrule.errors import ArgumentError, TaskError
from chainrule.tasks import array_files
from chainrule.tasks.carried import MARK, Carrier, restored

#: Characters of the JSON of one task's arguments or result.
MOST_CHARACTERS = 16 << 20
#: The same, and what goes before it where there are arrays.
LONGEST_TEXT = MOST_CHARACTERS + 100


def encode(args: tuple[Any, ...], kwargs: dict[str, Any], folder: str | os.PathLike[str]) -> str:
    """Return the arguments of a task as JSON; arrays go into a file.

    Parameters
    ----------
    args, kwargs : tuple, dict
    folder : str or path
        For the arrays; made where there are any.

    Raises
    ------
    ArgumentError
        If something can't be carried: the message names its place and its type.
    TasksFileError
        If arrays can't be written.

    Examples
    --------
    >>> encode((1, "loss.html"), {"shape": (2, 3)}, "")
    '{"args":[1,"loss.html"],"kwargs":{"shape":{"$":"tuple","v":[2,3]}}}'
    """
    carrier = Carrier()
    content = {
        "args": [carrier.carry(value, f"argument {index}") for index, value in enumerate(args, start=1)],
        "kwargs": {name: carrier.carry(value, f"argument {name!r}") for name, value in kwargs.items()},
    }
    return _text("The arguments of a task", content, carrier.arrays, folder)


def decode(text: str, folder: str | os.PathLike[str]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the args and kwargs that `encode` was given.

    Raises
    ------
    TaskError
        If the text is not of `encode`, or its arrays can't be read.
    """
    content = _content(text, folder)
    try:
        args, kwargs = content["args"], content["kwargs"]
        if not isinstance(args, list) or not isinstance(kwargs, dict):
            raise TypeError("no list and no dict")
    except (TypeError, KeyError) as error:
        raise TaskError(f"The arguments of a task are damaged: {error!r}.") from error
    return tuple(args), kwargs


def encode_result(result: Any, folder: str | os.PathLike[str]) -> str:
    """Return the result of a task as JSON; arrays go into a file.

    Raises
    ------
    ArgumentError
        If something can't be carried.
    TasksFileError
        If arrays can't be written.

    Examples
    --------
    >>> encode_result([1, 2], "")
    '[1,2]'
    """
    carrier = Carrier()
    content = carrier.carry(result, "the result")
    return _text("The result of a task", content, carrier.arrays, folder, wrap=True)


def decode_result(text: str, folder: str | os.PathLike[str]) -> Any:
    """Return the result that `encode_result` was given.

    Raises
    ------
    TaskError
        If the text is not of `encode_result`, or its arrays can't be read.
    """
    content = _content(text, folder)
    return content["value"] if text.startswith(array_files.START) else content


def _text(what: str, content: Any, arrays: list[Any], folder: str | os.PathLike[str], wrap: bool = False) -> str:
    """Write JSON; where there are arrays, the name of their file comes first."""
    text = _dumped(content)
    if len(text) > MOST_CHARACTERS:
        raise ArgumentError(
            f"{what} may take {MOST_CHARACTERS:,} characters of JSON; this takes {len(text):,}: write it to a file, "
            "and give its path (or give a NumPy array)."
        )
    if not arrays:
        return text
    rest = f'"value":{text}' + "}" if wrap else text[1:]
    return f'{array_files.START}{array_files.save(arrays, folder)}",{rest}'


def _dumped(content: Any) -> str:
    return json.dumps(content, separators=(",", ":"), allow_nan=False)


def _content(text: str, folder: str | os.PathLike[str]) -> Any:
    if len(text) > LONGEST_TEXT:
        raise TaskError(
            f"The arguments or the result of a task take {MOST_CHARACTERS:,} characters of JSON at most, and these "
            "take more: no chainrule has written them, and they were not read."
        )
    try:
        content = json.loads(text)
        arrays: list[Any] = []
        if isinstance(content, dict) and MARK not in content and "arrays" in content:
            arrays = array_files.load(content.pop("arrays"), folder)
        return restored(content, arrays)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        raise TaskError(f"The arguments or the result of a task are damaged: {error!r}.") from error
