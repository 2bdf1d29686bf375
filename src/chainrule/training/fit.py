"""The training loop: epochs, batches, validation, stopping."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from chainrule.callbacks import CallbackList, History, ProgressBar, TerminateOnNaN
from chainrule.errors import ArgumentError, NotReadyError, nearest
from chainrule.random import Stream
from chainrule.training.batches import ArraySource, StreamSource, check_batch_size
from chainrule.training.diagnosis import non_finite_loss
from chainrule.training.interrupt import finish_batch_on_interrupt
from chainrule.training.reader import Reader
from chainrule.training.step import NonFinite
from chainrule.training.full_batch import FullBatchLoop
from chainrule.training.evaluate import is_stream, run_test, test_source
from chainrule.training.tracker import Tracker
from chainrule.training.validation import split_validation


def fit(model, x, y, options: dict[str, Any]) -> History:
    """Train a model; the arguments are those of `Model.fit`, checked here."""
    if getattr(model, "_compile_arguments", None) is None:
        raise NotReadyError("fit needs a loss and an optimizer: call model.compile(optimizer='adam', loss=…) first.")
    if not (y is None and is_stream(x)):
        model.ensure_built_for(x)
    model._settle_compilation()
    if all(loss is None for loss in model.compilation.losses):
        raise NotReadyError("fit needs a loss: call model.compile(loss=…), for example loss='mse'.")
    epochs, first = _whole(options["epochs"], "epochs"), _whole(options["initial_epoch"], "initial_epoch")
    validation_freq = _whole(options["validation_freq"], "validation_freq", least=1)
    source, validation = _sources(model, x, y, options)
    history = History()
    callbacks = _callbacks(model, history, options, source, epochs)
    model.history, model.stop_training = history, False
    model.prepare_training()
    model._resume_from_epoch = None
    callbacks.on_train_begin({})
    first = model._resume_from_epoch if model._resume_from_epoch is not None else first

    def after_epoch(epoch, logs):
        if validation is not None and (epoch + 1) % validation_freq == 0:
            logs.update({f"val_{name}": value for name, value in run_test(model, validation).items()})
        callbacks.on_epoch_end(epoch, logs)

    # Overflow and NaN are looked for after each batch and told with their place, which says more than NumPy's warning.
    with finish_batch_on_interrupt(model), np.errstate(all="ignore"):
        if model.optimizer.full_batch:
            logs = FullBatchLoop(model, source, callbacks, after_epoch).run(first, epochs) if first < epochs else {}
        else:
            logs = Loop(model, source, callbacks, options["shuffle"]).run(first, epochs, after_epoch)
    model.finish_training()
    callbacks.on_train_end(logs)
    return history


class Loop:
    """One epoch after the other over a source of batches."""

    def __init__(self, model, source, callbacks, shuffle):
        if shuffle not in (True, False, "batch"):
            raise ArgumentError(f"shuffle is True or False; received {shuffle!r}.")
        self.model, self.source, self.callbacks, self.shuffle = model, source, callbacks, shuffle
        self.tracker = Tracker(model.compilation)
        self.failed = False

    def run(self, first: int, epochs: int, after_epoch) -> dict[str, float]:
        """Run the epochs until the last one or until something stops training; return the last one's losses and metrics."""
        logs: dict[str, float] = {}
        for epoch in range(first, epochs):
            if self.model.stop_training:
                break
            self.callbacks.on_epoch_begin(epoch, {})
            logs = self.epoch(epoch)
            if self.failed:
                break
            after_epoch(epoch, logs)
        return logs

    def epoch(self, epoch: int) -> dict[str, float]:
        """Run one epoch and return its losses and metrics."""
        step, tracker, callbacks, seed = self.model.training_step, self.tracker, self.callbacks, self.model.seed
        watched = callbacks.needs_batches
        tracker.reset()
        for number, batch in enumerate(self.source.epoch(self._order())):
            if watched:
                callbacks.on_train_batch_begin(number, {})
            try:
                result = step.train(batch, seed)
            except NonFinite as failure:
                self._fail(failure, batch, epoch, number)
                break
            tracker.add(result, batch)
            if watched:
                callbacks.on_train_batch_end(number, tracker.logs())
            if self.model.stop_training:
                break
        return tracker.logs()

    def _order(self):
        """Return the epoch's order: it follows from the seed and the steps taken, so that a resumed run goes the same way."""
        n = self.source.n_batches if isinstance(self.source, StreamSource) else self.source.n_rows
        if not self.shuffle or n is None:
            return None
        return Stream(self.model.seed, "order", step=self.model.optimizer.iterations).permutation(n)

    def _fail(self, failure: NonFinite, batch, epoch: int, number: int) -> None:
        error = non_finite_loss(self.model, failure, batch, epoch, number)
        self.failed = True
        self.model.stop(str(error))
        self.callbacks.on_train_batch_end(number, {"loss": failure.measured.total})
        if not any(isinstance(callback, TerminateOnNaN) for callback in self.callbacks.callbacks):
            self.callbacks.on_train_end({})
            raise error


