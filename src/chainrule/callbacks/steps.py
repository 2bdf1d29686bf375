"""From the training loops to a run's record: each step's loss, without a call a step.

A training loop must not spend a microsecond on what happens a million times a second. So the native core writes its
losses straight into a buffer, and of a long run only those that are kept: memory that isn't touched costs no time. The
thread that writes the record takes them from there.
"""

from __future__ import annotations

from collections import deque
from typing import Any, NamedTuple

import numpy as np

from chainrule.schedules import Schedule

#: A buffer holds so many losses, which fit in the cache that a core has to itself.
CAPACITY = 2**12
LOSS, RATE = "loss", "learning_rate"


class Part(NamedTuple):
    """A buffer with a row for each metric, and which steps its columns are: `first`, first + every, … before `end`.

    Where it holds NaN there was no step: a loss that is not finite ends training before its step is taken.
    """

    buffer: np.ndarray
    begin: int
    end: int
    first: int
    every: int

    def column(self, step: int) -> int:
        """Return the column of a step, or of the first after it that has one."""
        return -((self.first - step) // self.every)


class Steps:
    """Keeps the losses of steps until the thread that writes the record takes them.

    Step k is the one that k others came before: its loss is that of the weights after k steps. A learning rate that
    follows a schedule is kept beside it; one that is a number changes by callbacks, and stands with the epochs.

    One thread trains and one takes. How far a buffer is filled the core does not tell: `optimizer.iterations` does.

    Parameters
    ----------
    optimizer : Optimizer
    thinning : chainrule.runs.thinning.Thinning
        Knows which steps are kept. What it leaves out now it leaves out for ever.
    capacity : int
        How many losses a buffer holds.
    """

    def __init__(self, optimizer: Any, thinning: Any, capacity: int = CAPACITY):
        self.optimizer, self.thinning, self.capacity = optimizer, thinning, capacity
        self._has_rates = isinstance(optimizer.learning_rate, Schedule)
        self._names = (LOSS, RATE) if self._has_rates else (LOSS,)
        self._full: deque[tuple[Part, int]] = deque()
        self._network: Any = None
        self._taken = self._done = optimizer.iterations
        self._part = part = self._new(self._taken, 1)
        self._begin, self._end = part.begin, part.end  # of this part, at hand

    # What the training loops call -------------------------------------------------------------------------------------

    def one(self, step: int, loss: float) -> None:
        """Keep the loss of a step that has been taken."""
        part = self._part if self._begin <= step < self._end else self._next(step, 1)
        if step % part.every == 0:
            column = part.column(step)
            part.buffer[0, column] = loss
            if self._has_rates:
                part.buffer[1, column] = self.optimizer.learning_rate(step)
        self._done = step + 1

    def prepare(self, network: Any, step: int, n: int, rates: Any) -> None:
        """See that the core has room for the losses of n steps, from `step` on, with these learning rates."""
        if network is not self._network or step < self._begin or step + n > self._end:
            part = self._next(step, n)
            network.keep_losses(part.buffer[0], part.first, part.every)
            self._network = network
        if self._has_rates:
            part = self._part
            begin, end = part.column(step), part.column(step + n)
            part.buffer[1, begin:end] = rates[-step % part.every : n : part.every]

    def close(self) -> None:
        """Let the core write its losses nowhere."""
        if self._network is not None:
            self._network.keep_losses(None, 0)
            self._done, self._network = self.optimizer.iterations, None

    def _next(self, step: int, n: int) -> Part:
        """Begin another part at a step, with room for n steps or more."""
        part = self._new(step, n)
        self._full.append((self._part, step))
        self._part, self._begin, self._end = part, part.begin, part.end
        return part

    def _new(self, step: int, n: int) -> Part:
        every = min(map(self.thinning.stride, self._names))
        room = max(self.capacity, -(-n // every))
        first = step + -step % every
        return Part(np.full((len(self._names), room), np.nan), step, first + room * every, first, every)

    # What the thread that writes calls --------------------------------------------------------------------------------

    def take(self) -> list[tuple[str, Any]]:
        """Return what has come since the last call, as far as it is kept, as items of the record's writer."""
        end = self._done if self._network is None else self.optimizer.iterations
        latest = self._part  # before the full ones: what fills up meanwhile stands among them, and is taken there
        full = [self._full.popleft() for _ in range(len(self._full))]
        return [item for part, stop in (*full, (latest, end)) for item in self._new_of(part, stop)]

    def _new_of(self, part: Part, stop: int) -> list[tuple[str, Any]]:
        """Return the items of a part's steps before `stop` that were not taken yet."""
        since, stop = max(part.begin, self._taken), min(stop, part.end)
        if stop <= since:
            return []
        self._taken = stop
        items = []
        begin, end = part.column(since), part.column(stop)
        for name, row in zip(self._names, part.buffer[:, begin:end].copy(), strict=True):
            for lo, hi in _filled(row):
                items.append(("stretch", (part.first + (begin + lo) * part.every, part.every, name, row[lo:hi])))
        return items


def _filled(values: np.ndarray) -> list[tuple[int, int]]:
    """Return from where to where there are numbers: everywhere, unless a callback has set the count of steps."""
    if not len(values):
        return []
    there = np.isfinite(values)
    if there.all():
        return [(0, len(values))]
    edges = np.flatnonzero(np.diff(np.concatenate(([False], there, [False]))))
    return [(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]
