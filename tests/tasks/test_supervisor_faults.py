"""What a supervisor does when the disk is full, the answer of its child is nonsense, or it was asleep too long."""

from __future__ import annotations

import os
import subprocess
import threading

import pytest

from chainrule.errors import ArgumentError, TaskError, TasksFileError
from chainrule.tasks import supervisor as room
from chainrule.tasks.durable import DurableQueue
from chainrule.tasks.heartbeat import Heartbeat
from chainrule.tasks.inbox import STOP, Inbox
from chainrule.tasks.supervisor import Supervisor
from chainrule.tasks.worker import run_worker
from chainrule.tasks.worker_log import WorkerLog

LIMIT = 60
posix = pytest.mark.skipif(os.name != "posix", reason="descriptors are of POSIX")


@pytest.fixture
def queue(tmp_path, workload):
    with DurableQueue(tmp_path / "tasks.db") as queue:
        yield queue


@pytest.fixture
def supervisor(tmp_path, queue):
    """Return a supervisor that has not begun, and ends when nothing is left; `.said()` is its log."""
    log = WorkerLog(tmp_path / "worker.log")
    made = Supervisor(tmp_path / "tasks.db", ["workload"], exit_when_idle=True, poll=0.05, log=log)
    made.said = lambda: (tmp_path / "worker.log").read_text(encoding="utf-8", errors="replace")
    yield made
    made._store.close()
    log.close()


def full_for(times, write):
    """Return a write that meets a full disk so many times."""
    left = [times]

    def attempt(*given, **named):
        if left[0]:
            left[0] -= 1
            raise TasksFileError("'tasks.db' can't take more: the disk is full.")
        return write(*given, **named)

    return attempt


def test_a_result_outlasts_a_disk_that_is_full_for_long(queue, workload, supervisor, tmp_path, stored, monkeypatch):
    monkeypatch.setattr(room, "PAUSES_AFTER_AN_ERROR", (0.001, 0.002))
    task = queue.add_task(workload.mark, str(tmp_path / "marks"))
    failing = queue.add_task(workload.fail, max_attempts=1)
    for name in ("finish", "finish_and_claim", "fail"):
        monkeypatch.setattr(supervisor._store, name, full_for(20, getattr(supervisor._store, name)))
    supervisor.run()
    assert task.state == "done" and stored(task.id).attempts == 1
    assert (tmp_path / "marks").read_text(encoding="utf-8") == "ran\n"
    assert failing.state == "failed" and stored(failing.id).attempts == 1
    assert supervisor.said().count("the disk is full") >= 20


def test_a_child_that_dies_while_a_result_waits_for_the_disk_takes_no_task_along(
    queue, workload, supervisor, stored, until, monkeypatch
):
    monkeypatch.setattr(room, "PAUSES_AFTER_AN_ERROR", (0.5, 0.5))
    first, second = (queue.add_task(workload.process, max_attempts=1) for _ in range(2))
    finish_and_claim, errors = supervisor._store.finish_and_claim, []

    def full_once(*given):
        if not errors:
            errors.append(1)
            supervisor._child._process.kill()
            raise TasksFileError("the disk is full")
        return finish_and_claim(*given)

    monkeypatch.setattr(supervisor._store, "finish_and_claim", full_once)
    supervisor.run()
    assert first.state == second.state == "done" and first.result[0] != second.result[0]
    assert stored(second.id).attempts == 1


def test_who_stops_a_worker_whose_disk_is_full_does_not_wait_for_ever(queue, workload, supervisor, monkeypatch):
    monkeypatch.setattr(room, "PAUSES_AFTER_AN_ERROR", (0.001, 0.002))
    task = queue.add_task(workload.add, 1)
    attempts = []

    def full(*_):
        attempts.append(1)
        if len(attempts) == 5:
            supervisor.stop()
        raise TasksFileError("the disk is full")

    monkeypatch.setattr(supervisor._store, "finish", full)
    monkeypatch.setattr(supervisor._store, "finish_and_claim", full)
    supervisor.run()
    assert task.state == "running" and 5 <= len(attempts) < 10


def test_a_task_whose_lease_ran_out_before_it_began_is_not_run_if_another_has_it(
    queue, workload, supervisor, tmp_path, stored, monkeypatch
):
    task = queue.add_task(workload.mark, str(tmp_path / "marks"))
    claim = supervisor._store.claim

    def slept(*given):
        claimed = claim(*given)
        stored.change("UPDATE task SET token = token + 1, owner = 'another', state = 'done', finished = 1")
        return claimed and claimed._replace(lease_until=0.0)

    monkeypatch.setattr(supervisor._store, "claim", slept)
    supervisor.run()
    assert not (tmp_path / "marks").exists() and stored(task.id).owner == "another"
    assert "another worker has taken it over" in supervisor.said()


def test_a_claim_that_was_slow_is_renewed_before_the_task_begins(queue, workload, supervisor, stored, monkeypatch):
    task = queue.add_task(workload.add, 1)
    claim, renewed = supervisor._store.claim, []
    renew = supervisor._store.renew
    monkeypatch.setattr(
        supervisor._store, "claim", lambda *given: (found := claim(*given)) and found._replace(lease_until=0.0)
    )
    monkeypatch.setattr(supervisor._store, "renew", lambda claimed: renewed.append(claimed.id) or renew(claimed))
    supervisor.run()
    assert task.result == 2 and renewed[:1] == [task.id]


def test_after_a_stop_no_further_task_is_begun(queue, workload, supervisor, stored, monkeypatch):
    first, second = (queue.add_task(workload.add, n) for n in range(2))
    for name in ("finish", "finish_and_claim"):
        write = getattr(supervisor._store, name)
        # The signal comes after the task has ended, and before its result is written.
        monkeypatch.setattr(supervisor._store, name, lambda *given, write=write: (supervisor.stop(), write(*given))[1])
    supervisor.run()
    assert first.state == "done" and second.state == "ready" and stored(second.id).attempts == 0


