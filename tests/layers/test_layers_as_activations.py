"""Layers given as `activation=`: the function that they are."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import ArgumentError
from chainrule.layers import ELU, Activation, Dense, LeakyReLU, PReLU, ReLU, Softmax
from chainrule.models import Sequential, load_model

X = np.array([[-2.0, 1.0], [8.0, -0.5]])

LAYERS = {
    "LeakyReLU": lambda: LeakyReLU(0.1),
    "ReLU": ReLU,
    "ReLU6": lambda: ReLU(max_value=6),
    "ReLU with a slope": lambda: ReLU(negative_slope=0.5),
    "ELU": lambda: ELU(0.5),
    "Softmax": Softmax,
    "Activation": lambda: Activation("tanh"),
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_as_activation_computes_what_the_layer_computes(name, tmp_path):
    model = Sequential([Dense(2, activation=LAYERS[name](), kernel_initializer="identity", input_dim=2)])
    expected = LAYERS[name]()(X)
    np.testing.assert_allclose(model.predict(X), expected, rtol=1.3e-6, atol=1e-7)  # two engines may round apart
    twin = Dense.from_config(model.layers[0].get_config())
    assert twin.activation.get_config() == model.layers[0].activation.get_config()
    model.save(tmp_path / "m")
    np.testing.assert_array_equal(load_model(tmp_path / "m").predict(X), model.predict(X))


def test_numbers_by_hand():
    # 0.1 · −2 = −0.2; 0.1 · −0.5 = −0.05
    np.testing.assert_allclose(
        Dense(2, activation=LeakyReLU(0.1), kernel_initializer="identity")(X), [[-0.2, 1], [8, -0.05]], rtol=1e-6
    )


def test_a_layer_with_weights_is_no_activation():
    with pytest.raises(ArgumentError, match="add it after this"):
        Dense(2, activation=PReLU())
