"""From the training loops to a run's record: each step's loss, without a call a step.

A training loop must not spend a microsecond on what happens a million times a second. So the native core writes its
losses straight into a buffer, and the thread that writes the record takes from there what it keeps.
"""

from __future__ import annotations

from collections import deque
from typing import Any, TypeAlias

import numpy as np

from chainrule.schedules import Schedule

#: A buffer holds so many steps: more than the fastest network takes between two visits of the thread that writes.
CAPACITY = 2**18
LOSS, RATE = "loss", "learning_rate"


#: A buffer with a row for each metric, the step of its first column, and the step before which it is filled. A plain
#: tuple: making one with names would cost half of all that a training loop spends here.
Filled: TypeAlias = tuple[np.ndarray, int, int]


class Steps:
    """Keeps each step's loss until the thread that writes the record takes it.

    Step k is the one that k others came before: its loss is that of the weights after k steps. A learning rate that
    follows a schedule is kept beside it; one that is a number changes by callbacks, and stands with the epochs.

    One thread trains and one takes. They share the state as one tuple, put in place in one go, so neither waits.

    Parameters
    ----------
    optimizer : Optimizer
    thinning : chainrule.runs.thinning.Thinning
        Knows which steps are kept.
    capacity : int
        How many steps a buffer holds.
    """

    def __init__(self, optimizer: Any, thinning: Any, capacity: int = CAPACITY):
        self.optimizer, self.thinning, self.capacity = optimizer, thinning, capacity
        self._names = (LOSS, RATE) if isinstance(optimizer.learning_rate, Schedule) else (LOSS,)
        self._full: deque[Filled] = deque()
        self._taken = first = optimizer.iterations
        self._state: Filled = (self._new(capacity), first, first)

    def _new(self, capacity: int) -> np.ndarray:
        return np.empty((len(self._names), capacity))

    # What the training loops call -------------------------------------------------------------------------------------

    def one(self, step: int, loss: float) -> None:
        """Keep the loss of one step."""
        self.room(step, 1)[0] = loss
        self.took(1, [self.optimizer.learning_rate(step)] if len(self._names) > 1 else ())

    def room(self, step: int, n: int) -> np.ndarray:
        """Return where the losses of n steps go, from `step` on; `took` says how many there were."""
        buffer, first, end = self._state
        if end != step or step - first + n > buffer.shape[1]:
            self._full.append(self._state)
            buffer, first = self._new(max(self.capacity, n)), step
            self._state = buffer, first, first
        return buffer[0, step - first : step - first + n]

    def took(self, n: int, rates: Any) -> None:
        """Count n steps whose losses are where `room` said, and keep the learning rates that they had."""
        buffer, first, end = self._state
        if len(self._names) > 1:
            buffer[1, end - first : end - first + n] = rates[:n]
        self._state = buffer, first, end + n

    # What the thread that writes calls --------------------------------------------------------------------------------

    def take(self) -> list[tuple[str, Any]]:
        """Return what has come since the last call, as far as it is kept, as items of the record's writer."""
        latest = self._state  # first: what fills up meanwhile then stands among the full ones, and is taken there
        parts = [self._full.popleft() for _ in range(len(self._full))]
        return [item for part in (*parts, latest) for item in self._new_of(part)]

    def _new_of(self, part: Filled) -> list[tuple[str, Any]]:
        buffer, first, end = part
        since = max(first, self._taken)
        if end <= since:
            return []
        self._taken = end
        items = []
        for row, name in enumerate(self._names):
            stride = self.thinning.stride(name)
            kept = since + -since % stride
            values = buffer[row, kept - first : end - first : stride].copy()
            if len(values):
                items.append(("stretch", (kept, stride, name, values)))
        return items
