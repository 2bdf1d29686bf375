"""`model.check_gradients`: the certificate of a whole network, its losses, weights and penalties included."""

from __future__ import annotations

import numpy as np

from chainrule.checks.certificate import Subject, check_slot
from chainrule.checks.report import Report
from chainrule.engines.reference import Reference
from chainrule.errors import ArgumentError, NotReadyError
from chainrule.training.objective import Objective
from chainrule.training.one_batch import read_batch

MODES = {"training": (True,), "use": (False,), "both": (True, False)}


def check_gradients(model, x, y, sample_weight=None, mode: str = "both", max_rows: int = 64) -> Report:
    """Hold every gradient of a compiled model against a numeric one.

    Parameters
    ----------
    model : Model
        Compiled with a loss; its weights are not changed.
    x, y, sample_weight
        As in `fit`.
    mode : {"both", "training", "use"}, default "both"
        "training" has dropout (with one frozen mask) and batch normalisation by the batch; where the network is the same in
        both, one is enough and the other is left out.
    max_rows : int, default 64
        Only so many rows are used: the gradient of a few rows proves the formulas as well as that of all.

    Returns
    -------
    Report
        `report.passed`, and a table when printed.

    Raises
    ------
    NotReadyError
        If the model has no loss.
    """
    if mode not in MODES:
        raise ArgumentError(f"mode is 'both', 'training' or 'use'; received {mode!r}.")
    model._settle_compilation()
    if all(loss is None for loss in model.compilation.losses):
        raise NotReadyError("check_gradients needs a loss: call model.compile(loss=…) first.")
    batch = read_batch(model, *_first_rows(model, x, y, sample_weight, max_rows))
    rows, seen = [], []
    for training in MODES[mode]:
        program = model.trace(training)
        program.refuse_without_gradient()
        operations = [step.operation.name for step in program.steps]
        if operations not in seen:
            seen.append(operations)
            rows += _check_program(model, program, batch, "training" if training else "use")
    return Report(f"model {model.name!r}", rows)


def _check_program(model, program, batch, mode):
    n_inputs = len(program.inputs)
    slots = {id(weight): n_inputs + number for number, weight in enumerate(program.weights)}
    named = [(name, weight, slots[id(weight)]) for name, weight in model.named_weights(trainable_only=True)]
    places = layer_inputs(program)
    engine = Reference(program, [slot for _, _, slot in named] + [slot for _, slot in places])
    objective = Objective(program, model.compilation.losses, model.compilation.loss_weights, [])
    targets, weights = [_double(T) for T in batch.targets], [_double(W) for W in batch.weights]

    def loss(values):
        measured = objective.measure(values, targets, weights)
        return measured.total, measured.gradients

    values = [None] * program.n_slots
    values[:n_inputs] = [_double(X) for X in batch.inputs]
    values[n_inputs : n_inputs + len(program.weights)] = [_double(weight.value) for weight in program.weights]
    penalties = {slot: _penalty(weight.regularizer) for _, weight, slot in named if weight.regularizer is not None}
    subject = Subject(engine, values, loss, penalties, model.seed, model.optimizer.iterations)
    rows = [
        check_slot(subject, slot, layer, "input", mode) for layer, slot in places if subject.values[slot].dtype.kind == "f"
    ]
    for name, _, slot in named:
        layer, quantity = name.rsplit("/", 1)
        rows.append(check_slot(subject, slot, layer, quantity, mode))
    order = {step.layer: number for number, step in reversed(list(enumerate(program.steps)))}
    return sorted(rows, key=lambda row: order.get(row.layer.rsplit("/", 1)[-1], 0))


def layer_inputs(program) -> list[tuple[str, int]]:
    """Return (layer, slot) for each slot that a layer takes from outside of it."""
    made_by = {step.output: step.layer for step in program.steps}
    weights = range(len(program.inputs), len(program.inputs) + len(program.weights))
    found: dict[tuple[str, int], None] = {}
    for step in program.steps:
        for slot in step.inputs:
            if slot not in weights and made_by.get(slot) != step.layer:
                found[step.layer, slot] = None
    return list(found)


def _penalty(regularizer):
    return lambda W: (float(regularizer(W)), regularizer.gradient(W))


def _double(A):
    return A if A is None or A.dtype.kind != "f" else A.astype(np.float64)


def _first_rows(model, x, y, sample_weight, n):
    """Return the first n rows of everything, as the model's reader understands it."""
    from chainrule.training.reader import Reader

    reader = Reader(model, model.compilation.losses)
    inputs = reader.inputs(x)
    targets = reader.targets(y, len(inputs[0]))
    weights = reader.weights(sample_weight, len(inputs[0]))
    cut = [A[:n] for A in inputs]
    several = len(model.outputs) > 1
    T = [None if A is None else A[:n] for A in targets]
    W = None if all(A is None for A in weights) else [None if A is None else A[:n] for A in weights]
    return (cut if len(cut) > 1 else cut[0]), (T if several else T[0]), (W if several or W is None else W[0])
