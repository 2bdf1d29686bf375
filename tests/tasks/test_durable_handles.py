"""Handles of tasks in a file, and closing, forking and interrupting at awkward moments."""

from __future__ import annotations

import gc
import os
import sqlite3
import threading
from contextlib import closing

import numpy as np
import pytest

from chainrule.errors import ArgumentError, TaskError, TaskLost, TasksFileError
from chainrule.tasks import TaskQueue, durable_task
from chainrule.tasks.connection import Database
from chainrule.tasks.durable import DurableQueue
from chainrule.tasks.rows import NewTask

LIMIT = 60


@pytest.fixture
def path(tmp_path):
    return tmp_path / "tasks.db"


@pytest.fixture
def queue(path, workload):
    with DurableQueue(path) as queue:
        yield queue


def test_a_handle_keeps_its_queue_open(path, workload):
    for is_durable in (True, False):
        task = TaskQueue(path).add_task(workload.add, 1, durable=is_durable)
        gc.collect()
        assert TaskQueue(path).task(task.id).state == task.state == "ready"


def test_a_queue_and_its_handles_are_forgotten_together(path, workload):
    task = TaskQueue(path).add_task(workload.add, 1)
    store = task._queue.store
    del task
    gc.collect()
    with pytest.raises(TaskError, match="was closed"):
        store.counts()


def test_an_interrupt_after_the_commit_leaves_the_arrays_of_a_task_that_is_there(queue, workload, monkeypatch):
    put = queue.store.put

    def interrupted(*given):
        put(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(queue.store, "put", interrupted)
        with pytest.raises(KeyboardInterrupt):
            queue.add_task(workload.total, np.ones(3))
    assert queue.counts()["ready"] == 1 and len(list(queue.store.arrays_folder.iterdir())) == 1


def test_a_queue_that_is_cleared_up_while_a_task_is_being_written_still_writes_it(path, workload, until):
    queue = DurableQueue(path)
    put, holder = queue.store.put, [queue]

    def forget(*given):
        holder.clear()  # as when Python clears up a cycle of objects in the thread that writes
        return put(*given)

    queue.store.put = forget
    store, writer = queue.store, queue._writer
    writer.hand(NewTask("workload:add", '{"args":[1],"kwargs":{}}'), "block")
    del queue
    until(lambda: store._database._closed)
    writer.close()
    with DurableQueue(path) as again:
        assert again.counts()["ready"] == 1
    until(lambda: not [thread for thread in threading.enumerate() if thread.name == "chainrule-task-closing"])


def test_closing_waits_for_who_is_adding(path, workload, monkeypatch):
    queue, inside, go_on = DurableQueue(path), threading.Event(), threading.Event()
    get = Database._patiently

    def held_up(database, connection, statement):
        if statement == "COMMIT":
            inside.set()
            assert go_on.wait(LIMIT)
        return get(database, connection, statement)

    added = []
    adding = threading.Thread(target=lambda: added.append(queue.add_task(workload.add, 1)))
    closing_it = threading.Thread(target=queue.close)
    with monkeypatch.context() as patch:
        patch.setattr(Database, "_patiently", held_up)
        adding.start()
        assert inside.wait(LIMIT)
        closing_it.start()
        closing_it.join(0.2)
        go_on.set()
        adding.join(LIMIT)
        closing_it.join(LIMIT)
    assert len(added) == 1
    with DurableQueue(path) as again:
        assert again.counts()["ready"] == 1
    with pytest.raises(TaskError, match="was closed; open it again"):
        queue.counts()


def test_a_thread_that_has_ended_leaves_no_connection(queue):
    def look():
        queue.counts()
        begun.wait(LIMIT)

    begun = threading.Barrier(9)
    threads = [threading.Thread(target=look) for _ in range(8)]  # at once, so that their numbers differ
    for thread in threads:
        thread.start()
    begun.wait(LIMIT)
    for thread in threads:
        thread.join(LIMIT)
    queue.store.close_thread()
    queue.counts()  # who opens a new one closes those
    assert len(queue.store._database._connections) == 1


def test_a_file_that_stays_locked_is_tried_once_for_tasks_of_one_batch(path, workload):
    with DurableQueue(path) as queue:
        queue.store._database.timeout = 0.1
        puts, put, begun, go_on = [], queue._writer._put, threading.Event(), threading.Event()

        def counted(tasks, policy):
            begun.set()
            assert go_on.wait(LIMIT)
            puts.append(len(tasks))
            return put(tasks, policy)

        queue._writer._put = counted
        tasks = [queue.add_task(workload.add, n, durable=False) for n in range(20)]
        assert begun.wait(LIMIT)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            go_on.set()
            with pytest.raises(TasksFileError, match=r"has been locked by another program for 0\.1 s"):
                queue.flush()
        assert len(puts) <= 2 and sum(puts) == 20
        assert {task.state for task in tasks} == {"lost"}
        with pytest.raises(TaskLost, match="could not be written"):
            _ = tasks[-1].result


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_while_a_handle_is_being_written_hangs_nobody(queue, workload, monkeypatch):
    """The lock of a handle may be held by a thread that isn't there after the fork."""
    begun, go_on = threading.Event(), threading.Event()
    put = queue._writer._put

    def held_up(*given):
        begun.set()
        assert go_on.wait(LIMIT)
        return put(*given)

    queue._writer._put = held_up
    task = queue.add_task(workload.add, 1, durable=False)
    assert begun.wait(LIMIT)
    waiting = threading.Thread(target=lambda: task.id)
    waiting.start()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            assert task.state == "lost" and isinstance(task.exception, TaskLost)
            with pytest.raises(TaskLost, match="the process that this one was forked from"):
                _ = task.id
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(pid, 0)[1] == 0
    go_on.set()
    waiting.join(LIMIT)
    assert task.id == 1 and task.state == "ready"


def test_a_task_may_not_wait_for_one_that_needs_its_worker(queue, workload, monkeypatch):
    task = queue.add_task(workload.add, 1)
    monkeypatch.setattr(durable_task, "inside_worker", lambda: True)
    with pytest.raises(TaskError, match=r"Task 1 is waited for by a task .* only worker.* give wait\(\) a timeout"):
        task.wait()
    assert not task.wait(0.01)
    for name in ("one", "another"):
        queue.store.beat(name, 1, "here")
    waiting = threading.Thread(target=task.wait)
    waiting.start()
    task.cancel()
    waiting.join(LIMIT)
    assert not waiting.is_alive()


@pytest.mark.parametrize("number", [2**63, 10**30, -1])
def test_a_number_that_is_no_tasks(queue, number):
    with pytest.raises(TaskError, match=f"There is no task {number} in"):
        queue.task(number)


def test_a_policy_of_threads_names_its_word(queue, workload):
    with pytest.raises(ArgumentError, match="timeout is a number of seconds above 0; received 0"):
        queue.add_task(workload.add, 1, timeout=0)
