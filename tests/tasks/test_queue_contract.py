"""One contract, every form of the queue: what `TaskQueue` promises holds for threads and for the durable form."""

from __future__ import annotations

import gc
import importlib
import shutil
import sys
import threading
from pathlib import Path

import pytest

from chainrule.errors import ArgumentError, NotReadyError, QueueFull, TaskCancelled, TaskError, TaskFailed
from chainrule.tasks import CANCELLED, DONE, FAILED, READY, TaskQueue, status

LIMIT = 60  # seconds after which what is waited for is taken for hung


@pytest.fixture
def work(tmp_path, monkeypatch):
    """Return the module of tasks, imported from the current folder, which is empty but for it."""
    shutil.copy(Path(__file__).with_name("contract_work.py"), tmp_path / "contract_work.py")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop("contract_work", None)
    yield importlib.import_module("contract_work")
    sys.modules.pop("contract_work", None)


class ThreadForm:
    """Threads: a task that holds the only thread keeps all others waiting."""

    def __init__(self, work):
        self.work, self.queues, self.held = work, [], False

    def make(self, **options):
        self.queues.append(TaskQueue(**options))
        return self.queues[-1]

    def hold(self, queue, until):
        """Let nothing be run until `go`."""
        queue.add_task(self.work.hold, "begun", "end")
        until(Path("begun").exists)
        self.held = True

    def start(self):
        """Do nothing: the threads have begun with the first task."""

    def go(self):
        """Let everything be run."""
        Path("end").touch()

    def close(self):
        self.go()
        for queue in self.queues:
            queue.close()


class DurableForm:
    """A database, and a worker in a thread of this process: nothing is run before `go`."""

    def __init__(self, work):
        self.work, self.queues, self.worker, self.held = work, [], None, False
        self.stopped = threading.Event()

    def make(self, **options):
        self.queues.append(TaskQueue("tasks.db", **options))
        return self.queues[-1]

    def hold(self, queue, until):
        """Do nothing: there is no worker yet."""

    def start(self):
        """Start the worker."""
        if self.worker is None:
            self.worker = threading.Thread(target=self.run)
            self.worker.start()

    def go(self):
        """Let everything be run."""
        Path("end").touch()
        self.start()

    def run(self):
        from chainrule.tasks.child import run
        from chainrule.tasks.store import Store

        store = Store("tasks.db")
        try:
            while not self.stopped.is_set():
                claimed = store.claim("test")
                if claimed is None:
                    self.stopped.wait(0.01)
                    continue
                answer = run(claimed.function, claimed.arguments, ["contract_work"], str(store.arrays_folder))
                if "result" in answer:
                    store.finish(claimed, answer["result"])
                else:
                    store.fail(claimed, answer["error"], answer["retry"])
        finally:
            store.close()

    def close(self):
        self.stopped.set()
        if self.worker is not None:
            self.worker.join()
        for queue in self.queues:
            queue.close()


FORMS = {"threads": ThreadForm, "durable": DurableForm}


@pytest.fixture(params=FORMS)
def form(request, work):
    made = FORMS[request.param](work)
    yield made
    made.close()


def lines(path="marks"):
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []


def test_a_task_runs_and_its_handle_tells(form, work):
    queue = form.make()
    task = queue.add_task(work.give, 1, "two", key=[3])
    form.go()
    assert task.wait(LIMIT)
    assert (task.state, task.result, task.exception) == (DONE, [[1, "two"], {"key": [3]}], None)
    assert task.id >= 1 and f"{task.id}" in repr(task)


def test_all_are_run_once_in_the_order_of_adding(form, work):
    queue = form.make()
    tasks = [queue.add_task(work.mark, "marks", n) for n in range(60)]
    form.go()
    assert queue.join(LIMIT)
    assert lines() == [str(n) for n in range(60)]
    assert {task.state for task in tasks} == {DONE}
    assert [task.id for task in tasks] == sorted({task.id for task in tasks})


