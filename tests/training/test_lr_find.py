"""The learning-rate finder: what it suggests, and that it leaves the model as it was."""

from __future__ import annotations

import numpy as np
import pytest

import chainrule
from chainrule.errors import ArgumentError, NotReadyError
from chainrule.layers import BatchNormalization, Dense
from chainrule.models import Sequential
from chainrule.optimizers import LBFGS, SGD, Adam

X = np.linspace(-1, 1, 64)[:, None]
Y = 3 * X


def network(optimizer="sgd", *layers):
    model = Sequential([*(layers or [Dense(4, "tanh", input_dim=1)]), Dense(1)], seed=1, dtype="float64")
    model.compile(optimizer, "mse")
    return model


@pytest.mark.parametrize("optimizer", [SGD(0.1, momentum=0.9), Adam(0.02)])
def test_the_model_is_left_as_it_was(optimizer):
    model, same = (
        network(type(optimizer).from_config(optimizer.get_config()), BatchNormalization(input_dim=1)) for _ in range(2)
    )
    for one in (model, same):
        one.fit(X, Y, epochs=2, verbose=0)
    chainrule.lr_find(model, X, Y, steps=20)
    for one in (model, same):
        one.fit(X, Y, epochs=2, verbose=0)
    for a, b in zip(model.get_weights(), same.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_it_finds():
    found = chainrule.lr_find(network(), X, Y)
    assert len(found.rates) == len(found.losses) == len(found.smoothed) <= 100
    np.testing.assert_allclose(found.rates[1:] / found.rates[:-1], 1e7 ** (1 / 99), rtol=1e-9)
    assert found.rates[0] < found.suggestion < found.rates[-1] and "suggestion=" in repr(found)
    slow, quick = (network(SGD(rate)) for rate in (found.suggestion / 1000, found.suggestion))
    for model in (slow, quick):
        model.fit(X, Y, epochs=5, verbose=0)
    assert quick.evaluate(X, Y) < slow.evaluate(X, Y)


def test_a_model_that_waits_is_built():
    model = Sequential([Dense(1)], seed=1)
    model.compile("sgd", "mse")
    assert chainrule.lr_find(model, X, Y, steps=10).suggestion > 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"lowest": 1.0, "highest": 0.1}, "lr_find needs 0 < lowest < highest; received 1.0 and 0.1"),
        ({"lowest": -1}, "lr_find's lowest is a number above 0; received -1"),
        ({"steps": 5}, "lr_find needs at least 10 steps; received 5"),
        ({"batch_size": 0}, "batch_size is a whole number above 0"),
    ],
)
def test_refused(options, sentence):
    with pytest.raises(ArgumentError, match=sentence):
        chainrule.lr_find(network(), X, Y, **options)


def test_it_needs_a_loss_and_a_rate():
    with pytest.raises(NotReadyError, match="lr_find needs a loss"):
        chainrule.lr_find(Sequential([Dense(1, input_dim=1)]), X, Y)
    with pytest.raises(ArgumentError, match="LBFGS finds its own step length"):
        chainrule.lr_find(network(LBFGS()), X, Y)
