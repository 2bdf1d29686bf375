"""The store: order, leases, tokens, attempts, delays, keys, room, clocks that jump, and what a claim costs."""

from __future__ import annotations

import sqlite3
import threading

import pytest

from chainrule.errors import ArgumentError, QueueFull, TaskError
from chainrule.tasks import claiming
from chainrule.tasks.error_text import LONGEST_ERROR
from chainrule.tasks.rows import NewTask
from chainrule.tasks.store import FIRST_PAUSE, Store

NOTHING = '{"args":[],"kwargs":{}}'


class FakeClock:
    def __init__(self, now=1000.0):
        self.now = now

    def __call__(self):
        return self.now


def task(name="plot", **options):
    return NewTask(f"mytasks:{name}", NOTHING, **options)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def store(tmp_path, clock):
    store = Store(tmp_path / "tasks.db", lease=10.0, clock=clock)
    yield store
    store.close()


def claimed_names(store):
    """Claim and finish what is due; return the functions' names in that order."""
    names = []
    while (claimed := store.claim("w")) is not None:
        assert store.finish(claimed, "null")
        names.append(claimed.function.partition(":")[2])
    return names


def test_a_task_goes_from_ready_to_done(store, clock):
    (id,) = store.put([task(timeout=2.5)])
    assert store.get(id).state == "ready"
    claimed = store.claim("worker 1")
    assert claimed == (id, "default", "mytasks:plot", NOTHING, 1, 3, 2.5, 1, 1010.0)
    row = store.get(id)
    assert (row.state, row.owner, row.lease_until) == ("running", "worker 1", 1010.0)
    clock.now = 1003.0
    assert store.finish(claimed, "[1]")
    row = store.get(id)
    assert (row.state, row.result, row.finished, row.lease_until) == ("done", "[1]", 1003.0, None)
    assert store.claim("worker 1") is None


def test_higher_priority_first_then_the_order_of_adding(store):
    store.put([task("a"), task("b", priority=5), task("c"), task("d", priority=5), task("e", priority=-1)])
    assert claimed_names(store) == ["b", "d", "a", "c", "e"]


def test_queues_are_apart(store):
    store.put([task("a", queue="slow"), task("b")])
    assert claimed_names(store) == ["b"]
    assert store.claim("w", "slow").function == "mytasks:a"
    assert store.counts("slow")["running"] == store.counts()["running"] == store.counts("default")["done"] == 1


def test_a_delayed_task_waits_for_its_time_whatever_its_priority(store, clock):
    store.put([task("late", delay=5, priority=9), task("now")])
    assert store.next_due() == 0
    assert claimed_names(store) == ["now"]
    assert store.next_due() == 1005.0
    clock.now = 1004.9
    assert store.claim("w") is None
    clock.now = 1005.0
    assert claimed_names(store) == ["late"]


def test_next_due_is_none_where_nothing_waits_or_runs(store, clock):
    assert store.next_due() is None
    store.put([task()])
    claimed = store.claim("w")
    assert store.next_due() == 1010.0  # the end of the lease
    store.finish(claimed, "null")
    assert store.next_due() is None


def test_a_claim_that_falls_silent_goes_to_another_and_the_first_can_write_no_more(store, clock):
    (id,) = store.put([task()])
    first = store.claim("first")
    clock.now = 1010.1
    second = store.claim("second")
    assert (second.id, second.attempts, second.token) == (id, 2, first.token + 1)
    assert not store.renew(first)
    assert not store.finish(first, '"old"')
    assert not store.fail(first, "old")
    assert not store.release(first)
    assert store.get(id).owner == "second"
    assert store.finish(second, '"new"')
    assert store.get(id).result == '"new"'


def test_a_task_may_take_longer_than_its_lease_if_it_is_renewed(store, clock):
    store.put([task()])
    claimed = store.claim("w")
    for _ in range(20):
        clock.now += 3.3
        assert store.renew(claimed)
        assert store.claim("other") is None
    assert store.finish(claimed, "null")


def test_a_lease_that_ran_out_is_still_good_while_nobody_else_has_the_task(store, clock):
    store.put([task()])
    claimed = store.claim("w")
    clock.now += 100
    assert store.finish(claimed, "null")