def test_join_with_nothing_added_returns_at_once(form):
    assert form.make().join(LIMIT)


def test_a_wait_ends_at_its_limit(form, work, until):
    queue = form.make()
    form.hold(queue, until)
    task = queue.add_task(work.give)
    assert not task.wait(0.02)
    assert not queue.join(0.02)
    assert task.state == READY


def test_the_result_of_a_task_that_waits_is_refused(form, work, until):
    queue = form.make()
    form.hold(queue, until)
    task = queue.add_task(work.give)
    with pytest.raises(NotReadyError, match=r"has not ended.*ready.*wait\(\)"):
        _ = task.result
    assert task.exception is None


def test_a_task_that_raises_fails_and_the_next_one_runs(form, work):
    queue = form.make()
    failing = queue.add_task(work.fail, "shape", max_attempts=1)
    after = queue.add_task(work.give)
    form.go()
    assert queue.join(LIMIT)
    assert (failing.state, after.state) == (FAILED, DONE)
    assert "no such shape" in str(failing.exception)
    with pytest.raises(TaskFailed, match="no such shape"):
        _ = failing.result
    assert queue.counts()["failed"] == 1


def test_a_task_is_run_again_up_to_its_attempts(form, work):
    queue = form.make()
    task = queue.add_task(work.fail_once, "runs", max_attempts=2)
    failing = queue.add_task(work.fail, max_attempts=2)
    form.go()
    assert queue.join(LIMIT)
    assert (task.state, task.result, failing.state) == (DONE, 2, FAILED)


def test_higher_priority_first_and_equals_in_order(form, work, until):
    queue = form.make()
    form.hold(queue, until)
    for text, priority in (("a", 0), ("b", -1), ("c", 5), ("d", 0), ("e", 5), ("f", 9)):
        queue.add_task(work.mark, "marks", text, priority=priority)
    form.go()
    assert queue.join(LIMIT)
    assert lines() == ["f", "c", "e", "a", "d", "b"]


def test_a_delayed_task_lets_others_pass(form, work, until):
    queue = form.make()
    form.hold(queue, until)
    queue.add_task(work.mark, "marks", "late", delay=0.5)
    queue.add_task(work.mark, "marks", "now")
    form.go()
    assert queue.join(LIMIT)
    assert lines() == ["now", "late"]


def test_a_newer_task_of_a_key_replaces_the_one_that_waits(form, work, until):
    queue = form.make()
    form.hold(queue, until)
    tasks = [queue.add_task(work.mark, "marks", n, coalesce="loss") for n in range(4)]
    other = queue.add_task(work.mark, "marks", "other", coalesce="accuracy")
    assert queue.dropped == 3
    form.go()
    assert queue.join(LIMIT)
    assert sorted(lines()) == ["3", "other"]
    assert [task.state for task in tasks] == [CANCELLED] * 3 + [DONE]
    assert other.state == DONE
    with pytest.raises(TaskCancelled, match="dropped for a newer"):
        _ = tasks[0].result
    again = queue.add_task(work.mark, "marks", "again", coalesce="loss")  # nothing waits now: nothing to replace
    assert again.wait(LIMIT) and queue.dropped == 3 and lines()[-1] == "again"


def test_a_replaced_task_may_be_delayed_and_of_another_priority(form, work, until):
    queue = form.make()
    form.hold(queue, until)
    queue.add_task(work.mark, "marks", "delayed", coalesce="loss", delay=3600)
    queue.add_task(work.mark, "marks", "plain")
    queue.add_task(work.mark, "marks", "first", coalesce="loss", priority=3)
    form.go()
    assert queue.join(LIMIT)
    assert lines() == ["first", "plain"]


