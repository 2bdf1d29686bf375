"""The core's loss of each single step: as the reference engine's, the same bits however the core runs, and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.callbacks import Callback
from chainrule.engines import core as native_core
from chainrule.errors import NonFiniteLoss
from chainrule.layers import BatchNormalization, Dense, Dropout
from chainrule.models import Sequential
from chainrule.optimizers import SGD, Adam
from chainrule.optimizers.schedules import ExponentialDecay
from chainrule.training import native_training

N_ROWS, BATCH = 230, 16  # the last batch is short
STEPS = -(-N_ROWS // BATCH)
rng = np.random.default_rng(5)
X = rng.normal(size=(N_ROWS, 12))
Y = np.tanh(X[:, :2]) + 0.1 * rng.normal(size=(N_ROWS, 2))


class Steps(Callback):
    """Takes the losses of the steps, and how many came in each call."""

    def __init__(self):
        self.losses, self.rates, self.calls, self.step_recorder = {}, {}, [], self

    def one(self, step, loss):
        self.room(step, 1)[0] = loss
        self.took(1, [])

    def room(self, step, n):
        self.first, self.buffer = step, np.full(n, np.nan)
        return self.buffer

    def took(self, n, rates):
        self.calls.append(n)
        numbers = range(self.first, self.first + n)
        assert not self.losses.keys() & set(numbers) and np.isfinite(self.buffer[:n]).all()
        assert np.isnan(self.buffer[n:]).all()
        self.losses.update(zip(numbers, self.buffer[:n].tolist(), strict=True))
        self.rates.update(zip(numbers, rates, strict=False))


class Watch(Callback):
    """Looks at every batch."""

    def on_train_batch_end(self, batch, logs=None):
        pass


def trained(engine, dtype="float64", optimizer=lambda: Adam(0.01), callbacks=(), **options):
    """Return the steps' losses and the history of a fit with penalties, dropout and batch normalisation."""
    layers = [Dense(120, "relu", input_dim=12, kernel_regularizer="l2"), BatchNormalization(), Dropout(0.2), Dense(2)]
    model = Sequential(layers, seed=2, dtype=dtype)
    model.compile(optimizer(), "mse", metrics=["mae"], engine=engine)
    steps, options = Steps(), {"batch_size": BATCH, "epochs": 3, "verbose": 0, **options}
    history = model.fit(X, Y, callbacks=[steps, *callbacks], **options)
    return steps, history.history, model.get_weights()


@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-9), ("float32", 1e-3)])
def test_as_the_reference_engines(dtype, rtol):
    reference, native = trained("reference", dtype)[0], trained("native", dtype)[0]
    assert list(native.losses) == list(reference.losses) == list(range(3 * STEPS))
    np.testing.assert_allclose(list(native.losses.values()), list(reference.losses.values()), rtol=rtol)
    assert max(native.calls) > 1 == max(reference.calls)


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
    if seconds:
        assert set(found.calls) == {STEPS}


def test_a_callback_that_sees_every_batch_changes_nothing():
    expected, _, _ = trained("native", "float32")
    found, _, _ = trained("native", "float32", callbacks=[Watch()])
    assert found.losses == expected.losses and set(found.calls) == {1}


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
    steps = Steps()
    with pytest.raises(NonFiniteLoss):
        model.fit(bad, Y[:, :1], batch_size=BATCH, shuffle=False, verbose=0, callbacks=[steps])
    assert list(steps.losses) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("losses", "message"),
    [
        (np.zeros(STEPS - 1), "an array has another size"),
        (np.zeros(STEPS + 1), "an array has another size"),
        (np.zeros(STEPS, "f4"), "an array has another type"),
        (np.zeros(2 * STEPS)[::2], "an array has another type or order"),
        (np.broadcast_to(0.0, STEPS), "an array can't be written to"),
        ([0.0] * STEPS, "an array can't be written to"),
    ],
    ids=["too short", "too long", "another type", "gaps", "read-only", "a list"],
)
def test_arrays_are_refused(losses, message):
    model = Sequential([Dense(2, input_dim=12)], seed=1, dtype="float64")
    model.compile("sgd", "mse", engine="native")
    model.prepare_training()
    before = model.get_weights()
    network = model.training_step.native.native.network
    arguments = {
        "inputs": [X], "targets": [Y], "weights": [None], "order": None, "first": 0, "rows": N_ROWS,
        "batch_size": BATCH, "seed": 1, "iterations": 0, "rates": [0.1], "seconds": 9.0, "outputs": [],
    }  # fmt: skip
    with pytest.raises(ValueError, match=message):
        network.train(**arguments, step_losses=losses)
    assert all(np.array_equal(A, B) for A, B in zip(before, model.get_weights(), strict=True))
    done, *_ = network.train(**arguments, step_losses=None)
    assert done == STEPS
