"""What `compile` settles: optimizer, a loss and metrics for each output, and who computes."""

from __future__ import annotations

import os
import warnings
from typing import Any

from chainrule import losses as loss_room
from chainrule import metrics as metric_room
from chainrule import optimizers
from chainrule.errors import ArgumentError, unknown_name

ENGINES = ("auto", "reference")


class Compilation:
    """The settled arguments of `compile`.

    Parameters
    ----------
    model : Model
    optimizer : str or Optimizer
    loss : str, Loss, list, dict or None
    metrics, weighted_metrics : list, dict or None
    loss_weights : list, dict, number or None
    engine : str
        "auto" or "reference".
    """

    def __init__(self, model, optimizer, loss, metrics, loss_weights, weighted_metrics, engine):
        names = model.output_names
        self.arguments = {"loss_weights": loss_weights, "engine": engine}
        self.optimizer = optimizers.get(optimizer)
        if self.optimizer is None:
            raise ArgumentError("compile needs an optimizer, such as 'adam'; received None.")
        self.engine = choose_engine(engine)
        self.losses = [self._loss(part) for part in _one_each(loss, names, "loss")]
        weights = [1.0] * len(names) if loss_weights is None else _one_each(loss_weights, names, "loss_weights")
        self.loss_weights = [_loss_weight(weight) for weight in weights]
        shapes = [value.shape for value in model.outputs]
        self.metrics = self._metrics(metrics, names, shapes)
        self.weighted_metrics = self._metrics(weighted_metrics, names, shapes)
        self.output_names = names
        for name, one, value in zip(names, self.losses, model.outputs, strict=True):
            if one is not None:
                warn_of_mismatch(one, value, name)

    @staticmethod
    def _loss(part: Any):
        ours = getattr(part, "__module__", "").startswith("chainrule.losses")
        if callable(part) and not ours and not isinstance(part, (type, loss_room.Loss)):
            raise ArgumentError(
                f"A plain function can't be a loss here, since it has no gradient: received {part!r}. Subclass "
                "chainrule.losses.Loss with an operation that brings forward and backward."
            )
        return loss_room.get(part)

    def _metrics(self, given, names, shapes) -> list[list[Any]]:
        """Return a list of metrics for each output."""
        if given is None:
            return [[] for _ in names]
        if isinstance(given, dict):
            parts = _one_each(given, names, "metrics")
        elif not isinstance(given, (list, tuple)):
            raise ArgumentError(f"metrics is a list, such as ['accuracy']; received {given!r}.")
        elif len(names) > 1 and len(given) == len(names) and all(isinstance(part, (list, tuple)) for part in given):
            parts = list(given)
        else:
            parts = [list(given) for _ in names]
        found = []
        for part, loss, shape in zip(parts, self.losses, shapes, strict=True):
            part = [] if part is None else part if isinstance(part, (list, tuple)) else [part]
            found.append([metric_room.resolve(one, loss, shape) for one in part])
        return found

    def metric_names(self) -> list[str]:
        """Return the names of all that `evaluate` returns: "loss", each output's loss where there are several, the metrics."""
        several = sum(loss is not None for loss in self.losses) > 1
        names = ["loss"]
        if several:
            names += [f"{name}_loss" for name, loss in zip(self.output_names, self.losses, strict=True) if loss is not None]
        return names + [name for name, *_ in self.named_metrics()]

    def named_metrics(self):
        """Return (name, metric, output number, weighted) for every metric; names are unique."""
        found: list[tuple[str, Any, int, bool]] = []
        for group, weighted in ((self.metrics, False), (self.weighted_metrics, True)):
            for number, metrics in enumerate(group):
                for metric in metrics:
                    prefix = f"{self.output_names[number]}_" if len(self.output_names) > 1 else ""
                    name = prefix + metric.name
                    taken = {entry[0] for entry in found}
                    if name in taken:
                        name = next(f"{name}_{k}" for k in range(1, len(taken) + 2) if f"{name}_{k}" not in taken)
                    found.append((name, metric, number, weighted))
        return found


def check_names(optimizer, loss, metrics, weighted_metrics, engine) -> None:
    """Refuse misspelt names before the model is built."""
    optimizers.get(optimizer)
    choose_engine(engine)
    for part in _flat(loss):
        Compilation._loss(part)
    for part in [*_flat(metrics), *_flat(weighted_metrics)]:
        if isinstance(part, str) and part not in ("accuracy", "acc", "crossentropy", "ce"):
            metric_room.get(part)


def _flat(given: Any) -> list[Any]:
    """Return the leaves of nested lists and dicts."""
    if isinstance(given, dict) and set(given) != {"class", "config"}:
        given = list(given.values())
    if isinstance(given, (list, tuple)):
        return [leaf for part in given for leaf in _flat(part)]
    return [] if given is None else [given]


def choose_engine(engine: str | None) -> str:
    """Return the engine that a choice means; `CHAINRULE_ENGINE` decides where the choice is "auto"."""
    choice = engine or "auto"
    if choice == "auto":
        choice = os.environ.get("CHAINRULE_ENGINE", "auto")
    if choice not in ENGINES:
        raise unknown_name("engine", choice, ENGINES)
    return "reference"


def _one_each(given: Any, names: list[str], what: str) -> list[Any]:
    """Return one entry an output from a value, a list or a dict by output name."""
    if isinstance(given, dict) and set(given) != {"class", "config"}:
        unknown = [name for name in given if name not in names]
        if unknown:
            raise unknown_name(f"output (in {what})", unknown[0], names)
        return [given.get(name) for name in names]
    if isinstance(given, (list, tuple)):
        if len(given) != len(names):
            raise ArgumentError(f"The model has {len(names)} outputs ({', '.join(names)}); {what} has {len(given)} entries.")
        return list(given)
    return [given] * len(names)


def _loss_weight(weight: Any) -> float:
    if weight is None:
        return 1.0
    if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight < float("inf"):
        raise ArgumentError(f"A loss weight is a number of 0 or more; received {weight!r}.")
    return float(weight)


def warn_of_mismatch(loss, value, name: str) -> None:
    """Warn of an output and a loss that don't belong together."""
    layer = value.call.layer if value.call else None
    activation = getattr(getattr(layer, "activation", None), "name", None)
    kind, units = type(loss).__name__, value.shape[-1]
    if activation == "softmax" and units == 1:
        _warn(f"Layer {name!r}: softmax on one unit is always 1, so nothing can be learnt; use 'sigmoid', or two units.")
    elif activation in ("softmax", "sigmoid") and getattr(loss, "from_logits", False):
        _warn(
            f"Layer {name!r} ends in {activation}, and {kind}(from_logits=True) applies it again: drop the activation or "
            "from_logits."
        )
    elif activation == "softmax" and kind == "BinaryCrossentropy":
        _warn(f"Layer {name!r}: softmax goes with categorical_crossentropy; binary_crossentropy expects sigmoid.")
    previous = value.call.inputs[0].call if value.call and value.call.inputs else None
    before = getattr(getattr(previous.layer, "activation", None), "name", None) if previous else None
    if activation in ("softmax", "sigmoid") and before == activation and not getattr(layer, "all_weights", []):
        _warn(f"{activation} is applied twice, in layers {previous.layer.name!r} and {name!r}; drop one.")


def _warn(sentence: str) -> None:
    warnings.warn(sentence, UserWarning, stacklevel=6)
