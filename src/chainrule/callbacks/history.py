"""The record that every `fit` returns."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.callbacks.base import Callback
from chainrule.callbacks.monitor import is_number


class History(Callback):
    """What happened, epoch by epoch; `fit` returns it.

    Attributes
    ----------
    history : dict of str to list
        "loss", the metrics, and the same with `val_` before them: one number an epoch.
    epoch : list of int
        The epochs, counted from 0.
    params : dict
        What the fit was asked for: `epochs`, `steps`, `verbose`, `metrics`.
    stopped : str or None
        Why training ended before its last epoch.
    interrupted : bool
        True if that was Ctrl-C.
    run : str or None
        The file that the run was recorded in, where it was (`fit(record=True)`).

    Examples
    --------
    >>> history = History()
    >>> history.on_epoch_end(0, {"loss": 0.5, "accuracy": 0.75})
    >>> history
    <History: 1 epoch, last: loss 0.5, accuracy 0.75>
    """

    def __init__(self):
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []
        self.stopped: str | None = None
        self.interrupted = False
        self.run: str | None = None

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Append the epoch's numbers."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)

    def get_state(self) -> dict[str, Any]:
        """Return the record so far, as arrays where that changes no value: they take little room in a file."""
        packed = {name: _packed(values) for name, values in self.history.items()}
        return {"history": packed, "epoch": np.array(self.epoch, dtype=np.int64)}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from a record."""
        self.history = {name: _unpacked(values) for name, values in state["history"].items()}
        self.epoch = np.asarray(state["epoch"], dtype=np.int64).tolist()

    def __repr__(self) -> str:
        n = len(self.epoch)
        numbers = [(name, values[-1]) for name, values in self.history.items()]
        last = ", ".join(f"{name} {value:.4g}" for name, value in numbers if is_number(value))
        stopped = f"; {self.stopped}" if self.stopped else ""
        return f"<History: {n} epoch{'' if n == 1 else 's'}{f', last: {last}' if last else ''}{stopped}>"


def _packed(values: list[Any]) -> Any:
    """Return floats as an array, and anything else as a list."""
    return np.array(values) if all(type(value) is float for value in values) else list(values)


def _unpacked(values: Any) -> list[Any]:
    return values.tolist() if isinstance(values, np.ndarray) else list(values)
