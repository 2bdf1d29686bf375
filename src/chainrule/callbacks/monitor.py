"""The number that a callback watches, and which of two values of it is better."""

from __future__ import annotations

import math

from chainrule.arguments import check_choice
from chainrule.errors import ArgumentError, nearest

#: Where more is better; everything else is a loss or an error.
HIGHER_IS_BETTER = ("accuracy", "acc", "auc", "precision", "recall", "f1", "r2", "top_k", "cosine")


class Monitor:
    """Watches one entry of the logs.

    Parameters
    ----------
    owner : str
        The callback's name, for messages.
    name : str
        "val_loss", "accuracy".
    mode : {"auto", "min", "max"}
        Which way is better; "auto" goes by the name.
    min_delta : float
        How much better it must be to count.
    """

    def __init__(self, owner: str, name: str, mode: str, min_delta: float = 0.0):
        self.owner, self.name, self.mode = owner, name, check_choice(owner, "mode", mode, ("auto", "min", "max"))
        self.min_delta = abs(float(min_delta))
        rises = self.mode == "max" or (self.mode == "auto" and any(part in name for part in HIGHER_IS_BETTER))
        self.sign = 1.0 if rises else -1.0

    def value(self, logs) -> float:
        """Return the watched number of an epoch, or say what there is to watch."""
        if self.name not in (logs or {}):
            known = ", ".join(logs or {}) or "nothing"
            hint = " Give fit validation_split or validation_data." if self.name.startswith("val_") else ""
            raise ArgumentError(
                f"{self.owner} watches {self.name!r}, which is not there.{nearest(self.name, logs or {})} There is: {known}.{hint}"
            )
        return float(logs[self.name])

    def worst(self) -> float:
        """Return a value that every other is better than."""
        return -self.sign * math.inf

    def better(self, value: float, best: float) -> bool:
        """Tell whether a value beats the best so far; NaN beats nothing."""
        return self.sign * (value - best) > self.min_delta if math.isfinite(best) else self.sign * value > self.sign * best
