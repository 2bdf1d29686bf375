"""`layer.input` and `layer.output`: a model out of a part of another."""

import copy
import pickle
import re

import numpy as np
import pytest

from chainrule.errors import ArgumentError, NotReadyError
from chainrule.layers import Add, Dense, Input
from chainrule.models import Model, Sequential

X = np.random.default_rng(0).normal(size=(5, 3))


def test_a_model_that_ends_at_a_layer_shares_its_weights():
    model = Sequential([Dense(4, input_dim=3, activation="relu", name="hidden"), Dense(1)], seed=1)
    features = Model(model.input, model.get_layer("hidden").output)
    W, b = model.layers[0].get_weights()
    np.testing.assert_allclose(features.predict(X), np.maximum(X @ W + b, 0), rtol=1e-5)
    assert model.layers[1].input is model.layers[0].output
    rest = Model(model.layers[1].input, model.output)
    np.testing.assert_array_equal(rest.predict(features.predict(X)), model.predict(X))


def test_several_inputs_are_a_list():
    a, b = Input((3,)), Input((3,))
    model = Model([a, b], Add()([a, b]))
    assert model.layers[0].input == [a, b]
    assert model.input_shape == [(None, 3), (None, 3)]


def test_the_shape_of_one_input():
    assert Sequential([Dense(4, input_dim=3)]).input_shape == (None, 3)


def test_a_layer_in_no_model_has_no_output():
    with pytest.raises(NotReadyError, match="Layer 'dense' is in no model of a known input shape: build its model"):
        _ = Dense(1).output


def test_a_shared_layer_has_no_one_output():
    a, shared = Input((3,)), Dense(3, name="shared")
    Model(a, shared(shared(a)))
    with pytest.raises(ArgumentError, match=re.escape("Layer 'shared' is used 2 times, so which of its values")):
        _ = shared.output


def test_a_copy_of_a_model_has_its_own_parts_and_a_copy_of_a_layer_leaves_the_model_behind():
    model = Sequential([Dense(4, input_dim=3), Dense(1)], seed=1)
    twin = copy.deepcopy(model)
    features = Model(twin.input, twin.layers[0].output)
    assert features.layers[0] is twin.layers[0] is not model.layers[0]
    assert copy.deepcopy(model.layers[1]).uses == []
    assert model.layers[1].uses


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_deep_network_can_be_copied(duplicate):
    model = Sequential([Dense(2, input_dim=2), *(Dense(2) for _ in range(300))], seed=1)
    np.testing.assert_array_equal(duplicate(model).predict(X[:, :2]), model.predict(X[:, :2]))
