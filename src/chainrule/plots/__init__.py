"""Figures of training, of networks and of how well they do, drawn by Plotly (`pip install "chainrule[report]"`).

Each function returns a Plotly figure: it shows itself in a notebook, `figure.write_html(path)` and `plots.write(figure,
path)` make a file of it, and both can be given to a task queue so that gradient descent doesn't wait. `dark=True` draws
on black. For example:

>>> from chainrule import plots
>>> figure = plots.history({"loss": [0.9, 0.5, 0.4], "val_loss": [0.8, 0.6, 0.6]})
>>> [curve.name for curve in figure.data]
['training', 'validation']
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chainrule.plots.activations import activation, activations
    from chainrule.plots.calibration import calibration
    from chainrule.plots.confusion import confusion
    from chainrule.plots.cost_path import cost_path
    from chainrule.plots.decision_boundary import decision_boundary
    from chainrule.plots.filters import feature_maps, filters
    from chainrule.plots.from_run import write_gradient_flow, write_history, write_update_ratios, write_weights
    from chainrule.plots.gradient_flow import gradient_flow
    from chainrule.plots.history import history
    from chainrule.plots.learning_rates import learning_rates
    from chainrule.plots.misclassified import misclassified
    from chainrule.plots.network import network
    from chainrule.plots.page import write
    from chainrule.plots.precision_recall import precision_recall
    from chainrule.plots.report import report
    from chainrule.plots.residuals import residuals
    from chainrule.plots.roc import roc
    from chainrule.plots.theme import template
    from chainrule.plots.training_curves import training_curves
    from chainrule.plots.update_ratios import update_ratios
    from chainrule.plots.weights import weights

#: Where each function lives. It is imported when it is first asked for, so that importing the room is quick.
_HOMES = {
    "activation": "activations",
    "activations": "activations",
    "calibration": "calibration",
    "confusion": "confusion",
    "cost_path": "cost_path",
    "decision_boundary": "decision_boundary",
    "feature_maps": "filters",
    "filters": "filters",
    "gradient_flow": "gradient_flow",
    "history": "history",
    "learning_rates": "learning_rates",
    "misclassified": "misclassified",
    "network": "network",
    "precision_recall": "precision_recall",
    "report": "report",
    "residuals": "residuals",
    "roc": "roc",
    "template": "theme",
    "training_curves": "training_curves",
    "update_ratios": "update_ratios",
    "weights": "weights",
    "write": "page",
    "write_gradient_flow": "from_run",
    "write_history": "from_run",
    "write_update_ratios": "from_run",
    "write_weights": "from_run",
}

__all__ = [
    "activation",
    "activations",
    "calibration",
    "confusion",
    "cost_path",
    "decision_boundary",
    "feature_maps",
    "filters",
    "gradient_flow",
    "history",
    "learning_rates",
    "misclassified",
    "network",
    "precision_recall",
    "report",
    "residuals",
    "roc",
    "template",
    "training_curves",
    "update_ratios",
    "weights",
    "write",
    "write_gradient_flow",
    "write_history",
    "write_update_ratios",
    "write_weights",
]


class _Room(ModuleType):
    """A room whose functions win over the files of the same name.

    Importing the file `history.py` would put the file where the function `history` is looked for.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Room


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"chainrule.plots.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'chainrule.plots' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *_HOMES})
