"""The training loop: epochs, batches, validation, stopping."""

from __future__ import annotations

import numpy as np

from chainrule.callbacks import CallbackList, History, ProgressBar, RunRecorder
from chainrule.callbacks.record import recorded
from chainrule.errors import ArgumentError
from chainrule.training.batches import ArraySource, StreamSource, is_stream, peeked
from chainrule.training.data_warnings import warn_of_data
from chainrule.training.evaluate import refuse_beside_stream, run_test, validation_source
from chainrule.training.full_batch import FullBatchLoop
from chainrule.training.interrupt import finish_batch_on_interrupt
from chainrule.training.loop import Loop
from chainrule.training.native_loop import NativeLoop
from chainrule.training.options import FitOptions
from chainrule.training.reader import Reader
from chainrule.training.validation import split_validation


def fit(model, x, y, options: FitOptions) -> History:
    """Train a model; the arguments are those of `Model.fit`."""
    if model._compile_arguments is None:
        model._settle_compilation("fit", needs_loss=True)
    x = _build_from(model, x, y)
    model._settle_compilation("fit", needs_loss=True)
    source, validation = _sources(model, x, y, options)
    history = History()
    callbacks = _callbacks(model, history, options, source, validation is not None)
    model.prepare_training()
    model.history, model.stop_training, model._resume_from_epoch = history, False, None
    with recorded(callbacks, source, options):
        _run(model, x, y, options, callbacks, (source, validation))
    return history


def _run(model, x, y, options: FitOptions, callbacks, sources) -> None:
    """Run the epochs, with all that is called before, within and after them."""
    source, validation = _begin(model, x, y, options, callbacks, sources)
    first = options.initial_epoch
    if model._resume_from_epoch is not None:
        first = model._resume_from_epoch
        if isinstance(source, StreamSource):
            source.skip(first - options.initial_epoch)

    def after_epoch(epoch, logs):
        if validation is not None and (epoch + 1) % options.validation_freq == 0:
            logs.update({f"val_{name}": value for name, value in run_test(model, validation, callbacks).items()})
        callbacks.on_epoch_end(epoch, logs)

    loop = _kind_of_loop(model)(model, source, callbacks, after_epoch, options.shuffle)
    # Overflow and NaN are looked for after each batch and told with their place, which says more than NumPy's warning.
    with finish_batch_on_interrupt(model), np.errstate(all="ignore"):
        logs = loop.run(first, options.epochs)
    if model.stop_training and model.history.stopped is None:
        model.history.stopped = "Stopped by a callback."
    model.finish_training()
    callbacks.on_train_end(logs)


def _kind_of_loop(model):
    """Return who runs the epochs: all rows at once, many batches a call in the core, or one batch after the other."""
    if model.optimizer.full_batch:
        return FullBatchLoop
    native = model.training_step.native
    return NativeLoop if native is not None and native.updates_in_core else Loop


def _build_from(model, x, y):
    """Build a model that waits for data, and return x: of a generator the first batch is looked at and put back."""
    if model.built or x is None:
        return x
    if not is_stream(x):
        model.ensure_built_for(x)
        return x
    first, x = peeked(x)
    if first is not None:
        model.ensure_built_for(first[0] if isinstance(first, (tuple, list)) else first)
    return x


def _sources(model, x, y, options: FitOptions):
    """Return the source to train on and the one to validate on (or None)."""
    losses = model.compilation.losses
    reader, validation = Reader(model, losses, options.class_weight), None
    if x is None:
        raise ArgumentError("fit needs data: fit(x, y). Received x=None.")
    if is_stream(x):
        refuse_beside_stream(x, {"y": y, "sample_weight": options.sample_weight})
        if options.validation_split:
            raise ArgumentError("validation_split needs arrays; with a generator, give validation_data.")
        source = StreamSource(x, reader, options.steps_per_epoch)
    else:
        inputs = reader.inputs(x)
        targets = reader.targets(y, len(inputs[0]))
        weights = reader.weights(options.sample_weight, len(inputs[0]))
        rows, held_out = split_validation(model, targets, len(inputs[0]), options)
        source = ArraySource(inputs, targets, weights, reader, options.batch_size, rows, options.steps_per_epoch)
        if held_out is not None:
            unweighted = Reader(model, losses)  # class weights are for training alone
            validation = ArraySource(inputs, targets, weights, unweighted, options.validation_batch_size, held_out)
        source.prepare()
        warn_of_data(model, inputs, targets, reader.input_columns, options)
    if options.validation_data is not None:
        batch_size, steps = options.validation_batch_size, options.validation_steps
        validation = validation_source(model, options.validation_data, batch_size, steps)
    if validation is not None:
        validation.prepare()
    return source, validation


def _begin(model, x, y, options: FitOptions, callbacks, sources):
    """Begin training; return the sources anew where a backup brought its run's seed back, which the split follows."""
    seed = model.seed
    callbacks.on_train_begin({})
    return _sources(model, x, y, options) if model.seed != seed and options.validation_split else sources


def _callbacks(model, history, options: FitOptions, source, validated: bool) -> CallbackList:
    given = options.callbacks or []
    given = list(given if isinstance(given, (list, tuple, CallbackList)) else [given])
    if options.verbose and not any(isinstance(callback, ProgressBar) for callback in given):
        given.append(ProgressBar(verbose=options.verbose))
    if options.record is not None and not any(isinstance(callback, RunRecorder) for callback in given):
        given.append(options.record)
    params = {
        "epochs": options.epochs,
        "steps": source.n_batches,
        "verbose": options.verbose,
        "metrics": model.compilation.metric_names(),
    }
    if validated:
        params["validation_freq"] = options.validation_freq
    return CallbackList([*given, history], model, params)
