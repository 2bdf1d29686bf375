"""Workers that die: their child ends with them, their task is run again, and a task that kills them ends as lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from chainrule.errors import TaskLost
from chainrule.tasks.durable import DurableQueue

LIMIT = 60
pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")

#: A worker without a child that dies before or after the commit of a claim or of a result; or so many milliseconds into
#: it, by an alarm that nobody handles: it ends the process as kill -9 does, be it in the middle of a write.
DIES = """
import os, signal, sys
import sqlite3
from chainrule.tasks.store import Store

when, what, path = sys.argv[1:]
die = lambda: os.kill(os.getpid(), signal.SIGKILL)

class Dying(sqlite3.Connection):
    commits = None
    def execute(self, sql, *rest):
        if sql.strip().upper().startswith("COMMIT") and Dying.commits is not None:
            Dying.commits -= 1
            if Dying.commits == 0:
                if when == "before":
                    die()
                if when != "after":
                    signal.setitimer(signal.ITIMER_REAL, float(when) / 1000)
                    super().execute(sql, *rest)
                    signal.pause()
                super().execute(sql, *rest)
                die()
        return super().execute(sql, *rest)

connect = sqlite3.connect
sqlite3.connect = lambda *given, **named: connect(*given, factory=Dying, **named)
store = Store(path, lease=0.5)
Dying.commits = 1 if what == "claim" else 2
claimed = store.claim("dying")
store.finish(claimed, "null")
raise SystemExit("it did not die")
"""


@pytest.fixture
def queue(tmp_path, workload):
    with DurableQueue(tmp_path / "tasks.db") as queue:
        yield queue


@pytest.mark.parametrize("what", ["begin_and_wait", "start_program", "hold_the_lock"])
def test_a_worker_that_is_killed_takes_its_child_and_its_programs_along(
    queue, workload, tmp_path, start_worker, until, is_alive, what
):
    if what == "hold_the_lock" and sys.platform != "linux":
        pytest.skip("only on Linux a child that holds the interpreter's lock is ended")
    begun = tmp_path / "begun"
    arguments = [str(begun)] if what != "begin_and_wait" else [str(begun), str(tmp_path / "never")]
    queue.add_task(getattr(workload, what), *arguments)
    worker = start_worker()
    pids = [int(pid) for pid in until(lambda: begun.exists() and begun.read_text(encoding="utf-8").split())]
    assert all(map(is_alive, pids))
    worker.kill()
    worker.wait(LIMIT)
    until(lambda: not any(map(is_alive, pids)))


def test_a_task_whose_worker_was_killed_is_run_again(queue, workload, tmp_path, start_worker, until, stored):
    begun, end = tmp_path / "begun", tmp_path / "end"
    task = queue.add_task(workload.begin_and_wait, str(begun), str(end))
    first = start_worker("--lease", "0.5")
    until(begun.exists)
    first.kill()
    first.wait(LIMIT)
    end.touch()
    second = start_worker("--lease", "0.5", "--exit-when-idle")
    assert second.wait(LIMIT) == 0
    assert task.result == "waited" and stored(task.id).attempts == 2


def test_a_task_that_kills_its_worker_ends_as_lost(queue, tmp_path, start_worker, stored):
    (tmp_path / "poison.py").write_text(
        "import os, signal\ndef run():\n    os.kill(os.getppid(), signal.SIGKILL)\n    signal.pause()\n",
        encoding="utf-8",
    )
    import importlib

    poison = importlib.import_module("poison")
    try:
        task = queue.add_task(poison.run, max_attempts=2)
    finally:
        del sys.modules["poison"]
    for _ in range(2):
        assert start_worker("--lease", "0.3", "--exit-when-idle", allow="poison").wait(LIMIT) == -signal.SIGKILL
    assert start_worker("--lease", "0.3", "--exit-when-idle", allow="poison").wait(LIMIT) == 0
    assert task.state == "lost" and stored(task.id).attempts == 2
    with pytest.raises(TaskLost):
        _ = task.result


@pytest.mark.parametrize("what", ["claim", "result"])
@pytest.mark.parametrize("when", ["before", "0.1", "0.3", "0.6", "1", "1.5", "2.5", "after"])
def test_a_worker_killed_around_a_commit_loses_nothing(queue, workload, tmp_path, start_worker, stored, when, what):
    path = tmp_path / "marks"
    task = queue.add_task(workload.mark, str(path))
    died = subprocess.run(
        [sys.executable, "-c", DIES, when, what, str(tmp_path / "tasks.db")], timeout=LIMIT, check=False
    )
    assert died.returncode in (-signal.SIGKILL, -signal.SIGALRM)
    # Before its commit a claim has not been; a result that is on the disk stays, and the task is not run again.
    state, attempts = {
        "before claim": ("ready", 0),
        "after claim": ("running", 1),
        "before result": ("running", 1),
        "after result": ("done", 1),
    }.get(f"{when} {what}", (None, None))
    found = stored(task.id)
    assert state in (None, found.state) and attempts in (None, found.attempts)
    assert start_worker("--lease", "0.5", "--exit-when-idle").wait(LIMIT) == 0
    assert task.state == "done"
    assert path.exists() == (found.state != "done")
    assert stored.rows("PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize("workers", [2, 4, 8])
def test_claims_of_many_workers_are_never_of_the_same_task(queue, workload, tmp_path, workers):
    for number in range(60):
        queue.add_task(workload.add, number)
    code = (
        "import sys\nfrom chainrule.tasks.store import Store\nstore = Store('tasks.db', lease=60)\n"
        "while (claimed := store.claim(sys.argv[1])) is not None:\n"
        "    assert store.finish(claimed, 'null')\n    print(claimed.id)\nstore.close()\n"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code, f"worker {n}"], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
        for n in range(workers)
    ]
    claimed = [int(line) for process in processes for line in process.communicate(timeout=LIMIT)[0].split()]
    assert [process.returncode for process in processes] == [0] * workers
    assert len(claimed) == len(set(claimed)) == 60
