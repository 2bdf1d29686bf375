"""What is let into a `TaskQueue` of threads, and who waits for it: policies, keys, cancelling, joining."""

from __future__ import annotations

import threading
import time
from typing import Any

from chainrule.errors import QueueFull, TaskError
from chainrule.tasks.options import DROP_OLDEST, RAISE
from chainrule.tasks.states import CANCELLED, ENDED, READY
from chainrule.tasks.task import Task
from chainrule.tasks.threads import Threads

#: A wait is cut into pieces of so many seconds: on Windows, Ctrl-C is only heard between two of them.
PIECE_SECONDS = 0.5


class Admission(Threads):
    """Threads that are given tasks, and asked for them; "(locked)" means that the lock is held at the call."""

    def _put(self, task: Task) -> None:
        """Let a task wait for its turn, as its options say (locked)."""
        self._refuse_if_closed()
        options, backlog = task._options, self._backlog
        if backlog.size >= self.max_waiting and self._older(task) is None:
            self._make_room(options.policy)
        if not self._workers or self._sleeping <= backlog.size:
            self._start_worker()
        due = time.monotonic() + options.delay if options.delay else None
        older = self._older(task)  # looked up again: the lock was not held while there was no room
        if older is None:
            backlog.add(task, due)
        else:
            backlog.replace(older, task, due)
            self._drop(older)
        self._work.notify()

    def _older(self, task: Task) -> Task | None:
        """Return the waiting task that a new one replaces (locked)."""
        key = task._options.coalesce
        return None if key is None else self._backlog.waiting(key)

    def _make_room(self, policy: str) -> None:
        """Do what a task's policy says when as many wait as may wait (locked)."""
        if policy == RAISE:
            raise QueueFull(
                f"{self.max_waiting:,} tasks wait, as many as may wait: add fewer or later, give more num_workers or a "
                "higher max_waiting, or use policy='drop_oldest' or coalesce=."
            )
        if policy == DROP_OLDEST:
            self._drop(self._backlog.pop_oldest())
        elif threading.current_thread() not in self._workers:
            self._blocked += 1
            try:
                _wait(self._room, lambda: self._closed or self._backlog.size < self.max_waiting, None)
            finally:
                self._blocked -= 1
            self._refuse_if_closed()

    def _cancel(self, task: Task) -> bool:
        with self._lock:
            if task._state != READY:
                return False
            self._backlog.remove(task)
            self._note_end(task, CANCELLED)
            self._room.notify()
            self._work.notify_all()  # who slept until the task was due may be needed no more
            return True

    def _wait_for(self, task: Task, timeout: float | None) -> bool:
        with self._lock:
            own = threading.current_thread() in self._workers
            if own and timeout is None and self.num_workers == 1 and task._state not in ENDED:
                raise TaskError(
                    f"{task._title()} is waited for by a task of the queue's only worker, so it can't run: give "
                    "num_workers=2 or more, wait outside of tasks, or give wait() a timeout."
                )
            self._watching += 1
            try:
                return _wait(self._ended, lambda: task._state in ENDED, timeout)
            finally:
                self._watching -= 1

    def _wait_until_idle(self, timeout: float | None) -> bool:
        with self._lock:
            return _wait(self._idle, lambda: not self._backlog.size and not self._running, timeout)

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise TaskError("This queue was closed, so it takes no more tasks: make another TaskQueue.")

    def _refuse_own_task(self, name: str) -> None:
        if threading.current_thread() in self._workers:
            raise TaskError(f"{name}() was called by a task of this queue: it would wait for itself. Call it outside.")


def _wait(condition: threading.Condition, is_so: Any, timeout: float | None) -> bool:
    """Wait on a condition, whose lock is held, until something is so; return whether it is."""
    limit = None if timeout is None else time.monotonic() + timeout
    while not is_so():
        left = PIECE_SECONDS if limit is None else min(PIECE_SECONDS, limit - time.monotonic())
        if left <= 0:
            return False
        condition.wait(left)
    return True
