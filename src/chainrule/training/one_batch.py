"""One batch at a time: `train_on_batch`, `predict_on_batch` and `gradients`."""

from __future__ import annotations

import numpy as np

from chainrule.engines.reference import Reference
from chainrule.errors import NotReadyError
from chainrule.training.diagnosis import non_finite_loss
from chainrule.training.objective import Objective
from chainrule.training.reader import Reader
from chainrule.training.step import NonFinite
from chainrule.training.tracker import Tracker


def read_batch(model, x, y, sample_weight=None, class_weight=None):
    """Return all rows as one checked batch."""
    reader = Reader(model, model.compilation.losses, class_weight)
    inputs = reader.inputs(x)
    n = len(inputs[0])
    return reader.batch(inputs, reader.targets(y, n), reader.weights(sample_weight, n), n, slice(0, n), True)


def train_on_batch(model, x, y, sample_weight, class_weight, return_dict):
    """Take one step; return the loss and metrics of the batch, from before the update."""
    model.ensure_built_for(x)
    model.prepare_training()
    batch = read_batch(model, x, y, sample_weight, class_weight)
    try:
        result = model.training_step.train(batch, model.seed)
    except NonFinite as failure:
        raise non_finite_loss(model, failure, batch, 0, 0) from None
    tracker = Tracker(model.compilation)
    tracker.add(result, batch)
    return shaped(tracker.logs(), return_dict)


def predict_on_batch(model, x):
    """Return the outputs for all rows of x at once."""
    model.require_built()
    reader = Reader(model)
    inputs = reader.inputs(x)
    none = [None] * len(model.outputs)
    batch = reader.batch(inputs, none, none, len(inputs[0]), slice(0, len(inputs[0])), True)
    outputs = model.inference_engine.outputs(model.inference_engine.forward(batch.inputs))
    outputs = [np.array(output) for output in outputs]
    return outputs[0] if len(outputs) == 1 else outputs


def gradients(model, x, y, sample_weight, training) -> dict[str, np.ndarray]:
    """Return "layer/weight" → gradient of the whole objective (losses and penalties)."""
    model._settle_compilation()
    if all(loss is None for loss in model.compilation.losses):
        raise NotReadyError("gradients needs a loss: call model.compile(loss=…) first.")
    named = model.named_weights(trainable_only=True)
    program = model.trace(training)
    program.refuse_without_gradient()
    slot_of = {id(weight): len(program.inputs) + number for number, weight in enumerate(program.weights)}
    engine = Reference(program, [slot_of[id(weight)] for _, weight in named])
    compilation = model.compilation
    objective = Objective(program, compilation.losses, compilation.loss_weights, [])
    batch = read_batch(model, x, y, sample_weight)
    run = engine.forward(batch.inputs, model.seed, model.optimizer.iterations)
    G = engine.backward(run, objective.measure(run.values, batch.targets, batch.weights).gradients)
    found = {}
    for name, weight in named:
        gradient = G[slot_of[id(weight)]]
        gradient = np.zeros_like(weight.value) if gradient is None else np.array(gradient)
        if weight.regularizer is not None:
            gradient = gradient + weight.regularizer.gradient(weight.value)
        found[name] = gradient
    return found


def shaped(logs: dict[str, float], return_dict: bool):
    """Return logs as Keras does: a number, a list, or a dict if asked for."""
    if return_dict:
        return logs
    values = list(logs.values())
    return values[0] if len(values) == 1 else values
