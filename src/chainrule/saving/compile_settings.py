"""What `compile` settled, as a description and back."""

from __future__ import annotations

import warnings
from typing import Any

from chainrule.saving.faults import Fault

KEYS = {"optimizer", "losses", "loss_weights", "metrics", "weighted_metrics", "engine"}


def describe_compilation(model: Any) -> dict[str, Any] | None:
    """Return the compile settings as plain values, or None for a model that was not compiled."""
    if model.compilation is None:
        return None
    settled = model.compilation
    return {
        "optimizer": settled.optimizer.to_config(),
        "losses": [None if loss is None else loss.to_config() for loss in settled.losses],
        "loss_weights": list(settled.loss_weights),
        "metrics": _describe_metrics(settled.metrics),
        "weighted_metrics": _describe_metrics(settled.weighted_metrics),
        "engine": settled.arguments["engine"],
    }


def _describe_metrics(groups: list[list[Any]]) -> list[list[dict[str, Any]]]:
    from chainrule.metrics.wrappers import FunctionMetric

    for metric in (metric for group in groups for metric in group):
        if isinstance(metric, FunctionMetric):
            warnings.warn(
                f"The metric {metric.name!r} is a function of your own, which a model file can't hold: it is left out. "
                "Write it as a class derived from chainrule.metrics.Metric to keep it.",
                UserWarning,
                stacklevel=5,
            )
    return [[metric.to_config() for metric in group if not isinstance(metric, FunctionMetric)] for group in groups]


def restore_compilation(model: Any, described: Any, maker: Any) -> None:
    """Compile a model as a description says.

    Raises
    ------
    Fault
        If the description is damaged, or asks for what is not known.
    """
    if not isinstance(described, dict) or set(described) != KEYS:
        raise Fault(f"the compile settings have the keys {', '.join(sorted(KEYS))}, and no others")
    n = len(model.outputs)
    for key in ("losses", "loss_weights", "metrics", "weighted_metrics"):
        if not isinstance(described[key], list) or len(described[key]) != n:
            raise Fault(f"{key} in the compile settings are not a list of one entry for each of the {n} outputs")
    if described["engine"] is not None and not isinstance(described["engine"], str):
        raise Fault("the engine in the compile settings is not a text")
    arguments = {
        "optimizer": maker.make(described["optimizer"], "optimizer"),
        "loss": [maker.make(loss, "loss") for loss in described["losses"]],
        "metrics": _made_metrics(described["metrics"], maker),
        "weighted_metrics": _made_metrics(described["weighted_metrics"], maker),
        "loss_weights": described["loss_weights"],
        "engine": described["engine"],
    }
    try:
        # What `compile` has to say of this network it said when it was compiled first.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            model.compile(**arguments)
    except Exception as error:
        raise Fault(f"the model can't be compiled as described: {error}") from None


def _made_metrics(groups: list[Any], maker: Any) -> list[Any]:
    """Return a list of metrics for each output; for one output that list alone, as `compile` takes it."""
    if not all(isinstance(group, list) for group in groups):
        raise Fault("the metrics in the compile settings are not a list for each output")
    made = [[maker.make(metric, "metric") for metric in group] for group in groups]
    return made if len(made) > 1 else made[0]
