"""A small trained model in a file, and a forger's tools: the file's header and JSON taken apart and put together."""

from __future__ import annotations

import json

import numpy as np
import pytest

from chainrule.layers import Dense, Dropout
from chainrule.models import Sequential


def small_model():
    """Return a compiled 3-4-1 network that took a few steps of Adam, and its data."""
    model = Sequential(
        [Dense(4, input_dim=3, activation="tanh", kernel_regularizer="l2"), Dropout(0.25), Dense(1)], seed=11
    )
    model.compile(loss="mse", optimizer="adam", metrics=["mae"])
    X = np.linspace(-1, 1, 36, dtype=np.float32).reshape(12, 3)
    y = X.sum(axis=1)
    model.fit(X, y, epochs=2, batch_size=5, verbose=0)
    return model, X, y


class Forged:
    """A model file in parts that can be changed."""

    def __init__(self, data: bytes):
        length = int.from_bytes(data[:8], "little")
        self.header = json.loads(data[8 : 8 + length])
        self.numbers = data[8 + length :]
        self.texts = self.header.pop("__metadata__", {})

    def text(self, name):
        """Return one of our texts as JSON."""
        return json.loads(self.texts[f"chainrule.{name}"])

    def set_text(self, name, value):
        """Replace one of our texts; a str is put in as it is."""
        self.texts[f"chainrule.{name}"] = value if isinstance(value, str) else json.dumps(value)

    def data(self) -> bytes:
        """Return the file's bytes."""
        text = json.dumps({"__metadata__": self.texts} | self.header).encode()
        return len(text).to_bytes(8, "little") + text + self.numbers


@pytest.fixture(scope="session")
def trained():
    """Return a trained model with its data: for tests that leave it as it is."""
    return small_model()


@pytest.fixture
def make_trained():
    """Return the function that trains a model of the test's own."""
    return small_model


@pytest.fixture(scope="session")
def good_bytes(trained, tmp_path_factory) -> bytes:
    """Return the bytes of the trained model's file."""
    path = tmp_path_factory.mktemp("good") / "m.safetensors"
    trained[0].save(path)
    return path.read_bytes()


@pytest.fixture
def forged(good_bytes) -> Forged:
    """Return the trained model's file in parts."""
    return Forged(good_bytes)
