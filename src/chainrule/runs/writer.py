"""The thread that writes a run's file: its only writer, ten times a second.

Producers append to a deque and never wait; no lock that they take is held while the file is written.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.runs import database, schema
from chainrule.runs.batch import Batch
from chainrule.runs.process import BEAT_EVERY

if TYPE_CHECKING:
    import sqlite3

#: Seconds between two writes: with the write itself, less than the 200 ms that a crash may lose.
INTERVAL = 0.1
#: Seconds until the next try where the file could not be written for another reason than a lock.
AFTER_TROUBLE = 1.0
#: Room that is kept in the file for the marks of the end, so that they need none when the disk is full.
MARK_WIDTH = 300
LONGEST_TROUBLE = 250

UPDATE = "UPDATE about SET value = ? WHERE key = ?"


def mark(value: Any) -> str:
    """Return a mark as JSON, with blanks behind it that a later mark may take up."""
    return json.dumps(value, ensure_ascii=False).ljust(MARK_WIDTH)


class Writer(threading.Thread):
    """Empties the deque of a recorder into its file.

    Parameters
    ----------
    path : Path
        The file, made by `database.make`.
    began : float
        When the run began, by `time.monotonic`.
    """

    def __init__(self, path: Path, began: float):
        # A daemon, so that a program that forgets its recorder can end; at its exit the recorder is finished.
        super().__init__(name="chainrule run writer", daemon=True)
        self.path, self.began = path, began
        self.items: deque[tuple[str, Any]] = deque()
        #: Asked for items at each write, after the deque: what a producer in a hurry keeps in a form of its own.
        self.sources: list[Callable[[], list[tuple[str, Any]]]] = []
        self.batch = Batch()
        #: Points and characters taken out of the deque: what was put in less this is what waits.
        self.points_taken = self.characters_taken = 0
        #: Processor seconds of this thread.
        self.cpu_seconds = 0.0
        #: Why the file can't be written, or None.
        self.trouble: str | None = None
        #: Held while the file is used, so that no fork happens in the middle of it.
        self.in_use = threading.Lock()
        #: True after a try that failed for another reason than a lock, until one succeeds.
        self.failing = False
        self._wake = threading.Event()
        self._ending: dict[str, Any] | None = None
        self._waiting_for_disk: list[threading.Event] = []

    def wake(self) -> None:
        """Write now."""
        self._wake.set()

    def end(self, marks: dict[str, Any]) -> None:
        """Write all that waits and the last marks, and then come to an end."""
        self._ending = marks
        self._wake.set()

    def run(self) -> None:
        """Write until the end; called by `start`."""
        # The connection is a variable of this thread, and of no object: after a fork nothing in the child can close it.
        with self.in_use:
            db = database.for_writing(self.path)
        try:
            wait, beat = INTERVAL, time.monotonic()
            while self._ending is None:
                self._wake.wait(wait)
                self._wake.clear()
                quiet = time.monotonic() - beat < BEAT_EVERY
                written = self._write(db, quiet)
                beat = time.monotonic() if written and not quiet else beat
                wait = AFTER_TROUBLE if self.failing else INTERVAL
            while not self._write_end(db) and not self.failing:
                self._wake.wait(INTERVAL)  # locked: for as long as the program runs
            with self.in_use:
                database.into_one_file(db)
        finally:
            with self.in_use:
                db.close()

    def _take(self) -> None:
        """Move what waits from the deque to the batch: only what is there now, since more may come all the time."""
        taken = []
        for _ in range(len(self.items)):
            kind, content = self.items.popleft()
            if kind == "sync":
                self._waiting_for_disk.append(content)
            else:
                taken.append((kind, content))
                self.points_taken += weight(kind, content)
                self.characters_taken += len(content[1]) if kind == "output" else 0
        # After the deque: who waits for the disk there has put what it waits for here before.
        taken += [item for source in list(self.sources) for item in source()]
        self.batch.take(taken, time.monotonic() - self.began)

    def _write(self, db: sqlite3.Connection, quiet: bool) -> bool:
        """Write what waits; with nothing to write, a sign of life where it is time for one."""
        self._take()
        done = (quiet and not self.batch.statements) or self._commit(db, {})
        if done:
            self._tell_waiting()
        self.cpu_seconds = time.thread_time()
        return done

    def _write_end(self, db: sqlite3.Connection) -> bool:
        self._take()
        assert self._ending is not None
        self.cpu_seconds = time.thread_time()
        told = {"output_left_out": self.batch.output.left_out}
        marks = {name: value() if callable(value) else value for name, value in self._ending.items()} | told
        done = self._commit(db, marks)
        if done:
            self._tell_waiting()
        elif self.failing:
            self._write_marks(db, marks)
        return done

    def _tell_waiting(self) -> None:
        for event in self._waiting_for_disk:
            event.set()
        self._waiting_for_disk = []

    def _commit(self, db: sqlite3.Connection, marks: dict[str, Any]) -> bool:
        """Write all statements in one transaction: wholly or not at all."""
        with self.in_use:
            try:
                db.execute("BEGIN IMMEDIATE")
                for sql, rows in self.batch.statements:
                    database.write_rows(db, sql, rows)
                for name, value in ({"beat": self._beat()} | marks).items():
                    db.execute(UPDATE, (mark(value), name))
                db.execute("COMMIT")
            except Exception as error:
                _roll_back(db)
                self._failed(error)
                if self.failing:
                    self._write_marks(db, {})
                return False
        self.batch.written()
        self.failing = False
        return True

    def _beat(self) -> dict[str, float]:
        """Return the sign of life: the time of day for readers elsewhere, and how long the run has taken."""
        return {"time": time.time(), "seconds": time.monotonic() - self.began}

    def _failed(self, error: Exception) -> None:
        import sqlite3

        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return
        self.failing = True
        if not isinstance(error, (sqlite3.OperationalError, MemoryError)):
            self.batch.written()  # a row that can never be written must not hold back all that come after
        reason = "the disk is full" if code == sqlite3.SQLITE_FULL else str(error)
        if self.trouble is None:
            self.trouble = (
                f"The run can't be recorded in {self.path.name!r} any more: {reason}. Training goes on; what is "
                "recorded meanwhile is written if that passes."
            )

    def _write_marks(self, db: sqlite3.Connection, marks: dict[str, Any]) -> None:
        """Try to write marks where rows could not be: they take up room that is theirs already."""
        import sqlite3

        try:
            db.execute("BEGIN IMMEDIATE")
            for name, value in (marks | {"trouble": (self.trouble or "")[:LONGEST_TROUBLE]}).items():
                db.execute(UPDATE, (mark(value), name))
            db.execute("COMMIT")
        except sqlite3.Error:
            _roll_back(db)


def weight(kind: str, content: Any) -> int:
    """Return how many values an item holds that may be dropped."""
    if kind == "step":
        return len(content[1])
    return len(content[3]) if kind == "stretch" else 0


def _roll_back(db: sqlite3.Connection) -> None:
    if db.in_transaction:
        db.rollback()


#: Marks that every file has from the beginning.
FIRST_MARKS: dict[str, Any] = {
    "status": schema.RUNNING, "reason": None, "beat": None, "cost": None, "dropped": 0, "trouble": None,
    "output_left_out": 0,
}  # fmt: skip
