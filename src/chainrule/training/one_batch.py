"""One batch at a time: `train_on_batch`, `test_on_batch`, `predict_on_batch`, `model(x)` and `gradients`."""

from __future__ import annotations

import numpy as np

from chainrule.engines.reference import Reference
from chainrule.random import FIRST_CALL
from chainrule.training.diagnosis import non_finite_loss
from chainrule.training.feeds import feed_of
from chainrule.training.objective import Measured, Objective
from chainrule.training.reader import Reader
from chainrule.training.step import NonFinite, StepResult
from chainrule.training.tracker import Tracker

#: So many rows at a time go through the native engine in use, between two looks at the clock.
ROWS_A_BLOCK = 1024


def read_batch(model, x, y, sample_weight=None, class_weight=None, verb="train_on_batch"):
    """Return all rows as one checked batch."""
    reader = Reader(model, model.compilation.losses, class_weight)
    inputs = reader.inputs(x)
    n = len(inputs[0])
    return reader.batch(inputs, reader.targets(y, n, verb), reader.weights(sample_weight, n), n, slice(0, n), True)


def train_on_batch(model, x, y, sample_weight, class_weight, return_dict):
    """Take one step; return the loss and metrics of the batch, from before the update."""
    model.ensure_built_for(x)
    model._settle_compilation("train_on_batch", needs_loss=True)
    model.prepare_training()
    batch = read_batch(model, x, y, sample_weight, class_weight)
    with np.errstate(all="ignore"):
        try:
            result = model.training_step.train(batch, model.seed)
        except NonFinite as failure:
            raise non_finite_loss(model, failure, batch, 0, 0) from None
    return _logs_of(model, result, batch, return_dict)


def test_on_batch(model, x, y, sample_weight, return_dict):
    """Return the loss and metrics of one batch, the network in use."""
    model._settle_compilation("test_on_batch", needs_loss=True)
    batch = read_batch(model, x, y, sample_weight, verb="test_on_batch")
    with np.errstate(all="ignore"):
        return _logs_of(model, test_batch(model, batch), batch, return_dict)


def test_batch(model, batch) -> StepResult:
    """Return loss and predictions of one batch, the network in use (no dropout, running statistics)."""
    evaluator = model.evaluator
    if evaluator is not None:
        outputs = evaluator.new_outputs(batch.size)
        ended = evaluator.measure(feed_of(batch), 0, batch.size, batch.size, outputs)
        losses = [total / count if count else total for total, count in zip(ended.losses, ended.counts, strict=True)]
        penalty = model.inference_objective.penalty()
        return StepResult(Measured(ended.total + penalty, losses, penalty), outputs, batch.size)
    engine, objective = model.inference_engine, model.inference_objective
    run = engine.forward(batch.inputs)
    measured = objective.measure(run.values, batch.targets, batch.weights, with_gradients=False)
    return StepResult(measured, engine.outputs(run), batch.size)


def native_outputs(predictor, feed) -> list[np.ndarray]:
    """Return the outputs for all rows of a feed, computed on the native engine."""
    outputs, first = predictor.new_outputs(feed.n_rows), 0
    while first < feed.n_rows:
        left = feed.n_rows - first
        ended = predictor.measure(feed, first, left, ROWS_A_BLOCK, [Y[first:] for Y in outputs])
        first += min(ended.batches * ROWS_A_BLOCK, left)
    return outputs


def _logs_of(model, result, batch, return_dict):
    tracker = Tracker(model.compilation, apart=True)
    tracker.add(result, batch)
    return shaped(tracker.logs(), return_dict)


def outputs_of(model, x, training: bool = False):
    """Return the outputs for all rows of x at once: an array, or a list of them for several outputs."""
    model.require_built()
    reader, none = Reader(model), [None] * len(model.outputs)
    inputs = reader.inputs(x)
    n = len(inputs[0])
    batch = reader.batch(inputs, none, none, n, slice(0, n), True)
    if not training and model.predictor is not None:
        outputs = native_outputs(model.predictor, feed_of(batch))
        return outputs[0] if len(outputs) == 1 else outputs
    engine = Reference(model.trace(training=True)) if training else model.inference_engine
    with np.errstate(all="ignore"):
        run = engine.forward(batch.inputs, model.seed, FIRST_CALL + model.n_training_calls)
    model.n_training_calls += training
    # Copies: an output may be a view of the caller's array, or of a weight.
    outputs = [np.array(output) for output in engine.outputs(run)]
    return outputs[0] if len(outputs) == 1 else outputs


def gradients(model, x, y, sample_weight, training) -> dict[str, np.ndarray]:
    """Return "layer/weight" → gradient of the whole objective (losses and penalties)."""
    model.ensure_built_for(x)
    compilation = model._settle_compilation("gradients", needs_loss=True)
    named = model.named_weights(trainable_only=True)
    program = model.trace(training)
    program.refuse_without_gradient()
    slot_of = program.slot_of_weight()
    engine = Reference(program, [slot_of[id(weight)] for _, weight in named])
    objective = Objective(program, compilation.losses, compilation.loss_weights, [])
    batch = read_batch(model, x, y, sample_weight, verb="gradients")
    with np.errstate(all="ignore"):
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
