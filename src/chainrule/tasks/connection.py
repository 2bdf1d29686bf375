"""The way into a file of tasks: opened with the right journal, one connection a thread, none across a fork."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from chainrule.errors import TaskError, TasksFileError
from chainrule.tasks.file_system import mounts, network_type
from chainrule.tasks.finding import checked_path
from chainrule.tasks.forks import Gate
from chainrule.tasks.schema import APPLICATION_ID, STATEMENTS, VERSION
from chainrule.tasks.sqlite_words import explain, is_locked, locked

if TYPE_CHECKING:
    import sqlite3

#: Seconds that SQLite itself waits for a lock: short, so that Ctrl-C is heard between two waits.
ONE_WAIT = 0.25
DELETE, WAL = "delete", "wal"


def wal_is_safe(version: Sequence[int]) -> bool:
    """Tell whether a version of SQLite is free of the WAL-reset bug, by which a commit could be lost.

    Examples
    --------
    >>> wal_is_safe((3, 40, 1)), wal_is_safe((3, 44, 6)), wal_is_safe((3, 50, 6)), wal_is_safe((3, 51, 3))
    (False, True, False, True)
    """
    version = tuple(version)
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


class Database:
    """A file of tasks, and this process' connections to it.

    Parameters
    ----------
    path : str or path
        Made where it isn't there.
    timeout : float, default 30.0
        Seconds to wait for another program's lock.
    mount_table : str, optional
        As of `/proc/self/mountinfo`, which is read by default.

    Raises
    ------
    TasksFileError
        If the file can't be used.
    """

    def __init__(self, path: str | os.PathLike[str], timeout: float = 30.0, mount_table: str | None = None):
        self.path, self.timeout = checked_path(path), timeout
        kind = network_type(self.path, mounts() if mount_table is None else mount_table)
        if kind is not None:
            raise TasksFileError(
                f"{os.fspath(path)!r} lies on a network file system ({kind}), where two programs' locks can't be "
                "trusted; choose a path on a disk of this machine."
            )
        self._connections: dict[int, sqlite3.Connection] = {}
        self._pid, self._closed = os.getpid(), False
        self._abandoned: list[sqlite3.Connection] = []
        self._guard, self._turn = threading.Lock(), threading.Lock()
        self._gate = Gate(self._close_all)
        try:
            with self._gate.inside():
                self._connection()
        except BaseException:
            self._close_all()
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection for reading."""
        with self._gate.inside(), self._worded():
            connection = self._connection()
            self._patiently(connection, "BEGIN")
            # BEGIN takes no lock, the first look does; held once, no later one has to wait.
            self._patiently(connection, "SELECT 1 FROM sqlite_master LIMIT 1")
            yield from self._transaction(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that holds the lock for writing; what was written is on the disk at the end, or undone."""
        with self._gate.inside(), self._worded():
            if not self._turn.acquire(timeout=self.timeout):  # threads of one process take turns without polling
                raise locked(self.path, self.timeout)
            try:
                connection = self._connection()
                self._patiently(connection, "BEGIN IMMEDIATE")
                yield from self._transaction(connection)
            finally:
                self._turn.release()

    def close(self) -> None:
        """Close all connections, when no other thread uses one; calling it twice is no error."""
        self._closed = True  # nobody begins anything from here on
        with self._gate.alone():
            self._close_all()

    def close_thread(self) -> None:
        """Close the connection of the thread that calls; a thread that ends may do so."""
        with self._guard:
            connection = self._connections.pop(threading.get_ident(), None)
        if connection is not None:
            connection.close()

    def _transaction(self, connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
        try:
            yield connection
            self._patiently(connection, "COMMIT")
        finally:
            if connection.in_transaction:  # an error, Ctrl-C included
                connection.rollback()

    @contextmanager
    def _worded(self) -> Iterator[None]:
        import sqlite3

        try:
            yield
        except sqlite3.Error as error:
            raise (locked(self.path, self.timeout) if is_locked(error) else explain(self.path, error)) from error

    def _patiently(self, connection: sqlite3.Connection, statement: str) -> Any:
        """Run a statement that may have to wait for another program's lock."""
        import sqlite3

        limit = time.monotonic() + self.timeout
        while True:
            try:
                return connection.execute(statement).fetchone()
            except sqlite3.OperationalError as error:
                if not is_locked(error) or time.monotonic() > limit:
                    raise
            time.sleep(0.001)  # some locks are reported without SQLite having waited at all

    def _connection(self) -> sqlite3.Connection:
        if self._closed:
            raise TaskError(f"{str(self.path)!r} was closed; open it again.")
        with self._guard:
            if self._pid != os.getpid():  # a fork that Python was not told of: not even closing them is safe
                self._abandoned.extend(self._connections.values())
                self._connections.clear()
                self._pid = os.getpid()
            known = self._connections.get(threading.get_ident())
        return known or self._open()

    def _open(self) -> sqlite3.Connection:
        import sqlite3

        with self._worded():
            address = f"{self.path.as_uri()}?mode=rwc"
            # Any thread may close it: before a fork, one thread closes the connections of all.
            connection = sqlite3.connect(
                address, uri=True, timeout=min(ONE_WAIT, self.timeout), isolation_level=None, check_same_thread=False
            )
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA trusted_schema = OFF")  # a file may come from anywhere, with triggers in it
            # Text that is none, in a row of somebody else's, must not keep the rows beside it from being read.
            connection.text_factory = lambda data: data.decode("utf-8", "replace")
            try:
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
        with self._guard:
            self._connections[threading.get_ident()] = connection
        self._close_forgotten()
        return connection

    def _close_forgotten(self) -> None:
        """Close the connections of threads that have ended."""
        alive = set(sys._current_frames())  # the numbers alone: a frame would keep all that its callers hold
        with self._guard:
            ended = [self._connections.pop(thread) for thread in self._connections.keys() - alive]
        for connection in ended:
            connection.close()

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Check that the file is ours, make its tables where it is new, and set how it is written."""
        if not self._is_ours(connection):
            self._patiently(connection, "BEGIN IMMEDIATE")
            try:
                if not self._is_ours(connection):  # nobody made them while we waited for the lock
                    for statement in STATEMENTS:
                        connection.execute(statement)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.rollback()
            self._choose_journal(connection, is_new=True)
        else:
            self._choose_journal(connection, is_new=False)

    def _is_ours(self, connection: sqlite3.Connection) -> bool:
        """Tell a file of tasks (True) from an empty one (False), and refuse anything else."""
        mark = self._patiently(connection, "PRAGMA application_id")[0]
        version = self._patiently(connection, "PRAGMA user_version")[0]
        if mark == APPLICATION_ID:
            if version > VERSION:
                raise TasksFileError(
                    f"{str(self.path)!r} was made by a newer chainrule (version {version} of its tables, this one "
                    f"knows {VERSION}): pip install --upgrade chainrule."
                )
            return True
        if mark or version or self._patiently(connection, "SELECT count(*) FROM sqlite_master")[0]:
            raise TasksFileError(
                f"{str(self.path)!r} is a database, but not of tasks; choose another path, such as 'tasks.db'."
            )
        return False

    def _choose_journal(self, connection: sqlite3.Connection, is_new: bool) -> None:
        import sqlite3

        safe = wal_is_safe(sqlite3.sqlite_version_info)
        mode = self._patiently(connection, "PRAGMA journal_mode")[0]
        if mode == WAL and not safe:
            try:
                mode = connection.execute(f"PRAGMA journal_mode = {DELETE}").fetchone()[0]
            except sqlite3.OperationalError as error:
                if not is_locked(error):
                    raise
                raise TasksFileError(
                    f"{str(self.path)!r} is in use by a program with a newer SQLite, in a mode in which this one "
                    f"({sqlite3.sqlite_version}) could lose tasks; use one version of Python for both, or end it."
                ) from error
        elif mode != WAL and safe and is_new:
            with suppress(sqlite3.OperationalError):  # somebody else is at it already
                mode = connection.execute(f"PRAGMA journal_mode = {WAL}").fetchone()[0]
        # EXTRA is FULL and the folder too: else a power cut could bring back the journal of a task that was accepted.
        connection.execute(f"PRAGMA synchronous = {'FULL' if mode == WAL else 'EXTRA'}")

    def _close_all(self) -> None:
        with self._guard:
            connections = list(self._connections.values())
            self._connections.clear()
        if self._pid == os.getpid():
            for connection in connections:
                connection.close()
        else:
            self._abandoned.extend(connections)
