"""Functions by name: a file of tasks holds "module:function", never code.

A worker runs only functions that the modules it was told to allow have themselves defined: nothing that such a module
merely imports, and nothing of another module.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import Any

from chainrule.errors import ArgumentError, TaskError

_PUT_IT_THERE = "write it with `def` at the top of a module, such as mytasks.py, and import it from there"


def name_of(function: Any) -> str:
    """Return the name by which a worker finds a function.

    Parameters
    ----------
    function : callable
        Defined with `def` at the top of a module that a worker can import.

    Raises
    ------
    ArgumentError
        If a worker could not find it: a lambda, a function within another, a method, one of the script that runs.

    Examples
    --------
    >>> import shutil
    >>> name_of(shutil.rmtree)
    'shutil:rmtree'
    """
    why = _why_not(function)
    if why is not None:
        raise ArgumentError(f"A worker can't find {_called(function)}: {why}.")
    return f"{function.__module__}:{function.__qualname__}"


def _why_not(function: Any) -> str | None:
    """Say why a function can't be found by its name, and what to do; None where it can."""
    if isinstance(function, type) or not callable(function):
        return f"it is no function; {_PUT_IT_THERE}"
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", None)
    if getattr(function, "__self__", None) is not None and not isinstance(function.__self__, type(importlib)):
        return f"it is a method, bound to an object that can't travel; {_PUT_IT_THERE}, and make the object within it"
    if not isinstance(module, str) or not isinstance(name, str):
        return f"it has no name of its own (a functools.partial? an object with __call__?); {_PUT_IT_THERE}"
    if name == "<lambda>" or name.endswith(".<lambda>"):
        return f"a lambda has no name; {_PUT_IT_THERE}"
    if "<locals>" in name:
        return f"it is defined within another function; {_PUT_IT_THERE}"
    if "." in name:
        return f"it belongs to a class; {_PUT_IT_THERE}"
    if module == "__main__":
        return f"it is defined in the script that runs, whose name a worker doesn't know; {_PUT_IT_THERE}"
    return _not_there(function, module, name)


def _not_there(function: Any, module: str, name: str) -> str | None:
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ImportError as error:
        return f"its module can't be imported ({error}); {_PUT_IT_THERE}"
    if found is not function:
        return f"{module}.{name} is something else by now (a decorator? a second definition?); {_PUT_IT_THERE}"
    return None


def _called(function: Any) -> str:
    name = getattr(function, "__qualname__", None)
    if name == "<lambda>":
        return name
    if not isinstance(name, str):
        return repr(function)
    module = getattr(function, "__module__", None)
    return f"{module}.{name}" if isinstance(module, str) else name


def resolve(name: str, allow: Iterable[str]) -> Callable[..., Any]:
    """Return the function of a name, if it is allowed.

    Parameters
    ----------
    name : str
        Such as "mytasks:plot".
    allow : iterable of str
        Modules; a package allows its submodules too.

    Raises
    ------
    TaskError
        If the module is not allowed or can't be imported, or has defined no such function.

    Examples
    --------
    >>> resolve("shutil:rmtree", allow=["mytasks"])
    Traceback (most recent call last):
        ...
    chainrule.errors.TaskError: shutil:rmtree is not allowed here; allowed: mytasks. If it shall run: --allow shutil.
    """
    module, colon, called = name.partition(":")
    allowed = sorted(allow)
    if not colon or not all(part.isidentifier() for part in (*module.split("."), called)):
        raise TaskError(f"{name!r} names no function; a name reads module:function.")
    if not any(module == root or module.startswith(f"{root}.") for root in allowed):
        among = ", ".join(allowed) or "nothing"
        raise TaskError(f"{name} is not allowed here; allowed: {among}. If it shall run: --allow {module}.")
    try:
        function = getattr(importlib.import_module(module), called, None)
    except (Exception, SystemExit) as error:  # a module runs as it is imported, and may raise anything
        raise TaskError(f"{module} can't be imported here: {type(error).__name__}: {error}") from error
    if function is None:
        raise TaskError(f"{module} has no function {called}; was it renamed since the task was added?")
    if isinstance(function, type) or not callable(function) or _home(function) != (module, called):
        raise TaskError(f"{name} is no function that {module} itself defines, so it may not run.")
    return function


def _home(function: Any) -> tuple[Any, Any]:
    return getattr(function, "__module__", None), getattr(function, "__qualname__", None)
