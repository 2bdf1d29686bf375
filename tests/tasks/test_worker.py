"""`chainrule worker` as a process: signals, death, the terminal, and several at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from chainrule.errors import TaskError
from chainrule.tasks.durable import DurableQueue
from chainrule.tasks.worker import detach

LIMIT = 60
pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are of POSIX")


@pytest.fixture
def queue(tmp_path, workload):
    with DurableQueue(tmp_path / "tasks.db") as queue:
        yield queue


def log_of(tmp_path, number=0):
    return (tmp_path / f"worker-{number}.log").read_text(encoding="utf-8", errors="replace")


def test_a_worker_runs_what_a_program_that_has_ended_left_behind(tmp_path, workload, start_worker, stored):
    code = (
        "import workload; from chainrule.tasks.durable import DurableQueue\n"
        "queue = DurableQueue('tasks.db')\n"
        "for n in range(3): queue.add_task(workload.add, n)\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=tmp_path, check=True)
    assert start_worker("--exit-when-idle").wait(LIMIT) == 0
    assert stored.rows("SELECT state, count(*) FROM task GROUP BY state") == [("done", 3)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_first_signal_lets_the_task_end(queue, workload, tmp_path, start_worker, until, number):
    begun, end = tmp_path / "begun", tmp_path / "end"
    task = queue.add_task(workload.begin_and_wait, str(begun), str(end))
    following = queue.add_task(workload.add, 1)
    worker = start_worker()
    until(begun.exists)
    worker.send_signal(number)
    until(lambda: f"finishing task {task.id}; once more gives it back" in log_of(tmp_path))
    assert task.state == "running" and worker.poll() is None
    end.touch()
    assert worker.wait(LIMIT) == 0
    assert (task.result, following.state) == ("waited", "ready")


def test_the_second_signal_gives_the_task_back(queue, workload, tmp_path, start_worker, until, stored, is_alive):
    begun = tmp_path / "begun"
    task = queue.add_task(workload.begin_and_wait, str(begun), str(tmp_path / "never"))
    worker = start_worker()
    child = int(until(lambda: begun.exists() and begun.read_text(encoding="utf-8")))
    worker.send_signal(signal.SIGINT)
    until(lambda: "once more gives it back" in log_of(tmp_path))
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(LIMIT) == 0
    row = stored(task.id)
    assert (row.state, row.attempts) == ("ready", 0)
    until(lambda: not is_alive(child))


def test_idle_workers_are_listed_and_end_at_the_first_signal(queue, tmp_path, start_worker, until):
    workers = [start_worker() for _ in range(2)]
    until(lambda: len(queue.store.workers()) == 2)
    listed = subprocess.run(
        [sys.executable, "-m", "chainrule", "tasks", "list", "tasks.db"],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for worker in workers:
        assert f"process {worker.pid}" in listed
        worker.terminate()
    assert [worker.wait(LIMIT) for worker in workers] == [0, 0]
    assert not queue.store.workers()


def test_two_workers_share_a_file_and_run_each_task_once(queue, workload, tmp_path, start_worker, stored):
    marks = tmp_path / "marks"
    tasks = [queue.add_task(workload.mark, str(marks), str(number)) for number in range(60)]
    workers = [start_worker("--exit-when-idle") for _ in range(2)]
    assert [worker.wait(LIMIT) for worker in workers] == [0, 0]
    assert all(task.state == "done" for task in tasks)
    assert sorted(map(int, marks.read_text(encoding="utf-8").split())) == list(range(60))
    assert stored.rows("SELECT max(attempts) FROM task") == [(1,)]


def test_a_detached_worker_goes_on_alone(queue, workload, tmp_path, until, is_alive):
    task = queue.add_task(workload.process)
    pid, log = detach("tasks.db", ["--allow", "workload", "--poll", "0.05"])
    try:
        assert task.wait(LIMIT)
        assert task.result[1] == pid and os.getsid(pid) == pid != os.getsid(0)
        until(lambda: "workload:process: done" in log.read_text(encoding="utf-8"))
        assert log == tmp_path / "tasks.db.worker.log"
    finally:
        os.kill(pid, signal.SIGTERM)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_a_detached_worker_that_cannot_start_says_why(queue):
    with pytest.raises(TaskError, match="nothere can't be imported: ModuleNotFoundError: No module named 'nothere'"):
        detach("tasks.db", ["--allow", "nothere"])