def test_policy_drop_oldest(form, work, until):
    queue = form.make(max_waiting=3)
    form.hold(queue, until)
    tasks = [queue.add_task(work.mark, "marks", n, policy="drop_oldest") for n in range(5)]
    assert (queue.dropped, queue.counts()["ready"]) == (2, 3)
    form.go()
    assert queue.join(LIMIT)
    assert lines() == ["2", "3", "4"]
    assert [task.state for task in tasks] == [CANCELLED, CANCELLED, DONE, DONE, DONE]


def test_policy_drop_oldest_drops_from_the_lowest_priority_and_delayed_tasks_last(form, work, until):
    queue = form.make(max_waiting=3)
    form.hold(queue, until)
    late = queue.add_task(work.mark, "marks", "late", delay=3600, priority=-9)
    high, plain = (
        queue.add_task(work.mark, "marks", text, priority=priority) for text, priority in (("a", 2), ("b", 0))
    )
    queue.add_task(work.mark, "marks", "c", policy="drop_oldest", priority=2)
    assert (late.state, high.state, plain.state) == (READY, READY, CANCELLED)
    queue.add_task(work.mark, "marks", "d", policy="drop_oldest")
    assert (late.state, high.state) == (READY, CANCELLED)
    queue.add_task(work.mark, "marks", "e", policy="drop_oldest", priority=2)
    assert queue.dropped == 3 and late.cancel()
    form.go()
    assert queue.join(LIMIT)
    assert lines() == ["c", "e"]


def test_policy_drop_oldest_where_all_are_delayed(form, work, until):
    queue = form.make(max_waiting=2)
    form.hold(queue, until)
    later, sooner = (queue.add_task(work.give, delay=delay) for delay in (7200, 3600))
    queue.add_task(work.mark, "marks", "now", policy="drop_oldest")
    assert (later.state, sooner.state) == (READY, CANCELLED)
    assert later.cancel()
    form.go()
    assert queue.join(LIMIT)
    assert lines() == ["now"]


def test_a_task_that_raised_gives_way_to_a_newer_one_of_its_key(form, work, until):
    queue = form.make()
    old = queue.add_task(work.hold_and_fail, "begun", "end", coalesce="loss", max_attempts=3)
    form.start()
    until(Path("begun").exists)
    queue.add_task(work.mark, "marks", "new", coalesce="loss")
    newest = queue.add_task(work.mark, "marks", "newest", coalesce="loss")
    form.go()
    assert queue.join(LIMIT)  # else the plot of an older step would come after that of a newer one
    assert (old.state, newest.state, lines(), queue.dropped) == (CANCELLED, DONE, ["newest"], 2)


def test_policy_raise(form, work, until):
    queue = form.make(max_waiting=2)
    form.hold(queue, until)
    for n in range(2):
        queue.add_task(work.mark, "marks", n, policy="raise")
    with pytest.raises(QueueFull, match=r"2 tasks wait, as many as may wait.*drop_oldest"):
        queue.add_task(work.mark, "marks", 2, policy="raise")
    form.go()
    assert queue.join(LIMIT)
    assert lines() == ["0", "1"]


def test_policy_block_waits_for_room_and_loses_nothing(form, work):
    queue = form.make(max_waiting=2)
    form.go()
    for n in range(12):
        queue.add_task(work.mark, "marks", n, policy="block")
    assert queue.join(LIMIT)
    assert lines() == [str(n) for n in range(12)]
    assert queue.dropped == 0


def test_cancel(form, work, until):
    queue = form.make()
    form.hold(queue, until)
    task, kept = (queue.add_task(work.mark, "marks", text) for text in ("cancelled", "kept"))
    assert task.cancel() and not task.cancel()
    assert task.state == CANCELLED and task.wait(LIMIT)
    with pytest.raises(TaskCancelled, match=rf"[Tt]ask {task.id}\b.* was cancelled"):
        _ = task.result
    form.go()
    assert queue.join(LIMIT)
    assert lines() == ["kept"] and not kept.cancel()