def test_a_task_that_ends_its_worker_each_time_is_lost_after_its_attempts(store, clock):
    (id,) = store.put([task(max_attempts=3)])
    for attempt in (1, 2, 3):
        assert store.claim(f"w{attempt}").attempts == attempt
        clock.now += 10.1
    assert store.claim("w4") is None
    row = store.get(id)
    assert row.state == "lost"
    assert row.error == "Its worker (w3) died or fell silent, as in each of its 3 attempt(s)."
    assert store.counts()["lost"] == 1 and store.next_due() is None


def test_a_task_that_fails_waits_longer_each_time_and_has_failed_at_last(store, clock):
    (id,) = store.put([task(max_attempts=3)])
    for attempt in (1, 2):
        assert store.fail(store.claim("w"), "ValueError: no")
        row = store.get(id)
        assert (row.state, row.error) == ("ready", "ValueError: no")
        pause = FIRST_PAUSE * 2 ** (attempt - 1)
        assert 0.5 * pause <= row.run_at - clock.now <= 1.5 * pause
        assert store.claim("w") is None
        clock.now = row.run_at
    assert store.fail(store.claim("w"), "ValueError: never")
    row = store.get(id)
    assert (row.state, row.attempts, row.error, row.finished) == ("failed", 3, "ValueError: never", clock.now)


def test_a_task_that_can_not_go_better_is_not_tried_again(store):
    (id,) = store.put([task(max_attempts=3)])
    assert store.fail(store.claim("w"), "not allowed", retry=False)
    assert store.get(id).state == "failed"


def test_a_long_error_loses_its_middle_and_lone_surrogates_are_spelt_out(store):
    (id,) = store.put([task(max_attempts=1)])
    store.fail(store.claim("w"), "first" + "x" * 100_000 + "last\ud800")
    error = store.get(id).error
    assert error.startswith("first") and error.endswith("last\\ud800")
    assert "characters left out" in error and len(error) < LONGEST_ERROR + 60


def test_a_task_that_is_given_back_has_not_used_an_attempt(store):
    (id,) = store.put([task(max_attempts=1)])
    assert store.release(store.claim("w"))
    row = store.get(id)
    assert (row.state, row.attempts, row.lease_until) == ("ready", 0, None)
    assert store.claim("w").attempts == 1


def test_only_what_waits_can_be_cancelled(store):
    waits, runs = store.put([task("a"), task("b", priority=1)])
    store.claim("w")
    assert store.cancel(waits) and not store.cancel(waits) and not store.cancel(runs)
    assert store.get(waits).state == "cancelled"
    assert store.claim("w") is None


def test_retry_lets_a_task_wait_again_with_all_its_attempts(store, clock):
    failed, done, cancelled = store.put([task("a", max_attempts=1), task("b"), task("c")])
    store.fail(store.claim("w"), "no")
    store.finish(store.claim("w"), "null")
    store.cancel(cancelled)
    assert store.retry([failed, done, cancelled, 99]) == 2
    row = store.get(failed)
    assert (row.state, row.attempts, row.error, row.finished) == ("ready", 0, None, None)
    assert claimed_names(store) == ["a", "c"]


def test_an_old_worker_can_not_finish_a_task_that_is_tried_again(store, clock):
    (id,) = store.put([task(max_attempts=1)])
    old = store.claim("w")
    clock.now += 11
    assert store.claim("w") is None and store.get(id).state == "lost"
    store.retry([id])
    new = store.claim("w2")
    assert not store.finish(old, "null") and store.finish(new, "null")


def test_purge_removes_what_ended_long_enough_ago(store, clock):
    ids = store.put([task(str(n)) for n in range(3)])
    store.finish(store.claim("w"), "null")
    clock.now += 100
    store.finish(store.claim("w"), "null")
    assert store.purge(["done"], older_than=50) == 1
    assert [row.id for row in store.rows()] == [ids[2], ids[1]]
    assert store.purge(["done", "failed"]) == 1
    assert store.counts() == {"ready": 1, "running": 0, "done": 0, "failed": 0, "lost": 0, "cancelled": 0}
    with pytest.raises(ArgumentError, match=r"Only tasks that have ended can be removed: cancelled, done,"):
        store.purge(["ready"])


