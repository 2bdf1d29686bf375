"""`check_layer`: arguments, and that the layer is left alone. (Each layer's own proof is in tests/layers.)"""

import numpy as np
import pytest

import chainrule
from chainrule.checks import check_layer
from chainrule.errors import ArgumentError, GradientError
from chainrule.layers import Activation, BatchNormalization, Dense, Dropout, Input, LayerNormalization
from chainrule.models import Sequential


def test_it_is_offered_at_the_top():
    assert chainrule.check_layer is check_layer


def test_a_fresh_layer_stays_fresh():
    layer = Dense(2)
    assert check_layer(layer, (3,)).passed
    assert layer.built_shape is None and layer.all_weights == []


def test_a_layer_of_a_model_keeps_its_numbers():
    model = Sequential([Input((3,)), BatchNormalization(), Dense(2)], seed=0)
    before = model.get_weights()
    for layer, shape in zip(model.layers, [(3,), (3,)], strict=True):
        assert check_layer(layer, shape).passed
    assert all(np.array_equal(a, b) and b.dtype == np.float32 for a, b in zip(before, model.get_weights(), strict=True))


def test_a_layers_own_numbers_are_used():
    layer = Dense(1, activation="relu")
    layer(np.zeros((1, 2)))
    layer.set_weights([np.zeros((2, 1)), [-1.0]])
    report = check_layer(layer, (2,))
    assert report.passed and {row.note for row in report.rows} == {"zero"}  # the unit is dead
    assert {row.note for row in check_layer(Dense(1, activation="relu"), (2,)).rows} == {""}


def test_a_factor_that_starts_at_one_may_not_be_forgotten(monkeypatch):
    import dataclasses

    from chainrule.ops import OPERATIONS

    right = OPERATIONS["layer_normalise"]

    def forgetful(dY, cache):
        H, r, gamma = cache
        return right.backward(dY, (H, r, np.ones_like(gamma)))

    monkeypatch.setitem(OPERATIONS, "layer_normalise", dataclasses.replace(right, backward=forgetful))
    assert [row.quantity for row in check_layer(LayerNormalization(), (4,)).failures] == ["input"]


def test_the_same_seed_gives_the_same_report():
    first, again, other = (str(check_layer(Dense(2, "tanh"), (3,), seed=seed)) for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            (Dense, (3,)),
            "check_layer takes a layer, such as Dense(2); received <class 'chainrule.layers.dense.Dense'>.",
        ),
        ((Dense(2), 3), "input_shape is the shape of one row, such as (3,), or a list of such; received 3."),
        (
            (Dense(2), (None, 3)),
            "input_shape is the shape of one row, such as (3,), or a list of such; received (None, 3).",
        ),
        ((Dense(2), (3,), -1), "A seed is a whole number from 0 to 2**64 - 1; received -1."),
        ((Dense(2), (3,), 0, 0), "check_layer's rows is a whole number of at least 1; received 0."),
    ],
)
def test_refused_arguments(arguments, sentence):
    with pytest.raises(ArgumentError) as error:
        check_layer(*arguments)
    assert str(error.value) == sentence


def test_layers_without_gradient_or_without_work():
    with pytest.raises(GradientError) as error:
        check_layer(Activation("binary_step"), (3,))
    assert str(error.value).startswith("Layer 'activation' has no gradient: ")
    with pytest.raises(GradientError) as error:
        check_layer(Activation("linear"), (3,))
    assert str(error.value) == (
        "Layer 'activation' has nothing to check: no operation, or no input and weight with a gradient."
    )
    with pytest.raises(GradientError, match="has nothing to check"):
        check_layer(Dropout(0), (3,))
