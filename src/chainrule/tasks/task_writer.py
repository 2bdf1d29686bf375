"""The thread that writes tasks added with `durable=False`: many in one transaction, while the program goes on."""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable

from chainrule.errors import TaskError
from chainrule.tasks.rows import NewTask
from chainrule.tasks.sqlite_words import StillLocked
from chainrule.tasks.written import Written

#: Tasks that one transaction takes, and those that may wait for it before `hand` waits too.
AT_ONCE, MOST_PENDING = 500, 10_000
_WRITERS: weakref.WeakSet[TaskWriter] = weakref.WeakSet()


class TaskWriter:
    """Writes tasks behind the program's back.

    Parameters
    ----------
    put : callable
        Called with tasks of one policy and that policy, in the thread; returns their ids, or raises and puts none.
    """

    def __init__(self, put: Callable[[list[NewTask], str], list[int]]):
        self._put = put
        self._reset()
        _WRITERS.add(self)

    def _reset(self) -> None:
        self._pending: deque[tuple[NewTask, str, Written]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._writing = 0
        #: True once no more tasks will come.
        self.closing = False
        self._failure: BaseException | None = None

    def hand(self, task: NewTask, policy: str) -> Written:
        """Take a task and return at once; what is returned gets its id when it is on the disk."""
        written = Written()
        with self._changed:
            self._changed.wait_for(lambda: self.closing or len(self._pending) < MOST_PENDING)
            if self.closing:
                raise TaskError("The queue was closed; open it again to add tasks.")
            self._pending.append((task, policy, written))
            if self._thread is None:
                # A daemon: the queue's finalizer, which Python runs before it ends, waits for what is pending.
                self._thread = threading.Thread(target=self._run, name="chainrule-task-writer", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return written

    def flush(self) -> None:
        """Wait until all that was handed over is on the disk.

        Raises
        ------
        TaskError
            If a task could not be written since the last call: the first such error.
        """
        with self._changed:
            self._changed.wait_for(lambda: not self._pending and not self._writing)
            failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def close(self) -> None:
        """Write what is pending, and end the thread."""
        with self._changed:
            self.closing = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None and not self.is_this_thread():
            thread.join()

    def is_this_thread(self) -> bool:
        """Tell whether the thread that writes is asking."""
        return self._thread is threading.current_thread()

    def disown(self) -> None:
        """Begin anew in a forked process: what is pending is written by the process that was there before."""
        self._reset()

    def _run(self) -> None:
        while batch := self._next():
            self._write(batch)
            with self._changed:
                self._writing = 0
                self._changed.notify_all()

    def _next(self) -> list[tuple[NewTask, str, Written]]:
        """Wait for tasks, and return those of one policy; an empty list once it is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._pending or self.closing)
            batch: list[tuple[NewTask, str, Written]] = []
            while self._pending and len(batch) < AT_ONCE and (not batch or self._pending[0][1] == batch[0][1]):
                batch.append(self._pending.popleft())
            self._writing = len(batch)
            self._changed.notify_all()
            return batch

    def _write(self, batch: list[tuple[NewTask, str, Written]]) -> None:
        try:
            ids = self._put([task for task, _, _ in batch], batch[0][1])
        except BaseException as error:  # whatever it is: the handle has it, and the thread goes on
            if len(batch) > 1 and not isinstance(error, StillLocked):  # none is written; there may be room for some
                for one in batch:
                    self._write([one])
                return
            for _, _, written in batch:
                self._fail(written, error)
            return
        for (_, _, written), id in zip(batch, ids, strict=True):
            written.come(id)

    def _fail(self, written: Written, error: BaseException) -> None:
        logging.getLogger("chainrule.tasks").error("A task could not be written: %s", error)
        with self._changed:
            self._failure = self._failure or error
        written.fail(error)


def _disown_all() -> None:
    for writer in list(_WRITERS):
        writer.disown()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_disown_all)
