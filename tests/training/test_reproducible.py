"""One seed, the same bits."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.layers import Dense, Dropout, GaussianNoise
from chainrule.models import Sequential
from chainrule.utils import set_random_seed

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(20, 3)), rng.normal(size=20)


@pytest.fixture(autouse=True)
def _forget_the_seed(monkeypatch):
    from chainrule import random

    monkeypatch.setattr(random, "_global", {"seed": None, "models": 0})


def trained(seed=None, **options):
    layers = [Dense(4, "relu", input_dim=3), Dropout(0.3), GaussianNoise(0.1), Dense(1)]
    model = Sequential(layers, seed=seed)
    model.compile("adam", "mse")
    model.fit(X, Y, epochs=3, batch_size=6, validation_split=0.2, verbose=0, **options)
    return model


def same(a, b):
    return all((V == W).all() for V, W in zip(a.get_weights(), b.get_weights(), strict=True))


def test_seed():
    one, two, other = trained(seed=7), trained(seed=7), trained(seed=8)
    assert one.seed == 7 and same(one, two) and not same(one, other)
    assert one.history.history == two.history.history


def test_numpys_own_state_means_nothing_and_is_not_touched():
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    one = trained(seed=7)
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    np.random.seed(1)
    assert same(one, trained(seed=7))


def test_set_random_seed_gives_each_model_its_own():
    set_random_seed(3)
    first, second = trained(), trained()
    set_random_seed(3)
    again, next_one = trained(), trained()
    assert same(first, again) and same(second, next_one) and not same(first, second)
    assert first.seed != second.seed


def test_without_a_seed_models_differ_and_say_which_seed_it_was():
    one, two = trained(), trained()
    assert not same(one, two) and same(one, trained(seed=one.seed))


def test_verbosity_and_other_data_in_between_change_nothing(capsys):
    one = trained(seed=7)
    two = Sequential([Dense(4, "relu", input_dim=3), Dropout(0.3), GaussianNoise(0.1), Dense(1)], seed=7)
    two.compile("adam", "mse")
    two.predict(X)
    two.evaluate(X, Y)
    two.fit(X, Y, epochs=3, batch_size=6, validation_split=0.2, verbose=2)
    assert same(one, two)


def test_an_added_layer_does_not_change_the_weights_before_it():
    short, long = Sequential([Dense(4, input_dim=3)], seed=1), Sequential([Dense(4, input_dim=3), Dense(1)], seed=1)
    np.testing.assert_array_equal(short.get_weights()[0], long.get_weights()[0])


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, "7", True])
def test_no_seed(seed):
    with pytest.raises(ValueError, match="A seed is a whole number from 0 to"):
        Sequential(seed=seed)
    with pytest.raises(ValueError, match="A seed is a whole number from 0 to"):
        set_random_seed(seed)
