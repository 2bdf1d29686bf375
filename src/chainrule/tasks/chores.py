"""What people do with a file of tasks: cancel, run again, remove."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from chainrule.errors import ArgumentError
from chainrule.tasks import array_files
from chainrule.tasks.changes import changed, retry
from chainrule.tasks.questions import Questions
from chainrule.tasks.states import DONE, ENDED

#: Rows that one transaction changes, so that a claim never waits for long.
ROWS_AT_ONCE = 5_000
_CANCEL = "UPDATE task SET state = 'cancelled', error = 'It was cancelled.', finished = :now WHERE state = 'ready' AND "


class Chores(Questions):
    """The third of a `Store` that people use through `chainrule tasks`."""

    @property
    def arrays_folder(self) -> Path:
        """The folder of the arrays among arguments and results."""
        return array_files.arrays_folder(self.path)

    def cancel(self, id: int) -> bool:
        """Cancel a task that waits; return False if it doesn't wait."""
        with self._database.writing() as connection:
            return changed(connection, f"{_CANCEL} id = :id", {"now": self._clock.now(), "id": id})

    def cancel_waiting(self) -> int:
        """Cancel all tasks that wait, and return how many; those that are added meanwhile may be among them."""
        cancelled = 0
        while count := self._cancel_some():
            cancelled += count
        return cancelled

    def retry(self, ids: Iterable[int]) -> int:
        """Let tasks that failed, were lost or were cancelled wait again, all attempts before them; return how many.

        Raises
        ------
        TaskError
            If the arrays of a task were removed, since it was dropped for a newer one; no task waits again then.
        """
        with self._database.writing() as connection:
            now = self._clock.now()
            return sum(retry(connection, id, now, self.arrays_folder) for id in ids)

    def purge(self, states: Iterable[str] = (DONE,), older_than: float = 0.0) -> int:
        """Remove tasks that ended at least so many seconds ago, with their arrays; return how many.

        Raises
        ------
        ArgumentError
            If a state is not one that a task ends in.
        """
        states = list(states)
        for state in states:
            if state not in ENDED:
                raise ArgumentError(
                    f"Only tasks that have ended can be removed: {', '.join(sorted(ENDED))}; received {state!r}."
                )
        removed = 0
        for state in states:
            while count := self._purge_some(state, older_than):
                removed += count
        array_files.remove_orphans(self.arrays_folder, self._arrays_in_use)
        return removed

    def _cancel_some(self) -> int:
        some = f"id IN (SELECT id FROM task WHERE state = 'ready' LIMIT {ROWS_AT_ONCE})"
        with self._database.writing() as connection:
            return connection.execute(_CANCEL + some, {"now": self._clock.now()}).rowcount

    def _purge_some(self, state: str, older_than: float) -> int:
        query = (
            "SELECT id, arguments, result FROM task INDEXED BY task_ended "
            f"WHERE state = '{state}' AND finished <= ? ORDER BY id LIMIT ?"
        )
        with self._database.writing() as connection:
            rows = connection.execute(query, (self._clock.now() - older_than, ROWS_AT_ONCE)).fetchall()
            connection.executemany("DELETE FROM task WHERE id = ?", [(row["id"],) for row in rows])
        self._remove_arrays([text for row in rows for text in (row["arguments"], row["result"])])
        return len(rows)

    def _remove_arrays(self, texts: Iterable[str | None]) -> None:
        """Remove the arrays that were written for some JSON; after the transaction, so that no row lacks its own."""
        for text in texts:
            array_files.remove(self.arrays_folder, array_files.named_in(text))

    def _arrays_in_use(self) -> set[str]:
        start = len(array_files.START) + 1
        query = f"SELECT substr({{0}}, {start}, 36) FROM task WHERE substr({{0}}, 1, {start - 1}) = ?"
        union = " UNION ".join(query.format(column) for column in ("arguments", "result"))
        return {row[0] for row in self._all(union, (array_files.START, array_files.START))}
