"""Many fits and predictions in one process: memory stays flat."""

from __future__ import annotations

import gc
import tracemalloc

import numpy as np

from chainrule.layers import Dense
from chainrule.models import Sequential

X, Y = np.linspace(0, 1, 8)[:, None], np.linspace(1, 0, 8)
#: Less than one small array a fit or one object a prediction.
MOST_BYTES = 20_000


def growth(action, times):
    """Return by how many bytes the memory in use grew over many calls, after some for the caches to fill."""
    for _ in range(5):
        action()
    gc.collect()
    tracemalloc.start()
    try:
        action()
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(times):
            action()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def network():
    model = Sequential([Dense(2, "tanh", input_dim=1), Dense(1)], seed=1)
    model.compile("adam", "mse", metrics=["mae"])
    return model


def test_200_fits():
    model = network()
    assert growth(lambda: model.fit(X, Y, epochs=2, batch_size=4, validation_split=0.25, verbose=0), 200) < MOST_BYTES


def test_10_000_predictions():
    model = network()
    assert growth(lambda: model.predict(X[:1]), 10_000) < MOST_BYTES


def test_200_models():
    assert growth(lambda: network().fit(X, Y, verbose=0), 200) < MOST_BYTES
