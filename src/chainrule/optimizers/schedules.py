"""The schedules under Keras' address: `from chainrule.optimizers.schedules import ExponentialDecay`."""

from __future__ import annotations

from chainrule.schedules import *  # noqa: F403  (the same names: `chainrule.schedules.__all__`)
from chainrule.schedules import __all__  # noqa: F401
