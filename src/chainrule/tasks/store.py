"""The store: tasks in a file, and the few steps by which they go from hand to hand without one being lost.

Each step is one transaction that takes the lock for writing first and reads the clock after it. Each step of a worker
names the token of its claim, so that a worker that was thought dead can't overwrite what another has done since.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from chainrule.tasks import claiming
from chainrule.tasks.changes import MINE, back, changed, finish, put, values_of
from chainrule.tasks.chores import Chores
from chainrule.tasks.connection import Database
from chainrule.tasks.error_text import shortened
from chainrule.tasks.options import RAISE
from chainrule.tasks.questions import SILENT_LEASES
from chainrule.tasks.rows import Claimed, NewTask

if TYPE_CHECKING:
    import sqlite3

#: Seconds until a task that failed is tried again: at first, and at most; twice as long each time.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 300.0


class Store(Chores):
    """A file of tasks; `Questions` and `Chores` are the other two thirds of it.

    A `DurableQueue` puts tasks into it and a worker takes them out; use it directly to write a worker of your own. Any
    number of threads and processes may use one file at once.

    Parameters
    ----------
    path : str or path
        Made where it isn't there; arrays go into a folder beside it, `<path>.arrays`.
    lease : float, default 10.0
        Seconds of silence after which a worker counts as dead and its task is given to another.
    clock : callable, default time.time
        Returns seconds since 1970; tests give their own.
    steady : callable, optional
        The clock by which a jump of `clock` is seen: `time.monotonic`; with a clock of your own, that clock.
    timeout : float, default 30.0
        Seconds to wait for another program's lock.
    mount_table : str, optional
        Linux' table of mounts, by which a network file system is known; tests give their own.

    Raises
    ------
    TasksFileError
        If the file can't be used; from every method too.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = Store(f"{folder}/tasks.db")
    ...     put = store.put([NewTask("mytasks:plot", '{"args": [], "kwargs": {}}')])
    ...     claimed = store.claim("worker 1")
    ...     done = store.finish(claimed, "null")
    ...     state = store.get(put[0]).state
    ...     store.close()
    >>> claimed.function, claimed.attempts, done, state
    ('mytasks:plot', 1, True, 'done')
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        lease: float = 10.0,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] | None = None,
        timeout: float = 30.0,
        mount_table: str | None = None,
    ):
        self._database = Database(path, timeout, mount_table)
        self.path, self.lease = self._database.path, lease
        if steady is None:
            steady = time.monotonic if clock is time.time else clock
        self._clock = claiming.Clock(clock, steady)

    # -- what a program does ----------------------------------------------------------------------------------------

    def put(self, tasks: Sequence[NewTask], max_waiting: int | None = None, policy: str = RAISE) -> list[int]:
        """Put tasks, all or none, and return their ids; they are on the disk then.

        Parameters
        ----------
        tasks : sequence of NewTask
        max_waiting : int, optional
            How many tasks of a queue may wait.
        policy : {"raise", "drop_oldest"}, default "raise"
            What is done where more would wait.

        Raises
        ------
        QueueFull
            With "raise".
        """
        dropped: list[str] = []
        with self._database.writing() as connection:
            now = self._clock.now()
            ids = [put(connection, task, now, max_waiting, policy, dropped) for task in tasks]
        self._remove_arrays(dropped)
        return ids

    # -- what a worker does -----------------------------------------------------------------------------------------

    def claim(self, owner: str, queue: str = "default") -> Claimed | None:
        """Take the next task in hand, for the length of a lease; None where there is nothing to do.

        The attempt counts from here on: a task that ends its worker each time becomes "lost", not an endless loop.
        """
        with self._database.writing() as connection:
            return self._take(connection, owner, queue)

    def renew(self, claimed: Claimed) -> bool:
        """Begin the lease anew; False says that another has the task, or that it is counted as lost."""
        with self._database.writing() as connection:
            values = values_of(claimed, until=self._clock.now() + self.lease)
            return changed(connection, f"UPDATE task SET lease_until = :until {MINE}", values)

    def finish(self, claimed: Claimed, result: str) -> bool:
        """Keep the result of a task, as `arguments.encode_result` writes it; False: another has it by now."""
        with self._database.writing() as connection:
            kept = finish(connection, claimed, result, self._clock.now())
        self._remove_arrays([claimed.arguments if kept else result])
        return kept

    def finish_and_claim(self, claimed: Claimed, result: str, owner: str) -> tuple[bool, Claimed | None]:
        """Do what `finish` does and what `claim` does in one transaction: the disk is waited for once instead of twice.

        Both are on the disk then, or neither is.
        """
        with self._database.writing() as connection:
            kept = finish(connection, claimed, result, self._clock.now())
            following = self._take(connection, owner, claimed.queue)
        self._remove_arrays([claimed.arguments if kept else result])
        return kept, following

    def fail(self, claimed: Claimed, error: str, retry: bool = True) -> bool:
        """Keep what went wrong; the task waits for its next attempt, a while longer each time, or has failed.

        Parameters
        ----------
        claimed : Claimed
        error : str
            Cut in the middle where it is longer than 16,000 characters.
        retry : bool, default True
            False: another attempt can't go better.
        """
        again = retry and claimed.attempts < claimed.max_attempts
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(claimed.attempts - 1, 16)) * random.uniform(0.5, 1.5)
        with self._database.writing() as connection:
            now = self._clock.now()
            values = values_of(claimed, error=shortened(error), now=now, run_at=now + pause)
            if again:
                return back(connection, "scheduled = 1, run_at = :run_at, since = :now, error = :error", values)
            change = f"UPDATE task SET state = 'failed', error = :error, finished = :now, lease_until = NULL {MINE}"
            return changed(connection, change, values)

    def release(self, claimed: Claimed) -> bool:
        """Give a task back as if it had not been claimed; the attempt doesn't count."""
        with self._database.writing() as connection:
            return back(connection, "scheduled = 0, attempts = attempts - 1", values_of(claimed, now=self._clock.now()))

    def beat(self, owner: str, pid: int, host: str) -> None:
        """Tell that a worker lives, and forget those that have long been silent."""
        with self._database.writing() as connection:
            now = self._clock.now()
            connection.execute(
                "INSERT INTO worker VALUES (:owner, :pid, :host, :lease, :now, :now) "
                "ON CONFLICT (owner) DO UPDATE SET seen = :now",
                {"owner": owner, "pid": pid, "host": host, "lease": self.lease, "now": now},
            )
            connection.execute(f"DELETE FROM worker WHERE abs(? - seen) > {SILENT_LEASES} * lease", (now,))

    def leave(self, owner: str) -> None:
        """Tell that a worker has ended."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM worker WHERE owner = ?", (owner,))

    # -- the end, and steps of the above -----------------------------------------------------------------------------

    def close_thread(self) -> None:
        """Close what the thread that calls has open; a thread that ends may do so."""
        self._database.close_thread()

    def close(self) -> None:
        """Close the file; the store can't be used any more."""
        self._database.close()

    def _take(self, connection: sqlite3.Connection, owner: str, queue: str) -> Claimed | None:
        """Take the next task in hand; the caller holds the lock for writing."""
        jumped, now = self._clock.jumped(), self._clock.now()
        row = claiming.next_row(connection, self._times(queue, now), jumped)
        if row is None:
            return None
        values = {"owner": owner, "now": now, "lease": self.lease, "id": row["id"]}
        connection.execute(claiming.TAKE, values)
        return Claimed(
            row["id"], queue, row["function"], row["arguments"], row["attempts"] + 1, row["max_attempts"],
            row["timeout"], row["token"] + 1, now + self.lease,
        )  # fmt: skip
