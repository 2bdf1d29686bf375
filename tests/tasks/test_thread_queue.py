"""The threads of a `TaskQueue`: nothing a task does ends them, and no end of a program or fork loses or doubles one."""

from __future__ import annotations

import functools
import gc
import logging
import os
import subprocess
import sys
import threading
import weakref

import pytest

from chainrule.errors import ArgumentError, TaskError
from chainrule.tasks import DONE, FAILED, TaskQueue, threads

LIMIT = 60
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@pytest.fixture
def queue():
    with TaskQueue() as made:
        yield made


@pytest.fixture
def gate():
    """Return an event, which is set at the end, that tasks may wait for."""
    event = threading.Event()
    yield event
    event.set()


def python(code):
    """Run a program, and return what it printed."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def raiser(error):
    raise error


def test_the_room_needs_neither_numpy_nor_sqlite():
    python(
        "import sys, chainrule.tasks\n"
        "queue = chainrule.tasks.TaskQueue()\n"
        "queue.add_task(print); queue.join()\n"
        "loaded = {'numpy', 'sqlite3', 'plotly', 'logging', 'chainrule.models'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )


@pytest.mark.parametrize("error", [ValueError("wrong"), SystemExit(3), KeyboardInterrupt(), MemoryError()], ids=repr)
def test_whatever_a_task_raises_the_thread_goes_on(queue, error, caplog):
    task = queue.add_task(raiser, error)
    after = queue.add_task(threading.current_thread)
    assert queue.join(LIMIT)
    assert task.state == FAILED and task.exception is error and queue.failures == [task]
    assert after.state == DONE and after.result.name == "chainrule-tasks-1"
    (told,) = [record for record in caplog.records if record.name == "chainrule.tasks"]
    assert told.levelno == logging.ERROR and told.getMessage() == "Task 1 (raiser) raised"
    assert "def raiser" not in caplog.text and "in raiser" in caplog.text  # its traceback begins in the task


def test_a_log_that_raises_does_not_end_the_thread(queue):
    class Broken(logging.Filter):
        def filter(self, record):
            raise OSError("the disk is full")

    broken, logger = Broken(), logging.getLogger("chainrule.tasks")
    logger.addFilter(broken)
    try:
        failed, after = queue.add_task(raiser, ValueError()), queue.add_task(int)
        assert queue.join(LIMIT)
    finally:
        logger.removeFilter(broken)
    assert (failed.state, after.state) == (FAILED, DONE)


def test_failures_are_kept_to_a_number(queue, monkeypatch, caplog):
    tasks = [queue.add_task(raiser, ValueError(n)) for n in range(threads.FAILURES_KEPT + 5)]
    assert queue.join(LIMIT)
    assert queue.failures == tasks[5:] and queue.counts()["failed"] == len(tasks)


def test_a_full_queue_blocks_who_adds_until_there_is_room(until, gate):
    with TaskQueue(max_waiting=1) as queue:
        queue.add_task(gate.wait, LIMIT)
        until(lambda: queue.counts()["running"] == 1)
        queue.add_task(int)
        adding = threading.Thread(target=queue.add_task, args=(int,))
        adding.start()
        until(lambda: queue._blocked == 1)
        assert queue.counts()["ready"] == 1 and adding.is_alive()
        gate.set()
        adding.join(LIMIT)
        assert queue.join(LIMIT) and queue.counts()["done"] == 3


def test_who_waits_for_room_is_told_that_the_queue_was_closed(until, gate):
    queue, told = TaskQueue(max_waiting=1), []
    queue.add_task(gate.wait, LIMIT)
    until(lambda: queue.counts()["running"] == 1)
    queue.add_task(int)

    def add():
        with pytest.raises(TaskError, match="closed"):
            queue.add_task(int)
        told.append(True)

    adding, closing = threading.Thread(target=add), threading.Thread(target=queue.close)
    adding.start()
    until(lambda: queue._blocked == 1)
    closing.start()
    adding.join(LIMIT)
    gate.set()
    closing.join(LIMIT)
    assert told and queue.counts()["done"] == 2


def test_a_task_that_adds_to_a_full_queue_of_its_own_does_not_wait_for_itself():
    with TaskQueue(max_waiting=1) as queue:
        parent = queue.add_task(lambda: [queue.add_task(int) for _ in range(5)])
        assert queue.join(LIMIT)
        assert [child.state for child in parent.result] == [DONE] * 5


@pytest.mark.parametrize("name", ["join", "close"])
def test_a_task_may_not_wait_for_its_queue(queue, name):
    task = queue.add_task(getattr(queue, name))
    assert queue.join(LIMIT)
    assert isinstance(task.exception, TaskError)
    assert f"{name}() was called by a task of this queue: it would wait for itself" in str(task.exception)


def test_a_task_may_not_wait_for_one_that_needs_its_thread(queue):
    task = queue.add_task(lambda: queue.add_task(int).wait())
    assert queue.join(LIMIT)
    assert "num_workers=2 or more" in str(task.exception)


def test_with_two_threads_a_task_may_wait_for_another():
    with TaskQueue(num_workers=2) as queue:
        task = queue.add_task(lambda: queue.add_task(int, 7).wait(LIMIT))
        assert queue.join(LIMIT) and task.result is True


def test_as_many_threads_as_were_asked_for_run_at_once():
    with TaskQueue(num_workers=3) as queue:
        barrier = threading.Barrier(3)
        tasks = [queue.add_task(barrier.wait, LIMIT) for _ in range(3)]
        assert queue.join(LIMIT)
        assert sorted(task.result for task in tasks) == [0, 1, 2]


def test_start_workers_may_be_called_again_and_is_not_needed():
    with TaskQueue(num_workers=3) as queue:
        queue.start_workers()
        queue.start_workers()
        assert len(queue._workers) == 3
        queue.add_task(int)
    assert queue.counts()["done"] == 1 and not queue._workers
    with pytest.raises(TaskError, match="closed"):
        queue.start_workers()


def test_an_idle_thread_ends_and_the_next_task_starts_another(queue, until, monkeypatch):
    monkeypatch.setattr(threads, "IDLE_SECONDS", 0.01)
    first = queue.add_task(threading.current_thread)
    assert first.wait(LIMIT)
    until(lambda: not queue._workers)
    second = queue.add_task(threading.current_thread)
    assert second.wait(LIMIT) and second.result is not first.result


def test_a_handle_does_not_keep_what_the_task_was_given(queue):
    class Large:
        pass

    given = Large()
    gone = weakref.ref(given)
    task = queue.add_task(id, given)
    assert queue.join(LIMIT)
    del given
    gc.collect()
    assert gone() is None and task.state == DONE and repr(task) == "<Task 1 (id), done>"


def test_a_thread_that_cannot_be_started(monkeypatch):
    queue = TaskQueue()

    def refuse(_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(TaskError, match="No thread can be started for the task: can't start new thread"):
            queue.add_task(int)
    assert queue.join(LIMIT) and queue.counts()["ready"] == 0
    with queue:
        assert queue.add_task(int, 4).wait(LIMIT)


def test_options_of_the_durable_form(queue):
    for name, value in (("timeout", 3), ("durable", False), ("queue", "plots")):
        with pytest.raises(ArgumentError, match=rf"{name}= is for tasks of a durable queue.*functools\.partial"):
            queue.add_task(int, **{name: value})
    task = queue.add_task(functools.partial(dict, timeout=3))
    assert task.wait(LIMIT) and task.result == {"timeout": 3}


def test_a_decorated_function_is_asked_for_its_own_parameters(queue):
    def draw(priority):
        return priority

    @functools.wraps(draw)
    def decorated(*args, **kwargs):
        return draw(*args, **kwargs)

    for function in (draw, decorated, functools.partial(draw)):
        with pytest.raises(ArgumentError, match="priority= is an option of add_task"):
            queue.add_task(function, priority=3)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"where": "redis://localhost"}, "received the address 'redis://localhost': brokers .* not part"),
        ({"where": 4}, r"path of a database; received 4. For 4 threads: TaskQueue\(num_workers=4\)"),
        ({"num_workers": 0}, "num_workers is a whole number of at least 1; received 0"),
        ({"max_waiting": 2.5}, "max_waiting is a whole number of at least 1; received 2.5"),
    ],
)
def test_queues_that_cannot_be_made(given, message):
    with pytest.raises(ArgumentError, match=message):
        TaskQueue(**given)


def test_a_call_in_place_of_a_function(queue):
    with pytest.raises(ArgumentError, match=r"received 3, which can't be called.*without brackets"):
        queue.add_task(abs(-3))


# The end of a program, Ctrl-C, forks: in programs of their own

BEGIN = "import os, sys, time, threading, chainrule.tasks as tasks\nqueue = tasks.TaskQueue()\nsay = print\n"


def test_what_waits_at_the_end_of_a_program_is_run():
    code = (
        "queue.add_task(time.sleep, 0.2)\n"
        "for n in range(3): queue.add_task(say, n)\n"
        "queue.add_task(say, 'late', delay=0.3)\n"
        "queue.add_task(lambda: queue.add_task(say, 'added'))\n"
        "say('end')\n"
    )
    assert python(BEGIN + code).split() == ["end", "0", "1", "2", "added", "late"]


@pytest.mark.skipif((3, 12) <= sys.version_info < (3, 12, 2), reason="these versions start no thread at the end")
def test_a_task_at_the_end_of_a_program_may_start_a_thread():
    code = (
        "def start():\n"
        "    thread = threading.Thread(target=say, args=('started',)); thread.start(); thread.join()\n"
        "queue.add_task(time.sleep, 0.2); queue.add_task(start)\n"
    )
    assert python(BEGIN + code).split() == ["started"]


def test_idle_threads_do_not_keep_a_program():
    # The queue's thread would sleep far longer than this test may take.
    code = (
        "tasks.threads.IDLE_SECONDS = 3600\nqueue.add_task(int).wait()\ntasks.TaskQueue(num_workers=4).start_workers()"
    )
    python(BEGIN.replace("as tasks", "as tasks, chainrule.tasks.threads") + code)


@pytest.mark.skipif(os.name != "posix", reason="signals to a process of one's own")
@pytest.mark.parametrize("call", ["queue.join()", "task.wait()", "full.add_task(int)"])
def test_ctrl_c_interrupts_a_wait(call):
    code = (
        "import signal\n"
        "def interrupt():\n"  # as soon as the main thread waits
        "    while '_wait' not in names(sys._current_frames()[threading.main_thread().ident]): time.sleep(0.01)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "def names(frame):\n"
        "    return [frame.f_code.co_name] + names(frame.f_back) if frame else []\n"
        "full, gate = tasks.TaskQueue(max_waiting=1), threading.Event()\n"
        "task = queue.add_task(gate.wait)\n"
        "full.add_task(gate.wait)\n"
        "while full.counts()['ready']: time.sleep(0.01)\n"
        "full.add_task(int)\n"
        "threading.Thread(target=interrupt, daemon=True).start()\n"
        f"try: {call}\n"
        "except KeyboardInterrupt: say('interrupted')\n"
        "gate.set()\n"
        "say(queue.join(), queue.counts()['done'], full.join(), full.counts()['done'])\n"
    )
    assert python(BEGIN + code).splitlines() == ["interrupted", "True 1 True 2"]


@needs_fork
def test_a_forked_process_begins_with_nothing_and_runs_its_own_tasks():
    code = (
        "gate, begun = threading.Event(), threading.Event()\n"
        "running = queue.add_task(lambda: (begun.set(), gate.wait(), say('parent ran', flush=True)))\n"
        "waiting = queue.add_task(say, 'parent waited', flush=True)\n"
        "begun.wait()\n"
        "if (child := os.fork()) == 0:\n"
        "    say('child', running.state, waiting.state, queue.join(), waiting.cancel())\n"
        "    try: waiting.result\n"
        "    except Exception as error: say(type(error).__name__)\n"
        "    own = queue.add_task(say, 'child ran'); say(own.wait(), queue.counts()['done'], flush=True)\n"
        "    sys.exit()\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
        "gate.set()\n"
    )
    printed = python("import warnings; warnings.simplefilter('ignore')\n" + BEGIN + code).splitlines()
    assert printed == [
        "child lost lost True False", "TaskLost", "child ran", "True 1", "parent ran", "parent waited",
    ]  # fmt: skip


@needs_fork
def test_a_process_of_multiprocessing_runs_what_waits_at_its_end():
    code = (
        "import multiprocessing\n"
        "def child():\n"
        "    queue.add_task(time.sleep, 0.1); queue.add_task(say, 'child ran', flush=True)\n"
        "queue.add_task(int).wait()\n"
        "process = multiprocessing.get_context('fork').Process(target=child)\n"
        "process.start(); process.join(); say(process.exitcode)\n"
    )
    printed = python("import warnings; warnings.simplefilter('ignore')\n" + BEGIN + code)
    assert printed.splitlines() == ["child ran", "0"]


@needs_fork
def test_a_task_that_forks_is_not_run_on_in_the_new_process():
    code = (
        "def fork():\n"
        "    child = os.fork()\n"
        "    if child: os.waitpid(child, 0)\n"
        "queue.add_task(fork)\n"
        "for n in range(3): queue.add_task(say, n, flush=True)\n"
    )
    printed = python("import warnings; warnings.simplefilter('ignore')\n" + BEGIN + code)
    assert printed.split() == ["0", "1", "2"]
