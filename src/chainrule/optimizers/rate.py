"""The learning rate of an optimizer: a number or a schedule, under its own name and under Keras' old ones."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from chainrule.arguments import check_number
from chainrule.configurable import Configurable, arguments_of
from chainrule.errors import ArgumentError, nearest
from chainrule.schedules import SCHEDULES, Schedule

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
        """Return the learning rate, which old scripts call `lr`; refuse every other unknown argument."""
        known = arguments_of(type(self))
        for name, value in legacy.items():
            if name == "decay" and not value:
                continue  # old scripts write decay=0.0, which means none
            if name == "decay":
                raise ArgumentError(
                    f"{self._owner} has no argument 'decay' any more; write {self._owner}(learning_rate="
                    f"InverseTimeDecay(initial_learning_rate=…, decay_steps=1, decay_rate={value!r})), "
                    "with InverseTimeDecay from chainrule.optimizers.schedules."
                )
            if name != "lr":
                raise ArgumentError(
                    f"{self._owner} has no argument {name!r}.{nearest(name, known)} Known: {', '.join(known)}."
                )
        if "lr" not in legacy:
            return learning_rate
        if learning_rate != known["learning_rate"].default:
            raise ArgumentError(f"{self._owner} received both learning_rate and lr, its old name; keep learning_rate.")
        message = f"'lr' is the old name of 'learning_rate'; write {self._owner}(learning_rate={legacy['lr']!r})."
        warnings.warn(message, FutureWarning, stacklevel=LEVELS_TO_THE_CALLER)
        return legacy["lr"]
