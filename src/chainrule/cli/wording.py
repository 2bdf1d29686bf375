"""What went wrong, in one sentence."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

from chainrule.errors import ChainruleError, nearest


class WrongUse(ChainruleError):
    """A command was given something that it can't use: exit code 2."""


#: What typer calls a kind of value, and what it is.
_KINDS = {"integer": "a whole number", "number": "a number"}
_CONTROLS = dict.fromkeys([*range(32), 127], " ")


def one_line(text: str) -> str:
    r"""Return a text on one line, without control characters.

    Examples
    --------
    >>> one_line("a column \x1b[31mred\nof two lines")
    'a column [31mred of two lines'
    """
    return " ".join(text.translate(_CONTROLS).split())


def sentence_of(error: BaseException) -> str:
    """Return what an error says, in one sentence.

    Examples
    --------
    >>> sentence_of(OSError(28, "No space left on device", "model.csv"))
    "Can't go on: 'model.csv': No space left on device."
    """
    if isinstance(error, ChainruleError):
        return one_line(str(error))
    if isinstance(error, MemoryError):
        return "There is not enough memory for this; give fewer rows or columns."
    if isinstance(error, OSError):
        where = f"{os.fspath(error.filename)!r}: " if error.filename else ""
        return one_line(f"Can't go on: {where}{error.strerror or error}.")
    return one_line(
        f"This is a mistake in chainrule, not yours ({type(error).__name__}: {error}); "
        "CHAINRULE_DEBUG=1 shows where, for a report."
    )


def wrong_use(error: Any, arguments: Sequence[str] = ()) -> str:
    """Return what was wrong with the words of a command, from typer's exception: it suggests the nearest word."""
    context: Any = getattr(error, "ctx", None)
    command = _command(context, arguments)
    name = command.removeprefix("chainrule ")
    option = getattr(error, "option_name", None)
    message = one_line(error.format_message()).rstrip(".")
    if option is not None and hasattr(error, "possibilities"):
        message = f"{name} has no option {option!r}.{nearest(option, _options_of(context))}".rstrip(".")
    elif message.startswith("No such command"):
        known = list(context.command.commands)
        given = re.sub(r"No such command (['\"])(.*?)\1(\. .*)?$", r"\2", message)
        where = "There is" if command == name else f"{name} has"
        return f"{where} no command {given!r}.{nearest(given, known)} Commands: {', '.join(known)}."
    elif message == "Missing command":
        message = f"{name} needs a command: {', '.join(context.command.commands)}"
    elif message.startswith("Missing"):
        message = message.replace("Missing argument", f"{name} needs").replace("Missing option", f"{name} needs")
    elif message.startswith("Invalid value"):
        message = _value(error, message, arguments)
    end = "" if message.endswith("?") else "."
    return f"{message}{end} See {command} --help."


def _command(context: Any, arguments: Sequence[str]) -> str:
    if context is not None:
        return context.command_path
    return " ".join(["chainrule", *(word for word in arguments[:1] if word[:1] != "-")])


def _value(error: Any, message: str, arguments: Sequence[str]) -> str:
    """Return what a value should be, and what it is."""
    options = list(getattr(getattr(error, "param", None), "opts", ()))
    given = [arguments[i + 1] for i, word in enumerate(arguments[:-1]) if word in options]
    given += [word.partition("=")[2] for word in arguments if word.partition("=")[0] in options and "=" in word]
    wanted = next((text for kind, text in _KINDS.items() if kind in message), None)
    if not given or wanted is None:
        return message
    return f"{options[0]} takes {wanted}; received {given[-1]!r}"


def _options_of(context: Any) -> list[str]:
    parameters = context.command.params if context is not None else []
    return ["--help", *(name for one in parameters for name in (*one.opts, *one.secondary_opts) if name[:2] == "--")]
