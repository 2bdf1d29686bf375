"""The handle of a task that threads run: what `add_task` returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chainrule.errors import NotReadyError, TaskCancelled, TaskFailed, TaskLost
from chainrule.tasks.options import DEFAULTS, name_in_words
from chainrule.tasks.states import CANCELLED, DONE, ENDED, FAILED, LOST, READY

if TYPE_CHECKING:
    from chainrule.tasks.task_queue import TaskQueue


class Task:
    """A task of a `TaskQueue` of threads: look at it, wait for it, cancel it.

    `TaskQueue.add_task` makes it. All of it may be used from any thread.

    Examples
    --------
    >>> from chainrule.tasks import TaskQueue
    >>> with TaskQueue() as queue:
    ...     task = queue.add_task(pow, 2, 10)
    >>> task.state, task.result
    ('done', 1024)
    """

    __slots__ = (
        "__weakref__", "_added", "_args", "_attempts", "_exception", "_function", "_kwargs", "_name", "_options",
        "_queue", "_result", "_state", "id",
    )  # fmt: skip

    def __init__(self, number: int, queue: TaskQueue, function: Any, args: Any, kwargs: Any, added: float):
        #: Its number in the queue, counted from 1.
        self.id = number
        self._function: Any = function
        self._args: Any = args
        self._kwargs: Any = kwargs
        self._queue, self._added = queue, added
        self._state = READY
        self._options = DEFAULTS
        self._attempts = 0
        self._exception = self._result = self._name = None

    @property
    def state(self) -> str:
        """One of `chainrule.tasks.STATES`: "ready", "running", "done", "failed", "lost" or "cancelled"."""
        return self._state

    @property
    def exception(self) -> BaseException | None:
        """What the task raised, in its last attempt; None as long as it has not failed."""
        return self._exception if self._state == FAILED else None

    @property
    def result(self) -> Any:
        """What the function returned; it does not wait.

        Raises
        ------
        NotReadyError
            If the task has not ended.
        TaskFailed
            If it raised: that is the cause.
        TaskCancelled
            If it was cancelled or dropped before it ran.
        TaskLost
            In a process that was forked while the task waited or ran: it runs in the process that was there before.
        """
        if self._state == DONE:
            return self._result
        if self._state == FAILED:
            error = self._exception
            raise TaskFailed(f"{self._title()} raised {type(error).__name__}: {error}") from error
        if self._state == CANCELLED:
            raise TaskCancelled(f"{self._title()} was cancelled, or dropped for a newer one, before it ran.")
        if self._state == LOST:
            raise TaskLost(f"{self._title()} belongs to the process that this one was forked from, and runs there.")
        raise NotReadyError(f"{self._title()} has not ended, it is {self._state}: call wait() first.")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the task has ended, and return whether it has.

        Parameters
        ----------
        timeout : float, optional
            The most seconds to wait; by default as long as it takes.

        Raises
        ------
        TaskError
            If a task waits without a timeout for a task of its own queue, and has its only worker.
        """
        return self._state in ENDED or self._queue._wait_for(self, timeout)

    def cancel(self) -> bool:
        """Take the task out of the queue; return False if it runs or has ended, which can't be undone."""
        return self._queue._cancel(self)

    def _title(self) -> str:
        return f"Task {self.id} ({self._name or name_in_words(self._function)})"

    def _end(self, state: str, result: Any = None, exception: BaseException | None = None) -> None:
        """Note how it ended, and let go of what it was given: handles may be kept long, and arrays are large."""
        self._name = name_in_words(self._function)
        self._function = self._args = self._kwargs = None
        self._result, self._exception, self._state = result, exception, state

    def __repr__(self) -> str:
        return f"<{self._title()}, {self._state}>"
