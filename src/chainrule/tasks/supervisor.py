"""The supervisor: it claims tasks, gives them to one long-lived child, and replaces the child when it dies or hangs."""

from __future__ import annotations

import contextlib
import os
import socket
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chainrule.errors import ArgumentError, TaskError, TasksFileError
from chainrule.tasks.checks import seconds_above_zero
from chainrule.tasks.child_process import ChildProcess
from chainrule.tasks.error_text import last_line
from chainrule.tasks.finding import existing
from chainrule.tasks.heartbeat import Heartbeat
from chainrule.tasks.inbox import ENDED, REPLY, STOP, Inbox
from chainrule.tasks.states import READY, RUNNING
from chainrule.tasks.task_run import LOOK, RESULT, RETURNED, TAKEN_OVER, Outcome, run_task
from chainrule.tasks.worker_log import WorkerLog

if TYPE_CHECKING:
    from chainrule.tasks.rows import Claimed

#: Seconds between two looks at an idle queue: the first, and then twice as long each time, up to `poll`.
FIRST_PAUSE = 0.05
#: Seconds until the next attempt after the database could not be read or written.
PAUSES_AFTER_AN_ERROR = (0.1, 0.5, 2.0)


class Supervisor:
    """Runs the tasks of a database until it is told to stop; `chainrule worker` is made of it.

    Parameters
    ----------
    path : str or path
        The database, which must be there.
    allow : list of str
        The modules whose functions may be run, with their submodules.
    queue : str, default "default"
        The queue whose tasks are run.
    lease : float, default 10.0
        Seconds of silence after which another worker takes a task over. It doesn't limit how long a task may run.
    poll : float, default 0.5
        Seconds between two looks at an idle queue, at most.
    exit_when_idle : bool, default False
        True ends when nothing is ready, scheduled or leased.
    log : WorkerLog, optional
        Standard output by default.

    Raises
    ------
    ArgumentError
        If an argument can't be used; from `run`, if a module that is allowed can't be imported.
    TasksFileError
        If the database is not there, or can't be used.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        allow: list[str],
        *,
        queue: str = "default",
        lease: float = 10.0,
        poll: float = 0.5,
        exit_when_idle: bool = False,
        log: WorkerLog | None = None,
    ):
        from chainrule.tasks.store import Store

        self.path = existing(path)
        self._queue, self._exit_when_idle = queue, exit_when_idle
        self._poll = seconds_above_zero("poll", poll)
        self._log = WorkerLog() if log is None else log
        self._store = Store(self.path, lease=seconds_above_zero("lease", lease))
        self._settings = {"folder": os.getcwd(), "allow": list(allow), "arrays": str(self._store.arrays_folder)}
        self._inbox = Inbox()
        #: The worker's name in the database.
        self.owner = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        self._heartbeat = Heartbeat(self._store, self.owner, self._inbox, self._log, lease)
        self._child: ChildProcess | None = None
        #: Attempts that ended well, and those that did not.
        self.done = self.failed = 0

    def stop(self) -> None:
        """End after the task in hand; called once more, give that task back and end at once. Any thread may call it."""
        self._inbox.put(STOP)

    def run(self) -> None:
        """Run tasks until `stop` is called or, with `exit_when_idle`, nothing is left to wait for."""
        try:
            self._start_child()
            self._heartbeat.start()
            self._log.say(f"worker {self.owner} runs the tasks of {self.path} (queue {self._queue!r})")
            self._run_on()
            self._log.say(f"worker {self.owner} ends; attempts: {self.done} done, {self.failed} failed")
        finally:
            self._end_child()
            self._heartbeat.stop()
            with contextlib.suppress(TaskError):  # who lists the workers then misses it a little later
                self._store.leave(self.owner)
            self._store.close()

    def _run_on(self) -> None:
        errors = 0
        while not self._inbox.stops:
            try:
                if not self._run_next():
                    return
                errors = 0
            except TaskError as error:  # locked for long, a full disk: it may pass
                self._must_be_there()
                self._log.say(f"{error}")
                self._wait_after(errors)
                errors += 1

    def _run_next(self) -> bool:
        """Wait for the next task that is due and run it; return False where there is none left to wait for."""
        pause = min(FIRST_PAUSE, self._poll)
        while not self._inbox.stops:
            if self._child is None:
                self._start_child()
            due = self._store.next_due(self._queue)
            if due is not None and due <= time.time():
                # Only now, since a claim locks the database, and an idle worker should disturb nobody.
                claimed = self._store.claim(self.owner, self._queue)
                if claimed is not None:
                    while claimed is not None:
                        claimed = self._run(claimed)
                    return True
            elif due is None and self._exit_when_idle and self._nothing_left():
                return False
            self._must_be_there()
            self._wait(pause)
            pause = min(2 * pause, self._poll)
        return False

    def _nothing_left(self) -> bool:
        counts = self._store.counts(self._queue)
        return not counts.get(READY) and not counts.get(RUNNING)

    def _run(self, claimed: Claimed) -> Claimed | None:
        """Run a task in the child, write down how it went, and return the next one if that was claimed by the way."""
        child: Any = self._child
        name = f"task {claimed.id} {claimed.function}"
        if self._inbox.stops:  # told to stop while it was claimed
            self._persist(lambda: self._store.release(claimed))
            return None
        if time.time() >= claimed.lease_until and not self._store.renew(claimed):  # the machine slept, or the disk did
            self._log.say(f"{name}: not begun, since another worker has taken it over")
            return None
        self._log.say(f"{name}: attempt {claimed.attempts} of {claimed.max_attempts}")
        began = time.monotonic()
        self._heartbeat.hold(claimed)
        try:
            outcome = run_task(claimed, child, self._inbox, self._log.say)
            took = time.monotonic() - began
            if outcome.alive:
                child.end_of_task()
            else:
                self._end_child()
            words, following = self._write_down(claimed, outcome)
        finally:
            self._heartbeat.hold(None)
        self._log.say(f"{name}: {words} ({took:.2f} s)")
        return following

    def _write_down(self, claimed: Claimed, outcome: Outcome) -> tuple[str, Claimed | None]:
        """Write how a task went into the database, and return it in words, and the next task if it was claimed."""
        if outcome.kind == TAKEN_OVER:
            return "ended here, since another worker has taken it over", None
        if outcome.kind == RETURNED:
            self._persist(lambda: self._store.release(claimed))
            return "given back", None
        if outcome.kind == RESULT:
            kept, following = self._persist(lambda: self._finish(claimed, outcome.text))
            self.done += kept
            return "done" if kept else "done, but another worker has taken it over", following
        self.failed += 1
        self._persist(lambda: self._store.fail(claimed, outcome.text, retry=outcome.retry))
        last = not outcome.retry or claimed.attempts >= claimed.max_attempts
        return last_line(outcome.text).removesuffix(".") + ("." if last else "; it is tried again."), None

    def _finish(self, claimed: Claimed, result: str) -> tuple[bool, Claimed | None]:
        """Write a result down, and claim the next task in the same transaction if it could be run at once."""
        if self._inbox.stops or self._child is None:
            return self._store.finish(claimed, result), None
        return self._store.finish_and_claim(claimed, result, self.owner)

    def _persist(self, write: Callable[[], Any]) -> Any:
        """Write, however long the database can't be written; who stops the worker meanwhile waits for a few attempts.

        The heartbeat keeps the lease if it can; if it can't, nobody else can take the task over either.
        """
        errors = 0
        while True:
            try:
                return write()
            except TaskError as error:
                self._must_be_there()
                if self._inbox.stops and errors >= len(PAUSES_AFTER_AN_ERROR):
                    raise
                self._log.say(f"{error}")
                self._wait_after(errors)
                errors += 1

    def _start_child(self) -> None:
        """Start a child and wait until it has imported what is allowed: no task is in hand that could suffer."""
        child = self._child = ChildProcess(self._settings, self._inbox, self._log)
        while not self._inbox.stops:
            event = self._inbox.next(LOOK)
            if event.kind == REPLY and event.about is child:
                child.end_of_task()
                if "result" in event.content:
                    return
                self._end_child()
                raise ArgumentError(event.content["error"])
            if (event.kind == ENDED and event.about is child) or not child.is_alive:
                how = child.how_it_ended()
                self._end_child()
                raise ArgumentError(f"Importing {', '.join(self._settings['allow'])} ended the process: {how}.")

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child = None

    def _wait(self, seconds: float) -> None:
        """Wait, unless told to stop. An idle child that dies meanwhile is replaced before the next task."""
        event = self._inbox.next(seconds)
        if event.kind == ENDED and event.about is self._child:
            self._end_child()

    def _wait_after(self, errors: int) -> None:
        """Wait until the next attempt, the longer the more have failed before."""
        self._wait(PAUSES_AFTER_AN_ERROR[min(errors, len(PAUSES_AFTER_AN_ERROR) - 1)])

    def _must_be_there(self) -> None:
        """Refuse to wait for ever for tasks in a file that was removed."""
        if not self.path.exists():
            raise TasksFileError(f"{self.path} was removed; the worker ends.")
