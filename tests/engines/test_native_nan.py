"""A loss or a gradient that is no number: the native engine stops where the reference does, and says the same.

Nothing of the bad batch stays: weights, the optimizer's state and its count are those of the batch before.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

from chainrule import optimizers, regularizers
from chainrule.callbacks import Callback, TerminateOnNaN
from chainrule.errors import NonFiniteLoss
from chainrule.layers import BatchNormalization, Dense, Dropout
from chainrule.models import Sequential
from chainrule.schedules import ExponentialDecay
from chainrule.training import batches, feeds

N_ROWS, BATCH, BAD_ROW = 40, 4, 17
rng = np.random.default_rng(1)
X = rng.normal(size=(N_ROWS, 3)).astype("f4")
Y = X.sum(axis=1)
LARGE = X.copy()
LARGE[BAD_ROW] = 3e38  # finite, but the sum of three is not
EARLY = slice(0, BAD_ROW // BATCH * BATCH)  # the rows before the bad batch, where rows come in order
ENGINES = ("reference", "native")

OPTIMIZERS = {
    "sgd": lambda: optimizers.SGD(0.01, momentum=0.9, nesterov=True),
    "adam": lambda: optimizers.Adam(0.01, amsgrad=True, clipnorm=1.0),
    "adamw": lambda: optimizers.AdamW(0.01, global_clipnorm=1.0),
    "nadam": lambda: optimizers.Nadam(0.01, clipvalue=0.5),
    "average": lambda: optimizers.Nadam(0.01, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=2),
    "rmsprop": lambda: optimizers.RMSprop(0.01, centered=True, momentum=0.5),
    "adagrad": lambda: optimizers.Adagrad(0.01),
    "adadelta": lambda: optimizers.Adadelta(0.01),
    "adamax": lambda: optimizers.Adamax(0.01),
    "lion": lambda: optimizers.Lion(0.01),
    "a schedule": lambda: optimizers.SGD(ExponentialDecay(0.01, 3, 0.5)),
}


class Mine(optimizers.SGD):
    """An optimizer of the user's own: Python makes its step, the core the gradients."""


def network(engine: str, optimizer="nadam", loss="mse", dtype="float32", **options) -> Sequential:
    layers = [
        Dense(4, "relu", input_dim=3, name="first", kernel_initializer="ones", **options),
        *([BatchNormalization(name="norm"), Dropout(0.2, name="drop")] if optimizer is not Mine else []),
        Dense(1, name="last"),
    ]
    model = Sequential(layers, seed=5, dtype=dtype)
    kind = OPTIMIZERS[optimizer]() if optimizer in OPTIMIZERS else optimizer()
    model.compile(kind, loss, metrics=["mae"], engine=engine)
    return model


def failure(model, *data, **options) -> NonFiniteLoss:
    """Return the error that a fit ends with."""
    with pytest.raises(NonFiniteLoss) as caught:
        model.fit(*data, **{"batch_size": BATCH, "epochs": 3, "verbose": 0, **options})
    assert model.history.stopped == str(caught.value)
    return caught.value


def told_by(make, *data, **options) -> NonFiniteLoss:
    """Return what both engines say, which is the same."""
    errors = [failure(make(engine), *data, **options) for engine in ENGINES]
    first, second = errors
    assert str(first) == str(second)
    places = [(error.layer, error.epoch, error.batch, error.row) for error in errors]
    assert places[0] == places[1]
    for key, series in first.history.history.items():
        np.testing.assert_allclose(second.history.history[key], series, rtol=1e-4)
    return second


def state_of(model) -> dict[str, np.ndarray]:
    """Return all that training changes."""
    weights = dict(model.named_weights())
    return {**{name: np.array(weight.value) for name, weight in weights.items()}, **model.optimizer.get_state()}


def same_state(model, expected) -> bool:
    found, known = state_of(model), state_of(expected)
    return found.keys() == known.keys() and all(np.array_equal(found[name], known[name]) for name in known)


def small_arrays(monkeypatch) -> None:
    """Let the data be taken for large ones, which are read row by row where they are."""
    monkeypatch.setattr(batches, "WHOLE_BYTES", 0)
    monkeypatch.setattr(feeds, "PIECE_BYTES", 3 * BATCH * 16)


class Batches:
    """A `Sequence` of batches."""

    def __len__(self):
        return N_ROWS // BATCH

    def __getitem__(self, index):
        part = slice(index * BATCH, (index + 1) * BATCH)
        return LARGE[part], Y[part]


def stream():
    """Yield batches without end."""
    while True:
        yield from (Batches()[index] for index in range(len(Batches())))


