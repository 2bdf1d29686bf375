"""The core's loss of each single step: as the reference engine's, the same bits however the core runs, and refusals."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from chainrule.callbacks import Callback
from chainrule.callbacks.steps import Steps
from chainrule.engines import core as native_core
from chainrule.errors import NonFiniteLoss
from chainrule.layers import BatchNormalization, Dense, Dropout
from chainrule.models import Sequential
from chainrule.optimizers import SGD, Adam
from chainrule.optimizers.schedules import ExponentialDecay
from chainrule.runs.thinning import Thinning
from chainrule.training import native_training
from chainrule.training.one_batch import read_batch

N_ROWS, BATCH = 230, 16  # the last batch is short
STEPS = -(-N_ROWS // BATCH)
rng = np.random.default_rng(5)
X = rng.normal(size=(N_ROWS, 12))
Y = np.tanh(X[:, :2]) + 0.1 * rng.normal(size=(N_ROWS, 2))


class Losses(Callback):
    """Takes the losses of all steps, and at last the learning rates of a schedule."""

    def on_train_begin(self, logs=None):
        self.step_recorder = Steps(self.model.optimizer, Thinning(most=10**6))

    def on_train_end(self, logs=None):
        self.step_recorder.close()
        self.losses, self.rates = {}, {}
        for _, (first, stride, name, values) in self.step_recorder.take():
            assert stride == 1
            (self.losses if name == "loss" else self.rates).update(enumerate(values.tolist(), first))


class Watch(Callback):
    """Looks at every batch."""

    def on_train_batch_end(self, batch, logs=None):
        pass


def trained(engine, dtype="float64", optimizer=lambda: Adam(0.01), callbacks=(), **options):
    """Return the steps' losses and the history of a fit with penalties, dropout and batch normalisation."""
    layers = [Dense(120, "relu", input_dim=12, kernel_regularizer="l2"), BatchNormalization(), Dropout(0.2), Dense(2)]
    model = Sequential(layers, seed=2, dtype=dtype)
    model.compile(optimizer(), "mse", metrics=["mae"], engine=engine)
    steps, options = Losses(), {"batch_size": BATCH, "epochs": 3, "verbose": 0, **options}
    history = model.fit(X, Y, callbacks=[steps, *callbacks], **options)
    return steps, history.history, model.get_weights()


@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-9), ("float32", 1e-3)])
def test_as_the_reference_engines(dtype, rtol):
    reference, native = trained("reference", dtype)[0], trained("native", dtype)[0]
    assert list(native.losses) == list(reference.losses) == list(range(3 * STEPS))
    np.testing.assert_allclose(list(native.losses.values()), list(reference.losses.values()), rtol=rtol)


