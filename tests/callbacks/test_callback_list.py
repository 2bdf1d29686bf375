"""Callback, CallbackList, History and LambdaCallback: who is called, when, and with what."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.callbacks import (
    BackupAndRestore,
    Callback,
    CallbackList,
    CSVLogger,
    EarlyStopping,
    History,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ProgressBar,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from chainrule.callbacks.base import HOOKS
from chainrule.errors import ArgumentError


class Recorder(Callback):
    """Notes every hook; forgets super().__init__(), as users do."""

    def __init__(self, notes, name=""):
        self.notes, self.name = notes, name


for hook in HOOKS:
    setattr(Recorder, hook, lambda self, *arguments, _hook=hook: self.notes.append((self.name + _hook, arguments)))


def test_hooks_are_those_of_keras():
    assert set(HOOKS) == {
        *(f"on_{what}_{when}" for what in ("train", "epoch", "test", "predict") for when in ("begin", "end")),
        *(f"on_{what}batch_{when}" for what in ("train_", "test_", "") for when in ("begin", "end")),
    }


def test_every_hook_reaches_every_callback_in_order():
    notes = []
    called = CallbackList([Recorder(notes, "a."), Recorder(notes, "b.")])
    for hook in HOOKS:
        getattr(called, hook)(7, {"loss": 1})
    assert [name for name, _ in notes] == [f"{who}.{hook}" for hook in HOOKS for who in "ab"]
    assert all(arguments == (7, {"loss": 1}) for _, arguments in notes)


def test_callbacks_get_model_params_and_list():
    callback, model = Recorder([]), object()
    called = CallbackList([callback], model, {"epochs": 3})
    assert callback.model is model and callback.params == {"epochs": 3} and callback.callback_list is called
    assert list(called) == [callback]


def test_a_callback_that_comes_last_is_called_last():
    class Last(Recorder):
        comes_last = True

    notes = []
    CallbackList([Last(notes, "last."), Recorder(notes, "a."), Recorder(notes, "b.")]).on_epoch_end(0, {})
    assert [name.split(".")[0] for name, _ in notes] == ["a", "b", "last"]


@pytest.mark.parametrize("when", ["begin", "end"])
@pytest.mark.parametrize("name", ["on_train_batch_", "on_batch_"])
def test_either_name_of_a_batch_hook_works_and_is_seen(name, when):
    notes = []
    own = type("Own", (Callback,), {name + when: lambda self, batch, logs=None: notes.append(batch)})()
    called = CallbackList([own])
    assert called.needs_batches
    getattr(called, f"on_train_batch_{when}")(4, {})
    assert notes == [4]


def test_needs_batches_only_where_a_callback_looks_at_them():
    ordinary = [
        Callback(),
        *(History(), ProgressBar(2), TerminateOnNaN(), CSVLogger("log.csv"), BackupAndRestore("backup")),
        *(EarlyStopping(), ReduceLROnPlateau(), LearningRateScheduler(abs), ModelCheckpoint("m")),
    ]
    assert not CallbackList(ordinary).needs_batches
    assert CallbackList([History(), ModelCheckpoint("m", save_freq=3)]).needs_batches
    assert not CallbackList([LambdaCallback(on_epoch_end=print)]).needs_batches
    assert CallbackList([LambdaCallback(on_batch_end=print)]).needs_batches


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (EarlyStopping, r"callbacks takes objects, not classes: write EarlyStopping\(…\)\."),
        (
            print,
            r"callbacks is a list of chainrule\.callbacks\.Callback; received <built-in function print>: derive .*",
        ),
    ],
)
def test_what_is_no_callback_is_refused(given, message):
    with pytest.raises(ArgumentError, match=message):
        CallbackList([given])


def test_a_misspelt_hook_of_the_list_is_an_attribute_error():
    with pytest.raises(AttributeError, match="on_epoch_ended"):
        CallbackList([]).on_epoch_ended(0)


def test_lambda_callback_calls_functions():
    notes = []
    callback = LambdaCallback(
        on_epoch_begin=lambda epoch, logs: notes.append(("begin", epoch)),
        on_batch_end=lambda batch, logs: notes.append(("batch", batch)),
        on_epoch_end=None,
    )
    called = CallbackList([callback])
    called.on_epoch_begin(2, {})
    called.on_train_batch_end(5, {})
    called.on_epoch_end(2, {})
    assert notes == [("begin", 2), ("batch", 5)]


def test_lambda_callback_refuses():
    with pytest.raises(ArgumentError, match=r"no hook named 'on_epoch_ends'\. Did you mean 'on_epoch_end'\?"):
        LambdaCallback(on_epoch_ends=print)
    with pytest.raises(ArgumentError, match=r"LambdaCallback's on_epoch_end is a function; received 3\."):
        LambdaCallback(on_epoch_end=3)


def test_history_records_and_shows():
    history = History()
    history.on_epoch_end(0, {"loss": 0.5, "cm": np.eye(2)})
    history.on_epoch_end(1, {"loss": 0.25, "cm": np.eye(2), "val_loss": 0.125})
    assert history.epoch == [0, 1] and history.history["loss"] == [0.5, 0.25] and history.history["val_loss"] == [0.125]
    assert history.stopped is None and history.interrupted is False
    assert repr(history) == "<History: 2 epochs, last: loss 0.25, val_loss 0.125>"
    history.stopped = "Enough."
    assert repr(history).endswith("; Enough.>") and repr(History()) == "<History: 0 epochs>"


def test_history_goes_on_from_its_state():
    history, other = History(), History()
    history.on_epoch_end(0, {"loss": 0.1, "rows": 3, "cm": np.eye(2)})
    other.set_state(history.get_state())
    assert [type(value) for values in other.history.values() for value in values] == [float, int, np.ndarray]
    other.on_epoch_end(1, {"loss": 0.25})
    assert other.history["loss"] == [0.1, 0.25] and other.history["rows"] == [3] and other.epoch == [0, 1]
    assert type(other.epoch[0]) is int and history.history["loss"] == [0.1]


def test_fit_calls_the_hooks(network):
    notes = []
    model = network.make()
    history = model.fit(network.X, network.Y, batch_size=4, epochs=1, verbose=0, callbacks=[Recorder(notes)])
    seen = [name for name, _ in notes]
    batch = ["on_train_batch_begin", "on_train_batch_end"]
    assert seen == ["on_train_begin", "on_epoch_begin", *batch, *batch, "on_epoch_end", "on_train_end"]
    assert set(dict(notes)["on_epoch_end"][1]) == {"loss", "accuracy"}
    assert model.history is history and history.params["epochs"] == 1 and history.params["steps"] == 2


def test_fit_validates_within_the_epoch(network):
    notes, data = [], (network.X, network.Y)
    network.make().fit(*data, validation_data=data, epochs=2, validation_freq=2, verbose=0, callbacks=[Recorder(notes)])
    epoch = ["on_epoch_begin", "on_train_batch_begin", "on_train_batch_end"]
    test = ["on_test_begin", "on_test_batch_begin", "on_test_batch_end", "on_test_end"]
    assert [name for name, _ in notes] == [
        *("on_train_begin", *epoch, "on_epoch_end"),
        *(*epoch, *test, "on_epoch_end", "on_train_end"),
    ]
    logs = [arguments[1] for name, arguments in notes if name == "on_epoch_end"]
    assert list(logs[0]) == ["loss", "accuracy"] and list(logs[1])[2:] == ["val_loss", "val_accuracy"]
    assert notes[-1][1] == (logs[1],)


def test_evaluate_and_predict_call_theirs(network):
    notes, model = [], network.make()
    model.evaluate(network.X, network.Y, callbacks=[Recorder(notes)])
    model.predict(network.X, callbacks=[Recorder(notes)])
    test = ["on_test_begin", "on_test_batch_begin", "on_test_batch_end", "on_test_end"]
    assert [name for name, _ in notes] == [*test, "on_predict_begin", "on_predict_end"]


@pytest.mark.parametrize("by", ["attribute", "stop"])
def test_a_callback_stops_training(network, by):
    def end(epoch, logs):
        if epoch == 1:
            model.stop("Enough.") if by == "stop" else setattr(model, "stop_training", True)

    model = network.make()
    history = model.fit(network.X, network.Y, epochs=9, verbose=0, callbacks=[LambdaCallback(on_epoch_end=end)])
    assert history.epoch == [0, 1]
    assert history.stopped == ("Enough." if by == "stop" else "Stopped by a callback.")
