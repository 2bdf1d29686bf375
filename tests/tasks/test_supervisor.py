"""The supervisor and its child: what each kind of task does to them, and what a task can't do."""

from __future__ import annotations

import os
import re
import threading

import numpy as np
import pytest

from chainrule.errors import ArgumentError, TaskFailed, TasksFileError
from chainrule.tasks.durable import DurableQueue
from chainrule.tasks.output_limit import KEPT
from chainrule.tasks.supervisor import Supervisor
from chainrule.tasks.worker_log import WorkerLog

LIMIT = 60
posix = pytest.mark.skipif(os.name != "posix", reason="signals and forks are of POSIX")


@pytest.fixture
def queue(tmp_path):
    with DurableQueue(tmp_path / "tasks.db") as queue:
        yield queue


@pytest.fixture
def supervise(tmp_path, workload):
    """Return a function that runs what waits, to its end, and returns the supervisor and its log."""

    def run(**options):
        log = WorkerLog(tmp_path / "worker.log")
        supervisor = Supervisor(
            tmp_path / "tasks.db", ["workload"], log=log, **({"exit_when_idle": True, "poll": 0.05} | options)
        )
        try:
            supervisor.run()
        finally:
            log.close()
        return supervisor, (tmp_path / "worker.log").read_text(encoding="utf-8", errors="replace")

    return run


def test_tasks_are_run_and_their_results_kept(queue, workload, supervise):
    sums = [queue.add_task(workload.add, number, b=number) for number in range(3)]
    array = queue.add_task(workload.total, np.arange(5.0))
    supervisor, log = supervise()
    assert [task.result for task in sums] == [0, 2, 4]
    assert array.result == 10.0
    assert (supervisor.done, supervisor.failed) == (4, 0)
    assert "workload:add: attempt 1 of" in log and "workload:add: done" in log


def test_one_child_runs_all_tasks_in_the_folder_of_the_worker(queue, workload, supervise, tmp_path):
    first = queue.add_task(workload.process)
    queue.add_task(workload.change_folder)
    last = queue.add_task(workload.process)
    supervise()
    assert first.result == last.result
    assert first.result[0] != os.getpid() and first.result[1:] == [os.getpid(), str(tmp_path)]


FAULTS = {
    "fail": "ValueError: no such colour: \\ud800",
    "leave_process": "The process that ran it died: it ended with exit code 3.",
    "leave_python": "SystemExit: enough",
    "interrupt": "KeyboardInterrupt",
    "out_of_memory": "MemoryError: as if",
    "deep": "RecursionError: maximum recursion depth exceeded",
    "no_json": "object",
    "too_large": "200",
}
FAULTS_ON_POSIX = {
    "segfault": "The process that ran it died: it was ended by SIGSEGV.",
    "kill_itself": "The process that ran it died: it was ended by SIGKILL.",
    "close_all": "The process that ran it died: it closed the pipe to its worker.",
    "write_everywhere": "The process that ran it died: it",
}


@pytest.mark.parametrize("fault", [*FAULTS, *(pytest.param(name, marks=posix) for name in FAULTS_ON_POSIX)])
def test_a_task_that_goes_wrong_says_how_and_the_next_one_is_run(queue, workload, supervise, fault):
    task = queue.add_task(getattr(workload, fault), max_attempts=1)
    following = queue.add_task(workload.add, 1)
    supervisor, _ = supervise()
    assert task.state == "failed"
    with pytest.raises(TaskFailed, match=re.escape((FAULTS | FAULTS_ON_POSIX)[fault])):
        _ = task.result
    assert following.result == 2
    assert (supervisor.done, supervisor.failed) == (1, 1)


def test_a_traceback_begins_in_the_task(queue, workload, supervise, stored):
    task = queue.add_task(workload.fail, max_attempts=1)
    supervise()
    error = stored(task.id).error
    assert error.startswith("Traceback") and "in fail" in error and "child.py" not in error


def test_a_task_over_its_time_limit_is_ended_alone(queue, workload, supervise):
    before = queue.add_task(workload.process)
    task = queue.add_task(workload.hang, timeout=0.2, max_attempts=1)
    after = queue.add_task(workload.process)
    supervise()
    assert task.state == "failed" and "It ran over its limit of 0.2 s" in str(task.exception)
    assert before.result[0] != after.result[0]


def test_a_task_is_tried_again_until_its_attempts_are_used_up(queue, workload, supervise, stored):
    task = queue.add_task(workload.leave_process, max_attempts=2)
    _, log = supervise()
    assert task.state == "failed" and stored(task.id).attempts == 2
    assert log.count("; it is tried again.") == 1


