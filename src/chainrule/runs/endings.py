"""How runs end that nobody ended: the program ends, or forks while it records."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from typing import TYPE_CHECKING

from chainrule.runs.schema import FAILED, STOPPED

if TYPE_CHECKING:
    from chainrule.runs.recorder import Recorder
    from chainrule.runs.writer import Writer

#: At the program's end, seconds to wait for a file that another program holds.
AT_EXIT = 5.0
#: A fork waits so long at most for a write in hand.
BEFORE_FORK = 1.0

_recorders: dict[int, Recorder] = {}
_writers: list[Writer] = []
_held: list[threading.Lock] = []


def remember(recorder: Recorder) -> None:
    """End this run at the program's end, if it has not been ended by then."""
    _recorders[id(recorder)] = recorder


def forget(recorder: Recorder) -> None:
    """Leave it alone at the program's end: it has been ended."""
    _recorders.pop(id(recorder), None)


def still_writing(writer: Writer) -> None:
    """Give a writer another moment at the program's end."""
    _writers.append(writer)


@atexit.register
def _finish_all() -> None:
    error: BaseException | None = getattr(sys, "last_value", None)
    # At a prompt, an error of long ago stands there.
    if hasattr(sys, "ps1") or isinstance(error, (KeyboardInterrupt, SystemExit)):
        error = None
    for recorder in list(_recorders.values()):
        if error is None:
            recorder.finish(STOPPED, reason="the program ended", timeout=AT_EXIT)
        else:
            recorder.exception(error)
            recorder.finish(FAILED, reason=f"{type(error).__name__}: {error}", timeout=AT_EXIT)
    for writer in _writers:
        writer.join(AT_EXIT)


def _before_fork() -> None:
    """Let no fork happen within a write: the child would have SQLite's locks as they were, for ever."""
    for recorder in list(_recorders.values()):
        if recorder.writer.in_use.acquire(timeout=BEFORE_FORK):
            _held.append(recorder.writer.in_use)


def _after_in_parent() -> None:
    while _held:
        _held.pop().release()


def _after_in_child() -> None:
    """Go silent: the file is the parent's; the child has no writer, and prints without being recorded."""
    _held.clear()
    _writers.clear()
    for recorder in list(_recorders.values()):
        recorder.abandon()
    _recorders.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
