"""`model.check_gradients`: the certificate of a whole network, its losses, weights and penalties included."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arguments import check_whole
from chainrule.checks.certificate import Subject, check_slot
from chainrule.checks.layout import layer_inputs, owners_of, with_own_inputs
from chainrule.checks.report import Checked, Report
from chainrule.engines.reference import Reference
from chainrule.errors import unknown_name
from chainrule.training.objective import Objective
from chainrule.training.reader import Reader

MODES = {"training": (True,), "use": (False,), "both": (True, False)}


def check_gradients(model, x, y, sample_weight=None, mode: str = "both", max_rows: int = 64) -> Report:
    """Hold every gradient of a compiled model against a numeric one.

    Parameters
    ----------
    model : Model
        Compiled with a loss. Its weights are not changed; a float32 model is checked in float64, on the same numbers.
    x, y, sample_weight
        As in `fit`.
    mode : {"both", "training", "use"}, default "both"
        "training" has dropout (with one frozen mask) and batch normalisation by the batch; where the network is the
        same in both, one is enough and the other is left out.
    max_rows : int, default 64
        Only so many rows are used: the gradient of a few rows proves the formulas as well as that of all.

    Returns
    -------
    Report
        `report.passed`, and a table when printed.

    Raises
    ------
    NotReadyError
        If the model is not compiled, or has no loss.
    GradientError
        If an operation of the network has no gradient.
    DataError
        If the loss is not finite.
    ArgumentError
        If mode is not known, or max_rows below 1.

    Examples
    --------
    >>> from chainrule.layers import Dense
    >>> from chainrule.models import Sequential
    >>> model = Sequential([Dense(3, input_dim=2, activation="tanh"), Dense(1)], seed=0)
    >>> model.compile(loss="mse")
    >>> model.check_gradients([[0.0, 1.0], [1.0, 0.0]], [1.0, 2.0]).passed
    True
    """
    if mode not in MODES:
        raise unknown_name("mode of check_gradients", mode, MODES)
    max_rows = check_whole("check_gradients", "max_rows", max_rows)
    model.ensure_built_for(x)
    model._settle_compilation("check_gradients", needs_loss=True)
    batch = _first_rows(model, x, y, sample_weight, max_rows)
    rows, seen = [], []
    with np.errstate(all="ignore"):
        for training in MODES[mode]:
            program = model.trace(training)
            program.refuse_without_gradient()
            signature = mode_signature(program)
            if signature not in seen:
                seen.append(signature)
                rows += _check_program(model, program, batch, "training" if training else "use")
    return Report(f"model {model.name!r}", rows)


def mode_signature(program) -> list:
    """Return what tells the network in training from the network in use."""
    return [(step.operation.name, step.options.get("training")) for step in program.steps]


@dataclass
class Place:
    """A slot to check, and what the report calls it."""

    slot: int
    layer: str
    quantity: str
    position: int


def _check_program(model, program, batch, mode) -> list[Checked]:
    program, owners = with_own_inputs(program, owners_of(program, model.inputs, model.calls))
    objective = Objective(program, model.compilation.losses, model.compilation.loss_weights, [])
    slots = program.slot_of_weight()
    named = [(name, weight, slots[id(weight)]) for name, weight in model.named_weights(trainable_only=True)]
    places = _places(model, program, owners, objective, named)
    engine = Reference(program, [place.slot for place in places])
    targets, weights = [_double(T) for T in batch.targets], [_double(W) for W in batch.weights]

    def loss(values):
        measured = objective.measure(values, targets, weights)
        return measured.total, measured.gradients

    values = [_double(X) for X in batch.inputs] + [_double(weight.value) for weight in program.weights]
    movable = [slot for slot in range(len(batch.inputs)) if values[slot].dtype.kind == "f"] + [
        slot for _, _, slot in named
    ]
    values += [None] * (program.n_slots - len(values))
    penalties = {slot: _penalty(weight.regularizer) for _, weight, slot in named if weight.regularizer is not None}
    subject = Subject(engine, values, loss, penalties, movable, model.seed, model.optimizer.iterations)
    return [
        check_slot(subject, place.slot, place.layer, place.quantity, mode)
        for place in places
        if subject.values[place.slot].dtype.kind == "f"
    ]


def _places(model, program, owners, objective, named) -> list[Place]:
    """Return what is checked, in the order of the network: each layer's inputs, then its weights; the losses last."""
    inputs = layer_inputs(program, owners)
    several, numbers = Counter(owner.path for owner, _ in inputs), Counter()
    places = []
    for owner, slot in inputs:
        numbers[owner.path] += 1
        quantity = "input" if several[owner.path] == 1 else f"input {numbers[owner.path]}"
        places.append(Place(slot, owner.path, quantity, owners.index(owner)))
    # A shared layer's weights stand where the layer works first.
    first = {owner.path: number for number, owner in reversed(list(enumerate(owners)))}
    for name, _, slot in named:
        path, quantity = name.rsplit("/", 1)
        places.append(Place(slot, path, quantity, first.get(path, 0)))
    places.sort(key=lambda place: place.position)
    outputs = {slot.index for slot in program.outputs}
    for term, name in zip(objective.terms, model.output_names, strict=True):
        if term is not None:
            layer = "loss" if len(objective.terms) == 1 else f"{name}_loss"
            quantity = "prediction" if term[3] in outputs else "logits"
            places.append(Place(term[3], layer, quantity, len(owners)))
    return places


def _penalty(regularizer) -> Callable:
    return lambda W: (float(regularizer(W)), regularizer.gradient(W))


def _double(A: Any) -> Any:
    return A if A is None or A.dtype.kind != "f" else A.astype(np.float64)


def _first_rows(model, x, y, sample_weight, n):
    """Return the first n rows of everything as one checked batch."""
    reader = Reader(model, model.compilation.losses)
    inputs = reader.inputs(x)
    total = len(inputs[0])
    targets, weights = reader.targets(y, total, "check_gradients"), reader.weights(sample_weight, total)
    size = min(n, total)

    def cut(arrays):
        return [None if A is None else A[:size] for A in arrays]

    return reader.batch(cut(inputs), cut(targets), cut(weights), size, slice(0, size), True)
