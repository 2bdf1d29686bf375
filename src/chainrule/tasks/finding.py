"""The way to a file of tasks: one that must be there already, or one that may be made."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from chainrule.errors import TasksFileError


def existing(path: str | os.PathLike[str]) -> Path:
    """Return the path of a database that is there, or refuse it: who only looks at tasks never makes a file.

    Parameters
    ----------
    path : str or path

    Raises
    ------
    TasksFileError
        If there is no such file, or it is a folder.

    Examples
    --------
    >>> existing("task.db")
    Traceback (most recent call last):
    chainrule.errors.TasksFileError: There is no file of tasks at 'task.db'; a program makes it: TaskQueue('task.db').
    """
    if os.path.isdir(path):
        raise TasksFileError(f"{os.fspath(path)!r} is a folder; name a file of tasks, such as 'tasks.db'.")
    if not os.path.isfile(path):
        name = os.fspath(path)
        raise TasksFileError(f"There is no file of tasks at {name!r}; a program makes it: TaskQueue({name!r}).")
    return Path(path).absolute()


def checked_path(path: Any) -> Path:
    """Return the absolute path of a file of tasks, or refuse what can't be one."""
    if not isinstance(path, (str, os.PathLike)) or not str(path) or "\0" in str(path) or str(path) == ":memory:":
        raise TasksFileError(f"A file of tasks is named by a path, such as 'tasks.db'; received {path!r}.")
    absolute = Path(os.path.abspath(os.fsdecode(path)))
    if absolute.exists() and not absolute.is_file():
        kind = "a folder" if absolute.is_dir() else "no ordinary file"
        raise TasksFileError(f"{os.fspath(path)!r} is {kind}; name a file, such as 'tasks.db'.")
    if not absolute.parent.is_dir():
        raise TasksFileError(f"There is no folder {str(absolute.parent)!r} for {absolute.name!r}; make it first.")
    return absolute
