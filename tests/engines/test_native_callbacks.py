"""Callbacks on the native engine: they see what they see on the reference engine, and may change training as there."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest

from chainrule.callbacks import (
    BackupAndRestore,
    Callback,
    EarlyStopping,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ProgressBar,
    ReduceLROnPlateau,
)
from chainrule.callbacks.base import HOOKS
from chainrule.layers import BatchNormalization, Dense, Dropout
from chainrule.models import Sequential
from chainrule.optimizers import SGD, Nadam
from chainrule.saving import load_model

N_ROWS, BATCH = 50, 8
rng = np.random.default_rng(6)
X = rng.normal(size=(N_ROWS, 4))
Y = (X[:, :1] * X[:, 1:2] > 0).astype(float)
ENGINES = ("reference", "native")
OPTIONS = {"batch_size": BATCH, "verbose": 0, "validation_split": 0.2}
N_BATCHES = 5  # of the 40 rows that are not held out


def network(engine: str = "native", optimizer=None, metrics=("accuracy", "auc")) -> Sequential:
    layers = [Dense(6, "tanh", input_dim=4), BatchNormalization(), Dropout(0.1), Dense(1, "sigmoid")]
    model = Sequential(layers, seed=7, dtype="float64")
    model.compile(optimizer or SGD(0.1, momentum=0.5), "binary_crossentropy", metrics=list(metrics), engine=engine)
    return model


def assert_same(model, other) -> None:
    """Hold two trainings together to the bit."""
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    state, expected = model.optimizer.get_state(), other.optimizer.get_state()
    assert state.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(state[name], array, err_msg=name)
    assert model.history.history == other.history.history and model.history.epoch == other.history.epoch


def assert_close(native, reference) -> None:
    """Hold the native engine's training against the reference's."""
    assert (reference.engine.name, native.engine.name) == ENGINES
    for one, two in zip(native.get_weights(), reference.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-9)
    found, expected = native.history.history, reference.history.history
    assert found.keys() == expected.keys()
    for name, series in expected.items():
        np.testing.assert_allclose(found[name], series, rtol=1e-9, atol=1e-9, err_msg=name)


class Watch(Callback):
    """Keeps every hook that it hears, with the logs."""

    def __init__(self):
        self.heard = []


for _hook in HOOKS:
    if not _hook.startswith("on_batch"):

        def _keep(self, *arguments, hook=_hook):
            *number, logs = arguments
            self.heard.append((hook, number, dict(logs or {})))

        setattr(Watch, _hook, _keep)


def test_every_hook_is_heard_with_the_same_logs():
    heard = []
    for engine in ENGINES:
        watch, model = Watch(), network(engine)
        model.fit(X, Y, epochs=2, callbacks=[watch], **OPTIONS)
        model.evaluate(X, Y, batch_size=16, callbacks=[watch], verbose=0)
        model.predict(X, callbacks=[watch], verbose=0)
        heard.append(watch.heard)
    reference, native = heard
    assert [each[:2] for each in native] == [each[:2] for each in reference]
    assert sum(hook == "on_train_batch_end" for hook, *_ in native) == 2 * N_BATCHES
    for (hook, number, found), (*_, expected) in zip(native, reference, strict=True):
        assert found.keys() == expected.keys(), hook
        for name, value in expected.items():
            np.testing.assert_allclose(found[name], value, rtol=1e-9, err_msg=f"{hook} {number} {name}")


def test_watching_changes_no_bit():
    watched, plain = network(), network()
    watch = LambdaCallback(on_train_batch_begin=lambda batch, logs: None, on_train_batch_end=lambda batch, logs: None)
    watched.fit(X, Y, epochs=3, callbacks=[watch], **OPTIONS)
    plain.fit(X, Y, epochs=3, **OPTIONS)
    assert_same(watched, plain)


@pytest.mark.parametrize("hook", ["on_train_batch_begin", "on_train_batch_end", "on_batch_end"])
@pytest.mark.parametrize("way", ["stop_training", "stop"])
def test_a_stop_in_a_batch(hook, way):
    models = []
    for engine in ENGINES:
        model = network(engine)

        def stop(batch, logs, model=model):
            if batch == 2:
                model.stop("Enough.") if way == "stop" else setattr(model, "stop_training", True)

        history = model.fit(X, Y, epochs=4, callbacks=[LambdaCallback(**{hook: stop})], **OPTIONS)
        assert model.optimizer.iterations == 3 and history.epoch == [0]
        assert history.stopped == ("Enough." if way == "stop" else "Stopped by a callback.")
        models.append(model)
    assert_close(models[1], models[0])


def test_what_is_raised_in_a_batch_leaves_the_model_whole():
    class Raised(Exception):
        pass

    def fail(batch, logs):
        if batch == 2:
            raise Raised

    model, other = network(), network()
    with pytest.raises(Raised):
        model.fit(X, Y, callbacks=[LambdaCallback(on_train_batch_end=fail)], **OPTIONS)
    other.fit(X, Y, steps_per_epoch=3, **OPTIONS)
    for each in (model, other):
        each.fit(X, Y, epochs=2, **OPTIONS)
    assert_same(model, other)


CHANGING = {
    "a scheduler": lambda model: LearningRateScheduler(lambda epoch, rate: rate * 0.7),
    "a plateau": lambda model: ReduceLROnPlateau("loss", factor=0.3, patience=1, min_delta=0.5),
    "a rate set by hand": lambda model: LambdaCallback(
        on_epoch_begin=lambda epoch, logs: setattr(model.optimizer, "learning_rate", 0.2 / (epoch + 1))
    ),
    "a rate set in a batch": lambda model: LambdaCallback(
        on_batch_begin=lambda batch, logs: setattr(model.optimizer, "learning_rate", 0.1 / (batch + 1))
    ),
    "weights set by hand": lambda model: LambdaCallback(
        on_epoch_begin=lambda epoch, logs: model.set_weights([W * 0.5 for W in model.get_weights()])
    ),
    "a weight assigned": lambda model: LambdaCallback(
        on_epoch_begin=lambda epoch, logs: model.layers[0].weights[0].assign(np.full((4, 6), 0.1 * epoch))
    ),
    "a weight changed in place": lambda model: LambdaCallback(
        on_train_batch_end=lambda batch, logs: np.multiply(0.9, kernel := model.layers[0].weights[0].value, out=kernel)
    ),
    "an early stop": lambda model: EarlyStopping("val_loss", patience=1, min_delta=10.0, restore_best_weights=True),
    "predictions meanwhile": lambda model: LambdaCallback(
        on_batch_end=lambda batch, logs: (model.predict(X, verbose=0), model.evaluate(X, Y, verbose=0))
    ),
}


@pytest.mark.parametrize("case", CHANGING)
def test_callbacks_that_change_training(case):
    models = []
    for engine in ENGINES:
        model = network(engine)
        model.fit(X, Y, epochs=4, callbacks=[CHANGING[case](model)], **OPTIONS)
        models.append(model)
    assert_close(models[1], models[0])


def test_early_stopping_puts_the_best_weights_back():
    model, kept = network(), {}
    remember = LambdaCallback(on_epoch_end=lambda epoch, logs: kept.setdefault(epoch, model.get_weights()))
    stopping = EarlyStopping("loss", mode="max", patience=2, restore_best_weights=True)
    model.fit(X, Y, epochs=9, callbacks=[remember, stopping], **OPTIONS)
    assert len(model.history.epoch) == 3
    assert all(map(np.array_equal, model.get_weights(), kept[0]))
    assert np.array_equal(model.predict(X[:3], verbose=0), model.predict(X, verbose=0)[:3])


class Killed(Exception):
    """What a test raises in place of kill -9."""


def die(epoch, logs):
    if epoch == 2:
        raise Killed


@pytest.mark.parametrize("engines", [("native", "native"), ("reference", "native"), ("native", "reference")])
def test_a_backup_goes_on_to_the_same_bits(tmp_path, engines):
    """And to nearly the same numbers where another engine takes it up."""
    first, second = engines
    whole = network(second, Nadam(0.05))
    whole.fit(X, Y, epochs=5, **OPTIONS)
    with pytest.raises(Killed):
        callbacks = [BackupAndRestore(tmp_path), LambdaCallback(on_epoch_begin=die)]
        network(first, Nadam(0.05)).fit(X, Y, epochs=5, callbacks=callbacks, **OPTIONS)
    resumed = network(second, Nadam(0.05))
    resumed.fit(X, Y, epochs=5, callbacks=[BackupAndRestore(tmp_path)], **OPTIONS)
    if first == second:
        assert_same(resumed, whole)
    for one, two in zip(resumed.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("save_weights_only", [False, True])
def test_a_checkpoint_holds_the_weights_of_its_epoch(tmp_path, save_weights_only):
    kept, model = {}, network()
    remember = LambdaCallback(on_epoch_end=lambda epoch, logs: kept.setdefault(epoch + 1, model.get_weights()))
    end = "{epoch}.weights.safetensors" if save_weights_only else "{epoch}.safetensors"
    checkpoint = ModelCheckpoint(tmp_path / end, save_weights_only=save_weights_only)
    model.fit(X, Y, epochs=3, callbacks=[remember, checkpoint], **OPTIONS)
    for epoch, weights in kept.items():
        path = tmp_path / end.format(epoch=epoch)
        if save_weights_only:
            loaded = network()
            loaded.load_weights(path)
        else:
            loaded = load_model(path)
        assert all(map(np.array_equal, loaded.get_weights(), weights))


class Terminal(io.StringIO):
    """What the live line takes for a terminal."""

    encoding = "utf-8"

    def isatty(self):
        return True


def test_the_progress_line_watches_some_batches(monkeypatch):
    """In a terminal the core comes back for the line, not for each batch; where there is none, for nothing."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("chainrule.training.native_training.SECONDS_A_CALL", 0.0)
    calls = []
    for out in (Terminal(), io.StringIO()):
        monkeypatch.setattr(sys, "stdout", out)
        bar, model = ProgressBar(clock=iter(range(10**6)).__next__), network(metrics=["accuracy"])
        drawn = []
        monkeypatch.setattr(bar, "on_train_batch_end", lambda batch, logs, drawn=drawn: drawn.append(batch))
        model.fit(X, Y, epochs=2, callbacks=[bar], **{**OPTIONS, "batch_size": 1, "verbose": 1})
        calls.append(drawn)
    shown, plain = calls
    assert 0 < len(shown) < 2 * 40 and plain == []
    assert shown == sorted(shown[: len(shown) // 2]) * 2 and shown[-1] == 39


def test_the_progress_line_changes_no_bit(monkeypatch):
    models = []
    for out in (Terminal(), io.StringIO()):
        monkeypatch.setattr(sys, "stdout", out)
        model = network()
        model.fit(X, Y, epochs=3, **{**OPTIONS, "verbose": 1})
        models.append(model)
        assert "epoch" in out.getvalue()
    assert_same(*models)
