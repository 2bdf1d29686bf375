"""The steps of a store that do two things at once, or one thing to many tasks."""

from __future__ import annotations

import sqlite3

import pytest

from chainrule.tasks import changes
from chainrule.tasks.rows import NewTask
from chainrule.tasks.store import Store

NOTHING = '{"args":[],"kwargs":{}}'


@pytest.fixture
def store(tmp_path):
    now = [1000.0]
    store = Store(tmp_path / "tasks.db", lease=10.0, clock=lambda: now[0])
    store.now = now
    yield store
    store.close()


def put(store, count=1, **options):
    return store.put([NewTask("mytasks:plot", NOTHING, **options) for _ in range(count)])


def test_a_result_and_the_next_claim_are_one_transaction(store):
    first, second = put(store, 2)
    statements = []
    with store._database.reading() as connection:
        connection.set_trace_callback(statements.append)
    claimed = store.claim("w")
    del statements[:]
    kept, following = store.finish_and_claim(claimed, "[1]", "w")
    assert kept and (claimed.id, following.id, following.attempts) == (first, second, 1)
    assert statements.count("COMMIT") == 1
    assert (store.get(first).state, store.get(first).result, store.get(second).owner) == ("done", "[1]", "w")
    assert store.finish_and_claim(following, "null", "w") == (True, None)


def test_an_old_claim_keeps_no_result_and_the_next_task_is_claimed_all_the_same(store):
    first, second = put(store, 2)
    old = store.claim("slept")
    store.now[0] += 11
    new = store.claim("another")
    kept, following = store.finish_and_claim(old, "[1]", "slept")
    assert not kept and following.id == second
    assert (store.get(first).owner, store.get(first).result) == ("another", None)
    assert store.finish(new, "[2]")


def test_a_next_claim_that_fails_undoes_the_result_too(store, monkeypatch):
    put(store, 2)
    claimed = store.claim("w")

    def fail(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(store, "_take", fail)
        with pytest.raises(KeyboardInterrupt):
            store.finish_and_claim(claimed, "null", "w")
    assert store.get(claimed.id).state == "running" and store.finish(claimed, "null")


def test_all_that_wait_are_cancelled_in_few_transactions(store, monkeypatch):
    put(store, 20)
    put(store, 3, queue="mail", delay=100)
    claimed = store.claim("w")
    monkeypatch.setattr("chainrule.tasks.chores.ROWS_AT_ONCE", 8)
    statements = []
    with store._database.reading() as connection:
        connection.set_trace_callback(statements.append)
    del statements[:]
    assert store.cancel_waiting() == 22
    assert statements.count("COMMIT") == 4  # 8, 8, 6, and a look that finds none
    assert store.counts()["cancelled"] == 22 and store.get(claimed.id).state == "running"
    assert store.ids("cancelled") == [row.id for row in reversed(store.rows("cancelled"))]
    assert store.retry(store.ids("cancelled")) == 22 and store.queues_waiting() == ["default", "mail"]


@pytest.mark.parametrize("statement", ["_OLDEST", "_SOONEST"])
def test_which_task_is_dropped_is_answered_by_an_index(store, statement):
    connection = sqlite3.connect(store.path)
    try:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {getattr(changes, statement)}", {"queue": "default"}).fetchall()
    finally:
        connection.close()
    steps = [row[3] for row in plan if "SUBQUERY" not in row[3]]
    assert steps and all(step.startswith("SEARCH task USING INDEX task_") for step in steps), steps
