"""A worker as a program: it stops in good order when told to, and can go on without the terminal it was started in."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from chainrule.errors import TaskError
from chainrule.tasks.error_text import last_line
from chainrule.tasks.finding import existing
from chainrule.tasks.supervisor import Supervisor
from chainrule.tasks.worker_log import WorkerLog

#: What asks a worker to stop; SIGHUP comes when its terminal is closed.
STOP_SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name))
#: Seconds within which a detached worker has to be seen in the database, and those between two looks.
START_LIMIT, LOOK = 60.0, 0.05


def run_worker(path: str | os.PathLike[str], allow: list[str], *, log: str | None = None, **options: Any) -> None:
    """Run the tasks of a database until a signal, or with `exit_when_idle` until none is left.

    The first SIGTERM, SIGINT or SIGHUP lets the task in hand end; a second one gives it back and ends at once. Call it
    from the main thread: only there can signals be caught. `chainrule worker` is this function.

    Parameters
    ----------
    path : str or path
        The database, which must be there.
    allow : list of str
        The modules whose functions may be run.
    log : str, optional
        A file for what the worker says and its tasks print; by default that goes to standard output.
    **options
        `queue`, `lease`, `poll` and `exit_when_idle`, as of `Supervisor`.

    Raises
    ------
    ArgumentError
        If an argument can't be used, the log can't be written, or a module can't be imported.
    TasksFileError
        If the database is not there, or can't be used.
    """
    written = WorkerLog(log)
    written.must_be_writable()
    try:
        supervisor = Supervisor(path, allow, log=written, **options)
        with stopping(supervisor.stop):
            supervisor.run()
    finally:
        written.close()


@contextlib.contextmanager
def stopping(stop: Callable[[], None]) -> Iterator[None]:
    """Call a function at each signal that asks to stop; those that were ignored (`nohup`) stay so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, lambda *_: stop())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def detach(path: str | os.PathLike[str], arguments: Sequence[str]) -> tuple[int, Path]:
    """Start `chainrule worker` with these arguments in a session of its own, and return its pid and its log file.

    Parameters
    ----------
    path : str or path
        The database; the log stands beside it, as NAME.worker.log.
    arguments : sequence of str
        What stands behind `chainrule worker DATABASE`.

    Raises
    ------
    TaskError
        If the worker ends before it is seen in the database: the message is what it said.
    """
    from chainrule.tasks.child_process import OWN_GROUP
    from chainrule.tasks.store import Store

    path = existing(path)
    log = path.with_name(path.name + ".worker.log")
    command = [sys.executable, "-P", "-m", "chainrule", "worker", str(path), "--log", str(log), *arguments]
    with open(log, "ab") as output:
        said_before = output.tell()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **OWN_GROUP)
    store, limit = Store(path), time.monotonic() + START_LIMIT
    try:
        while process.poll() is None and all(worker.pid != process.pid for worker in store.workers()):
            if time.monotonic() > limit:
                raise TaskError(f"The worker (pid {process.pid}) is not seen in {path} yet; what it says is in {log}.")
            time.sleep(LOOK)
    finally:
        store.close()
    if process.poll():
        raise TaskError(_last_said(log, said_before))
    process.returncode = 0  # nobody waits for it: without this, Python would warn that it still runs
    return process.pid, log


def _last_said(log: Path, start: int) -> str:
    with open(log, "rb") as said:
        said.seek(start)
        line = last_line(said.read().decode("utf-8", "replace"))
    return line.removeprefix("chainrule: ") or "The worker ended and said nothing."
