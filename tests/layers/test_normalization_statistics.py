"""Normalization's `mean` and `variance`: as given, as learnt, as read from a file."""

from __future__ import annotations

import json

import numpy as np

from chainrule.layers import Dense, Normalization
from chainrule.layers import normalization as room
from chainrule.models import Sequential, load_model

X = np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 7.0]])
# mean (0 + 2 + 4) / 3 = 2 and (1 + 1 + 7) / 3 = 3; variance (4 + 0 + 4) / 3 and (4 + 4 + 16) / 3 = 8
MEAN, VARIANCE = [2.0, 3.0], [8 / 3, 8.0]


def holds(layer, mean=MEAN, variance=VARIANCE):
    assert isinstance(layer.mean, np.ndarray) and isinstance(layer.variance, np.ndarray)
    np.testing.assert_allclose(layer.mean, mean, rtol=1e-6)
    np.testing.assert_allclose(layer.variance, variance, rtol=1e-6)


def test_nothing_before_adapt_then_what_it_learnt():
    layer = Normalization()
    assert layer.mean is None and layer.variance is None
    built = Sequential([Normalization(input_dim=2)]).layers[0]
    assert built.mean is None and built.get_config()["mean"] is None
    for one in (layer, built):
        one.adapt(X)
        holds(one)
    holds(Normalization(mean=MEAN, variance=VARIANCE))
    one_number = Normalization(axis=None)
    one_number.adapt(X)
    holds(one_number, 2.5, np.var(X))


def test_the_arrays_are_copies():
    layer = Normalization()
    layer.adapt(X)
    layer.mean[:] = 99
    holds(layer)


def test_a_twin_from_the_config_knows_them():
    layer = Normalization()
    layer.adapt(X)
    twin = Normalization.from_config(json.loads(json.dumps(layer.get_config())))
    holds(twin)
    np.testing.assert_array_equal(twin(X), layer(X))


def test_they_come_back_from_a_file(tmp_path, monkeypatch):
    layer = Normalization()
    layer.adapt(X)
    model = Sequential([layer, Dense(1)], seed=0)
    for most in (room.MOST_IN_CONFIG, 1):  # where there are too many for the config, the weights have them
        monkeypatch.setattr(room, "MOST_IN_CONFIG", most)
        model.save(tmp_path / "m")
        loaded = load_model(tmp_path / "m")
        assert (loaded.layers[0].get_config()["mean"] is None) == (most == 1)
        holds(loaded.layers[0])
        np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
