"""What a worker is given: a database that is there, and lengths of time."""

from __future__ import annotations

import math
import os
from pathlib import Path

from chainrule.errors import ArgumentError, TasksFileError


def existing(path: str | os.PathLike[str]) -> Path:
    """Return the path of a database that is there, or refuse it: who only looks at tasks never makes a file.

    Parameters
    ----------
    path : str or path

    Raises
    ------
    TasksFileError
        If there is no such file.

    Examples
    --------
    >>> existing("task.db")
    Traceback (most recent call last):
    chainrule.errors.TasksFileError: There is no file of tasks at 'task.db'; a program makes it: TaskQueue('task.db').
    """
    if not os.path.isfile(path):
        name = os.fspath(path)
        raise TasksFileError(f"There is no file of tasks at {name!r}; a program makes it: TaskQueue({name!r}).")
    return Path(path).absolute()


def seconds_above_zero(name: str, value: float) -> float:
    """Return a number of seconds above 0, or refuse it.

    Examples
    --------
    >>> seconds_above_zero("lease", 0)
    Traceback (most recent call last):
    chainrule.errors.ArgumentError: lease is a number of seconds above 0; received 0.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
        raise ArgumentError(f"{name} is a number of seconds above 0; received {value!r}.")
    return float(value)
