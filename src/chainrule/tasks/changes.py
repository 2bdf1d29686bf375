"""The changes of rows that take more than one statement; the caller holds the lock for writing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.errors import QueueFull, TaskError
from chainrule.tasks import array_files
from chainrule.tasks.options import RAISE
from chainrule.tasks.rows import Claimed, NewTask
from chainrule.tasks.schema import DROPPED
from chainrule.tasks.states import CANCELLED

if TYPE_CHECKING:
    import sqlite3

#: A task as long as a claim of it holds.
MINE = "WHERE id = :id AND token = :token AND state = 'running'"

_INSERT = """
INSERT INTO task (queue, function, arguments, key, priority, place, state, scheduled, run_at, since, created,
    max_attempts, timeout)
VALUES (:queue, :function, :arguments, :key, :priority,
    coalesce(:place, (SELECT seq + 1 FROM sqlite_sequence WHERE name = 'task'), 1),
    'ready', :delay > 0, :now + :delay, :now, :now, :max_attempts, :timeout)
"""
_OF_THIS_KEY = (
    "SELECT id, queue, arguments, priority, place FROM task "
    "WHERE queue = :queue AND key = :key AND state = 'ready' AND key IS NOT NULL"
)
# The oldest of the lowest priority; a task whose time has not come only where no other waits.
_OLDEST = (
    "SELECT id, queue, arguments FROM task INDEXED BY task_due WHERE queue = :queue AND state = 'ready' "
    "AND scheduled = 0 AND priority = (SELECT priority FROM task INDEXED BY task_due WHERE queue = :queue "
    "AND state = 'ready' AND scheduled = 0 ORDER BY priority LIMIT 1) ORDER BY place LIMIT 1"
)
_SOONEST = (
    "SELECT id, queue, arguments FROM task INDEXED BY task_scheduled WHERE queue = :queue AND state = 'ready' "
    "AND scheduled = 1 ORDER BY run_at LIMIT 1"
)
_DROP = "UPDATE task SET state = 'cancelled', error = 'It was dropped for a newer task.', finished = ? WHERE id = ?"
_COUNT_DROPPED = f"INSERT INTO tally VALUES (?, '{DROPPED}', 1) ON CONFLICT (queue, state) DO UPDATE SET n = n + 1"
_NEWER_WAITS = f"""
SELECT id, queue, arguments, EXISTS (SELECT 1 FROM task AS newer WHERE newer.queue = task.queue
    AND newer.key = task.key AND newer.key IS NOT NULL AND newer.state = 'ready' AND newer.id > task.id) AS newer_waits
FROM task {MINE}
"""
_FINISH = "UPDATE task SET state = 'done', result = :result, error = NULL, finished = :now, lease_until = NULL " + MINE
_RETRY = (
    "UPDATE task SET state = 'ready', scheduled = 0, run_at = ?, since = ?, attempts = 0, error = NULL, "
    "finished = NULL WHERE id = ?"
)


def changed(connection: sqlite3.Connection, statement: str, values: Any) -> bool:
    """Run a statement and tell whether it changed its one row."""
    return connection.execute(statement, values).rowcount == 1


def values_of(claimed: Claimed, **more: Any) -> dict[str, Any]:
    """Return what `MINE` needs, and more."""
    return {"id": claimed.id, "token": claimed.token, **more}


def put(
    connection: sqlite3.Connection,
    task: NewTask,
    now: float,
    max_waiting: int | None,
    policy: str,
    dropped: list[str],
) -> int:
    """Put one task and return its id; `dropped` gets the arguments of those that made room for it."""
    values = {**task._asdict(), "now": now, "place": None}
    if task.key is not None:
        for row in connection.execute(_OF_THIS_KEY, values).fetchall():
            dropped.append(drop(connection, row, now))
            if row["priority"] == task.priority:  # it inherits the place: a plot often renewed would never come to be
                values["place"] = row["place"]
    if max_waiting is not None and _waiting(connection, task.queue) >= max_waiting:
        if policy == RAISE:
            raise QueueFull(
                f"{max_waiting:,} tasks wait, as many as may wait in queue {task.queue!r}; run a worker, or add with "
                'policy="block", policy="drop_oldest" or coalesce=KEY.'
            )
        oldest = connection.execute(_OLDEST, values).fetchall() or connection.execute(_SOONEST, values).fetchall()
        dropped.extend(drop(connection, row, now) for row in oldest)
    return connection.execute(_INSERT, values).lastrowid or 0  # or 0: for the type checker


def drop(connection: sqlite3.Connection, row: sqlite3.Row, now: float) -> str:
    """Drop a task for a newer one, count it, and return its arguments."""
    connection.execute(_DROP, (now, row["id"]))
    connection.execute(_COUNT_DROPPED, (row["queue"],))
    return row["arguments"]


def finish(connection: sqlite3.Connection, claimed: Claimed, result: str, now: float) -> bool:
    """Keep a result; False: the task isn't ours."""
    return changed(connection, _FINISH, values_of(claimed, result=result, now=now))


def back(connection: sqlite3.Connection, change: str, values: dict[str, Any]) -> bool:
    """Let a claimed task wait again, or drop it where a newer one of its key waits already; False: it isn't ours."""
    for row in connection.execute(_NEWER_WAITS, values).fetchall():
        connection.execute(f"UPDATE task SET state = 'ready', lease_until = NULL, {change} {MINE}", values)
        if row["newer_waits"]:
            drop(connection, row, values["now"])
        return True
    return False


def retry(connection: sqlite3.Connection, id: int, now: float, folder: Path) -> bool:
    """Let a task that ended without a result wait again; False: there is none such."""
    query = "SELECT arguments, state FROM task WHERE id = ? AND state IN ('failed', 'lost', 'cancelled')"
    for row in connection.execute(query, (id,)).fetchall():
        name = array_files.named_in(row["arguments"])
        if name is not None and not (folder / name).exists():
            why = "it was dropped for a newer task" if row["state"] == CANCELLED else f"{str(folder)!r} lacks {name}"
            raise TaskError(f"Task {id} can't be run again: its arrays are gone, {why}; add it anew.")
        return changed(connection, _RETRY, (now, now, id))
    return False


def _waiting(connection: sqlite3.Connection, queue: str) -> int:
    rows = connection.execute("SELECT n FROM tally WHERE queue = ? AND state = 'ready'", (queue,)).fetchall()
    return rows[0][0] if rows else 0