# ---- what is said


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("validation_split", [0.0, 0.25])
@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_layer_that_overflows_is_named_with_batch_and_row(shuffle, validation_split, large, dtype, monkeypatch):
    if large:
        small_arrays(monkeypatch)
    options = {"shuffle": shuffle, "validation_split": validation_split}
    x = LARGE.astype(dtype)
    x[BAD_ROW] = np.finfo(dtype).max * 0.9
    error = told_by(lambda engine: network(engine, dtype=dtype), x, Y, **options)
    assert error.layer == "first" and error.row == BAD_ROW
    assert shuffle or validation_split or (error.epoch, error.batch) == (1, BAD_ROW // BATCH + 1)
    assert f"'first', at row {BAD_ROW}. " in str(error)


@pytest.mark.parametrize("weights", ["sample_weight", "class_weight"])
def test_with_weights_of_rows(weights):
    given = {"sample_weight": np.linspace(0.5, 2, N_ROWS), "class_weight": {0: 1.0, 1: 3.0}}
    labels = (Y > 0).astype("f4")
    error = told_by(network, LARGE, labels, **{weights: given[weights]})
    assert (error.layer, error.row) == ("first", BAD_ROW)


def test_memory_mapped(tmp_path):
    np.save(tmp_path / "x.npy", LARGE)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    for options in ({}, {"shuffle": False}, {"validation_split": 0.2}):
        assert told_by(network, mapped, Y, **options).row == BAD_ROW


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_sequence_of_batches(shuffle):
    error = told_by(network, Batches(), shuffle=shuffle)
    assert (error.layer, error.row) == ("first", BAD_ROW % BATCH)


def test_a_generator():
    class Streams:
        """Batches without end; each fit begins anew."""

        def __iter__(self):
            return stream()

    error = told_by(network, Streams(), steps_per_epoch=7)
    assert (error.epoch, error.batch, error.row) == (1, BAD_ROW // BATCH + 1, BAD_ROW % BATCH)


def test_later_epochs(monkeypatch):
    """The rate is far too high, but it takes some batches; the core's calls end after each of them."""
    monkeypatch.setattr("chainrule.training.native_training.SECONDS_A_CALL", 0.0)

    def make(engine):
        model = Sequential([Dense(1, input_dim=3, name="only", kernel_initializer="ones")], seed=1)
        model.compile(optimizers.SGD(20.0), "mse", engine=engine)
        return model

    error = told_by(make, X, Y + 1, epochs=40, shuffle=False)
    assert error.epoch > 1


def test_the_loss_alone_overflows():
    error = told_by(network, X, np.where(np.arange(N_ROWS) == BAD_ROW, 1e30, Y), shuffle=False)
    assert error.layer is None and "the loss itself overflowed" in str(error)


def test_a_penalty_overflows():
    def make(engine):
        model = network(engine, dtype="float64", kernel_regularizer=regularizers.L2(1e300))
        kernel, *rest = model.get_weights()
        model.set_weights([kernel * 1e10, *rest])
        return model

    assert "The loss became inf" in str(told_by(make, X, Y))


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "nadam", Mine])
def test_a_gradient_overflows(optimizer):
    def make(engine):
        model = Sequential([Dense(1, input_dim=1, name="d", kernel_initializer="zeros")], seed=1)
        model.compile(OPTIMIZERS[optimizer]() if optimizer in OPTIMIZERS else optimizer(), "mse", engine=engine)
        return model

    x, y = np.zeros((N_ROWS, 1)), np.zeros(N_ROWS)
    x[BAD_ROW], y[BAD_ROW] = 3e38, 1e15  # p = 0: the loss is 1e30, dW = −2e15 · 3e38
    error = told_by(make, x, y, shuffle=False)
    assert "gradient became infinite in epoch 1, batch 5: the first is that of 'd/kernel'" in str(error)


def test_one_batch_at_a_time():
    said = []
    for engine in ENGINES:
        model = network(engine)
        before = state_of(model)
        with pytest.raises(NonFiniteLoss) as caught:
            model.train_on_batch(LARGE, Y)
        said.append(str(caught.value))
        assert all(np.array_equal(array, state_of(model)[name]) for name, array in before.items())
    assert said[0] == said[1] and re.search(f"'first', at row {BAD_ROW}", said[0])


# ---- what stays


@pytest.mark.parametrize("watched", [False, True])
@pytest.mark.parametrize("optimizer", [*OPTIMIZERS, Mine])
def test_weights_and_state_are_those_before_the_batch(optimizer, watched):
    class Watch(Callback):
        def on_train_batch_end(self, batch, logs=None):
            pass

    model, good = (network("native", optimizer=optimizer) for _ in range(2))
    callbacks = [Watch()] if watched else []
    failure(model, LARGE, Y, shuffle=False, callbacks=callbacks)
    good.fit(LARGE[EARLY], Y[EARLY], batch_size=BATCH, shuffle=False, verbose=0)
    if optimizer == "average":
        good = network("native", optimizer=optimizer)
        for first in range(0, EARLY.stop, BATCH):  # `fit` puts the average into the weights in the end
            good.train_on_batch(LARGE[first : first + BATCH], Y[first : first + BATCH])
    assert model.optimizer.iterations == BAD_ROW // BATCH
    assert same_state(model, good)
    for each in (model, good):  # and it can go on
        each.fit(X, Y, batch_size=BATCH, epochs=2, verbose=0)
    assert same_state(model, good)


def test_callbacks_hear_the_same():
    class Watch(Callback):
        def __init__(self):
            self.heard = []

        def on_train_batch_begin(self, batch, logs=None):
            self.heard.append(("begin", batch))

        def on_train_batch_end(self, batch, logs=None):
            self.heard.append(("end", batch, logs["loss"]))

        def on_epoch_end(self, epoch, logs=None):
            self.heard.append(("epoch", epoch))

        def on_train_end(self, logs=None):
            self.heard.append(("train",))

    watches = [Watch(), Watch()]
    for engine, watch in zip(ENGINES, watches, strict=True):
        failure(network(engine), LARGE, Y, callbacks=[watch])
    reference, native = (watch.heard for watch in watches)
    assert [heard[:2] for heard in reference] == [heard[:2] for heard in native]
    losses = [[heard[2] for heard in each if len(heard) == 3] for each in (reference, native)]
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-4)


def test_terminate_on_nan_returns_the_history():
    stopped = []
    for engine in ENGINES:
        model, good = network(engine), network(engine)
        history = model.fit(
            LARGE, Y, batch_size=BATCH, epochs=3, shuffle=False, callbacks=[TerminateOnNaN()], verbose=0
        )
        stopped.append(history.stopped)
        good.fit(LARGE[EARLY], Y[EARLY], batch_size=BATCH, shuffle=False, verbose=0)
        assert same_state(model, good) and history.epoch == []
    assert stopped[0] == stopped[1] and "batch 5" in stopped[0]
