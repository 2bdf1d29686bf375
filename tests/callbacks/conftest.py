"""What the tests of callbacks share: a stand-in whose epochs are dictated, a real network, a terminal."""

from __future__ import annotations

import io
from types import SimpleNamespace

import numpy as np
import pytest

from chainrule.callbacks import CallbackList, History
from chainrule.layers import Dense, Dropout
from chainrule.models import Sequential
from chainrule.optimizers import SGD

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1], [0.2, 0.9], [0.9, 0.1], [0.8, 0.7], [0.3, 0.2]], dtype=np.float32)
Y = np.array([0, 1, 1, 0, 1, 1, 0, 0], dtype=np.float32)


class Dictated:
    """A model whose losses are dictated; its weight is the number of epochs done, which shows what came back."""

    name = "dictated"

    def __init__(self, learning_rate=0.8):
        self.optimizer, self.history = SGD(learning_rate), History()
        self.stop_training, self.weight, self.written = False, 0.0, []

    def get_weights(self):
        return [np.array([self.weight])]

    def set_weights(self, arrays):
        self.weight = float(arrays[0][0])

    def save(self, path):
        self.written.append(("model", path))

    def save_weights(self, path):
        self.written.append(("weights", path))

    def stop(self, reason):
        self.stop_training, self.history.stopped = True, reason

    def run(self, callbacks, epochs, batches=0, params=None):
        """Go through epochs with the given logs, as `fit` does; return how many there were."""
        params = {"epochs": len(epochs), "steps": batches or None, "verbose": 0, "metrics": ["loss"]} | (params or {})
        called = CallbackList([*callbacks, self.history], self, params)
        called.on_train_begin({})
        for epoch, logs in enumerate(epochs):
            called.on_epoch_begin(epoch, {})
            for batch in range(batches):
                called.on_train_batch_begin(batch, {})
                called.on_train_batch_end(batch, dict(logs))
            self.weight = epoch + 1.0
            called.on_epoch_end(epoch, dict(logs))
            if self.stop_training:
                break
        called.on_train_end({})
        return len(self.history.epoch)


def losses(*values, name="val_loss"):
    """Return one dict of logs for each value."""
    return [{"loss": 1.0, name: value} for value in values]


@pytest.fixture
def dictated():
    """Return the stand-in's class and the maker of its logs."""
    return SimpleNamespace(Model=Dictated, losses=losses)


@pytest.fixture
def network():
    """Return a maker of small compiled networks with dropout, and data."""

    def make(optimizer="adam", **compiled):
        layers = [Dense(4, input_dim=2, activation="tanh"), Dropout(0.25), Dense(1, activation="sigmoid")]
        model = Sequential(layers, seed=3)
        model.compile(loss="binary_crossentropy", optimizer=optimizer, metrics=["accuracy"], **compiled)
        return model

    return SimpleNamespace(make=make, X=X, Y=Y)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """Return a function that puts a terminal of 80 columns, which knows colours, in place of standard output."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"COLUMNS": "80", "LINES": "24", "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(name, value)

    def begin():
        # Within the test, since pytest puts its own stream there when the test begins.
        stream = Terminal()
        monkeypatch.setattr("sys.stdout", stream)
        return stream

    return begin
