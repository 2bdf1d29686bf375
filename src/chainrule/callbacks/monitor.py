"""The number that a callback watches, and which of two values of it is better."""

from __future__ import annotations

import math
from typing import Any

from chainrule.arguments import check_choice
from chainrule.errors import ArgumentError, nearest

MODES = {"up": "max", "down": "min"}
VALIDATION = "val_"


def is_number(value: Any) -> bool:
    """Tell a number from an array such as a confusion matrix."""
    return isinstance(value, (int, float)) or getattr(value, "ndim", 1) == 0


class Monitor:
    """Watches one entry of the logs.

    Parameters
    ----------
    owner : str
        The callback's name, for messages.
    name : str
        What it watches: "val_loss", "accuracy".
    mode : {"auto", "min", "max"}
        Whether less is better or more; "auto" asks the model's metric of that name.
    min_delta : float
        How much better counts as better; its sign means nothing.
    """

    def __init__(self, owner: str, name: str, mode: str, min_delta: float = 0.0):
        if not isinstance(name, str) or not name:
            raise ArgumentError(f"{owner}'s monitor is a name from the logs, such as 'val_loss'; received {name!r}.")
        self.owner, self.name = owner, name
        self.mode = check_choice(owner, "mode", mode, ("auto", "min", "max"))
        self.min_delta = abs(min_delta)
        self._seen = False

    def read(self, logs, model: Any, params: dict[str, Any] | None, epoch: int) -> float | None:
        """Return the epoch's number, or None in an epoch without validation.

        Raises
        ------
        ArgumentError
            If it is not there, is no number, or nobody knows which way is better.
        """
        logs = logs or {}
        if self.name not in logs:
            if self._seen or self._between_validations(params or {}, epoch):
                return None
            raise self._absent(list(logs))
        if not is_number(logs[self.name]):
            raise ArgumentError(
                f"{self.owner} watches one number, and {self.name!r} is an array: watch another metric."
            )
        self._seen = True
        if self.mode == "auto":
            self.mode = self._mode_of(model)
        return float(logs[self.name])

    def _between_validations(self, params: dict[str, Any], epoch: int) -> bool:
        every = params.get("validation_freq") or 1
        return self.name.startswith(VALIDATION) and (epoch + 1) % every != 0

    def _absent(self, known: list[str]) -> ArgumentError:
        without_validation = self.name.startswith(VALIDATION) and not any(name.startswith(VALIDATION) for name in known)
        mend = " Give fit validation_data or validation_split." if without_validation else nearest(self.name, known)
        there = f"there is: {', '.join(known)}" if known else "the logs are empty"
        return ArgumentError(f"{self.owner} watches {self.name!r}, which this fit doesn't measure; {there}.{mend}")

    def _mode_of(self, model: Any) -> str:
        name = self.name.removeprefix(VALIDATION)
        if name == "loss" or name.endswith("_loss"):
            return "min"
        direction = _direction(name, model)
        if direction is None:
            raise ArgumentError(
                f"{self.owner} can't tell whether more or less of {self.name!r} is better: "
                "say mode='max' or mode='min'."
            )
        return MODES[direction]

    def better(self, value: float, best: float | None) -> bool:
        """Tell whether a value beats the best so far (None: there is none yet); NaN and infinity beat nothing."""
        if not math.isfinite(value):
            return False
        return best is None or (value - best if self.mode == "max" else best - value) > self.min_delta


def _direction(name: str, model: Any) -> str | None:
    compilation = getattr(model, "compilation", None)
    for known, metric, *_ in compilation.named_metrics() if compilation is not None else ():
        if known == name:
            return metric.direction
    from chainrule.metrics.registry import METRICS

    return METRICS.get(name).direction if name in METRICS else None
