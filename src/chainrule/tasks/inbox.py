"""What a supervisor waits for, in one place: the child's answers and its end, a task taken over, a call to stop."""

from __future__ import annotations

import queue
from typing import Any, NamedTuple

REPLY, ENDED, FENCED, STOP, NOTHING = "reply", "ended", "fenced", "stop", "nothing"


class Event(NamedTuple):
    """One thing that happened: its kind, the child or the task it is about, and what was said."""

    kind: str
    about: Any = None
    content: Any = None


class Inbox:
    """A queue of events, which threads and signals' handlers fill and the supervisor alone reads.

    Examples
    --------
    >>> inbox = Inbox()
    >>> inbox.put(STOP)
    >>> inbox.next(1.0).kind, inbox.next(0.0).kind, inbox.stops
    ('stop', 'nothing', 1)
    """

    def __init__(self):
        # A SimpleQueue, since it alone may be put into from a signal's handler that interrupts its own get.
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        #: How many times STOP was put; who is about to begin something new looks here, and not at what was read.
        self.stops = 0

    def put(self, kind: str, about: Any = None, content: Any = None) -> None:
        """Add an event."""
        self.stops += kind == STOP
        self._events.put(Event(kind, about, content))

    def next(self, seconds: float) -> Event:
        """Return the next event; after so many seconds without one, NOTHING."""
        try:
            return self._events.get(timeout=max(seconds, 0))
        except queue.Empty:
            return Event(NOTHING)
