"""Ctrl-C, cancelling and waiting at awkward moments: a `TaskQueue` of threads stays whole, and nobody hangs."""

from __future__ import annotations

import threading

import pytest

from chainrule.tasks import CANCELLED, DONE, TaskQueue, life

LIMIT = 60


def test_a_cancelled_delay_does_not_hold_up_who_closes(until):
    queue = TaskQueue()
    task = queue.add_task(int, delay=3600)
    until(lambda: queue._sleeping == 1)
    closing = threading.Thread(target=queue.close, daemon=True)
    closing.start()
    until(lambda: queue._idle._waiters and queue._work._waiters)  # it has seen the end, and sleeps on till its time
    assert task.cancel() and task.state == CANCELLED
    closing.join(LIMIT)
    assert not closing.is_alive()


def test_an_interrupt_between_two_steps_of_add_task_keeps_the_count(monkeypatch):
    queue = TaskQueue()
    line = queue._backlog.plain

    class Interrupted:
        def append(self, task):
            line.append(task)
            raise KeyboardInterrupt  # as Python raises it when a call has come back

    queue._backlog.plain = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        queue.add_task(int)
    queue._backlog.plain = line
    assert queue.add_task(int, 5).wait(LIMIT)
    assert queue.join(LIMIT) and queue.counts()["done"] == 2
    queue.close()


def test_an_interrupt_while_a_thread_starts_costs_the_queue_no_thread(monkeypatch):
    queue = TaskQueue()

    def interrupt():
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(life, "watch", interrupt)
        with pytest.raises(KeyboardInterrupt):
            queue.add_task(int)
    task = queue.add_task(int, 3)
    assert task.wait(10) and task.state == DONE
    queue.close()


def test_an_interrupt_just_after_a_thread_has_started_loses_no_track_of_it(monkeypatch):
    queue, start = TaskQueue(), threading.Thread.start

    def interrupted(thread):
        start(thread)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            queue.start_workers()
    task = queue.add_task(queue._workers.copy)
    assert task.wait(LIMIT) and len(task.result) == 1
    queue.close()
    assert not queue._workers and not any(thread.is_alive() for thread in task.result)
