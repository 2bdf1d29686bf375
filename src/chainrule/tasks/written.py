"""Whether a task is on the disk yet, and its number: what a handle and the thread that writes tell each other."""

from __future__ import annotations

import os
import threading

from chainrule.errors import TaskLost


class Written:
    """The number of a task, which comes when the task is on the disk; or why it can't be written.

    Not a `concurrent.futures.Future`: after a fork the lock of one may be held by a thread that isn't there any more,
    and even to ask it would hang.

    Examples
    --------
    >>> written = Written()
    >>> written.is_known, written.come(7), written.is_known, written.id
    (False, None, True, 7)
    """

    def __init__(self):
        self._pid, self._known = os.getpid(), threading.Event()
        self._id, self._error = 0, None

    @property
    def is_known(self) -> bool:
        """Tell whether the number, or an error, is there; a forked process will not hear of either."""
        return self._known.is_set() or self._pid != os.getpid()

    @property
    def error(self) -> BaseException | None:
        """Why the task can't be written, as far as it is known."""
        if not self._known.is_set() and self._pid != os.getpid():
            return TaskLost("The task is written by the process that this one was forked from.")
        return self._error

    @property
    def id(self) -> int:
        """The number, which is waited for; an error is raised."""
        if self.error is None:
            self._known.wait()
        if self.error is not None:
            raise self.error
        return self._id

    def come(self, id: int) -> None:
        """Tell the number."""
        self._id = id
        self._known.set()

    def fail(self, error: BaseException) -> None:
        """Tell that the task can't be written."""
        self._error = error
        self._known.set()
