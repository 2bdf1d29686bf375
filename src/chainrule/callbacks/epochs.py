"""From `on_epoch_end` to a run's record: the numbers of epochs, of which a small network has ten thousand a second."""

from __future__ import annotations

import itertools
from collections import deque
from typing import Any

from chainrule.callbacks.monitor import is_number

RATE = "learning_rate"


class Epochs:
    """Keeps the logs of epochs until the thread that writes the record takes them.

    Attributes
    ----------
    append : callable
        Takes one tuple: the epoch, the steps done, the seconds since the run began, the learning rate (None where
        there is none), and the logs, which nobody changes any more.
    """

    def __init__(self):
        self._waiting: deque[tuple[int, int, float, float | None, dict[str, Any]]] = deque()
        self.append = self._waiting.append

    def take(self) -> list[tuple[str, Any]]:
        """Return what has come since the last call, as columns: items of the record's writer."""
        taken = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if not taken:
            return []
        # No line of Python for each epoch: training would have to wait for Python's lock meanwhile.
        names = list(map(tuple, list(zip(*taken, strict=True))[-1]))
        if names.count(names[0]) == len(names):
            return [("epochs", _columns(names[0], taken))]
        groups = itertools.groupby(taken, key=lambda epoch: tuple(epoch[-1]))
        return [("epochs", _columns(names, list(group))) for names, group in groups]


def _columns(names: tuple[str, ...], epochs: list[Any]) -> tuple[Any, ...]:
    numbers, steps, seconds, rates, logs = zip(*epochs, strict=True)
    columns = dict(zip(names, zip(*map(dict.values, logs), strict=True), strict=True))
    columns = {name: _floats(values) for name, values in columns.items() if _are_numbers(values)}
    if rates[0] is not None:
        columns.setdefault(RATE, list(rates))
    return numbers, steps, seconds, columns


def _are_numbers(values: tuple[Any, ...]) -> bool:
    return set(map(type, values)) == {float} or all(map(is_number, values))


def _floats(values: tuple[Any, ...]) -> list[float]:
    return list(values) if set(map(type, values)) == {float} else list(map(float, values))
