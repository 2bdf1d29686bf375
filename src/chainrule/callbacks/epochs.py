"""From `on_epoch_end` to a run's record: the numbers of epochs, of which a small network has ten thousand a second.

They are laid end to end in one array of floats: a list of objects would take room in the cache that the network needs,
and more of Python's time.
"""

from __future__ import annotations

from array import array
from collections import deque
from typing import Any

import numpy as np

from chainrule.callbacks.monitor import is_number

RATE = "learning_rate"
#: An epoch's first numbers: which it is, the steps done, the seconds since the run began. The metrics follow.
PLACES = 3
#: After so many numbers another block is begun, so that the old one can be let go.
MOST_NUMBERS = 2**12


NO_FLOAT = (TypeError, ValueError, OverflowError)


class Block:
    """Epochs with the same metrics: their numbers, end to end."""

    def __init__(self, names: list[str], metrics: list[str], has_rate: bool):
        self.names, self.metrics, self.has_rate = names, metrics, has_rate
        self.all_kept = len(metrics) == len(names)
        self.columns = [*metrics, *([RATE] if has_rate else ())]
        self.numbers = array("d")

    def fits(self, logs: dict[str, Any]) -> bool:
        """Tell whether the same of the logs are numbers: a score may be none in one epoch, and one in the next."""
        return _metrics_of(logs) == self.metrics


class Epochs:
    """Keeps the logs of epochs until the thread that writes the record takes them.

    One thread trains and one takes. An array grows by whole epochs while Python's lock is held, so neither waits.
    """

    def __init__(self):
        self._block = Block([], [], has_rate=False)
        self._full: deque[Block] = deque()
        self._reading, self._read = self._block, 0

    def add(self, epoch: int, step: int, seconds: float, rate: float | None, logs: dict[str, Any]) -> None:
        """Keep an epoch.

        Parameters
        ----------
        epoch, step : int
            Which it is, and the steps done by its end.
        seconds : float
            Since the run began.
        rate : float or None
            The learning rate, which stands among the metrics unless the logs have one.
        logs : dict
            What is no number is left out.
        """
        block = self._block
        if [*logs] != block.names or len(block.numbers) > MOST_NUMBERS or not (block.all_kept or block.fits(logs)):
            block = self._begin(logs, rate)
        values = logs.values() if block.all_kept else [logs[name] for name in block.metrics]
        last: tuple[Any, ...] = (rate,) if block.has_rate else ()
        try:  # all of them or, where one is no number, none
            block.numbers.fromlist([epoch, step, seconds, *values, *last])
        except NO_FLOAT:  # what was a number is none now
            self._begin(logs, rate)
            self.add(epoch, step, seconds, rate, logs)

    def _begin(self, logs: dict[str, Any], rate: float | None) -> Block:
        metrics = _metrics_of(logs)
        self._full.append(self._block)
        self._block = Block([*logs], metrics, rate is not None and RATE not in logs)
        return self._block

    def take(self) -> list[tuple[str, Any]]:
        """Return what has come since the last call, as columns: items of the record's writer."""
        latest = self._block  # before the full ones: what fills up meanwhile stands among them, and is taken there
        full = [self._full.popleft() for _ in range(len(self._full))]
        return [item for block in (*full, latest) for item in self._new_of(block)]

    def _new_of(self, block: Block) -> list[tuple[str, Any]]:
        if block is not self._reading:
            self._reading, self._read = block, 0
        new = block.numbers[self._read :]
        self._read += len(new)
        if not new:
            return []
        table = np.frombuffer(new).reshape(-1, PLACES + len(block.columns)).T
        epochs, steps = (column.astype(np.int64).tolist() for column in table[:2])
        metrics = {name: column.tolist() for name, column in zip(block.columns, table[PLACES:], strict=True)}
        return [("epochs", (epochs, steps, table[2].tolist(), metrics))]


def _metrics_of(logs: dict[str, Any]) -> list[str]:
    return [name for name, value in logs.items() if _is_float(value)]


def _is_float(value: Any) -> bool:
    """Tell what an array of floats takes: 10**400 is a number, and too large."""
    try:
        return is_number(value) and len(array("d", [value])) == 1
    except NO_FLOAT:
        return False
