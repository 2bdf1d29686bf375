"""What `compile` settles: optimizer, a loss and metrics for each output, and who computes."""

from __future__ import annotations

import copy
from typing import Any

from chainrule import losses as loss_room
from chainrule import metrics as metric_room
from chainrule.arguments import check_number
from chainrule.engines.choice import requested
from chainrule.errors import ArgumentError, unknown_name
from chainrule.layers import ELU, LeakyReLU, ReLU, Softmax
from chainrule.metrics.registry import ACCURACY_NAMES, CROSSENTROPY_NAMES
from chainrule.training.warn import warn_user

#: Losses of probabilities, with the activations that give them, the one made for the loss first.
PROBABILITIES = {
    "BinaryCrossentropy": ("sigmoid", "hard_sigmoid", "softmax"),
    "CategoricalCrossentropy": ("softmax",),
    "SparseCategoricalCrossentropy": ("softmax",),
}


class Compilation:
    """The settled arguments of `compile`.

    Parameters
    ----------
    model : Model
    optimizer : Optimizer
    loss : str, Loss, list, dict or None
    metrics, weighted_metrics : list, dict or None
    loss_weights : list, dict, number or None
    engine : str
        "auto", "native" or "reference".
    """

    def __init__(self, model, optimizer, loss, metrics, loss_weights, weighted_metrics, engine):
        names = model.output_names
        self.arguments = {"loss_weights": loss_weights, "engine": engine}
        self.optimizer = optimizer
        self.engine = engine
        requested(engine)
        self.losses = [read_loss(part) for part in _one_each(loss, names, "loss")]
        weights = [1.0] * len(names) if loss_weights is None else _one_each(loss_weights, names, "loss_weights")
        self.loss_weights = [_loss_weight(weight) for weight in weights]
        self.output_names = names
        shapes = [value.shape for value in model.outputs]
        self._placed: list[Any] = []
        self.metrics = self._metrics(metrics, shapes)
        self.weighted_metrics = self._metrics(weighted_metrics, shapes)
        for one, value in zip(self.losses, model.outputs, strict=True):
            if one is not None:
                warn_of_mismatch(one, value)

    def _metrics(self, given, shapes) -> list[list[Any]]:
        """Return a list of metrics for each output."""
        names, found = self.output_names, []
        for name, part, loss, shape in zip(names, _metric_lists(given, names), self.losses, shapes, strict=True):
            if part and loss is None:
                raise ArgumentError(
                    f"Output {name!r} has metrics but no loss, and so no targets: give it a loss, or no metrics."
                )
            found.append([metric_room.resolve(self._own(one), loss, shape) for one in part])
        return found

    def _own(self, metric: Any) -> Any:
        """Return a metric object itself at its first place, else a copy: an object counts for one place alone."""
        if not isinstance(metric, metric_room.Metric):
            return metric
        if any(metric is placed for placed in self._placed):
            return copy.deepcopy(metric)
        self._placed.append(metric)
        return metric

    def metric_names(self) -> list[str]:
        """Return the names of what `evaluate` returns: "loss", each output's loss if there are several, the metrics."""
        several = sum(loss is not None for loss in self.losses) > 1
        names = ["loss"]
        if several:
            names += [
                f"{name}_loss" for name, loss in zip(self.output_names, self.losses, strict=True) if loss is not None
            ]
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


def read_loss(part: Any) -> Any:
    """Return the loss that a part of `compile(loss=…)` means, or None."""
    ours = getattr(part, "__module__", "").startswith("chainrule.losses")
    if callable(part) and not ours and not isinstance(part, (type, loss_room.Loss)):
        raise ArgumentError(
            f"A plain function can't be a loss here, since it has no gradient: received {part!r}. Subclass "
            "chainrule.losses.Loss with an operation that brings forward and backward."
        )
    found = loss_room.get(part)
    if found is not None and found.reduction in (None, "none"):
        found.scale(1)  # refuses, with a sentence: training needs one number
    return found