@posix
def test_a_process_that_a_task_forked_is_not_heard(queue, workload, supervise):
    task = queue.add_task(workload.fork_and_return)
    following = queue.add_task(workload.add, 1)
    supervise()
    assert task.result == "parent" and following.result == 2


def test_a_task_that_closes_its_output_is_done(queue, workload, supervise):
    task = queue.add_task(workload.close_output)
    following = queue.add_task(workload.add, 1)
    supervise()
    assert task.state == "done" and following.result == 2


def test_of_what_a_task_prints_the_beginning_and_the_end_are_kept(queue, workload, supervise):
    task = queue.add_task(workload.print_much)
    _, log = supervise()
    assert task.state == "done"
    left_out = workload.PRINTED + len("the beginning\nthe end\n") - 2 * KEPT
    assert "the beginning\n" in log and f"… {left_out:,} bytes of output left out …" in log and "the end\n" in log
    assert len(log) < 2 * KEPT + 2_000


def test_a_function_that_is_not_allowed_or_not_there_fails_at_once(queue, workload, supervise, stored, monkeypatch):
    foreign = queue.add_task(os.path.basename, "a/b")
    gone = queue.add_task(workload.add, 1)
    source = (stored.folder / "workload.py").read_text(encoding="utf-8")
    (stored.folder / "workload.py").write_text(source.replace("def add(", "def plus("), encoding="utf-8")
    supervise()
    for task, word in ((foreign, "allow"), (gone, "add")):
        row = stored(task.id)
        assert (row.state, row.attempts) == ("failed", 1) and word in row.error


def test_a_submodule_with_a_syntax_error_fails_its_tasks_with_words(queue, workload, tmp_path, stored, monkeypatch):
    package = tmp_path / "pack"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "sub.py").write_text("def run():\n    return 1\n", encoding="utf-8")
    import importlib

    sub = importlib.import_module("pack.sub")
    task = queue.add_task(sub.run)
    (package / "sub.py").write_text("def run(:\n", encoding="utf-8")
    log = WorkerLog(tmp_path / "worker.log")
    Supervisor(tmp_path / "tasks.db", ["pack"], exit_when_idle=True, log=log).run()
    log.close()
    row = stored(task.id)
    assert (row.state, row.attempts) == ("failed", 1) and "SyntaxError" in row.error and "sub.py" in row.error


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (None, "nothere can't be imported: ModuleNotFoundError: No module named 'nothere'."),
        ("def broken(:\n", r"nothere can't be imported: SyntaxError: .*nothere.py"),
        ("import sys\nsys.exit(2)\n", "nothere can't be imported: SystemExit: 2."),
        ("import os\nos._exit(2)\n", "Importing nothere ended the process: it ended with exit code 2."),
    ],
)
def test_a_module_that_cannot_be_imported_is_refused_before_any_task(queue, workload, tmp_path, source, told):
    task = queue.add_task(workload.add, 1)
    if source is not None:
        (tmp_path / "nothere.py").write_text(source, encoding="utf-8")
    with pytest.raises(ArgumentError, match=told):
        Supervisor(tmp_path / "tasks.db", ["nothere"], exit_when_idle=True).run()
    assert task.state == "ready"


def test_bad_arguments_are_refused(queue, workload, tmp_path):
    queue.add_task(workload.add, 1)
    with pytest.raises(TasksFileError, match=r"There is no file of tasks at 'none\.db'; a program makes it"):
        Supervisor("none.db", ["workload"])
    assert not os.path.exists("none.db")
    for name in ("lease", "poll"):
        with pytest.raises(ArgumentError, match=f"{name} is a number of seconds above 0; received -1"):
            Supervisor(tmp_path / "tasks.db", ["workload"], **{name: -1})


def test_only_the_queue_asked_for_is_run(queue, workload, supervise):
    here = queue.add_task(workload.add, 1, queue="mail")
    there = queue.add_task(workload.add, 1)
    supervise(queue="mail")
    assert (here.state, there.state) == ("done", "ready")


def test_exit_when_idle_waits_for_what_is_scheduled(queue, workload, supervise):
    task = queue.add_task(workload.add, 1, delay=0.3)
    supervise()
    assert task.result == 2


