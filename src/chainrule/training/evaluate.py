"""`evaluate` and `predict`: the network in use, in batches."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.callbacks import CallbackList
from chainrule.errors import ArgumentError
from chainrule.training.batches import ArraySource, StreamSource, is_stream
from chainrule.training.feeds import feeds
from chainrule.training.one_batch import ROWS_A_BLOCK, native_outputs, shaped, test_batch
from chainrule.training.options import check_batch_size, whole
from chainrule.training.reader import Reader
from chainrule.training.tracker import Tracker


def evaluate(model, x, y, batch_size, sample_weight, steps, callbacks, return_dict):
    """Evaluate a compiled model; the arguments are those of `Model.evaluate`."""
    model._settle_compilation("evaluate", needs_loss=True)
    source = test_source(model, x, y, sample_weight, check_batch_size(batch_size), steps, "evaluate")
    return shaped(run_test(model, source, _callback_list(model, callbacks)), return_dict)


def run_test(model, source, callbacks=None) -> dict[str, float]:
    """Return the loss and metrics over a source of batches."""
    tracker = Tracker(model.compilation, apart=True)
    if callbacks:
        callbacks.on_test_begin({})
    evaluator = None if callbacks and callbacks.needs_test_batches else model.evaluator
    if evaluator is not None:
        for feed in feeds(source):
            _measure(evaluator, feed, tracker)
        tracker.count_penalty(model.inference_objective.penalty())
    else:
        _test_batches(model, source, callbacks, tracker)
    logs = tracker.logs()
    if callbacks:
        callbacks.on_test_end(logs)
    return logs


def _test_batches(model, source, callbacks, tracker) -> None:
    with np.errstate(all="ignore"):
        for number, batch in enumerate(source.epoch()):
            if callbacks:
                callbacks.on_test_batch_begin(number, {})
            tracker.add(test_batch(model, batch), batch)
            if callbacks:
                callbacks.on_test_batch_end(number, {})


def _measure(evaluator, feed, tracker) -> None:
    """Let the native engine measure a feed, for a tracker."""
    outputs = evaluator.new_outputs(feed.n_rows) if tracker.needs_predictions else []
    first = 0
    while first < feed.n_rows:
        left = feed.n_rows - first
        ended = evaluator.measure(feed, first, left, ROWS_A_BLOCK, [Y[first:] for Y in outputs], tracker.sums)
        tracker.carry_on(ended)
        first += min(ended.batches * ROWS_A_BLOCK, left)
    if outputs:
        tracker.add_predictions(feed, 0, outputs)


def predict(model, x, batch_size, steps, callbacks):
    """Return the network's outputs for all rows: an array, or a list for several outputs."""
    model.require_built()
    reader, none = Reader(model), [None] * len(model.outputs)
    steps = None if steps is None else whole(steps, "steps")
    if is_stream(x):
        source = StreamSource(x, reader, steps)
    else:
        source = ArraySource(reader.inputs(x), none, none, reader, check_batch_size(batch_size), steps=steps)
    listeners = _callback_list(model, callbacks)
    if listeners:
        listeners.on_predict_begin({})
    predictor = model.predictor
    parts = (
        _predictions(model.inference_engine, source)
        if predictor is None
        else [native_outputs(predictor, feed) for feed in feeds(source)]
    )
    if listeners:
        listeners.on_predict_end({})
    joined = [_joined(list(column)) for column in zip(*parts, strict=True)]
    return joined[0] if len(joined) == 1 else joined


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts) if len(parts) > 1 else parts[0]


def _predictions(engine, source):
    # Overflow inside the network shows as infinity in the outputs, which says it without NumPy's warning.
    with np.errstate(all="ignore"):
        # Copies: an output may be a view of the caller's array.
        return [
            [np.array(output) for output in engine.outputs(engine.forward(batch.inputs))] for batch in source.epoch()
        ]


def test_source(model, x, y, sample_weight, batch_size, steps=None, verb="validation"):
    """Return a source to evaluate on, from arrays, a tuple (x, y[, sample_weight]), a generator or a `Sequence`."""
    reader = Reader(model, model.compilation.losses)
    steps = None if steps is None else whole(steps, "steps")
    if is_stream(x):
        refuse_beside_stream(x, {"y": y, "sample_weight": sample_weight})
        return StreamSource(x, reader, steps)
    inputs = reader.inputs(x)
    n_rows = len(inputs[0])
    targets, weights = reader.targets(y, n_rows, verb), reader.weights(sample_weight, n_rows)
    return ArraySource(inputs, targets, weights, reader, batch_size, steps=steps)


def validation_source(model, data, batch_size, steps):
    """Return a source from `validation_data`: a tuple (x, y) or (x, y, sample_weight), a generator or a `Sequence`."""
    if is_stream(data):
        return test_source(model, data, None, None, batch_size, steps)
    parts: list[Any] = list(data) if isinstance(data, (tuple, list)) else []
    if len(parts) not in (2, 3):
        received = f"{len(parts)} parts" if parts else type(data).__name__
        raise ArgumentError(f"validation_data is a tuple (x, y) or (x, y, sample_weight); received {received}.")
    sample_weight = parts[2] if len(parts) > 2 else None
    return test_source(model, parts[0], parts[1], sample_weight, batch_size, steps, "validation")


def refuse_beside_stream(x, given) -> None:
    """Refuse arrays beside a generator, which brings its own."""
    for name, value in given.items():
        if value is not None:
            raise ArgumentError(
                f"x is a {type(x).__name__}, whose batches bring their own targets and weights as (x, y) or (x, y, "
                f"sample_weight); leave {name} out."
            )


def _callback_list(model, callbacks) -> CallbackList | None:
    if not callbacks:
        return None
    names = model.metrics_names if model.compilation else []
    return CallbackList(list(callbacks), model, {"metrics": names, "verbose": 0, "epochs": 1, "steps": None})