def test_a_stop_counts_when_it_comes():
    inbox = Inbox()
    inbox.put(STOP)
    assert inbox.stops == 1
    assert inbox.next(0).kind == STOP and inbox.stops == 1


@posix
@pytest.mark.parametrize("nonsense", ["1", '{"result": 3}', '{"error": "no"}', "null"])
def test_a_task_that_writes_json_where_it_has_no_business_harms_only_itself(queue, workload, supervisor, nonsense):
    task = queue.add_task(workload.write_everywhere, nonsense, max_attempts=1)
    following = queue.add_task(workload.add, 1)
    supervisor.run()
    assert task.state == "failed" and "The process that ran it died: it" in str(task.exception)
    assert following.result == 2


def test_a_child_that_cannot_be_started_for_a_while_costs_no_attempt(queue, workload, supervisor, stored, monkeypatch):
    monkeypatch.setattr(room, "PAUSES_AFTER_AN_ERROR", (0.001, 0.002))
    queue.add_task(workload.leave_process, max_attempts=1)
    task = queue.add_task(workload.add, 1)
    start, calls = subprocess.Popen, []

    def popen(*given, **named):
        calls.append(1)
        if len(calls) in (2, 3):
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return start(*given, **named)

    monkeypatch.setattr(subprocess, "Popen", popen)
    supervisor.run()
    assert task.result == 2 and stored(task.id).attempts == 1 and len(calls) == 4
    assert "can't be started: Resource temporarily unavailable" in supervisor.said()


def test_whatever_a_beat_raises_the_heart_beats_on(tmp_path, until):
    beats, log = [], WorkerLog(tmp_path / "log")

    class Broken:
        def beat(self, *_):
            beats.append(1)
            if len(beats) > 1:
                raise (MemoryError("no room"), TaskError("locked"))[len(beats) % 2]

        def close_thread(self):
            pass

    heartbeat = Heartbeat(Broken(), "w", Inbox(), log, lease=0.03)
    heartbeat.start()
    until(lambda: len(beats) > 4)
    heartbeat.stop()
    log.close()
    assert "no heartbeat: no room" in (tmp_path / "log").read_text(encoding="utf-8")


def test_a_row_as_large_as_none_of_ours_fails_without_being_read(queue, workload, supervisor, stored):
    task = queue.add_task(workload.add, 1)
    following = queue.add_task(workload.add, 1)
    stored.change(f"UPDATE task SET arguments = printf('%.*c', 40000000, 'x') WHERE id = {task.id}")
    supervisor.run()
    assert following.result == 2 and stored(task.id).state == "failed"
    assert "16,777,216 characters" in str(task.exception)


@pytest.mark.parametrize(
    "change",
    ["function = x'ff00'", "function = CAST(x'ff' AS TEXT)", "arguments = x'00ff'", "arguments = CAST(x'ff' AS TEXT)",
     "arguments = 7", "function = 'os:system'", "function = 'posix:system'"],
)  # fmt: skip
def test_a_row_that_is_none_of_ours_fails_alone(queue, workload, supervisor, stored, change):
    task = queue.add_task(workload.mark, "marks")
    following = queue.add_task(workload.add, 1)
    stored.change(f"UPDATE task SET max_attempts = 1, {change} WHERE id = {task.id}")
    supervisor.run()
    assert (task.state, following.result) == ("failed", 2) and not os.path.exists("marks")


def test_a_time_limit_that_is_no_number_is_a_limit(queue, workload, supervisor, stored):
    task = queue.add_task(workload.hang, max_attempts=1)
    stored.change("UPDATE task SET timeout = 'soon'")
    supervisor.run()
    assert task.state == "failed" and "It ran over its limit of 0 s" in str(task.exception)


@pytest.mark.parametrize("change", ["token = 'abc'", "attempts = 'few'", "max_attempts = 'many'", "priority = 'high'"])
def test_numbers_that_are_none_are_taken_for_0(queue, workload, supervisor, stored, change):
    task = queue.add_task(workload.add, 1)
    stored.change(f"UPDATE task SET {change} WHERE id = {task.id}")
    supervisor.run()
    assert task.result == 2


def test_a_log_that_cannot_be_written_is_refused_at_the_door(queue, workload):
    with pytest.raises(
        ArgumentError, match=r"The log 'nowhere/worker\.log' can't be written: No such file or directory"
    ):
        run_worker("tasks.db", ["workload"], log="nowhere/worker.log", exit_when_idle=True)


def test_a_module_that_is_not_there_says_where_it_was_looked_for(queue, workload, tmp_path):
    with pytest.raises(ArgumentError, match=r"No module named 'nothere'; modules are looked for in .* first, so start"):
        run_worker("tasks.db", ["nothere"], exit_when_idle=True)


def test_two_supervisors_in_one_process_hand_on_results_and_claims(queue, workload, tmp_path, stored):
    tasks = [queue.add_task(workload.add, n) for n in range(40)]
    logs = [WorkerLog(tmp_path / f"{n}.log") for n in range(2)]
    both = [Supervisor("tasks.db", ["workload"], exit_when_idle=True, poll=0.05, log=log) for log in logs]
    threads = [threading.Thread(target=one.run) for one in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    for log in logs:
        log.close()
    assert [task.result for task in tasks] == [n + 1 for n in range(40)]
    assert stored.rows("SELECT max(attempts) FROM task") == [(1,)]
    assert sum(one.done for one in both) == 40