def test_an_idle_worker_only_reads(queue, workload, tmp_path, monkeypatch):
    queue.add_task(workload.add, 1, delay=3600)
    supervisor = Supervisor(tmp_path / "tasks.db", ["workload"], poll=0.01, log=WorkerLog(tmp_path / "worker.log"))
    store, looks, claims = supervisor._store, [], []

    def next_due(queue, look=store.next_due):
        looks.append(queue)
        if len(looks) == 20:
            supervisor.stop()
        return look(queue)

    monkeypatch.setattr(store, "next_due", next_due)
    monkeypatch.setattr(store, "claim", lambda *given: claims.append(given))
    supervisor.run()
    supervisor._log.close()
    assert len(looks) == 20 and not claims


def test_the_first_stop_lets_the_task_end_and_the_second_gives_it_back(queue, workload, tmp_path, until, stored):
    begun, end = tmp_path / "begun", tmp_path / "end"
    task = queue.add_task(workload.begin_and_wait, str(begun), str(end))
    log = WorkerLog(tmp_path / "worker.log")
    for stops in (2, 1):
        supervisor = Supervisor(tmp_path / "tasks.db", ["workload"], log=log)
        thread = threading.Thread(target=supervisor.run)
        thread.start()
        until(begun.exists)
        supervisor.stop()
        until(lambda: "once more gives it back" in (tmp_path / "worker.log").read_text(encoding="utf-8"))
        assert task.state == "running"
        if stops == 2:
            supervisor.stop()
            thread.join(LIMIT)
            row = stored(task.id)
            assert (row.state, row.attempts) == ("ready", 0)
            begun.unlink()
            (tmp_path / "worker.log").write_text("", encoding="utf-8")
        else:
            end.touch()
            thread.join(LIMIT)
            assert task.result == "waited" and stored(task.id).attempts == 1
        assert not thread.is_alive()
    log.close()


def test_a_task_that_another_worker_has_taken_over_is_ended(queue, workload, tmp_path, until, stored):
    begun = tmp_path / "begun"
    task = queue.add_task(workload.begin_and_wait, str(begun), str(tmp_path / "never"))
    log = WorkerLog(tmp_path / "worker.log")
    supervisor = Supervisor(tmp_path / "tasks.db", ["workload"], lease=0.6, log=log)
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    until(begun.exists)
    # As another worker's claim would leave it, after this one was silent for too long.
    stored.change("UPDATE task SET token = token + 1, owner = 'another', lease_until = lease_until + 3600")
    until(lambda: "another worker has taken it over" in (tmp_path / "worker.log").read_text(encoding="utf-8"))
    supervisor.stop()
    thread.join(LIMIT)
    log.close()
    row = stored(task.id)
    assert (row.state, row.owner) == ("running", "another")


def test_a_task_longer_than_its_lease_is_run_once(queue, workload, tmp_path, stored):
    path = tmp_path / "marks"
    task = queue.add_task(workload.mark_and_outlast, str(path), 1.2)
    log = WorkerLog(tmp_path / "worker.log")
    workers = [
        Supervisor(tmp_path / "tasks.db", ["workload"], lease=0.3, poll=0.05, exit_when_idle=True, log=log)
        for _ in range(2)
    ]
    threads = [threading.Thread(target=worker.run) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    log.close()
    assert task.state == "done" and stored(task.id).attempts == 1
    assert path.read_text(encoding="utf-8") == "begun\n"


def test_a_database_that_is_removed_ends_the_worker(queue, workload, tmp_path):
    queue.add_task(workload.add, 1, delay=3600)
    log = WorkerLog(tmp_path / "worker.log")
    supervisor = Supervisor(tmp_path / "tasks.db", ["workload"], poll=0.05, log=log)
    wait, (path,) = supervisor._wait, [tmp_path / "tasks.db"]
    supervisor._wait = lambda seconds: (path.unlink(missing_ok=True), wait(seconds))[1]
    with pytest.raises(TasksFileError, match=r"tasks\.db was removed; the worker ends\."):
        supervisor.run()
    log.close()


def test_a_large_log_file_is_put_aside(tmp_path):
    log = WorkerLog(tmp_path / "worker.log", largest=100)
    for number in range(30):
        log.say(f"line {number}")
    log.close()
    assert {path.name for path in tmp_path.iterdir()} == {"worker.log", "worker.log.1"}
    assert max(path.stat().st_size for path in tmp_path.iterdir()) < 200


def test_a_log_that_cannot_be_written_stops_nobody(tmp_path):
    log = WorkerLog(tmp_path / "no" / "such" / "folder.log")
    log.say("unheard")
    log.close()
