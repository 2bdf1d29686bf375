"""From a program of operations to what the native core takes: plain lists of numbers, with no object of ours in them.

The core knows operations, not layers. A program can be lowered if each of its operations has a kernel; which do is the
core's own table.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any

from chainrule.engines.describe import options_of
from chainrule.ops.registry import OPERATIONS, Operation
from chainrule.program import Program

#: The metrics that the core adds up by itself, and the options that it needs of each.
CORE_METRICS = {
    "Accuracy": ("accuracy", ()),
    "BinaryAccuracy": ("binary_accuracy", ("threshold",)),
    "CategoricalAccuracy": ("categorical_accuracy", ()),
    "SparseCategoricalAccuracy": ("sparse_categorical_accuracy", ()),
    "MeanAbsoluteError": ("mean_absolute_error", ()),
    "MeanSquaredError": ("mean_squared_error", ()),
}


@dataclass(eq=False)
class Extras:
    """What training and evaluation add to a program.

    Attributes
    ----------
    wanted : list of int
        The slots whose gradients are asked for.
    terms : list of tuple
        (number of the output, loss, operation, options, slot, factor) for each loss; see `Objective.terms`.
    metrics : list of tuple
        (metric, number of the output, number of the term) for each metric that the core adds up.
    """

    wanted: list[int] = field(default_factory=list)
    terms: list[tuple[Any, ...]] = field(default_factory=list)
    metrics: list[tuple[Any, int, int]] = field(default_factory=list)


def why_not(core, program: Program, whole: list[bool]) -> str | None:
    """Return why a program has no native form, naming the layer; None where it has one.

    Parameters
    ----------
    core : module
        The native core.
    program : Program
    whole : list of bool
        For each input, whether it holds whole numbers (an embedding's indices).
    """
    known, weights_reshaped = core.operations(), reshaped_weights(program)
    for step in program.steps:
        if step.output in weights_reshaped:
            continue
        where = f"layer {step.layer!r}"
        if not is_in_core(known, step.operation):
            return f"{where} computes {step.operation.name}, which has no native kernel"
        if options_of(step.operation.name, step.options) is None:
            return f"{where} has options that no native kernel takes"
        shape = program.shapes[step.output]
        if not shape or shape[0] is not None or None in shape[1:]:
            return f"{where} has an output of unknown size, {shape}"
        for position, slot in enumerate(step.inputs):
            if slot < len(whole) and whole[slot] and (step.operation.name != "embedding" or position):
                return f"{where} computes with whole numbers"
    if any(slot.index < len(whole) and whole[slot.index] for slot in program.outputs):
        return "an output is an input of whole numbers"
    open_inputs = [slot.shape for slot in program.inputs if None in slot.shape[1:]]
    return f"an input has the unknown size {open_inputs[0]}" if open_inputs else None


def is_in_core(known: Container[str], operation: Operation) -> bool:
    """Tell an operation of ours that a table of the core has from the user's own, which may have its name."""
    return operation.name in known and OPERATIONS.get(operation.name) is operation


def core_metric(metric: Any) -> tuple[str, dict[str, list[float]]] | None:
    """Return the core's name and options of a metric that it adds up by itself, else None."""
    name = type(metric).__name__
    if not type(metric).__module__.startswith("chainrule.metrics.") or name not in CORE_METRICS:
        return None
    stem, options = CORE_METRICS[name]
    return stem, {option: [float(getattr(metric, option))] for option in options}


def reshaped_weights(program: Program) -> dict[int, int]:
    """Return the slots that hold a weight in another shape, and the weight's slot of each.

    The core has no step for that: it reads the weight's numbers in the other shape. Nobody may read them in their own.
    """
    weights = range(len(program.inputs), len(program.inputs) + len(program.weights))
    readers: dict[int, list] = {slot: [] for slot in weights}
    for step in program.steps:
        for slot in readers.keys() & step.inputs:
            readers[slot].append(step)
    found = {}
    for slot, steps in readers.items():
        # A layer in several places reshapes its weight in each of them, to the same shape.
        if len({step.operation.name == "reshape" and program.shapes[step.output] for step in steps}) == 1:
            found |= {step.output: slot for step in steps if step.operation.name == "reshape"}
    return found


def lower(program: Program, whole: list[bool], extras: Extras, training: bool) -> tuple[Any, ...]:
    """Return the arguments of the core's `Network`; the program must have passed `why_not`."""
    n_inputs, n_weights = len(program.inputs), len(program.weights)
    weights_reshaped = reshaped_weights(program)
    shapes = dict(enumerate(program.shapes))
    for slot, weight in weights_reshaped.items():
        shapes[weight] = shapes.pop(slot)
    # The core counts its slots without those: inputs, weights, then what each step puts out.
    place = {slot: number for number, slot in enumerate(shapes)}
    place |= {slot: place[weight] for slot, weight in weights_reshaped.items()}
    slots = [
        (list(shape), False, False)
        if n_inputs <= slot < n_inputs + n_weights
        else (list(shape[1:]), True, slot < n_inputs and whole[slot])
        for slot, shape in shapes.items()
    ]
    steps = [
        (
            step.operation.name,
            step.layer,
            [place[slot] for slot in step.inputs],
            place[step.output],
            options_of(step.operation.name, step.options),
            -1 if step.stream is None else step.stream,
        )
        for step in program.steps
        if step.output not in weights_reshaped
    ]
    terms = [
        (operation.name, options_of(operation.name, options), place[slot], float(factor), _reduction(loss))
        for _, loss, operation, options, slot, factor in extras.terms
    ]
    metrics = []
    for metric, output, term in extras.metrics:
        named = core_metric(metric)
        assert named is not None, metric  # the caller asked `core_metric` before
        metrics.append((*named, output, term))
    outputs = [place[slot.index] for slot in program.outputs]
    wanted = sorted(place[slot] for slot in extras.wanted)
    return training, n_inputs, n_weights, slots, steps, outputs, wanted, terms, metrics


def _reduction(loss: Any) -> str:
    from chainrule.losses.reductions import read_reduction

    return str(read_reduction(loss.reduction))
