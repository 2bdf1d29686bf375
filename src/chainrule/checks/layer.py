"""`check_layer`: the certificate of one layer, the library's or the user's own."""

from __future__ import annotations

import numpy as np

from chainrule.checks.certificate import Subject, check_slot
from chainrule.checks.report import Report
from chainrule.engines.reference import Reference
from chainrule.errors import ArgumentError, GradientError
from chainrule.graph import Value, ordered_calls
from chainrule.program import trace
from chainrule.random import Stream


def check_layer(layer, input_shape, seed: int = 0, rows: int = 5) -> Report:
    """Hold a layer's gradients, of its inputs and every weight, against numeric ones.

    Parameters
    ----------
    layer : Layer
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
    GradientError
        If the layer has an operation without gradient.

    Examples
    --------
    >>> from chainrule.layers import Dense
    >>> check_layer(Dense(2, activation="tanh"), (3,)).passed
    True
    """
    shapes = input_shape if isinstance(input_shape, list) else [input_shape]
    if not all(isinstance(shape, tuple) and all(isinstance(size, int) and size > 0 for size in shape) for shape in shapes):
        raise ArgumentError(f"input_shape is the shape of one row, such as (3,), or a list of such; received {input_shape!r}.")
    whole = getattr(layer, "input_dtype", None) is not None
    values = [Value((None, *shape), f"input_{number}") for number, shape in enumerate(shapes)]
    out = layer(values if len(values) > 1 else values[0])
    outputs = out if isinstance(out, list) else [out]
    layer.initialise(seed, 0, "float64")
    stream = Stream(seed, "check")
    inputs = [_input(stream, (rows, *shape), layer if whole else None) for shape in shapes]
    rows_found, seen = [], []
    for training in (True, False):
        program = trace(values, ordered_calls(values, outputs), outputs, training)
        names = [step.operation.name for step in program.steps]
        if names not in seen:
            seen.append(names)
            rows_found += _check(layer, program, inputs, seed, "training" if training else "use")
    if not rows_found:
        raise GradientError(f"Layer {layer.name!r} has nothing to check: no operation, or no input and weight with a gradient.")
    return Report(f"layer {layer.name!r} ({type(layer).__name__})", rows_found)


def _input(stream: Stream, shape, embedding) -> np.ndarray:
    if embedding is not None:
        return stream.permutation(max(embedding.input_dim, int(np.prod(shape))))[: int(np.prod(shape))].reshape(shape) % (
            embedding.input_dim
        )
    return stream.normal(shape)


def _check(layer, program, inputs, seed, mode):
    if not program.steps:
        return []
    for step in program.steps:
        if step.operation.backward is None:
            raise GradientError(f"Layer {layer.name!r} has no gradient: {step.operation.why_no_gradient}")
    weights = [
        (weight.name, len(inputs) + number) for number, weight in enumerate(program.weights) if weight.trainable and layer.trainable
    ]
    places = [slot for slot, X in enumerate(inputs) if X.dtype.kind == "f"]
    engine = Reference(program, [*places, *(slot for _, slot in weights)])
    values = [*inputs, *(np.asarray(weight.numpy(), np.float64) for weight in program.weights)]
    values += [None] * (program.n_slots - len(values))
    upstream: dict[int, np.ndarray] = {}

    def loss(arrays):
        total = 0.0
        for slot in program.outputs:
            Y = arrays[slot.index]
            if slot.index not in upstream:
                upstream[slot.index] = Stream(seed, "check", slot.index, 1).normal(Y.shape)
            total += float((Y * upstream[slot.index]).sum())
        return total, dict(upstream)

    subject = Subject(engine, values, loss, {}, seed)
    several = len(places) > 1
    rows = [check_slot(subject, slot, layer.name, f"input {slot}" if several else "input", mode) for slot in places]
    return rows + [check_slot(subject, slot, layer.name, name, mode) for name, slot in weights]