def test_an_epochs_loss_is_the_mean_of_its_steps():
    steps, history, _ = trained("native", steps_per_epoch=N_ROWS // BATCH)  # whole batches alone
    means = np.reshape(list(steps.losses.values()), (3, -1)).mean(axis=1)
    np.testing.assert_allclose(means, history["loss"], rtol=1e-12)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("seconds", [0.0, 1e9])
def test_bits_for_any_threads_and_wherever_calls_end(count, seconds, monkeypatch):
    expected, _, _ = trained("native", "float32")
    core = native_core.load()
    kept = core.max_threads()
    monkeypatch.setattr(native_training, "SECONDS_A_CALL", seconds)
    core.set_max_threads(count)
    try:
        found, _, _ = trained("native", "float32")
    finally:
        core.set_max_threads(kept)
    assert found.losses == expected.losses


def test_a_callback_that_sees_every_batch_changes_nothing():
    expected, _, _ = trained("native", "float32")
    found, _, _ = trained("native", "float32", callbacks=[Watch()])
    assert found.losses == expected.losses


def test_training_is_the_same_to_the_last_bit_without():
    _, history, weights = trained("native", "float32")
    model = Sequential(
        [Dense(120, "relu", input_dim=12, kernel_regularizer="l2"), BatchNormalization(), Dropout(0.2), Dense(2)],
        seed=2,
        dtype="float32",
    )
    model.compile(Adam(0.01), "mse", metrics=["mae"], engine="native")
    assert model.fit(X, Y, batch_size=BATCH, epochs=3, verbose=0).history == history
    assert all(np.array_equal(A, B) for A, B in zip(weights, model.get_weights(), strict=True))


def test_a_schedules_rates_come_with_them():
    schedule = ExponentialDecay(0.1, decay_steps=1, decay_rate=0.9)
    steps, _, _ = trained("native", optimizer=lambda: SGD(schedule))
    assert steps.rates == {step: float(schedule(step)) for step in range(3 * STEPS)}


def test_steps_before_a_loss_that_is_not_finite():
    bad = X.copy()
    bad[5 * BATCH + 3] = np.finfo("f8").max
    model = Sequential([Dense(1, input_dim=12)], seed=1, dtype="float64")
    model.compile("sgd", "mse", engine="native")
    steps = Losses()
    with pytest.raises(NonFiniteLoss):
        model.fit(bad, Y[:, :1], batch_size=BATCH, shuffle=False, verbose=0, callbacks=[steps])
    assert list(steps.losses) == [0, 1, 2, 3, 4]


def prepared():
    """Return the core's network of a model, the arguments of an epoch, and the model."""
    model = Sequential([Dense(2, input_dim=12)], seed=1, dtype="float64")
    model.compile("sgd", "mse", engine="native")
    model.prepare_training()
    arguments = {
        "inputs": [X], "targets": [Y], "weights": [None], "order": None, "first": 0, "rows": N_ROWS,
        "batch_size": BATCH, "seed": 1, "iterations": 0, "rates": [0.1], "seconds": 9.0, "outputs": [],
    }  # fmt: skip
    return model.training_step.native.native.network, arguments, model


@pytest.mark.parametrize(
    ("losses", "first", "message"),
    [
        (np.zeros(9, "f4"), 0, "an array has another type"),
        (np.zeros(18)[::2], 0, "an array has another type or order"),
        (np.broadcast_to(0.0, 9), 0, "an array can't be written to"),
        ([0.0] * 9, 0, "an array can't be written to"),
        (np.zeros(9), -1, "there is no such step"),
        (np.zeros(9), 2**63 - 1, "there is no such step"),
    ],
    ids=["another type", "gaps", "read-only", "a list", "before the first", "too large"],
)
def test_arrays_are_refused(losses, first, message):
    network, arguments, _ = prepared()
    kept = np.full(STEPS, np.nan)
    network.keep_losses(kept, 0)
    with pytest.raises(ValueError, match=message):
        network.keep_losses(losses, first)
    network.train(**arguments)
    assert np.isfinite(kept).all()  # what was refused has not taken its place


@pytest.mark.parametrize("every", [1, 2, 4, 64, 2**40])
@pytest.mark.parametrize("room", [STEPS, 4, 1, 0])
@pytest.mark.parametrize("first", [0, 3, STEPS - 1, STEPS, 2**62])
def test_losses_are_written_where_there_is_room(first, room, every):
    network, arguments, _ = prepared()
    all_of_them = np.full(STEPS, np.nan)
    network.keep_losses(all_of_them, 0)
    network.train(**arguments)
    network, arguments, _ = prepared()
    losses = np.full(room, np.nan)
    network.keep_losses(losses, first, every)
    network.train(**arguments)
    expected = np.full(room, np.nan)
    there = all_of_them[min(first, STEPS) :: every][:room]
    expected[: len(there)] = there
    np.testing.assert_array_equal(losses, expected)


@pytest.mark.parametrize("every", [0, -1, 3, 6, -(2**63), 2**63 - 1])
def test_only_powers_of_two_can_be_left_out(every):
    network, _, _ = prepared()
    with pytest.raises(ValueError, match="a power of two"):
        network.keep_losses(np.zeros(3), 0, every)


def test_an_array_is_held_as_long_as_it_is_written_to():
    network, arguments, _ = prepared()
    losses = np.full(STEPS, np.nan)
    before = sys.getrefcount(losses)
    network.keep_losses(losses, 0)
    assert sys.getrefcount(losses) > before
    network.keep_losses(None, 0)
    assert sys.getrefcount(losses) == before
    network.train(**arguments)
    assert np.isnan(losses).all()


def test_looking_at_gradients_and_measuring_write_none():
    network, _, model = prepared()
    losses = np.full(STEPS, np.nan)
    network.keep_losses(losses, 0)
    model.evaluate(X, Y)
    model.training_step.gradients(read_batch(model, X, Y), model.seed, 0)
    assert np.isnan(losses).all()
