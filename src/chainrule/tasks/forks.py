"""No connection crosses a fork: a child that inherits one can damage the database, by using it or by closing it.

Before a fork every database of the process is brought to rest: nobody is inside a transaction, and all connections are
closed. Parent and child open new ones when they next need them.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: Seconds that a fork waits for the transactions of other threads.
LONGEST_WAIT = 60.0
_GATES: weakref.WeakSet[Gate] = weakref.WeakSet()


class Gate:
    """Lets any number of threads in, and closes for the moment of a fork.

    Parameters
    ----------
    rest : callable
        Called with nobody inside, just before the fork.
    """

    def __init__(self, rest):
        self._rest, self._condition = rest, threading.Condition()
        self._inside: Counter[int] = Counter()  # how often each thread is
        _GATES.add(self)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Be inside; a fork waits until it is left."""
        me = threading.get_ident()
        with self._condition:
            self._inside[me] += 1
        try:
            yield
        finally:
            with self._condition:
                self._inside[me] -= 1
                if not self._inside[me]:
                    del self._inside[me]
                self._condition.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until no other thread is inside, and let none in meanwhile."""
        me = threading.get_ident()
        with self._condition:
            self._condition.wait_for(lambda: not self._inside.keys() - {me}, LONGEST_WAIT)
            yield

    def shut(self) -> None:
        """Wait until nobody is inside, and let nobody in until `open` is called."""
        self._condition.acquire()
        # With a limit: a signal's handler may fork while its own thread is inside.
        if self._condition.wait_for(lambda: not self._inside, LONGEST_WAIT):
            self._rest()

    def open(self) -> None:
        """Let threads in again."""
        self._condition.release()


_SHUT: list[Any] = []


def _before() -> None:
    for gate in list(_GATES):
        gate.shut()
        _SHUT.append(gate)


def _after() -> None:
    while _SHUT:
        _SHUT.pop().open()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(before=_before, after_in_parent=_after, after_in_child=_after)
