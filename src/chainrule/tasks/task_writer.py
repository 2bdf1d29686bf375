"""The thread that writes tasks added with `durable=False`: many in one transaction, while the program goes on."""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future

from chainrule.errors import TaskError, TaskLost
from chainrule.tasks.rows import NewTask

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
        self._pending: deque[tuple[NewTask, str, Future[int]]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._writing = 0
        #: True once no more tasks will come.
        self.closing = False
        self._failure: BaseException | None = None

    def hand(self, task: NewTask, policy: str) -> Future[int]:
        """Take a task and return at once; the future gets its id when it is on the disk."""
        future: Future[int] = Future()
        with self._changed:
            self._changed.wait_for(lambda: self.closing or len(self._pending) < MOST_PENDING)
            if self.closing:
                raise TaskError("The queue was closed; open it again to add tasks.")
            self._pending.append((task, policy, future))
            if self._thread is None:
                # A daemon: the queue's finalizer, which Python runs before it ends, waits for what is pending.
                self._thread = threading.Thread(target=self._run, name="chainrule-task-writer", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        return future

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
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def disown(self) -> None:
        """Begin anew in a forked process: what is pending is written by the process that was there before."""
        theirs = self._pending
        self._reset()
        for _, _, future in theirs:
            if not future.done():
                future.set_exception(TaskLost("The task is written by the process that this one was forked from."))

    def _run(self) -> None:
        while batch := self._next():
            self._write(batch)
            with self._changed:
                self._writing = 0
                self._changed.notify_all()

    def _next(self) -> list[tuple[NewTask, str, Future[int]]]:
        """Wait for tasks, and return those of one policy; an empty list once it is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._pending or self.closing)
            batch: list[tuple[NewTask, str, Future[int]]] = []
            while self._pending and len(batch) < AT_ONCE and (not batch or self._pending[0][1] == batch[0][1]):
                batch.append(self._pending.popleft())
            self._writing = len(batch)
            self._changed.notify_all()
            return batch

    def _write(self, batch: list[tuple[NewTask, str, Future[int]]]) -> None:
        try:
            ids = self._put([task for task, _, _ in batch], batch[0][1])
        except BaseException as error:  # whatever it is: the handle has it, and the thread goes on
            if len(batch) > 1:  # none of them is written; there may be room for some
                for one in batch:
                    self._write([one])
            else:
                self._fail(batch[0][2], error)
            return
        for (_, _, future), id in zip(batch, ids, strict=True):
            future.set_result(id)

    def _fail(self, future: Future[int], error: BaseException) -> None:
        logging.getLogger("chainrule.tasks").error("A task could not be written: %s", error)
        with self._changed:
            self._failure = self._failure or error
        future.set_exception(error)


def _disown_all() -> None:
    for writer in list(_WRITERS):
        writer.disown()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_disown_all)
