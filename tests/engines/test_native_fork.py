"""After a fork the child has none of the core's threads, and what the parent's threads had locked is open to it.

Networks here are large enough for several threads. A child that waits for ever is ended by an alarm; its test fails.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from chainrule.callbacks import LambdaCallback
from chainrule.engines import core as native_core
from chainrule.layers import Dense, Dropout
from chainrule.models import Sequential

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="fork is of POSIX"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

#: Long after any child is done.
ALARM_SECONDS = 120
CORE = native_core.load()
X = np.random.default_rng(0).normal(size=(256, 64)).astype("f4")
Y = X[:, :2] * X[:, 2:4]


@pytest.fixture(autouse=True)
def two_threads():
    """Use the pool of threads, however many cores there are."""
    kept = CORE.max_threads()
    CORE.set_max_threads(2, 1.0)
    yield
    CORE.set_max_threads(kept)


def network() -> Sequential:
    model = Sequential([Dense(128, "relu", input_dim=64), Dropout(0.1), Dense(96, "tanh"), Dense(2)], seed=3)
    model.compile("adam", "mse", engine="native")
    return model


def train(model: Sequential, epochs: int = 1) -> Sequential:
    model.fit(X, Y, batch_size=128, epochs=epochs, verbose=0)
    return model


def bits_of(model: Sequential) -> bytes:
    return b"".join(W.tobytes() for W in (*model.get_weights(), model.predict(X, verbose=0)))


def in_child(action) -> bytes:
    """Return what an action gives in a child that is forked here."""
    ours, its = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(ALARM_SECONDS)
        status = 1
        try:
            with os.fdopen(its, "wb") as pipe:
                pipe.write(action())
            status = 0
        finally:
            os._exit(status)
    os.close(its)
    with os.fdopen(ours, "rb") as pipe:
        told = pipe.read()
    assert os.waitpid(child, 0)[1] == 0
    return told


EXPECTED = [bits_of(train(network(), epochs)) for epochs in (1, 2, 3)]


def test_a_child_trains_a_model_of_its_own():
    train(network())  # the pool's threads are there
    assert in_child(lambda: bits_of(train(network()))) == EXPECTED[0]
    assert bits_of(train(network())) == EXPECTED[0]


def test_a_child_goes_on_with_the_parents_model():
    model = train(network())
    assert in_child(lambda: bits_of(train(model))) == EXPECTED[1]
    assert bits_of(model) == EXPECTED[0]
    assert bits_of(train(model)) == EXPECTED[1]


def test_a_child_of_a_child():
    model = train(network())
    assert in_child(lambda: in_child(lambda: bits_of(train(train(model))))) == EXPECTED[2]
    assert bits_of(train(model)) == EXPECTED[1]


def test_a_pool_of_forked_processes():
    train(network())
    with multiprocessing.get_context("fork").Pool(2) as pool:
        pending = [pool.apply_async(_trained, (epochs,)) for epochs in (1, 2, 3, 1)]
        found = [result.get(ALARM_SECONDS) for result in pending]
    assert found == [*EXPECTED, EXPECTED[0]]
    assert bits_of(train(network())) == EXPECTED[0]


def _trained(epochs: int) -> bytes:
    return bits_of(train(network(), epochs))


def test_fork_while_the_core_runs():
    """Another thread trains without end; the child takes its model, in the middle of a batch or not, and trains it."""
    model, begun, enough = network(), threading.Event(), threading.Event()

    def look(epoch, logs) -> None:
        begun.set()
        if enough.is_set():
            model.stop()

    callbacks = [LambdaCallback(on_epoch_end=look)]
    thread = threading.Thread(
        target=lambda: model.fit(X, Y, batch_size=128, epochs=10**9, callbacks=callbacks, verbose=0)
    )
    thread.start()
    begun.wait()
    try:
        for _ in range(10):
            assert np.isfinite(np.frombuffer(in_child(lambda: bits_of(train(model))), "f4")).all()
            assert in_child(lambda: bits_of(train(network()))) == EXPECTED[0]
    finally:
        enough.set()
        thread.join()
    assert bits_of(train(network())) == EXPECTED[0]


SPAWNED = """
import multiprocessing, sys
import numpy as np
from chainrule.layers import Dense
from chainrule.models import Sequential

X = np.random.default_rng(0).normal(size=(256, 64)).astype("f4")

def trained(epochs):
    model = Sequential([Dense(128, "relu", input_dim=64), Dense(64, "tanh"), Dense(1)], seed=3)
    model.compile("adam", "mse", engine="native")
    model.fit(X, X[:, 0], batch_size=128, epochs=epochs, verbose=0)
    return [W.tobytes() for W in model.get_weights()]

if __name__ == "__main__":
    expected = trained(2)
    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        assert pool.map(trained, [2, 2]) == [expected] * 2
    assert trained(2) == expected
    print("the same")
"""


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_processes_that_begin_anew(method, tmp_path):
    program = tmp_path / "spawned.py"
    program.write_text(SPAWNED)
    environment = {**os.environ, native_core.THREADS: "2"}
    told = subprocess.run(
        [sys.executable, str(program), method], capture_output=True, text=True, env=environment, timeout=ALARM_SECONDS
    )
    assert told.stdout == "the same\n", told.stderr


LEFT_BEHIND = """
import sys, threading
import numpy as np
from chainrule.callbacks import LambdaCallback
from chainrule.layers import Dense
from chainrule.models import Sequential

begun = threading.Event()
X = np.zeros((4096, 64), "f4")
model = Sequential([Dense(256, "relu", input_dim=64), Dense(256), Dense(1)], seed=3)
model.compile("adam", "mse", engine="native")
callbacks = [LambdaCallback(on_epoch_end=lambda epoch, logs: begun.set())]
fit = lambda: model.fit(X, X[:, 0], epochs=10**9, verbose=0, callbacks=callbacks)
threading.Thread(target=fit, daemon=True).start()
begun.wait()
print("the end", flush=True)
"""


@pytest.mark.parametrize("threads", ["1", "2"])
def test_the_interpreter_ends_while_a_daemon_thread_trains(threads):
    environment = {**os.environ, native_core.THREADS: threads}
    command = [sys.executable, "-W", "ignore", "-c", LEFT_BEHIND]
    for _ in range(5):
        told = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=ALARM_SECONDS)
        assert (told.returncode, told.stdout) == (0, "the end\n"), told.stderr
