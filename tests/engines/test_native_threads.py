"""The native engine's bits are the same for any number of threads, from run to run, and beside another training."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

from chainrule.engines import core as native_core
from chainrule.engines import native
from chainrule.layers import BatchNormalization, Dense, Dropout, Embedding, Flatten, GaussianNoise, LayerNormalization
from chainrule.models import Sequential
from chainrule.optimizers import SGD, Adam
from chainrule.training import native_training

CORE = native_core.load()
#: So few multiply-adds are worth a thread here, so that small networks use several.
LEAST_WORK = 1.0
N_ROWS, N_COLUMNS, THREADS = 400, 24, (1, 2, 3, 4)
rng = np.random.default_rng(12)
X = rng.normal(size=(N_ROWS, N_COLUMNS))
WORDS = rng.integers(0, 300, size=(N_ROWS, 10))
Y = np.stack([X[:, 0] * X[:, 1], np.sin(X[:, 2])], axis=1)
LABELS = (X[:, 0] > 0) + (X[:, 1] > 0).astype(int)


@pytest.fixture(autouse=True)
def threads(monkeypatch):
    """Leave the number of threads as it was; let no call of the core end by the clock."""
    calls_last(monkeypatch, 1e9)
    kept = CORE.max_threads()
    yield
    CORE.set_max_threads(kept)


def calls_last(monkeypatch, seconds: float) -> None:
    for module in (native, native_training):
        monkeypatch.setattr(module, "SECONDS_A_CALL", seconds)


def plain(dtype):
    """Return a network of dense layers, with penalties, limits, decay and an average."""
    layers = [Dense(131, activation="relu", kernel_regularizer="l2", input_dim=N_COLUMNS), Dense(97, activation="tanh")]
    model = Sequential([*layers, Dense(2, kernel_constraint="max_norm")], seed=1, dtype=dtype)
    adam = Adam(0.01, global_clipnorm=0.5, weight_decay=0.01, use_ema=True, ema_overwrite_frequency=5)
    model.compile(adam, "mse", metrics=["mae", "r2_score"], engine="native")
    return model, X, Y


def batch_wide(dtype):
    """Return a network in which rows see each other, and that draws random numbers."""
    layers = [
        GaussianNoise(0.1, input_shape=(N_COLUMNS,)),
        Dense(120, activation="gelu"),
        BatchNormalization(),
        Dropout(0.3),
        Dense(90, activation="relu"),
        LayerNormalization(),
        BatchNormalization(),
        Dense(4, activation="softmax"),
    ]
    model = Sequential(layers, seed=2, dtype=dtype)
    loss = "sparse_categorical_crossentropy"
    model.compile(SGD(0.05, momentum=0.9, clipnorm=0.5), loss, metrics=["accuracy"], engine="native")
    return model, X, LABELS


def words(dtype):
    """Return a network with a table of words, some of which come often."""
    layers = [Embedding(300, 40, input_length=10), Flatten(), Dense(100, activation="relu"), Dense(2)]
    model = Sequential(layers, seed=3, dtype=dtype)
    model.compile("rmsprop", "log_cosh", engine="native")
    return model, WORDS, Y


NETWORKS = [plain, batch_wide, words]


def numbers_of(make, dtype: str) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return what training, evaluation and prediction come to: weights, states and predictions; and sums over rows."""
    model, x, y = make(dtype)
    options = {"batch_size": 96, "epochs": 2, "verbose": 0, "validation_split": 0.1}
    history = model.fit(x, y, **options).history
    state = model.optimizer.get_state().values()
    arrays = [*model.get_weights(), *state, model(x), model.predict(x, batch_size=7, verbose=0)]
    return arrays, [np.array(series) for series in (*history.values(), model.evaluate(x, y, verbose=0))]


def bits_of(make, dtype: str) -> list[bytes]:
    return [A.tobytes() for part in numbers_of(make, dtype) for A in part]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("make", NETWORKS)
def test_any_number_of_threads_gives_the_same_bits(make, dtype):
    found = []
    for n in (*THREADS, THREADS[-1]):
        CORE.set_max_threads(n, LEAST_WORK)
        found.append(bits_of(make, dtype))
    assert all(bits == found[0] for bits in found[1:])


@pytest.mark.parametrize("make", NETWORKS)
def test_when_a_call_of_the_core_ends_changes_no_weight(make, monkeypatch):
    """Calls end by the clock. Sums over an epoch are then added up in other portions, and may round differently."""
    arrays, sums = numbers_of(make, "float32")
    calls_last(monkeypatch, 0.0)
    again, other_sums = numbers_of(make, "float32")
    assert all(A.tobytes() == B.tobytes() for A, B in zip(arrays, again, strict=True))
    for A, B in zip(sums, other_sums, strict=True):
        np.testing.assert_allclose(A, B, rtol=1e-12, atol=1e-12)


def test_one_thread_or_two_whichever_is_quicker_the_bits_are_the_same(monkeypatch):
    """A network of some million multiply-adds a step: training tries both, and goes on with either."""
    calls_last(monkeypatch, 0.01)
    x, found = np.random.default_rng(1).normal(size=(2000, 300)), []
    for n in (1, 2):
        CORE.set_max_threads(n)
        model = Sequential([Dense(200, activation="relu", input_dim=300), Dense(2)], seed=1, dtype="float64")
        model.compile("adam", "mse", engine="native")
        history = model.fit(x, x[:, :2], batch_size=32, epochs=4, verbose=0).history
        found.append([*(W.tobytes() for W in model.get_weights()), repr(history)])
    assert found[0] == found[1]


@pytest.mark.parametrize("make", NETWORKS)
def test_two_trainings_at_once_give_the_bits_of_one_after_the_other(make):
    CORE.set_max_threads(THREADS[1], LEAST_WORK)
    others = [other for other in NETWORKS if other is not make][:1]
    expected = [bits_of(each, "float32") for each in (make, make, *others)]
    found: list[list[bytes]] = [[], [], []]

    def train(number: int, each) -> None:
        found[number] = bits_of(each, "float32")

    running = [threading.Thread(target=train, args=pair) for pair in enumerate((make, make, *others))]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert found == expected


def test_one_model_predicts_on_many_threads_at_once():
    model, x, _ = plain("float32")
    expected = [model.predict(x[row : row + 9], verbose=0).tobytes() for row in range(0, N_ROWS, 9)]
    found: list[list[bytes]] = [[] for _ in range(3)]

    def predict(number: int) -> None:
        found[number] = [model.predict(x[row : row + 9], verbose=0).tobytes() for row in range(0, N_ROWS, 9)]

    running = [threading.Thread(target=predict, args=(number,)) for number in range(len(found))]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert all(bits == expected for bits in found)


def test_a_batch_of_gradients_on_threads():
    """`train_on_batch` with an optimizer of the user's own: the core makes the gradients alone."""

    class Mine(SGD):
        pass

    found = []
    for n in THREADS:
        CORE.set_max_threads(n, LEAST_WORK)
        model, x, y = plain("float64")
        model.compile(Mine(0.1), "mse", engine="native")
        logs = [model.train_on_batch(x, y) for _ in range(3)]
        found.append([np.array(logs).tobytes(), *(W.tobytes() for W in model.get_weights())])
    assert all(bits == found[0] for bits in found[1:])


def test_as_many_threads_as_the_environment_says():
    code = "from chainrule.engines import core; print(core.load().max_threads(), core.thread_count())"
    environment = {**os.environ, "CHAINRULE_NUM_THREADS": "3"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["3", "3"]
