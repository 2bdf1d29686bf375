"""When the program comes to its end, and when it is forked: what queues of threads have to know about their process.

Threads that are no daemons are waited for at the end of a program, so none of them may sleep on then. Python offers no
public call for "the main thread has ended", but one can wait for it: a thread of ours joins it, and wakes the others.
`atexit` is no way: it comes after that wait, when threads can't be started any more, and not at all in a process that
`multiprocessing` forked.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import Any

_QUEUES: weakref.WeakSet[Any] = weakref.WeakSet()
_WATCHING = threading.Event()


def register(queue: Any) -> None:
    """Take note of a queue: it is told of the program's end and of a fork."""
    _QUEUES.add(queue)


def watch() -> None:
    """Wait for the end of the program, in a thread, from the first call on."""
    if not _WATCHING.is_set():
        threading.Thread(target=_wait_for_the_end, name="chainrule-tasks-end", daemon=True).start()
        _WATCHING.set()  # if two threads come here at once there are two watchers, which does no harm


def is_over() -> bool:
    """Return whether the main thread has ended, so that what waits is run and nothing more may come."""
    return not threading.main_thread().is_alive()


def _wait_for_the_end() -> None:
    threading.main_thread().join()
    for queue in list(_QUEUES):
        queue._wake_all()


def _after_fork() -> None:
    """Begin anew in a forked process: there are no threads in it but the one that forked."""
    global _WATCHING
    _WATCHING = threading.Event()
    for queue in list(_QUEUES):
        queue._begin_in_a_fork()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
