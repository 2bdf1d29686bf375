"""Optimizers: how the weights follow from the gradient. What they share is in `chainrule.optimizers.base`."""

from __future__ import annotations

from typing import Any

from chainrule.configurable import Registry
from chainrule.optimizers import schedules
from chainrule.optimizers.adadelta import Adadelta
from chainrule.optimizers.adagrad import Adagrad
from chainrule.optimizers.adam import Adam
from chainrule.optimizers.adamax import Adamax
from chainrule.optimizers.adamw import AdamW
from chainrule.optimizers.base import Optimizer
from chainrule.optimizers.lbfgs import LBFGS
from chainrule.optimizers.lion import Lion
from chainrule.optimizers.nadam import Nadam
from chainrule.optimizers.rmsprop import RMSprop
from chainrule.optimizers.sgd import SGD

__all__ = [
    "LBFGS",
    "OPTIMIZERS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "get",
    "schedules",
]

OPTIMIZERS = Registry("optimizer", Optimizer)
OPTIMIZERS.add(LBFGS, "l-bfgs")
for _cls in (SGD, Adadelta, Adagrad, Adam, AdamW, Adamax, Lion, Nadam, RMSprop):
    OPTIMIZERS.add(_cls)


def get(identifier: Any) -> Optimizer | None:
    """Return the optimizer that a name, an object, a class, a configuration or None means.

    Raises
    ------
    ArgumentError
        If the name is not known.

    Examples
    --------
    >>> get("adam")
    Adam()
    """
    return OPTIMIZERS.get(identifier)