def test_ids_are_never_given_twice(store):
    (first,) = store.put([task()])
    store.cancel(first)
    store.purge(["cancelled"])
    assert store.put([task()]) == [first + 1]


def test_an_unknown_id_is_refused(store):
    with pytest.raises(TaskError, match=r"There is no task 7 in '.*tasks.db'; it may have been removed by a purge\."):
        store.get(7)


def test_a_newer_task_of_a_key_replaces_the_one_that_waits_and_takes_its_place(store):
    old, *_ = store.put([task("old", key="loss"), task("other"), task("new", key="loss")])
    assert store.get(old).state == "cancelled"
    assert store.get(old).error == "It was dropped for a newer task."
    assert store.dropped() == store.dropped("default") == 1 and store.dropped("slow") == 0
    assert claimed_names(store) == ["new", "other"]


def test_a_key_replaces_neither_a_task_that_runs_nor_one_of_another_queue(store):
    store.put([task("runs", key="loss")])
    running = store.claim("w")
    store.put([task("elsewhere", key="loss", queue="slow"), task("waits", key="loss")])
    assert store.dropped() == 0
    assert store.fail(running, "no")  # a newer one waits: the old plot must not come after the new one
    assert store.get(running.id).state == "cancelled" and store.dropped() == 1
    assert claimed_names(store) == ["waits"]


def test_no_more_wait_than_may(store):
    store.put([task("a"), task("b")], max_waiting=2)
    with pytest.raises(QueueFull, match=r"2 tasks wait, as many as may wait in queue 'default'; run a worker"):
        store.put([task("c")], max_waiting=2)
    store.put([task("d", queue="slow")], max_waiting=2)
    assert store.counts("default")["ready"] == 2
    store.put([task("e")], max_waiting=2, policy="drop_oldest")
    assert store.dropped() == 1
    assert claimed_names(store) == ["b", "e"]


def test_all_are_put_or_none(store):
    with pytest.raises(QueueFull):
        store.put([task("a"), task("b"), task("c")], max_waiting=2)
    assert store.counts()["ready"] == 0


def test_the_oldest_that_waits(store, clock):
    assert store.oldest_waiting() is None
    store.put([task("a")])
    clock.now += 5
    store.put([task("b", queue="slow")])
    assert store.oldest_waiting() == 1000.0 and store.oldest_waiting("slow") == 1005.0
    store.claim("w")
    assert store.oldest_waiting() == 1005.0 and store.oldest_waiting("default") is None


def test_modules_rows_and_workers(store, clock):
    store.put([task(), NewTask("pack.more:run", NOTHING), task()])
    assert store.modules_waiting() == {"mytasks": 2, "pack.more": 1}
    assert [row.id for row in store.rows("ready", limit=2)] == [3, 2]
    assert len(store.rows(limit=None)) == 3 and store.rows("done") == []
    with pytest.raises(ArgumentError, match=r"There is no state named 'redy'\. Did you mean 'ready'\?"):
        store.rows("redy")
    store.beat("w1", 12, "here")
    clock.now += 15
    store.beat("w2", 13, "there")
    assert [(w.owner, w.pid, w.host, w.started, w.seen) for w in store.workers()] == [
        ("w1", 12, "here", 1000.0, 1000.0),
        ("w2", 13, "there", 1015.0, 1015.0),
    ]
    clock.now += 6
    assert [worker.owner for worker in store.workers()] == ["w2"]
    store.leave("w2")
    assert store.workers() == []


def test_a_clock_set_back_holds_up_neither_tasks_nor_delays(store, clock):
    store.put([task("dead", max_attempts=2), task("late", delay=5)])
    store.claim("dies")
    clock.now -= 3600
    store.put([task("now")])
    assert store.next_due() == 0
    assert claimed_names(store) == ["now"]
    clock.now += 5
    assert claimed_names(store) == ["late"]
    clock.now += 5.1  # a lease after the clock was set back
    assert claimed_names(store) == ["dead"]


