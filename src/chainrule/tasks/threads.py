"""The threads of a `TaskQueue`, and what they and the program tell each other under one lock."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from typing import Any

from chainrule.errors import TaskError
from chainrule.tasks import life
from chainrule.tasks.backlog import Backlog
from chainrule.tasks.queue_status import Status
from chainrule.tasks.states import CANCELLED, DONE, FAILED, LOST, READY, RUNNING, STATES
from chainrule.tasks.task import Task

#: Seconds without a task after which a thread ends; the next task starts another.
IDLE_SECONDS = 10.0
#: Seconds before the second attempt, doubled for each further one, and the most.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 300.0
MOST_DOUBLINGS = 10  # more would reach the longest pause as well
#: How many failed tasks are kept to be looked at.
FAILURES_KEPT = 100


class Threads:
    """A backlog, the threads that empty it, and the conditions that they wait on.

    "(locked)" in a method's description means that the lock is held at the call.
    """

    def __init__(self, num_workers: int, max_waiting: int):
        self.num_workers, self.max_waiting = num_workers, max_waiting
        self._closed = False
        self._begin()
        life.register(self)

    def _begin(self) -> None:
        """Begin with nothing: when the queue is made, and in a process that was forked."""
        self._lock = threading.Lock()
        #: A task was added; there is room for another; a task that is waited for has ended; all have ended.
        self._work, self._room, self._ended, self._idle = (threading.Condition(self._lock) for _ in range(4))
        self._backlog = Backlog()
        self._workers: set[threading.Thread] = set()
        self._running: set[Task] = set()
        self._sleeping = self._blocked = self._watching = self._dropped = 0
        self._ended_as: dict[str, int] = dict.fromkeys(STATES, 0)
        self._failures: deque[Task] = deque(maxlen=FAILURES_KEPT)

    def _begin_in_a_fork(self) -> None:
        """Forget the tasks of the process that was forked: they run there, and must not run twice."""
        inherited = [*self._backlog, *self._running]
        self._begin()
        for task in inherited:
            task._end(LOST)

    def _start_worker(self) -> None:
        """Start one more thread if there may be one more (locked)."""
        if len(self._workers) >= self.num_workers:
            return
        # No daemon: Python lets other threads come to their end before it ends, and these have promised to run all.
        worker = threading.Thread(
            target=self._run_tasks, name=f"chainrule-tasks-{len(self._workers) + 1}", daemon=False
        )
        try:
            life.watch()
            worker.start()
        except RuntimeError as error:
            if not self._workers:
                raise TaskError(f"No thread can be started for the task: {error}.") from error
        else:
            self._workers.add(worker)

    def _run_tasks(self) -> None:
        """Run tasks until there is no use for this thread any more."""
        lock = self._lock
        if not self._is_needed():
            return
        while (task := self._next()) is not None:
            result = error = None
            try:
                result = task._function(*task._args, **task._kwargs)
            except BaseException as raised:  # SystemExit too: it is the task that ends, not the thread
                # Without the frame of this function, which would keep the task and its arguments.
                error = raised.with_traceback(raised.__traceback__ and raised.__traceback__.tb_next)
            if self._lock is not lock:
                return  # the task forked and came back in the new process, where it is not ours
            if error is None:
                self._end_run(task, DONE, result)
            else:
                self._raised(task, error)
            del task, result, error  # while this thread waits, it must not keep large ones

    def _is_needed(self) -> bool:
        """Tell whether this thread is one of the queue's: if Ctrl-C came just after its start, nobody noted it yet."""
        with self._lock:
            me = threading.current_thread()
            if me not in self._workers and len(self._workers) < self.num_workers:
                self._workers.add(me)
            return me in self._workers

    def _next(self) -> Task | None:
        """Return the next task, as soon as there is one; None if this thread is to end."""
        with self._lock:
            while True:
                task = self._backlog.pop(time.monotonic()) if self._backlog.size else None
                if task is not None:
                    task._state = RUNNING
                    task._attempts += 1
                    self._running.add(task)
                    if self._blocked:
                        self._room.notify()
                    return task
                due = self._backlog.next_due()
                if due is None and (self._closed or life.is_over()):
                    break
                self._sleeping += 1
                woken = self._work.wait(IDLE_SECONDS if due is None else max(0.0, due - time.monotonic()))
                self._sleeping -= 1
                if not woken and not self._backlog.size:
                    break
            self._workers.discard(threading.current_thread())
            return None

    def _raised(self, task: Task, error: BaseException) -> None:
        """Run a task that raised again later, or let it end as failed, and tell so."""
        most = task._options.max_attempts or 1
        if task._attempts < most:
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(task._attempts - 1, MOST_DOUBLINGS))
            with self._lock:
                self._running.discard(task)
                self._again(task, time.monotonic() + pause)
            return
        # A failing handler of the log must not end the thread.
        with contextlib.suppress(Exception):
            import logging

            logging.getLogger("chainrule.tasks").error("%s raised", task._title(), exc_info=error)
        self._end_run(task, FAILED, exception=error)

    def _again(self, task: Task, due: float) -> None:
        """Let a task wait for its next attempt, or drop it where a newer one of its key waits already (locked)."""
        key = task._options.coalesce
        if key is not None and self._backlog.waiting(key) is not None:
            self._drop(task)
            return
        task._state = READY
        self._backlog.add(task, due)
        self._work.notify()

    def _drop(self, task: Task) -> None:
        """End a task that gave way to a newer one (locked)."""
        self._dropped += 1
        self._note_end(task, CANCELLED)

    def _end_run(self, task: Task, state: str, result: Any = None, exception: BaseException | None = None) -> None:
        with self._lock:
            self._running.discard(task)
            self._note_end(task, state, result, exception)

    def _note_end(self, task: Task, state: str, result: Any = None, exception: BaseException | None = None) -> None:
        """Note the end of a task, and wake those who wait for it (locked)."""
        task._end(state, result, exception)
        self._ended_as[state] += 1
        if state == FAILED:
            self._failures.append(task)
        if self._watching:
            self._ended.notify_all()
        if not self._backlog.size and not self._running:
            self._idle.notify_all()

    def _shut(self) -> list[threading.Thread]:
        """Take no more tasks, and return the threads, which end when they have run all."""
        with self._lock:
            self._closed = True
            self._work.notify_all()
            self._room.notify_all()
            return list(self._workers)

    def _status(self) -> Status:
        with self._lock:
            oldest = min((task._added for task in self._backlog), default=None)
            counts = {**self._ended_as, READY: self._backlog.size, RUNNING: len(self._running)}
            waited = None if oldest is None else time.monotonic() - oldest
            return Status(counts, waited, len(self._workers), self._dropped)

    def _wake_all(self) -> None:
        """Let idle threads see that the program has come to its end."""
        with self._lock:
            self._work.notify_all()
