"""DurableQueue: what was added is on the disk, handles from any process, room, the writer thread, forks, closing."""

from __future__ import annotations

import gc
import logging
import os
import subprocess
import sys
import threading
import traceback

import numpy as np
import pytest

from chainrule.errors import (
    ArgumentError,
    NotReadyError,
    QueueFull,
    TaskCancelled,
    TaskError,
    TaskFailed,
    TaskLost,
    TasksFileError,
)  # fmt: skip
from chainrule.tasks import TaskQueue, array_files, putting
from chainrule.tasks.arguments import decode, encode_result
from chainrule.tasks.durable import DurableQueue
from chainrule.tasks.naming import resolve

LIMIT = 60


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tasks.db"


@pytest.fixture
def queue(path, workload):
    with DurableQueue(path, max_waiting=1000) as queue:
        yield queue


def run_one(queue, worker="w"):
    """Do with the next task what a worker does; return whether there was one."""
    store = queue.store
    claimed = store.claim(worker)
    if claimed is None:
        return False
    try:
        args, kwargs = decode(claimed.arguments, store.arrays_folder)
        result = resolve(claimed.function, ["workload"])(*args, **kwargs)
    except Exception:
        store.fail(claimed, traceback.format_exc())
    else:
        store.finish(claimed, encode_result(result, store.arrays_folder))
    return True


@pytest.fixture
def worker(queue):
    """Run tasks in a thread until the test ends."""
    end = threading.Event()

    def work():
        while not end.is_set():
            if not run_one(queue):
                end.wait(0.01)

    thread = threading.Thread(target=work)
    thread.start()
    yield
    end.set()
    thread.join(LIMIT)
    assert not thread.is_alive()


def test_a_path_makes_a_durable_queue(path):
    with TaskQueue(path) as queue:
        assert isinstance(queue, DurableQueue)
        assert queue.path == path and repr(queue) == f"<DurableQueue {str(path)!r}>"


def test_a_task_runs_and_gives_its_result(queue, workload, worker):
    task = queue.add_task(workload.add, 2, b=3)
    assert task.wait(LIMIT)
    assert (task.id, task.state, task.result, task.exception) == (1, "done", 5, None)
    assert queue.join(LIMIT)


def test_it_is_in_the_file_when_add_task_returns(queue, workload, path):
    task = queue.add_task(workload.add, 1, max_attempts=2, priority=4, timeout=9, queue="slow", coalesce="k", delay=50)
    script = "import sys; from chainrule.tasks.store import Store; print(Store(sys.argv[1]).get(1))"
    printed = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert f"Row(id={task.id}, queue='slow', function='workload:add'" in printed.stdout
    assert "key='k', priority=4, state='ready'" in printed.stdout and "max_attempts=2, timeout=9.0" in printed.stdout


def test_another_queue_on_the_file_knows_the_task(queue, workload, path):
    added = queue.add_task(workload.add, 1)
    with DurableQueue(path) as other:
        task = other.task(added.id)
        assert task.state == "ready" and not task.wait(0.02)
        run_one(queue)
        assert task.wait(LIMIT) and task.result == 2
        with pytest.raises(TaskError, match="There is no task 9 in"):
            other.task(9)


def test_a_result_is_not_waited_for(queue, workload):
    task = queue.add_task(workload.add, 1)
    with pytest.raises(NotReadyError, match=r"Task 1 \(workload:add\) has not ended, it is ready: call wait\(\) first"):
        _ = task.result
    assert task.exception is None


def test_a_task_that_raised_says_what(queue, workload):
    task = queue.add_task(workload.add, 1, "x", max_attempts=1)
    run_one(queue)
    assert task.state == "failed" and isinstance(task.exception, TaskFailed)
    with pytest.raises(TaskFailed, match=r"Task 1 \(workload:add\) failed: TypeError: unsupported operand") as caught:
        _ = task.result
    assert "Traceback (most recent call last)" in str(caught.value.__cause__)