def test_a_living_worker_keeps_its_task_when_the_clock_jumps(tmp_path):
    wall, steady = FakeClock(), FakeClock(0.0)
    store = Store(tmp_path / "tasks.db", lease=10.0, clock=wall, steady=steady)
    (id,) = store.put([task(max_attempts=1)])
    claimed = store.claim("w")
    assert claimed is not None
    for jump in (86_400, -86_400, 3600):
        wall.now, steady.now = wall.now + jump, steady.now + 1
        assert store.claim("other") is None, "the task of a living worker"
        steady.now, wall.now = steady.now + 3, wall.now + 3
        assert store.renew(claimed)
    wall.now, steady.now = wall.now + 3600, steady.now + 1
    assert store.claim("other") is None
    wall.now, steady.now = wall.now + 10.1, steady.now + 10.1
    assert store.claim("other") is None and store.get(id).state == "lost", "it is silent for a whole lease"
    store.close()


def test_a_lease_is_measured_by_its_own_length(tmp_path, clock):
    long, short = Store(tmp_path / "tasks.db", lease=60, clock=clock), Store(tmp_path / "tasks.db", 1, clock=clock)
    long.put([task()])
    claimed = long.claim("long")
    assert claimed is not None
    clock.now += 30
    assert short.claim("short") is None
    assert long.finish(claimed, "null")
    long.close()
    short.close()


def plan(store, statement):
    values = {"queue": "default", "now": 1000.0, "lease": 10.0}
    connection = sqlite3.connect(store.path)
    try:
        return " / ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values))
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("statement", "indexes"),
    [
        ("EXPIRED", ["task_running"]),
        ("DUE", ["task_due"]),
        ("EXHAUSTED", ["task_running"]),
        ("MAKE_DUE", ["task_scheduled"]),
        ("SHORTEN_LEASES", ["task_running"]),
        ("SHORTEN_DELAYS", ["task_since"]),
        ("RENEW_ALL", ["task_running"]),
        ("NEXT", ["task_due", "task_since", "task_scheduled", "task_running"]),
    ],
)
def test_every_step_of_a_claim_is_answered_by_an_index(store, statement, indexes):
    found = plan(store, getattr(claiming, statement))
    assert all(f"INDEX {index} " in found for index in indexes), found
    assert "TEMP B-TREE" not in found and "SCAN task" not in found, found


def test_what_ended_is_listed_and_purged_by_an_index(store):
    asked = []
    with store._database.reading() as connection:
        connection.set_trace_callback(asked.append)
    assert store.rows("failed") == [] and store.purge(["failed"]) == 0
    with store._database.reading() as connection:
        connection.set_trace_callback(None)
    selects = [statement for statement in asked if "FROM task" in statement and "arguments" in statement]
    plans = [plan(store, statement) for statement in selects]
    assert len(plans) == 2 and all("INDEX task_ended (state=?" in found for found in plans), plans


def steps_of(store, action):
    """Return how many steps of SQLite's machine an action takes, in tens: a measure that no load can disturb."""
    count = 0

    def step():
        nonlocal count
        count += 1

    with store._database.reading() as connection:
        connection.set_progress_handler(step, 10)
    try:
        action()
    finally:
        with store._database.reading() as connection:
            connection.set_progress_handler(None, 0)
    return count


def test_a_claim_costs_the_same_with_many_waiting_delayed_and_done(store):
    store.put([task("a"), task("b")])
    few = steps_of(store, lambda: store.claim("w"))
    store.put([task("late", delay=1000.0, priority=9) for _ in range(3000)])
    store.put([task("waits") for _ in range(3000)])
    many = steps_of(store, lambda: store.claim("w"))
    assert 0 < many <= 2 * few  # one that walked over 3000 tasks would take a hundred times as many


def test_many_threads_put_and_claim_without_loss_or_duplicate(tmp_path):
    store, seen, lock = Store(tmp_path / "tasks.db"), [], threading.Lock()

    def put():
        for _ in range(5):
            store.put([task()])
        store.close_thread()

    def work():
        while (claimed := store.claim(threading.current_thread().name)) is not None:
            assert store.finish(claimed, "null")
            with lock:
                seen.append(claimed.id)

    for target in (put, work):
        threads = [threading.Thread(target=target) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads)
    assert sorted(seen) == list(range(1, 31))
    store.close()