def test_counts_and_status(form, work, until):
    queue = form.make()
    form.hold(queue, until)
    assert status(queue).oldest is None
    queue.add_task(work.give)
    queue.add_task(work.fail, max_attempts=1)
    cancelled = queue.add_task(work.give)
    cancelled.cancel()
    told = status(queue)
    assert told.counts["ready"] == queue.counts()["ready"] == 2
    assert told.oldest is not None and told.oldest >= 0
    form.go()
    assert queue.join(LIMIT)
    ended = {state: n for state, n in queue.counts().items() if state != DONE}
    assert ended == {"ready": 0, "running": 0, "failed": 1, "lost": 0, "cancelled": 1}
    assert status(queue).dropped == 0


def test_a_closed_queue_takes_nothing(form, work):
    with form.make() as queue:
        form.go()
        queue.add_task(work.mark, "marks", "before").wait(LIMIT)
    with pytest.raises(TaskError, match=r"closed"):
        queue.add_task(work.mark, "marks", "after")
    assert lines() == ["before"]
    queue.close()


def test_many_threads_may_add(form, work):
    queue = form.make()
    form.go()

    def add(first):
        for n in range(first, first + 10):
            queue.add_task(work.mark, "marks", n)

    threads = [threading.Thread(target=add, args=(10 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert queue.join(LIMIT)
    assert sorted(map(int, lines())) == list(range(40))


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"policy": "drop_oldst"}, "no policy named 'drop_oldst'. Did you mean 'drop_oldest'"),
        ({"coalesce": 3}, "coalesce is a text such as 'loss'; received 3"),
        ({"priority": "high"}, "priority is a whole number, the higher the sooner; received 'high'"),
        ({"delay": -1}, "delay is a number of seconds from 0 on; received -1"),
        ({"delay": float("nan")}, "delay is a number of seconds from 0 on; received nan"),
        ({"max_attempts": 0}, "max_attempts is a whole number of at least 1; received 0"),
    ],
)
def test_options_that_cannot_be_used(form, work, option, message):
    queue = form.make()
    with pytest.raises(ArgumentError, match=message):
        queue.add_task(work.give, 1, **option)
    assert queue.counts()["ready"] == 0


def test_an_option_that_is_also_a_parameter_of_the_function(form, work):
    queue = form.make()
    with pytest.raises(ArgumentError, match=r"policy= is an option of add_task, and draw has a parameter .* wrap it"):
        queue.add_task(work.draw, "loss.html", policy="raise")
    task = queue.add_task(work.draw, "loss.html", "mine")  # by its position it can only be the function's
    form.go()
    assert task.wait(LIMIT) and task.result == ["loss.html", "mine"]


@pytest.mark.parametrize("given", [3, None, [1, 2]])
def test_what_cannot_be_called(form, given):
    with pytest.raises(ArgumentError, match=r"add_task takes a function and its arguments; received .*can't be called"):
        form.make().add_task(given)
    with pytest.raises(ArgumentError, match=r"Give the function itself, without brackets"):
        form.make().add_task(given, priority=1)


@pytest.mark.parametrize("given", [0, -1, 2.5, True, "many"])
def test_how_many_may_wait(form, given):
    with pytest.raises(ArgumentError, match=f"max_waiting is a whole number of at least 1; received {given!r}"):
        form.make(max_waiting=given)


def test_a_handle_alone_is_enough(form, work):
    task = form.make().add_task(work.give, 7)
    form.queues.clear()
    gc.collect()
    form.go()
    assert task.wait(LIMIT) and task.result == [[7], {}]


def test_forms_have_the_same_calls(work):
    assert set(FORMS) == {"threads", "durable"}
    queue = importlib.import_module("chainrule.tasks.durable").DurableQueue
    public = {name for name in vars(TaskQueue) if not name.startswith("_")}
    assert public - set(dir(queue)) <= {"failures"}  # the durable form's failures are rows: `chainrule tasks list`
