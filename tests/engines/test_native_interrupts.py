"""Ctrl-C while the core trains: it ends after the batch in hand, within an epoch that would take much longer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from chainrule.callbacks import LambdaCallback
from chainrule.layers import Dense
from chainrule.models import Sequential

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a signal to one process is of POSIX")

#: One epoch of these would take minutes. All rows are the same, so that a shorter training has the same batches.
PROGRAM = """
import signal
import numpy as np
from chainrule.callbacks import LambdaCallback
from chainrule.layers import Dense
from chainrule.models import Sequential

signal.signal(signal.SIGINT, signal.default_int_handler)  # a program in the background was told to ignore it

def network():
    model = Sequential([Dense({first}, "relu", input_dim={columns}), *{others}, Dense(10, "softmax")], seed=1)
    model.compile("adam", "sparse_categorical_crossentropy", engine="native")
    return model

rng = np.random.default_rng(0)
row = rng.normal(size=(1, {columns})).astype("f4")
x, y = np.broadcast_to(row, ({rows}, {columns})), np.broadcast_to(3, {rows})
options = dict(batch_size={batch_size}, shuffle=False, verbose=0)

model, ready = network(), lambda epoch, logs: print("ready", flush=True)
history = model.fit(x, y, epochs=3, callbacks=[LambdaCallback(on_epoch_begin=ready)], **options)
steps, same = int(model.optimizer.iterations), network()
if steps:
    same.fit(x, y, steps_per_epoch=steps, **options)
    state, expected = model.optimizer.get_state(), same.optimizer.get_state()
    assert all(np.array_equal(state[name], array) for name, array in expected.items())
assert all(map(np.array_equal, model.get_weights(), same.get_weights()))
print(history.epoch, history.interrupted, steps < {rows} // {batch_size}, history.stopped)
"""
NETWORKS = {
    "tiny": {"first": 12, "columns": 8, "others": [], "rows": 10**8, "batch_size": 1},
    "784-512-512-10": {
        **{"first": 512, "columns": 784, "rows": 10**7, "batch_size": 128},
        "others": "[Dense(512, 'relu')]",
    },
}


@pytest.mark.parametrize("network", NETWORKS)
def test_it_ends_training_within_the_epoch_with_whole_weights(network):
    code = PROGRAM.format(**NETWORKS[network])
    command = [sys.executable, "-W", "ignore", "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        told, errors = process.communicate()
    assert process.returncode == 0, errors
    assert told == "[0] True True Stopped by Ctrl-C; the weights are those of the last whole batch.\n"


X = np.random.default_rng(0).normal(size=(40, 3))
Y = X.sum(axis=1)


@pytest.fixture(autouse=True)
def default_handler():
    """Let Ctrl-C be as in a terminal: a program in the background was told to ignore it."""
    kept = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, kept)


def network() -> Sequential:
    model = Sequential([Dense(4, "tanh", input_dim=3), Dense(1)], seed=1)
    model.compile("nadam", "mse", engine="native")
    return model


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_a_second_one_raises_and_the_model_trains_on():
    def twice(batch, logs):
        if batch == 2:
            interrupt()
            interrupt()

    model, same = network(), network()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, batch_size=4, shuffle=False, callbacks=[LambdaCallback(on_train_batch_end=twice)], verbose=0)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    same.fit(X, Y, batch_size=4, shuffle=False, steps_per_epoch=3, verbose=0)
    for trained in (model, same):
        trained.fit(X, Y, batch_size=4, epochs=2, verbose=0)
    assert model.optimizer.iterations == same.optimizer.iterations == 23
    assert all(map(np.array_equal, model.get_weights(), same.get_weights()))


def test_one_from_another_thread_while_the_core_runs():
    """The epoch would take minutes; the other thread waits until it has begun."""
    begun = threading.Event()

    def wait_and_interrupt() -> None:
        begun.wait()
        interrupt()

    thread = threading.Thread(target=wait_and_interrupt)
    thread.start()
    model = network()
    x, y = np.broadcast_to(X[:1], (10**8, 3)), np.broadcast_to(Y[0], 10**8)
    begin = LambdaCallback(on_epoch_begin=lambda epoch, logs: begun.set())
    history = model.fit(x, y, batch_size=1, epochs=5, shuffle=False, callbacks=[begin], verbose=0)
    thread.join()
    assert history.interrupted and history.epoch == [0] and model.optimizer.iterations < 10**8
    assert all(np.isfinite(W).all() for W in model.get_weights())


def test_one_while_predicting_raises():
    model = network()
    x = np.broadcast_to(X[:1], (10**8, 3))
    timer = threading.Thread(target=interrupt)

    class Starts:
        """Batches of which the second one comes with an interrupt."""

        def __len__(self):
            return 10**6

        def __getitem__(self, index):
            if index == 1:
                timer.start()
            return x[:4096]

    with pytest.raises(KeyboardInterrupt):
        model.predict(Starts(), verbose=0)
    timer.join()
    assert np.isfinite(model.predict(X, verbose=0)).all()
