"""The heartbeat of a worker: it tells the database that the worker lives, and renews the lease of the task in hand."""

from __future__ import annotations

import os
import socket
import threading
from typing import Any

from chainrule.tasks.inbox import FENCED, Inbox
from chainrule.tasks.worker_log import WorkerLog

#: A lease is renewed so many times in its length.
BEATS_A_LEASE = 3
#: Seconds between two beats, at most: who lists the workers sees soon that one is gone.
LONGEST_PAUSE = 5.0


class Heartbeat:
    """A thread that beats while a worker runs.

    Parameters
    ----------
    store : Store
        Its `renew` tells whether a task is still this worker's.
    owner : str
        The worker's name in the database.
    inbox : Inbox
        Gets FENCED with a task that is another worker's by now: this one was silent for longer than the lease.
    log : WorkerLog
    lease : float
        Seconds.
    """

    def __init__(self, store: Any, owner: str, inbox: Inbox, log: WorkerLog, lease: float):
        self._store, self._owner, self._inbox, self._log = store, owner, inbox, log
        self._pause = min(lease / BEATS_A_LEASE, LONGEST_PAUSE)
        self._in_hand: Any = None
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="chainrule-heartbeat", daemon=True)

    def start(self) -> None:
        """Beat once, and go on beating."""
        self._beat()
        self._thread.start()

    def stop(self) -> None:
        """Beat no more."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()

    def hold(self, claimed: Any) -> None:
        """Renew the lease of a task from now on; None: of no task."""
        self._in_hand = claimed

    def _beat_on(self) -> None:
        try:
            while not self._end.wait(self._pause):
                try:
                    self._beat()
                except Exception as error:  # a locked database, a full disk, no memory: the next beat may succeed
                    self._log.say(f"no heartbeat: {error}")
        finally:
            self._store.close_thread()

    def _beat(self) -> None:
        claimed = self._in_hand
        if claimed is not None and not self._store.renew(claimed):
            self._inbox.put(FENCED, claimed)
        self._store.beat(self._owner, os.getpid(), socket.gethostname())
