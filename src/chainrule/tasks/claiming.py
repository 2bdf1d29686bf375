"""Which task comes next: the statements of a claim, each of which an index answers.

A claim takes an expired task first, whose worker is silent; else the due task of the highest priority that was added
first. All times are the wall clock's, since several processes share them, and a wall clock jumps: so a lease that lies
further ahead than it is long, and a delay that began in the future, are cut to their length (the clock was set back);
and a process that sees its clock jump gives every lease its whole length anew (`Clock`), for a living worker renews it
in a third of that.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chainrule.tasks.arguments import LONGEST_TEXT

if TYPE_CHECKING:
    import sqlite3

#: Seconds between the wall clock and the steady one from which on we speak of a jump.
JUMP = 1.0
#: Delayed tasks that one claim makes due at most, so that no claim takes long.
DUE_AT_ONCE = 1000
#: Characters of a function's name that a worker reads.
LONGEST_NAME = 1000

# The casts and the limits are for rows that somebody else has written: a worker reads no gigabyte, and a row whose
# columns are of other types fails its task and not the worker.
COLUMNS = (
    f"id, substr(CAST(function AS TEXT), 1, {LONGEST_NAME}) AS function, "
    f"substr(CAST(arguments AS TEXT), 1, {LONGEST_TEXT + 1}) AS arguments, CAST(attempts AS INTEGER) AS attempts, "
    "CAST(max_attempts AS INTEGER) AS max_attempts, CAST(timeout AS REAL) AS timeout, CAST(token AS INTEGER) AS token"
)
# INDEXED BY: SQLite would else be free to choose an index that walks over all the tasks of a state.
EXPIRED = (
    f"SELECT {COLUMNS} FROM task INDEXED BY task_running "
    "WHERE queue = :queue AND state = 'running' AND lease_until < :now ORDER BY lease_until LIMIT 1"
)
DUE = (
    f"SELECT {COLUMNS} FROM task INDEXED BY task_due WHERE queue = :queue AND state = 'ready' AND scheduled = 0 "
    "ORDER BY priority DESC, place LIMIT 1"
)
EXHAUSTED = (
    "UPDATE task INDEXED BY task_running SET state = 'lost', finished = :now, lease_until = NULL, "
    "error = 'Its worker (' || owner || ') died or fell silent, as in each of its ' || attempts || ' attempt(s).' "
    "WHERE queue = :queue AND state = 'running' AND lease_until < :now AND attempts >= max_attempts"
)
MAKE_DUE = (
    "UPDATE task SET scheduled = 0 WHERE id IN (SELECT id FROM task INDEXED BY task_scheduled "
    "WHERE queue = :queue AND state = 'ready' "
    f"AND scheduled = 1 AND run_at <= :now ORDER BY run_at LIMIT {DUE_AT_ONCE})"
)
SHORTEN_LEASES = (
    "UPDATE task INDEXED BY task_running SET lease_until = :now + lease "
    "WHERE queue = :queue AND state = 'running' AND lease_until > :now AND lease_until > :now + lease"
)
SHORTEN_DELAYS = (
    "UPDATE task INDEXED BY task_since SET run_at = :now + (run_at - since), since = :now "
    "WHERE queue = :queue AND state = 'ready' AND scheduled = 1 AND since > :now"
)
RENEW_ALL = (
    "UPDATE task INDEXED BY task_running SET lease_until = :now + lease WHERE queue = :queue AND state = 'running'"
)
TAKE = (
    "UPDATE task SET state = 'running', scheduled = 0, owner = :owner, token = token + 1, attempts = attempts + 1, "
    "lease = :lease, lease_until = :now + :lease WHERE id = :id"
)

#: One row with the earliest moment at which a claim may find something; NULL where nothing waits and nothing runs.
NEXT = """
SELECT min(at) FROM (
    SELECT 0 AS at WHERE EXISTS
        (SELECT 1 FROM task INDEXED BY task_due WHERE queue = :queue AND state = 'ready' AND scheduled = 0)
    UNION ALL SELECT 0 WHERE EXISTS (SELECT 1 FROM task INDEXED BY task_since
        WHERE queue = :queue AND state = 'ready' AND scheduled = 1 AND since > :now)
    UNION ALL SELECT 0 WHERE EXISTS (SELECT 1 FROM task INDEXED BY task_running
        WHERE queue = :queue AND state = 'running' AND lease_until > :now AND lease_until > :now + lease)
    UNION ALL SELECT min(run_at) FROM task INDEXED BY task_scheduled
        WHERE queue = :queue AND state = 'ready' AND scheduled = 1
    UNION ALL SELECT min(lease_until) FROM task INDEXED BY task_running WHERE queue = :queue AND state = 'running')
"""


class Clock:
    """The wall clock, which tells when it has jumped against the steady one.

    Parameters
    ----------
    wall, steady : callable
        Return seconds.

    Examples
    --------
    >>> walls, steadies = iter([100.0, 101.0, 3701.0]), iter([5.0, 6.0, 7.0])
    >>> clock = Clock(lambda: next(walls), lambda: next(steadies))
    >>> clock.jumped(), clock.jumped(), clock.jumped()
    (False, False, True)
    """

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic):
        self.now, self._steady = wall, steady
        self._apart: float | None = None

    def jumped(self) -> bool:
        """Tell whether the clock has jumped since this was last asked; a machine that slept counts as a jump."""
        apart, before = self.now() - self._steady(), self._apart
        self._apart = apart
        return before is not None and abs(apart - before) > JUMP


def next_row(connection: sqlite3.Connection, values: dict[str, Any], jumped: bool) -> sqlite3.Row | None:
    """Return the row that a claim is to take, having put right what time has made wrong; the caller has the lock."""
    for statement in (SHORTEN_LEASES, SHORTEN_DELAYS, *((RENEW_ALL,) if jumped else ()), EXHAUSTED, MAKE_DUE):
        connection.execute(statement, values)
    for statement in (EXPIRED, DUE):
        rows = connection.execute(statement, values).fetchall()
        if rows:
            return rows[0]
    return None
