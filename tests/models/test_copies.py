"""Copies and pickles of models: they predict the same, train on as the original would, and share nothing."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from chainrule.layers import BatchNormalization, Dense, Dropout
from chainrule.models import Sequential

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(12, 3)), rng.normal(size=12)


def network():
    layers = [Dense(4, "relu", input_dim=3), BatchNormalization(), Dropout(0.2), Dense(1)]
    model = Sequential(layers, seed=1)
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(X, Y, epochs=2, batch_size=5, verbose=0)
    return model


@pytest.mark.parametrize(
    "duplicate", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))], ids=["copy", "pickle"]
)
def test_a_copy_trains_on_like_the_original(duplicate):
    model = network()
    twin = duplicate(model)
    np.testing.assert_array_equal(twin.predict(X), model.predict(X))
    before = model.get_weights()
    twin.fit(X, Y, epochs=2, batch_size=5, verbose=0)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    model.fit(X, Y, epochs=2, batch_size=5, verbose=0)
    assert twin.optimizer.iterations == model.optimizer.iterations == 12
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