def check_arguments(optimizer, loss, metrics, weighted_metrics, engine) -> None:
    """Refuse what is wrong whatever the outputs are: misspelt names before all."""
    if optimizer is None:
        raise ArgumentError("compile needs an optimizer, such as 'adam'; received None.")
    requested(engine)
    for part in _flat(loss):
        read_loss(part)
    for given in (metrics, weighted_metrics):
        if given is not None and not isinstance(given, (list, tuple, dict)):
            raise ArgumentError(
                f"metrics is a list, such as ['accuracy']; received {given!r}: write metrics=[{given!r}]."
            )
        for part in _flat(given):
            if not (isinstance(part, str) and part.lower() in (*ACCURACY_NAMES, *CROSSENTROPY_NAMES)):
                metric_room.get(part)


def _metric_lists(given: Any, names: list[str]) -> list[list[Any]]:
    """Return a list of metrics for each output: a flat list is for every output."""
    if isinstance(given, dict) or (
        given and len(names) > 1 and any(part is None or isinstance(part, (list, tuple)) for part in given)
    ):
        parts = _one_each(given, names, "metrics")
    else:
        parts = [given or []] * len(names)
    return [list(part) if isinstance(part, (list, tuple)) else [] if part is None else [part] for part in parts]


def _flat(given: Any) -> list[Any]:
    """Return the leaves of nested lists and dicts."""
    if isinstance(given, dict) and set(given) != {"class", "config"}:
        given = list(given.values())
    if isinstance(given, (list, tuple)):
        return [leaf for part in given for leaf in _flat(part)]
    return [] if given is None else [given]


def _one_each(given: Any, names: list[str], what: str) -> list[Any]:
    """Return one entry an output from a value, a list or a dict by output name."""
    if isinstance(given, dict) and set(given) != {"class", "config"}:
        unknown = [name for name in given if name not in names]
        if unknown:
            raise unknown_name(f"output (in {what})", unknown[0], names)
        return [given.get(name) for name in names]
    if isinstance(given, (list, tuple)):
        if len(given) != len(names):
            raise ArgumentError(
                f"The model has {len(names)} outputs ({', '.join(names)}); {what} has {len(given)} entries."
            )
        return list(given)
    return [given] * len(names)


def _loss_weight(weight: Any) -> float:
    return 1.0 if weight is None else check_number("compile", "loss weight", weight, 0)


def warn_of_mismatch(loss, value) -> None:
    """Warn of an output and a loss that don't belong together."""
    if value.call is None:
        return
    name, activation = value.call.layer.name, _activation_of(value.call.layer)
    kind, units = type(loss).__name__, value.shape[-1]
    if activation == "softmax" and units == 1:
        warn_user(
            f"Layer {name!r}: softmax on one unit is always 1, so nothing can be learnt; use 'sigmoid', or two units."
        )
    elif activation in ("softmax", "sigmoid") and loss.expects_logits:
        warn_user(
            f"Layer {name!r} ends in {activation}, and {kind}(from_logits=True) applies it again: drop the "
            "activation or from_logits."
        )
    elif activation == "softmax" and kind == "BinaryCrossentropy":
        warn_user(f"Layer {name!r}: softmax goes with categorical_crossentropy; binary_crossentropy expects sigmoid.")
    elif activation and kind in PROBABILITIES and not loss.from_logits and activation not in PROBABILITIES[kind]:
        mend = PROBABILITIES[kind][0]
        warn_user(
            f"Layer {name!r} ends in {activation}, and {kind} takes probabilities: give it activation={mend!r}"
            + (f", or the loss from_logits=True: loss={kind}(from_logits=True)." if activation == "linear" else ".")
        )
    previous = value.call.inputs[0].call if value.call.inputs else None
    bare = not value.call.layer.all_weights
    if previous and bare and activation in ("softmax", "sigmoid") and _activation_of(previous.layer) == activation:
        warn_user(f"{activation} is applied twice, in layers {previous.layer.name!r} and {name!r}: drop one.")


def _activation_of(layer) -> str | None:
    """Return the name of the activation that a layer ends in, None where a layer has no such thing."""
    if isinstance(layer, (ReLU, LeakyReLU, ELU, Softmax)):
        return layer.as_activation().name
    return getattr(getattr(layer, "activation", None), "name", None)
