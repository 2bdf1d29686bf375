"""The handle of a task in a file: what `DurableQueue.add_task` and `DurableQueue.task` return."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chainrule.errors import NotReadyError, TaskCancelled, TaskError, TaskFailed, TaskLost
from chainrule.tasks.arguments import decode_result
from chainrule.tasks.error_text import last_line
from chainrule.tasks.putting import inside_worker
from chainrule.tasks.states import CANCELLED, DONE, ENDED, FAILED, LOST, READY

if TYPE_CHECKING:
    from chainrule.tasks.durable import DurableQueue
    from chainrule.tasks.rows import Row
    from chainrule.tasks.written import Written

#: Seconds between two looks into the file: at first, and at most.
FIRST_LOOK, LONGEST_LOOK = 0.005, 0.1


def wait_until(ended: Callable[[], bool], timeout: float | None) -> bool:
    """Look again and again until something is true, and return whether it is; nobody tells us of a change in a file."""
    limit = None if timeout is None else time.monotonic() + timeout
    pause = FIRST_LOOK
    while not ended():
        left = pause if limit is None else limit - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(pause, left))
        pause = min(2 * pause, LONGEST_LOOK)
    return True


class DurableTask:
    """A task of a `DurableQueue`: look at it, wait for it, cancel it, from any process.

    Each look reads the file. As long as there is a handle its queue stays open, unless it is closed.
    """

    def __init__(self, queue: DurableQueue, written: Written):
        self._queue, self._store, self._written = queue, queue.store, written

    @property
    def id(self) -> int:
        """Its number in the file; a task added with `durable=False` is waited for until it is there.

        Raises
        ------
        TaskError
            If the task could not be written.
        """
        return self._written.id

    @property
    def state(self) -> str:
        """One of `chainrule.tasks.STATES`; with `durable=False` "ready" until it is written, "lost" if it can't be."""
        if not self._written.is_known:
            return READY
        return LOST if self._written.error else self._row().state

    @property
    def exception(self) -> BaseException | None:
        """What the task raised in its last attempt, as a TaskFailed with its traceback; None if it has not failed."""
        if not self._written.is_known or self._written.error:
            return self._written.error
        row = self._row()
        return TaskFailed(row.error or "") if row.state == FAILED else None

    @property
    def result(self) -> Any:
        """What the function returned; it does not wait.

        Raises
        ------
        NotReadyError
            If the task has not ended.
        TaskFailed
            If it raised; the cause is a TaskFailed with the traceback.
        TaskLost
            If its worker died in each attempt, or, with `durable=False`, it could not be written.
        TaskCancelled
            If it was cancelled, or dropped for a newer one.
        """
        if not self._written.is_known:
            raise NotReadyError("The task is not written yet: call wait() first.")
        error = self._written.error
        if error is not None:
            raise TaskLost(f"The task could not be written: {error}") from error
        row = self._row()
        if row.state == DONE:
            return decode_result(row.result or "null", self._store.arrays_folder)
        raise _refusal(row)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the task has ended, and return whether it has.

        Parameters
        ----------
        timeout : float, optional
            The most seconds to wait; by default as long as it takes.

        Raises
        ------
        TaskError
            If a task waits without a timeout for another task, and the only worker runs it.
        """
        if timeout is None and inside_worker() and self.state not in ENDED and len(self._store.workers()) <= 1:
            raise TaskError(
                f"Task {self.id} is waited for by a task of the file's only worker, so it can't run: start another "
                "worker, wait outside of tasks, or give wait() a timeout."
            )
        return wait_until(lambda: self.state in ENDED, timeout)

    def cancel(self) -> bool:
        """Take the task out of the queue; return False if it runs or has ended, which can't be undone."""
        return self._store.cancel(self.id)

    def _row(self) -> Row:
        return self._store.get(self.id)

    def __repr__(self) -> str:
        is_there = self._written.is_known and not self._written.error
        return f"<Task {self.id if is_there else 'not written yet'} of {self._store.path.name}>"


def _refusal(row: Row) -> Exception:
    """Return the error for a task without a result."""
    title = f"Task {row.id} ({row.function})"
    if row.state == FAILED:
        error = TaskFailed(f"{title} failed: {last_line(row.error or 'no reason is known')}")
        error.__cause__ = TaskFailed((row.error or "").strip())
        return error
    if row.state == LOST:
        return TaskLost(f"{title} is lost: {row.error}")
    if row.state == CANCELLED:
        return TaskCancelled(f"{title} was cancelled, or dropped for a newer one, before it ran.")
    return NotReadyError(f"{title} has not ended, it is {row.state}: call wait() first.")