def test_cancelled_and_lost_tasks_say_so(queue, workload):
    cancelled, lost = queue.add_task(workload.add, 1), queue.add_task(workload.add, 1, max_attempts=1)
    assert cancelled.cancel() and not cancelled.cancel()
    with pytest.raises(TaskCancelled, match=r"Task 1 \(workload:add\) was cancelled, or dropped for a newer one"):
        _ = cancelled.result
    queue.store.claim("dies")
    with queue.store._database.writing() as connection:
        connection.execute("UPDATE task SET lease_until = 1")
    assert queue.store.claim("w") is None
    with pytest.raises(TaskLost, match=r"Task 2 \(workload:add\) is lost: Its worker \(dies\) died or fell silent"):
        _ = lost.result
    assert lost.exception is None


def test_arrays_travel_and_are_removed_when_they_are_no_longer_needed(queue, workload):
    folder = queue.store.arrays_folder
    done = queue.add_task(workload.total, np.ones((3, 4)))
    cancelled = queue.add_task(workload.total, np.ones(2))
    assert len(list(folder.iterdir())) == 2
    run_one(queue)
    assert done.result == 12.0 and len(list(folder.iterdir())) == 1
    cancelled.cancel()
    assert queue.store.retry([cancelled.id]) == 1
    cancelled.cancel()
    queue.store.purge(["cancelled"])
    assert list(folder.iterdir()) == []


def test_a_result_with_arrays_stays_until_it_is_purged(queue, workload):
    queue.add_task(workload.add, np.arange(3), np.ones(3))
    run_one(queue)
    assert np.array_equal(queue.task(1).result, [1, 2, 3])
    queue.store.purge()
    assert list(queue.store.arrays_folder.iterdir()) == []


def test_arrays_of_dropped_tasks_are_removed_and_they_can_not_be_tried_again(queue, workload):
    dropped = queue.add_task(workload.total, np.ones(2), coalesce="loss")
    queue.add_task(workload.total, np.ones(2), coalesce="loss")
    assert queue.dropped == 1 and len(list(queue.store.arrays_folder.iterdir())) == 1
    with pytest.raises(TaskError, match=r"Task 1 can't be run again: its arrays are gone, it was dropped for a newer"):
        queue.store.retry([dropped.id])


def test_purge_removes_arrays_that_no_task_names_once_they_are_old(queue, workload):
    queue.add_task(workload.total, np.ones(2))
    folder = queue.store.arrays_folder
    old, young, part = (folder / f"{digit * 32}.npz" for digit in "123")
    part = part.with_name(part.name + ".part")
    stranger = folder / "notes.txt"
    for file in (old, young, part, stranger):
        file.touch()
    for file in (old, part, stranger, *folder.glob("[!123n]*")):
        os.utime(file, (1, 1))
    queue.store.purge()
    assert not old.exists() and not part.exists() and young.exists() and stranger.exists()
    assert queue.counts()["ready"] == 1 and len(list(folder.iterdir())) == 3


def test_what_can_not_be_added_leaves_nothing(queue, workload, path):
    with pytest.raises(ArgumentError, match="a lambda has no name"):
        queue.add_task(lambda: 1)
    with pytest.raises(ArgumentError, match=r"A task can't carry argument 1, which is of type object"):
        queue.add_task(workload.add, object())
    with pytest.raises(ArgumentError, match=r"whole numbers below 2\*\*63"):
        queue.add_task(workload.add, 1, priority=2**63)
    with pytest.raises(ArgumentError, match=r"queue is a text of printable characters; received '\\ud800'"):
        queue.add_task(workload.add, 1, queue="\ud800")
    assert sum(queue.counts().values()) == 0 and os.listdir(path.parent).count("tasks.db.arrays") == 0


@pytest.mark.parametrize(("options", "message"), [
    ({"num_workers": 2}, r"starts no workers itself \(num_workers=2\); leave num_workers out, and run: chainrule"),
    ({"max_waiting": 0}, "max_waiting is a whole number of at least 1; received 0"),
    ({"max_waiting": True}, "max_waiting is a whole number of at least 1; received True"),
])  # fmt: skip
def test_arguments_of_the_queue(path, options, message):
    with pytest.raises(ArgumentError, match=message):
        DurableQueue(path, **options)
    assert not path.exists()


