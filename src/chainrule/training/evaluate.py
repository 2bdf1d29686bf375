"""`evaluate` and `predict`: the network in use, in batches."""

from __future__ import annotations

import numpy as np

from chainrule.callbacks import CallbackList
from chainrule.errors import NotReadyError
from chainrule.training.batches import ArraySource, StreamSource, check_batch_size
from chainrule.training.one_batch import shaped
from chainrule.training.reader import Reader
from chainrule.training.step import StepResult
from chainrule.training.tracker import Tracker


def run_test(model, source, callbacks=None) -> dict[str, float]:
    """Return the loss and metrics over a source of batches."""
    tracker = Tracker(model.compilation)
    if callbacks:
        callbacks.on_test_begin({})
    with np.errstate(all="ignore"):
        for number, batch in enumerate(source.epoch()):
            if callbacks:
                callbacks.on_test_batch_begin(number, {})
            tracker.add(test_batch(model, batch), batch)
            if callbacks:
                callbacks.on_test_batch_end(number, {})
    logs = tracker.logs()
    if callbacks:
        callbacks.on_test_end(logs)
    return logs


def test_batch(model, batch) -> StepResult:
    """Return loss and predictions of one batch, the network in use (no dropout, running statistics)."""
    engine, objective = model.inference_engine, model.inference_objective
    run = engine.forward(batch.inputs)
    measured = objective.measure(run.values, batch.targets, batch.weights, with_gradients=False)
    return StepResult(measured, engine.outputs(run), batch.size)


def evaluate(model, x, y, batch_size, sample_weight, steps, callbacks, return_dict):
    """Evaluate a compiled model; the arguments are those of `Model.evaluate`."""
    model.require_built()
    model._settle_compilation()
    if all(loss is None for loss in model.compilation.losses):
        raise NotReadyError("evaluate needs a loss: call model.compile(loss=…) first.")
    source = test_source(model, x, y, sample_weight, check_batch_size(batch_size), steps)
    return shaped(run_test(model, source, _callback_list(model, callbacks)), return_dict)


def predict(model, x, batch_size, steps, callbacks):
    """Return the network's outputs for all rows: an array, or a list for several outputs."""
    model.require_built()
    reader, none = Reader(model), [None] * len(model.outputs)
    if is_stream(x):
        source = StreamSource(x, reader, steps)
    else:
        source = ArraySource(reader.inputs(x), none, none, reader, check_batch_size(batch_size))
    listeners = _callback_list(model, callbacks)
    if listeners:
        listeners.on_predict_begin({})
    engine = model.inference_engine
    parts = [engine.outputs(engine.forward(batch.inputs)) for batch in source.epoch()]
    if listeners:
        listeners.on_predict_end({})
    joined = [np.concatenate(column) if len(column) > 1 else np.array(column[0]) for column in zip(*parts, strict=True)]
    return joined[0] if len(joined) == 1 else joined


def test_source(model, x, y, sample_weight, batch_size, steps=None):
    """Return a source to evaluate on, from arrays, a tuple (x, y[, sample_weight]), a generator or a `Sequence`."""
    if y is None and isinstance(x, tuple) and len(x) in (2, 3):
        x, y, *rest = x
        sample_weight = rest[0] if rest else None
    reader = Reader(model, model.compilation.losses)
    if y is None and is_stream(x):
        return StreamSource(x, reader, steps)
    inputs = reader.inputs(x)
    n_rows = len(inputs[0])
    source = ArraySource(inputs, reader.targets(y, n_rows), reader.weights(sample_weight, n_rows), reader, batch_size)
    if steps is not None:
        source.n_batches = min(source.n_batches, steps)
    return source


def is_stream(x) -> bool:
    """Tell a generator or a `Sequence`-like object of batches from data."""
    if isinstance(x, (np.ndarray, list, tuple, dict)) or hasattr(x, "__array__") or hasattr(x, "columns"):
        return False
    return hasattr(x, "__iter__") or (hasattr(x, "__getitem__") and hasattr(x, "__len__"))


def _callback_list(model, callbacks) -> CallbackList | None:
    if not callbacks:
        return None
    return CallbackList(list(callbacks), model, {"metrics": model.metrics_names, "verbose": 0, "epochs": 1, "steps": None})
