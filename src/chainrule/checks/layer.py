"""`check_layer`: the certificate of one layer, the library's or the user's own."""

from __future__ import annotations

import copy

import numpy as np

from chainrule.arguments import check_whole
from chainrule.checks.certificate import Subject, check_slot
from chainrule.checks.model import mode_signature
from chainrule.checks.report import Checked, Report
from chainrule.engines.reference import Reference
from chainrule.errors import ArgumentError, GradientError
from chainrule.graph import Value, ordered_calls
from chainrule.layers.base import Layer
from chainrule.program import Program, trace
from chainrule.random import Stream, check_seed

#: How far weights that start at a special number (0, 1) are moved, so that a factor forgotten in a gradient shows.
SPREAD = 0.3


def check_layer(layer, input_shape, seed: int = 0, rows: int = 5) -> Report:
    """Hold a layer's gradients, of its inputs and every weight, against numeric ones.

    Use it on a layer of your own before you train with it; the loss is a random weighting of the layer's outputs.

    Parameters
    ----------
    layer : Layer
        It is not changed: a copy is checked, with the layer's own weights where it has numbers, else with random ones.
    input_shape : tuple of int, or list of tuples
        The shape of one row, without the rows: `(3,)`; a list for a layer of several inputs.
    seed : int, default 0
        Fixes the random inputs, weights and upstream gradient.
    rows : int, default 5
        How many rows the input has.

    Returns
    -------
    Report
        Both modes, where training and use differ.

    Raises
    ------
    ArgumentError
        If an argument is not as above.
    GradientError
        If the layer has an operation without gradient, or nothing to check.

    Examples
    --------
    >>> from chainrule.layers import Dense
    >>> check_layer(Dense(2, activation="tanh"), (3,)).passed
    True
    """
    if not isinstance(layer, Layer):
        raise ArgumentError(f"check_layer takes a layer, such as Dense(2); received {layer!r}.")
    shapes = [_row_shape(shape) for shape in (input_shape if isinstance(input_shape, list) else [input_shape])]
    seed, rows = check_seed(seed), check_whole("check_layer", "rows", rows)
    # The names of layers and weights are the same; the original keeps its numbers and stays unbuilt.
    layer = copy.deepcopy(layer)
    values = [Value((None, *shape), f"input_{number}", layer.input_dtype) for number, shape in enumerate(shapes)]
    out = layer(values if len(values) > 1 else values[0])
    outputs = out if isinstance(out, list) else [out]
    numbers = _numbers(layer, seed)
    inputs = [_input(Stream(seed, "check", 0, slot), (rows, *shape), layer) for slot, shape in enumerate(shapes)]
    checked, seen = [], []
    with np.errstate(all="ignore"):
        for training in (True, False):
            program = trace(values, ordered_calls(values, outputs), outputs, training)
            if mode_signature(program) not in seen:
                seen.append(mode_signature(program))
                checked += _check(layer, program, inputs, numbers, seed, "training" if training else "use")
    if not checked:
        raise GradientError(
            f"Layer {layer.name!r} has nothing to check: no operation, or no input and weight with a gradient."
        )
    return Report(f"layer {layer.name!r} ({type(layer).__name__})", checked)


def _row_shape(shape) -> tuple[int, ...]:
    if not isinstance(shape, tuple) or any(
        isinstance(size, bool) or not isinstance(size, int) or size < 1 for size in shape
    ):
        raise ArgumentError(
            f"input_shape is the shape of one row, such as (3,), or a list of such; received {shape!r}."
        )
    return shape


def _numbers(layer, seed: int) -> dict[int, np.ndarray]:
    """Return each weight's numbers in float64, by the weight's id."""
    fresh = {id(weight) for weight in layer.all_weights if weight.value is None}
    layer.initialise(seed, 0, "float64")
    numbers = {}
    for number, weight in enumerate(layer.all_weights):
        A = np.asarray(weight.numpy(), np.float64)
        if id(weight) in fresh:
            moved = np.asarray(Stream(seed, "check", 1, number).normal(A.shape)) * SPREAD
            # State is only moved up: a variance stays positive.
            A = A + (moved if weight.trainable else np.abs(moved))
        numbers[id(weight)] = A
    return numbers


def _input(stream: Stream, shape: tuple[int, ...], layer) -> np.ndarray:
    """Return random numbers, or for an Embedding whole ones that it has a row for."""
    if layer.input_dtype is None:
        return stream.normal(shape)
    n = int(np.prod(shape))
    many = getattr(layer, "input_dim", n)
    return (stream.permutation(max(many, n))[:n] % many).reshape(shape)


def _check(layer, program: Program, inputs, numbers, seed: int, mode: str) -> list[Checked]:
    if not program.steps:
        return []
    for step in program.steps:
        if step.operation.backward is None:
            raise GradientError(f"Layer {layer.name!r} has no gradient: {step.operation.why_no_gradient}")
    places = [slot for slot, X in enumerate(inputs) if X.dtype.kind == "f"]
    slots, trained = program.slot_of_weight(), {id(weight) for weight in layer.trainable_weights}
    weights = [(weight.name, slots[id(weight)]) for weight in program.weights if id(weight) in trained]
    movable = [*places, *(slot for _, slot in weights)]
    values = [*inputs, *(numbers[id(weight)] for weight in program.weights)]
    values += [None] * (program.n_slots - len(values))
    subject = Subject(Reference(program, movable), values, _weighting(program, seed), {}, movable, seed)
    words = [("input" if len(places) == 1 else f"input {slot + 1}", slot) for slot in places]
    return [check_slot(subject, slot, layer.name, word, mode) for word, slot in [*words, *weights]]


def _weighting(program: Program, seed: int):
    """Return the loss Σ Y · dY with a random dY: one of ones would let a softmax gradient of zero pass."""
    upstream: dict[int, np.ndarray] = {}

    def loss(values):
        total = 0.0
        for slot in program.outputs:
            Y = values[slot.index]
            if slot.index not in upstream:
                upstream[slot.index] = Stream(seed, "check", slot.index, 2).normal(Y.shape)
            total += float((Y * upstream[slot.index]).sum())
        return total, dict(upstream)

    return loss
