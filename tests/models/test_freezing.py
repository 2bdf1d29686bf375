"""`trainable=False`: what stays, what moves, and what the optimizer remembers."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import NotReadyError
from chainrule.layers import BatchNormalization, Dense, Input
from chainrule.models import Model, Sequential
from chainrule.optimizers import SGD, Adam, Nadam

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(8, 3)), rng.normal(size=8)


def network(optimizer="sgd", **options):
    model = Sequential(
        [Dense(3, input_dim=3, name="a"), Dense(3, name="b"), Dense(1, name="c")], seed=1, dtype="float64", **options
    )
    model.compile(optimizer, "mse")
    return model


def moved(model, action):
    before = model.get_weights()
    action()
    return {
        name.split("/")[0]
        for (name, _), a, b in zip(model.named_weights(), before, model.get_weights(), strict=True)
        if (a != b).any()
    }


def fit(model):
    return lambda: model.fit(X, Y, epochs=2, verbose=0)


def test_a_frozen_layer_stays_and_the_others_move():
    model = network()
    model.get_layer("b").trainable = False
    assert moved(model, fit(model)) == {"a", "c"}
    assert list(model.gradients(X, Y)) == ["a/kernel", "a/bias", "c/kernel", "c/bias"]
    model.get_layer("b").trainable = True
    assert moved(model, fit(model)) == {"a", "b", "c"}  # without a new compile


def test_a_frozen_model_has_nothing_to_train():
    model = network()
    model.trainable = False
    assert not any(layer.trainable for layer in model.layers) and model.trainable_weights == []
    assert len(model.non_trainable_weights) == len(model.weights) == 6
    with pytest.raises(NotReadyError, match=r"has nothing to train.*layer.trainable = True"):
        model.fit(X, Y, verbose=0)
    assert np.isfinite(model.evaluate(X, Y))
    model.trainable = True
    assert moved(model, fit(model)) == {"a", "b", "c"}


def test_a_frozen_model_within_a_model():
    inner = Sequential([Dense(3, input_dim=3), BatchNormalization()], name="inner", seed=2, dtype="float64")
    x = Input(shape=(3,))
    model = Model(x, Dense(1, name="head")(inner(x)), seed=1, dtype="float64")
    inner.trainable = False
    model.compile("sgd", "mse")
    assert moved(model, fit(model)) == {"head"}  # not even the running statistics
    inner.trainable = True
    assert moved(model, fit(model)) == {"head", "inner"}


def test_frozen_batch_normalisation_uses_running_statistics_in_training():
    model = Sequential([BatchNormalization(input_dim=3, center=False, scale=False), Dense(1)], seed=1, dtype="float64")
    model.compile("sgd", "mse")
    assert moved(model, fit(model)) == {"batch_normalization", "dense"}
    model.layers[0].trainable = False  # no trainable weight changes its state, but the program does
    assert moved(model, fit(model)) == {"dense"}


@pytest.mark.parametrize("make", [lambda: SGD(0.05, momentum=0.9), lambda: Adam(0.05), lambda: Nadam(0.05)])
def test_what_the_optimizer_remembers_stays_with_its_weight(make):
    model = network(make())
    fit(model)()
    optimizer = model.optimizer
    segments = dict(model.training_step.parameters.segments)
    slot = "momentum"
    before = optimizer.slots[slot].copy()
    model.get_layer("a").trainable = False
    model.prepare_training()
    after, now = optimizer.slots[slot], dict(model.training_step.parameters.segments)
    assert optimizer.iterations == 2 and after.size == before.size - 12
    for name in ("b/kernel", "c/bias"):
        np.testing.assert_array_equal(after[now[name]], before[segments[name]])
    model.get_layer("a").trainable = True
    model.prepare_training()
    np.testing.assert_array_equal(optimizer.slots[slot], before)  # a's memory waited for it


def test_freezing_one_and_freeing_another_of_the_same_size():
    model = network(SGD(0.05, momentum=0.9))
    model.get_layer("a").trainable = False
    fit(model)()
    kept = model.optimizer.slots["momentum"].copy()
    model.get_layer("a").trainable, model.get_layer("b").trainable = True, False
    model.prepare_training()
    slots = model.optimizer.slots["momentum"]
    np.testing.assert_array_equal(slots[:12], 0)  # a is new to it
    np.testing.assert_array_equal(slots[12:], kept[12:])  # c


def test_an_optimizer_keeps_its_memory_over_fits_and_compiles_but_not_over_models():
    optimizer = Adam(0.05)
    model = network(optimizer)
    fit(model)()
    fit(model)()
    assert optimizer.iterations == 4
    model.compile(optimizer, "mae")
    fit(model)()
    assert optimizer.iterations == 6
    other = network(optimizer)
    fit(other)()
    fresh = network(Adam(0.05))
    fit(fresh)()
    for a, b in zip(other.get_weights(), fresh.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_two_fits_are_one_long_fit():
    once, twice = network("adam"), network("adam")
    once.fit(X, Y, epochs=4, batch_size=3, verbose=0)
    twice.fit(X, Y, epochs=2, batch_size=3, verbose=0)
    twice.fit(X, Y, epochs=4, initial_epoch=2, batch_size=3, verbose=0)
    for a, b in zip(once.get_weights(), twice.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_penalty_of_a_frozen_layer_is_not_in_the_loss():
    model = Sequential(
        [Dense(1, input_dim=3, kernel_regularizer="l2", kernel_initializer="ones"), Dense(1)], dtype="float64"
    )
    model.compile("sgd", "mse")
    with_penalty = model.evaluate(X, Y)
    model.layers[0].trainable = False
    assert with_penalty - model.evaluate(X, Y) == pytest.approx(0.01 * 3, rel=1e-9)


def test_trainable_travels_in_the_config():
    model = network()
    model.get_layer("b").trainable = False
    copy = Sequential.from_config(model.get_config())
    assert [layer.trainable for layer in copy.layers] == [True, False, True]
