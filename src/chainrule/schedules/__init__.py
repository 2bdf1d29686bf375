"""Learning-rate schedules: the rate as a function of the training step.

    SGD(learning_rate=ExponentialDecay(0.1, decay_steps=1000, decay_rate=0.9))

Legend: η the rate at a step, η₀ the initial rate, n the step (0 for the first batch), T the number of steps that the
schedule takes (`decay_steps`), γ the `decay_rate`, p = n/T how much of it is done. Names and numbers are Keras' where
Keras has the schedule.

A schedule of your own: derive from `Schedule`, store the constructor's arguments in attributes of the same name, and
define `__call__(self, step)` so that it returns a float.
"""

from __future__ import annotations

from chainrule.schedules.base import SCHEDULES, Constant, Schedule
from chainrule.schedules.cosine import CosineDecay, CosineDecayRestarts
from chainrule.schedules.decay import (
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
    StepDecay,
)
from chainrule.schedules.warmup import LinearWarmup, OneCycle

#: Keras' name of the base class.
LearningRateSchedule = Schedule

_CLASSES = (
    Constant,
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    LinearWarmup,
    OneCycle,
    PiecewiseConstantDecay,
    PolynomialDecay,
    StepDecay,
)
for _cls in _CLASSES:
    SCHEDULES.add(_cls)

__all__ = [
    "SCHEDULES",
    "Constant",
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "LinearWarmup",
    "OneCycle",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "Schedule",
    "StepDecay",
]
