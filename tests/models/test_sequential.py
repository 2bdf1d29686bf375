"""Sequential: built at once or by its data, layers added and taken off, wrong things refused."""

from __future__ import annotations

import re

import numpy as np
import pytest

from chainrule.errors import ArgumentError, DataError, NotReadyError, ShapeError
from chainrule.layers import Activation, Dense, Flatten, Input
from chainrule.layers.input import InputLayer
from chainrule.models import Model, Sequential

X, Y = np.arange(12.0).reshape(4, 3) / 12, np.array([0.0, 1.0, 1.0, 0.0])


def shapes(model):
    return [weight.shape for weight in model.weights]


@pytest.mark.parametrize(
    "layers",
    [
        [Dense(4, input_dim=3), Dense(1)],
        [Dense(4, input_shape=(3,)), Dense(1)],
        [Dense(4, batch_input_shape=(None, 3)), Dense(1)],
        [Input(shape=(3,)), Dense(4), Dense(1)],
        [Input(batch_shape=(None, 3)), Dense(4), Dense(1)],
        [InputLayer(input_shape=(3,)), Dense(4), Dense(1)],
    ],
    ids=["input_dim", "input_shape", "batch_input_shape", "Input", "batch_shape", "InputLayer"],
)
def test_all_ways_to_say_the_input_shape_are_one(layers):
    model = Sequential(layers, seed=1)
    assert model.built and shapes(model) == [(3, 4), (4,), (4, 1), (1,)]
    assert model.output_shape == (None, 1) and model.count_params() == 3 * 4 + 4 + 4 + 1


def test_a_chain_without_input_shape_waits():
    model = Sequential([Dense(4), Dense(1)], seed=1)
    assert not model.built and "not built" in repr(model)
    with pytest.raises(
        NotReadyError, match=r"start it with Input\(shape=\(8,\)\), give the first layer input_dim=8, or call fit"
    ):
        model.predict(X)
    with pytest.raises(NotReadyError, match="not built"):
        model.get_weights()
    model.build((None, 3))
    assert model.output_shape == (None, 1)


def test_fit_builds_and_the_seed_gives_the_same_weights_as_building_first():
    early, late = (Sequential([Dense(4, *rest), Dense(1)], seed=5) for rest in ((), ()))
    early.build((None, 3))
    for model in (early, late):
        model.compile("sgd", "mse")
        model.fit(X, Y, epochs=2, verbose=0)
    for a, b in zip(early.get_weights(), late.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_one_column_given_flat_builds_one_input():
    model = Sequential([Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.arange(4.0), Y, verbose=0)
    assert shapes(model) == [(1, 1), (1,)]


def test_add_one_by_one_keeps_the_weights_that_are_there():
    model = Sequential(seed=1)
    model.add(Dense(4, input_dim=3))
    first = model.get_weights()
    model.add(Dense(2))
    for a, b in zip(first, model.get_weights(), strict=False):
        np.testing.assert_array_equal(a, b)
    assert [layer.name for layer in model.layers] == ["dense", "dense_1"]


def test_pop_takes_the_last_layer_off_and_add_goes_on():
    model = Sequential([Dense(4, input_dim=3), Dense(2), Dense(1)], seed=1)
    model.pop()
    assert model.output_shape == (None, 2) and len(model.layers) == 2
    model.add(Dense(5))
    assert model.output_shape == (None, 5) and model.predict(X).shape == (4, 5)
    for _ in range(3):
        model.pop()
    assert model.layers == []
    with pytest.raises(ArgumentError, match="There is no layer to take off"):
        model.pop()


def test_a_layer_added_after_compile_belongs_to_what_is_trained():
    model = Sequential([Dense(4, input_dim=3)], seed=1)
    model.compile("sgd", "mse", metrics=["mae"])
    model.add(Dense(1))
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    assert all((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))


@pytest.mark.parametrize(
    ("thing", "sentence"),
    [
        (Dense, r"Add a layer, not its class: Dense\(…\)"),
        ("relu", r"Sequential takes layers, such as Dense\(12\); received 'relu'"),
        (None, "Sequential takes layers"),
        (np.ones(3), "Sequential takes layers"),
        (Input(shape=(3,)), "An Input comes first in a Sequential, and only once"),
        (Flatten(name="d"), "Two layers are named 'd'"),
    ],
)
def test_what_is_no_fitting_layer_is_refused_and_nothing_changes(thing, sentence):
    model = Sequential([Dense(4, input_dim=3, name="d")], seed=1)
    with pytest.raises(ArgumentError, match=sentence):
        model.add(thing)
    assert len(model.layers) == 1 and model.predict(X).shape == (4, 4)


def test_the_same_layer_twice_is_refused():
    layer = Dense(3, input_dim=3)
    model = Sequential([layer])
    with pytest.raises(ArgumentError, match="add a second layer, or use Model to share one"):
        model.add(layer)


def test_a_layer_that_does_not_fit_is_refused_with_its_name():
    model = Sequential([Input(shape=())])
    with pytest.raises(ShapeError, match="Layer 'dense'"):
        model.add(Dense(3))
    assert model.layers == []


def test_no_layers_at_all():
    model = Sequential()
    model.compile("sgd", "mse")
    with pytest.raises(
        NotReadyError, match=re.escape("The model has no layers: add some first, such as model.add(Dense(12)).")
    ):
        model.fit(X, Y)


def test_empty_data_can_not_build():
    model = Sequential([Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(DataError, match="x is empty"):
        model.fit(np.empty((0, 3)), np.empty(0))


def test_a_chain_in_a_chain_is_built_by_it():
    inner = Sequential([Dense(4), Activation("tanh")], name="inner", seed=2)
    model = Sequential([Input(shape=(3,)), inner, Dense(1)], seed=1)
    assert inner.built and model.predict(X).shape == (4, 1)
    assert [name for name, _ in model.named_weights()] == [
        "inner/dense/kernel",
        "inner/dense/bias",
        "dense/kernel",
        "dense/bias",
    ]


def test_a_built_model_as_first_layer_gives_the_input_shape():
    inner = Sequential([Dense(4, input_dim=3)], seed=2)
    assert Sequential([inner, Dense(1)]).output_shape == (None, 1)


def test_the_output_of_a_hidden_layer_is_a_model_of_its_own():
    model = Sequential([Dense(4, input_dim=3, activation="relu"), Dense(1)], seed=1)
    hidden = Model(model.input, model.calls[0].outputs[0])
    kernel, bias, *_ = model.get_weights()
    np.testing.assert_allclose(hidden.predict(X), np.maximum(X @ kernel + bias, 0), rtol=1e-5, atol=1e-6)


def test_a_hundred_layers():
    model = Sequential([Dense(2, input_dim=3), *(Dense(2) for _ in range(99))], seed=1)
    assert model.layers[-1].name == "dense_99" and np.isfinite(model.predict(X)).all()