def test_policies_where_no_more_may_wait(path, workload):
    with DurableQueue(path, max_waiting=2) as queue:
        first, _ = queue.add_task(workload.add, 1), queue.add_task(workload.add, 2)
        with pytest.raises(QueueFull, match="2 tasks wait, as many as may wait in queue 'default'"):
            queue.add_task(workload.total, np.ones(2), policy="raise")
        assert list(queue.store.arrays_folder.iterdir()) == []
        queue.add_task(workload.add, 3, policy="drop_oldest")
        assert first.state == "cancelled" and queue.dropped == 1
        added = []
        blocked = threading.Thread(target=lambda: added.append(queue.add_task(workload.total, np.ones(2))))
        blocked.start()
        blocked.join(0.2)
        assert blocked.is_alive() and queue.counts()["ready"] == 2
        run_one(queue)
        blocked.join(LIMIT)
        assert added[0].state == "ready"


def test_a_task_that_adds_tasks_does_not_wait_for_itself(path, workload, monkeypatch):
    monkeypatch.setattr(putting, "inside_worker", lambda: True)
    with DurableQueue(path, max_waiting=1) as queue:
        queue.add_task(workload.add, 1)
        assert queue.add_task(workload.add, 2).id == 2
        with pytest.raises(QueueFull):
            queue.add_task(workload.add, 3, policy="raise")
        with pytest.raises(TaskError, match=r"A task can't wait for all tasks of its queue, since it is one of them"):
            queue.join()
        assert not queue.join(0.01)


def test_the_process_of_a_worker_is_known_by_its_name(monkeypatch):
    assert not putting.inside_worker()
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", type("Spec", (), {"name": "chainrule.tasks.child"}))
    assert putting.inside_worker()


def test_who_waits_without_a_worker_is_told_how_to_start_one(queue, workload, monkeypatch, caplog):
    monkeypatch.setattr(putting, "HINT_AFTER", 0.0)
    queue.add_task(workload.add, 1)
    with caplog.at_level(logging.WARNING, "chainrule.tasks"):
        assert not queue.join(0.1)
        assert not queue.join(0.1)
    (record,) = caplog.records
    assert record.message.endswith(f"to run them: chainrule worker {queue.path} --allow workload")
    caplog.clear()
    queue._told = False
    queue.store.beat("w", 1, "here")
    assert not queue.join(0.1) and not caplog.records


def test_join_waits_for_what_is_scheduled_and_what_runs(queue, workload):
    assert queue.join(0)
    queue.add_task(workload.add, 1, delay=0.2)
    assert not queue.join(0.01)
    done = threading.Thread(target=lambda: [None for _ in iter(lambda: run_one(queue), True)])
    done.start()
    assert queue.join(LIMIT)
    done.join(LIMIT)


def test_durable_false_is_written_by_a_thread_and_flush_waits(queue, workload):
    tasks = [queue.add_task(workload.add, number, durable=False, priority=number % 3) for number in range(200)]
    queue.flush()
    assert [task.id for task in tasks] == list(range(1, 201)) and {task.state for task in tasks} == {"ready"}
    assert queue.counts()["ready"] == 200


def test_what_is_not_written_yet_is_ready_and_has_no_result(queue, workload):
    with queue.store._database.writing():
        task = queue.add_task(workload.add, 1, durable=False)
        assert task.state == "ready" and task.exception is None and "not written yet" in repr(task)
        with pytest.raises(NotReadyError, match=r"The task is not written yet: call wait\(\) first"):
            _ = task.result
        assert not task.wait(0.01)
    queue.flush()
    assert repr(task) == "<Task 1 of tasks.db>"


def test_close_writes_what_is_pending(path, workload):
    queue = DurableQueue(path, max_waiting=10)
    for number in range(50):  # more than may wait, and nobody runs them: close must not wait for ever
        queue.add_task(workload.add, number, durable=False)
    queue.close()
    queue.close()
    for is_durable in (True, False):
        with pytest.raises(TaskError, match=r"closed; open it again"):
            queue.add_task(workload.add, 1, durable=is_durable)
    with DurableQueue(path) as again:
        assert again.counts()["ready"] == 50


