"""The learning rate of an optimizer: a number or a schedule, under its own name and under Keras' old ones."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from chainrule.arguments import check_number
from chainrule.configurable import Configurable, arguments_of
from chainrule.errors import ArgumentError, nearest
from chainrule.schedules import SCHEDULES, InverseTimeDecay, Schedule

#: From `_legacy_rate` through `Optimizer.__init__` and the optimizer's own to the script that called it.
LEVELS_TO_THE_CALLER = 4


class LearningRate(Configurable):
    """The part of an optimizer that knows how far to step."""

    iterations: int
    _learning_rate: float | Schedule

    @property
    def _owner(self) -> str:
        return type(self).__name__

    @property
    def learning_rate(self) -> float | Schedule:
        """The learning rate, a number or a schedule. Setting it takes effect at the next step."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        if isinstance(value, (Schedule, dict)):
            self._learning_rate = SCHEDULES.get(value)
        elif callable(value):
            raise ArgumentError(
                f"{self._owner}'s learning_rate is a number or a schedule, not a function; received {value!r}: choose "
                "one of chainrule.optimizers.schedules, or pass the function to the callback LearningRateScheduler."
            )
        else:
            if isinstance(value, np.ndarray) and value.ndim == 0:
                value = value[()]
            self._learning_rate = check_number(self._owner, "learning_rate", value, 0)

    @property
    def current_learning_rate(self) -> float:
        """The learning rate of the next step, as a number."""
        rate = self._learning_rate
        return float(rate(self.iterations)) if isinstance(rate, Schedule) else rate

    @property
    def lr(self) -> float:
        """Another name of the learning rate, for old scripts."""
        return self.current_learning_rate

    @lr.setter
    def lr(self, value: Any) -> None:
        self.learning_rate = value

    def _legacy_rate(self, learning_rate: Any, legacy: dict[str, Any]) -> Any:
        """Return the learning rate, which old scripts call `lr` and let `decay`; refuse other unknown arguments."""
        known = arguments_of(type(self))
        for name in legacy:
            if name not in ("lr", "decay"):
                raise ArgumentError(
                    f"{self._owner} has no argument {name!r}.{nearest(name, known)} Known: {', '.join(known)}."
                )
        decay = legacy.get("decay") or 0  # old scripts write decay=0.0, which means none
        if "lr" in legacy and learning_rate != known["learning_rate"].default:
            raise ArgumentError(f"{self._owner} received both learning_rate and lr, its old name; keep learning_rate.")
        rate = legacy.get("lr", learning_rate)
        if not decay and "lr" not in legacy:
            return rate
        message = f"'lr' is the old name of 'learning_rate'; write {self._owner}(learning_rate={rate!r})."
        if decay:
            rate = self._decaying(rate, decay)
            call = f"InverseTimeDecay({rate.initial_learning_rate!r}, 1, {rate.decay_rate!r})"
            message = (
                f"{self._owner}'s 'decay' is old; write {self._owner}(learning_rate={call}), with InverseTimeDecay "
                "from chainrule.optimizers.schedules."
            )
        warnings.warn(message, FutureWarning, stacklevel=LEVELS_TO_THE_CALLER)
        return rate

    def _decaying(self, rate: Any, decay: Any) -> InverseTimeDecay:
        """Return the schedule that Keras' old `decay` means: the rate over 1 + decay · step."""
        if isinstance(rate, (Schedule, dict)):
            raise ArgumentError(
                f"{self._owner} received decay={decay!r} and a schedule as its learning rate; keep the schedule."
            )
        rate = check_number(self._owner, "learning_rate", rate, 0)
        return InverseTimeDecay(rate, 1, check_number(self._owner, "decay", decay, 0))
