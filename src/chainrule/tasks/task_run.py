"""One task in the child: hand it over, and wait for what comes first of all that may happen to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from chainrule.tasks.child_process import ChildProcess
from chainrule.tasks.inbox import ENDED, FENCED, REPLY, STOP, Event, Inbox

RESULT, ERROR, RETURNED, TAKEN_OVER = "result", "error", "returned", "taken over"
#: Seconds between two looks at the child itself: a program that a task left behind may hold its pipe open.
LOOK = 0.5


class Outcome(NamedTuple):
    """How a task went: `text` is its result (JSON) or its error; `alive` tells whether the child can go on."""

    kind: str
    text: str = ""
    retry: bool = True
    alive: bool = False


def run_task(claimed: Any, child: ChildProcess, inbox: Inbox, say: Callable[[str], None]) -> Outcome:
    """Run a task in the child and return how it went.

    Parameters
    ----------
    claimed : Claimed
        The task. Its `timeout`, in seconds, begins when the child has it.
    child : ChildProcess
        Idle. Where the outcome says that it can't go on, it has to be killed, if it isn't dead yet.
    inbox : Inbox
    say : callable
        Is given a line for the log.
    """
    child.send({"function": claimed.function, "arguments": claimed.arguments})
    limit = None if claimed.timeout is None else time.monotonic() + claimed.timeout
    while True:
        event = inbox.next(LOOK if limit is None else min(LOOK, limit - time.monotonic()))
        outcome = _outcome(event, claimed, child, inbox.stops)
        if outcome is not None:
            return outcome
        if event.kind == STOP:
            say(f"finishing task {claimed.id}; once more gives it back")
        if limit is not None and time.monotonic() >= limit:
            return Outcome(ERROR, f"It ran over its limit of {claimed.timeout:g} s, and was ended.")


def _outcome(event: Event, claimed: Any, child: ChildProcess, stops: int) -> Outcome | None:
    """Return what an event means for the task in hand; None: nothing yet."""
    if event.kind == REPLY and event.about is child:
        answer = event.content
        if "result" in answer:
            return Outcome(RESULT, answer["result"], alive=True)
        return Outcome(ERROR, answer["error"], answer["retry"], alive=True)
    if (event.kind == ENDED and event.about is child) or not child.is_alive:
        return Outcome(ERROR, f"The process that ran it died: {child.how_it_ended()}.")
    if event.kind == FENCED and event.about is claimed:
        return Outcome(TAKEN_OVER)
    return Outcome(RETURNED) if stops > 1 else None