@pytest.mark.parametrize("end", ["", "del queue", "raise SystemExit", "1 / 0"])
def test_a_program_that_ends_without_closing_loses_nothing(path, end):
    script = (
        "import shutil, sys\nfrom chainrule.tasks.durable import DurableQueue\nqueue = DurableQueue(sys.argv[1])\n"
        f"for n in range(300): queue.add_task(shutil.copy, 'a', str(n), durable=False)\n{end}"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", script, str(path)], stderr=subprocess.PIPE, timeout=LIMIT)
    with DurableQueue(path) as queue:
        assert queue.counts()["ready"] == 300


def test_a_queue_that_is_forgotten_is_closed(path, workload):
    queue = DurableQueue(path)
    queue.add_task(workload.add, 1, durable=False)
    store = queue.store
    del queue
    gc.collect()
    with pytest.raises(TaskError, match="was closed"):
        store.counts()


def test_what_the_thread_can_not_write_is_told(path, workload, caplog):
    with DurableQueue(path, max_waiting=1) as queue:
        tasks = [queue.add_task(workload.add, n, durable=False, policy="raise") for n in range(3)]
        with pytest.raises(QueueFull):
            queue.flush()
        queue.flush()
        assert [task.state for task in tasks] == ["ready", "lost", "lost"]
        assert isinstance(tasks[1].exception, QueueFull)
        with pytest.raises(TaskLost, match="The task could not be written: 1 tasks wait"):
            _ = tasks[1].result
        assert [record.name for record in caplog.records] == ["chainrule.tasks"] * 2


def test_a_full_disk_is_told_and_the_thread_goes_on(path, workload, monkeypatch):
    with DurableQueue(path) as queue:
        put, full = queue.store.put, [True]

        def fill_up(*args):
            if full.pop() if full else False:
                raise TasksFileError("the disk is full")
            return put(*args)

        monkeypatch.setattr(queue.store, "put", fill_up)
        lost = queue.add_task(workload.total, np.ones(2), durable=False)
        with pytest.raises(TasksFileError, match="the disk is full"):
            queue.flush()
        assert lost.state == "lost" and list(queue.store.arrays_folder.iterdir()) == []
        kept = queue.add_task(workload.add, 1, durable=False)
        queue.flush()
        assert kept.state == "ready"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_has_a_queue_and_a_thread_of_its_own(queue, workload):
    writer, begun, go_on = queue._writer, threading.Event(), threading.Event()
    put = writer._put

    def held_up(*given):
        begun.set()
        assert go_on.wait(LIMIT)
        return put(*given)

    writer._put = held_up
    tasks = [queue.add_task(workload.add, 1, durable=False)]
    assert begun.wait(LIMIT)
    tasks.append(queue.add_task(workload.add, 1, durable=False))
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            assert [task.state for task in tasks][1] == "lost"
            writer._put = put
            queue.add_task(workload.add, 2, durable=False)
            queue.flush()
            queue.add_task(workload.add, 3)
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(pid, 0)[1] == 0
    go_on.set()
    queue.flush()
    assert [task.id for task in tasks] == [3, 4] and queue.counts()["ready"] == 4


def test_many_threads_add(queue, workload, worker):
    def add():
        for number in range(10):
            queue.add_task(workload.add, number, durable=bool(number % 2))

    threads = [threading.Thread(target=add) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert queue.join(LIMIT)
    assert queue.counts()["done"] == 50


def test_nothing_but_the_door_is_imported_until_it_is_used(tmp_path):
    script = (
        "import sys, chainrule.tasks\n"
        "assert not {'numpy', 'sqlite3'} & set(sys.modules), 'chainrule.tasks'\n"
        "import shutil; from chainrule.tasks import TaskQueue\n"
        "with TaskQueue('tasks.db') as queue: queue.add_task(shutil.copy, 'a', 'b')\n"
        "assert 'numpy' not in sys.modules, 'TaskQueue'"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_is_waited_with_for_room_is_kept_young(tmp_path):
    name = array_files.save([np.ones(2)], tmp_path)
    os.utime(tmp_path / name, (1, 1))
    array_files.touch(f'{{"arrays":"{name}","args":[]}}', tmp_path)
    assert (tmp_path / name).stat().st_mtime > 1
