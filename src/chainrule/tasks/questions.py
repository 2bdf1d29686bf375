"""What anybody may ask of a file of tasks: each question reads, and changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from chainrule.errors import TaskError, unknown_name
from chainrule.tasks import claiming
from chainrule.tasks.connection import Database
from chainrule.tasks.rows import Row, Worker
from chainrule.tasks.schema import DROPPED
from chainrule.tasks.states import ENDED, STATES

#: Leases within which a worker that lives is heard of.
SILENT_LEASES = 2
_COLUMNS = ", ".join(Row._fields)


class Questions:
    """The third of a `Store` that only reads."""

    path: Path
    lease: float
    _database: Database
    _clock: claiming.Clock

    def next_due(self, queue: str = "default") -> float | None:
        """Return when a claim may next find something: a time, which may have passed; None: nothing waits or runs."""
        return self._one(claiming.NEXT, self._times(queue, self._clock.now()))

    def counts(self, queue: str | None = None) -> dict[str, int]:
        """Return how many tasks are in each state, in one queue or in all."""
        rows = self._all("SELECT state, sum(n) FROM tally WHERE :q IS NULL OR queue = :q GROUP BY state", {"q": queue})
        found = dict(map(tuple, rows))
        return {state: found.get(state, 0) for state in STATES}

    def dropped(self, queue: str | None = None) -> int:
        """Return how many tasks were dropped for a newer one since the file was made."""
        query = f"SELECT coalesce(sum(n), 0) FROM tally WHERE state = '{DROPPED}' AND (:q IS NULL OR queue = :q)"
        return self._one(query, {"q": queue})

    def oldest_waiting(self, queue: str | None = None) -> float | None:
        """Return when the oldest task that waits was added, None where none waits."""
        oldest = "SELECT min(created) FROM task WHERE id IN ({})"
        first = "SELECT (SELECT min(id) FROM task WHERE task.queue = tally.queue AND task.state = 'ready') FROM tally"
        return self._one(oldest.format(f"{first} WHERE :q IS NULL OR tally.queue = :q"), {"q": queue})

    def get(self, id: int) -> Row:
        """Return a task.

        Raises
        ------
        TaskError
            If there is none of this id.
        """
        rows = self._all(f"SELECT {_COLUMNS} FROM task WHERE id = ?", (id,)) if abs(id) < 1 << 63 else []
        if not rows:
            raise TaskError(f"There is no task {id} in {str(self.path)!r}; it may have been removed by a purge.")
        return Row(*rows[0])

    def rows(self, state: str | None = None, limit: int | None = 100) -> list[Row]:
        """Return the newest tasks, of one state or of all, newest first; `limit=None` returns all.

        Raises
        ------
        ArgumentError
            If there is no such state.
        """
        if state is not None and state not in STATES:
            raise unknown_name("state", state, STATES)
        # No placeholder, and what follows from it: a partial index is used only for what SQLite can see to lie in it.
        where = "" if state is None else f"WHERE state = '{state}'" + " AND finished IS NOT NULL" * (state in ENDED)
        query = f"SELECT {_COLUMNS} FROM task {where} ORDER BY id DESC LIMIT ?"
        rows = self._all(query, (-1 if limit is None else limit,))
        return [Row(*row) for row in rows]

    def ids(self, state: str) -> list[int]:
        """Return the ids of all tasks of one state."""
        where = "state = ?" + " AND finished IS NOT NULL" * (state in ENDED)
        return [row[0] for row in self._all(f"SELECT id FROM task WHERE {where} ORDER BY id", (state,))]

    def queues_waiting(self) -> list[str]:
        """Return the queues in which tasks wait or run."""
        query = "SELECT DISTINCT queue FROM tally WHERE state IN ('ready', 'running') AND n > 0 ORDER BY queue"
        return [row[0] for row in self._all(query, ())]

    def modules_waiting(self, queue: str | None = None) -> dict[str, int]:
        """Return the modules whose functions wait to be run, and how many tasks of each."""
        query = (
            "SELECT substr(function, 1, instr(function, ':') - 1) AS module, count(*) FROM task "
            "WHERE state IN ('ready', 'running') AND (:q IS NULL OR queue = :q) GROUP BY module ORDER BY module"
        )
        return dict(map(tuple, self._all(query, {"q": queue})))

    def workers(self) -> list[Worker]:
        """Return the workers that were heard of within two leases."""
        query = (
            "SELECT owner, pid, host, started, seen FROM worker "
            f"WHERE abs(? - seen) <= {SILENT_LEASES} * lease ORDER BY started"
        )
        return [Worker(*row) for row in self._all(query, (self._clock.now(),))]

    def _times(self, queue: str, now: float) -> dict[str, Any]:
        return {"queue": queue, "now": now, "lease": self.lease}

    def _all(self, query: str, values: Any) -> list[Any]:
        with self._database.reading() as connection:
            return connection.execute(query, values).fetchall()

    def _one(self, query: str, values: Any) -> Any:
        return self._all(query, values)[0][0]
