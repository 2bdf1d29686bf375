"""chainrule: the neural-network library you can read.

Every layer shows its mathematics and proves its own gradient. `import chainrule` loads NumPy alone; each room is
imported where it is used.

Examples
--------
>>> import numpy as np
>>> from chainrule.layers import Dense
>>> from chainrule.models import Sequential
>>> model = Sequential([Dense(4, input_dim=2, activation="tanh"), Dense(1, activation="sigmoid")], seed=1)
>>> model.compile(loss="binary_crossentropy", optimizer="adam")
>>> X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
>>> history = model.fit(X, y, epochs=2, verbose=0)
>>> model.check_gradients(X, y).passed
True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from chainrule._version import __version__

if TYPE_CHECKING:
    from chainrule.checks import check_layer
    from chainrule.layers import Input
    from chainrule.models import Model, Sequential, load_model, model_from_json

#: Where each public name lives. A name is imported when it is first asked for, so that importing the package is quick.
_HOMES = {
    "Input": "chainrule.layers",
    "Model": "chainrule.models",
    "Sequential": "chainrule.models",
    "check_layer": "chainrule.checks",
    "load_model": "chainrule.models",
    "lr_find": "chainrule.training.lr_find",
    "model_from_json": "chainrule.models",
}
_ROOMS = (
    "activations", "callbacks", "checks", "constraints", "datasets", "initializers", "layers", "losses", "metrics",
    "models", "ops", "optimizers", "plots", "regularizers", "runs", "saving", "schedules", "tasks", "utils",
)  # fmt: skip

__all__ = ["Input", "Model", "Sequential", "__version__", "check_layer", "load_model", "model_from_json"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    if name in _ROOMS:
        return importlib.import_module(f"chainrule.{name}")
    raise AttributeError(f"module 'chainrule' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *_HOMES, *_ROOMS])