def _sources(model, x, y, options):
    """Return the source to train on and the one to validate on (or None)."""
    streamed = y is None and is_stream(x)
    reader = Reader(model, model.compilation.losses, options["class_weight"])
    plain = Reader(model, model.compilation.losses)
    batch_size = check_batch_size(options["batch_size"])
    if streamed:
        if options["validation_split"]:
            raise ArgumentError("validation_split needs arrays; with a generator, give validation_data.")
        source, validation = StreamSource(x, reader, options["steps_per_epoch"]), None
    else:
        inputs = reader.inputs(x)
        targets = reader.targets(y, len(inputs[0]))
        weights = reader.weights(options["sample_weight"], len(inputs[0]))
        rows, held_out = split_validation(model, targets, len(inputs[0]), options)
        source = ArraySource(inputs, targets, weights, reader, batch_size, rows)
        if options["steps_per_epoch"] is not None:
            source.n_batches = min(source.n_batches, _whole(options["steps_per_epoch"], "steps_per_epoch", least=1))
        validation = None
        if held_out is not None:
            validation = ArraySource(inputs, targets, weights, plain, options["validation_batch_size"] or batch_size, held_out)
        _warn_of_data(inputs, targets, model, options["shuffle"])
    if options["validation_data"] is not None:
        validation = test_source(model, options["validation_data"], None, None, options["validation_batch_size"] or batch_size,
                                 options["validation_steps"])
    return source, validation


def _callbacks(model, history, options, source, epochs) -> CallbackList:
    given = options["callbacks"] or []
    given = list(given.callbacks if isinstance(given, CallbackList) else given if isinstance(given, (list, tuple)) else [given])
    verbose = options["verbose"]
    if verbose not in (0, 1, 2, "auto", True, False):
        raise ArgumentError(f"verbose is 0 (silent), 1, 2 (one line an epoch) or 'auto'; received {verbose!r}.")
    if verbose and not any(isinstance(callback, ProgressBar) for callback in given):
        given.append(ProgressBar(verbose=verbose))
    metrics = model.compilation.metric_names()
    params = {"epochs": epochs, "steps": source.n_batches, "verbose": verbose, "metrics": metrics}
    return CallbackList([*given, history], model, params)


def legacy_fit_arguments(legacy: dict[str, Any]) -> dict[str, Any]:
    """Return the present names of arguments that old tutorials use, with a warning; refuse what `fit` never had."""
    options = {}
    for name, value in legacy.items():
        if name != "nb_epoch":
            known = ["x", "y", "batch_size", "epochs", "verbose", "callbacks", "validation_split", "validation_data", "shuffle"]
            raise ArgumentError(f"fit has no argument {name!r}.{nearest(name, known)}")
        warnings.warn("fit(nb_epoch=…) is the old spelling; write epochs=…", FutureWarning, stacklevel=3)
        options["epochs"] = value
    return options


def _whole(number, what: str, least: int = 0) -> int:
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < least:
        raise ArgumentError(f"{what} is a whole number of {least} or more; received {number!r}.")
    return int(number)


def _warn_of_data(inputs, targets, model, shuffle) -> None:
    """Warn, once a fit, of data on which nothing good can be learnt. Only small arrays are looked at whole."""
    small = 10_000
    X, T = inputs[0][:small], targets[0]
    if X.ndim == 2 and len(X) > 1 and X.dtype.kind == "f":
        constant = np.flatnonzero((X == X[:1]).all(axis=0))
        if len(constant) and len(inputs[0]) <= small:
            warnings.warn(f"Column {int(constant[0])} of x is constant, so it can teach nothing.", UserWarning, stacklevel=5)
    classifies = type(model.compilation.losses[0]).__name__.endswith("Crossentropy")
    if T is None or not classifies or len(T) > small or len(T) < 2:
        return
    labels = T.argmax(axis=-1) if T.ndim > 1 and T.shape[-1] > 1 else T.reshape(-1)
    if labels.dtype.kind in "fiub" and (labels == labels[0]).all():
        warnings.warn(
            f"All labels are {labels[0]!s}: with one class only, the network learns to answer it always.", UserWarning, stacklevel=5
        )
    elif not shuffle and (labels[1:] >= labels[:-1]).all() and len(labels) > 32:
        warnings.warn(
            "The labels are sorted and shuffle=False: each batch sees one class only. Shuffle the rows, or leave shuffle=True.",
            UserWarning,
            stacklevel=5,
        )
