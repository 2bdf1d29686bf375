"""What SQLite reports, in words: what is wrong with a file of tasks, and what to do about it."""

from __future__ import annotations

import os

from chainrule.errors import TasksFileError

#: SQLite's primary result codes (sqlite.org/rescode.html).
BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB = 5, 6, 8, 10, 11, 13, 14, 26

_WORDS = {
    READONLY: "can't be written: the file, its folder or its disk is read-only; give yourself the right to write there",
    IOERR: "can't be read or written: the disk reports a fault",
    CORRUPT: "is damaged; put it aside, and start with a new file",
    FULL: "can't take more: the disk is full, and what was being written was not accepted; make room, and try again",
    CANTOPEN: "can't be opened: you may lack the right to read it, or to write into its folder",
    NOTADB: "is not a file of tasks (nor any SQLite database); choose another path",
}


class StillLocked(TasksFileError):
    """Another program holds the file for longer than we wait."""


def code_of(error: BaseException) -> int:
    """Return SQLite's primary result code of an error, 0 where there is none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def is_locked(error: BaseException) -> bool:
    """Tell whether another program holds the database at the moment."""
    return code_of(error) in (BUSY, LOCKED)


def locked(path: str | os.PathLike[str], seconds: float) -> StillLocked:
    """Return the error for a database that another program has held too long."""
    return StillLocked(
        f"{os.fspath(path)!r} has been locked by another program for {seconds:g} s; end what holds it (a database "
        "browser, a backup?), and try again."
    )


def explain(path: str | os.PathLike[str], error: BaseException) -> TasksFileError:
    """Return our error for one of SQLite's.

    Examples
    --------
    >>> import sqlite3
    >>> error = sqlite3.OperationalError("disk is full")
    >>> error.sqlite_errorcode = FULL
    >>> str(explain("tasks.db", error)).partition(";")[0]
    "'tasks.db' can't take more: the disk is full, and what was being written was not accepted"
    """
    words = _WORDS.get(code_of(error), "can't be used")
    return TasksFileError(f"{os.fspath(path)!r} {words} (SQLite: {error}).")
