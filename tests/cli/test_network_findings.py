"""Dead and saturated units, counted by hand; made-up rows fit every loss."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.cli.made_up import made_up_inputs, made_up_targets
from chainrule.cli.network_findings import network_findings
from chainrule.layers import Dense, Embedding, Flatten
from chainrule.models import Sequential

X = np.linspace(-1, 1, 50, dtype=np.float32)[:, None]


def network(activation, biases, kernel=1.0):
    """Return a network whose hidden units are activation(kernel · x + bias)."""
    model = Sequential([Dense(len(biases), input_dim=1, activation=activation, name="hidden"), Dense(1)], seed=1)
    units = len(biases)
    model.set_weights([np.full((1, units), kernel), np.array(biases, float), np.ones((units, 1)), np.zeros(1)])
    return model


def test_units_of_relu_that_are_never_above_0_are_dead():
    # x + b is at most 1 + b: two of the three biases keep it below 0 on every row.
    layers, findings = network_findings(network("relu", [0.0, -2.0, -5.0]), [X])
    assert layers == [{"layer": "hidden", "activation": "relu", "units": 3, "dead": 2, "saturated": 0}]
    assert [one["text"] for one in findings] == [
        "2 of 3 units of 'hidden' are dead: their relu gives the same on every row, so they neither say nor learn "
        "anything."
    ]


@pytest.mark.parametrize(("activation", "far"), [("sigmoid", 6.0), ("tanh", -6.0)])
def test_units_at_the_end_of_their_range_are_saturated(activation, far):
    layers, findings = network_findings(network(activation, [0.0, far]), [X])
    assert (layers[0]["dead"], layers[0]["saturated"]) == (0, 1)
    assert findings[0]["text"] == (
        f"1 of 2 units of 'hidden' is saturated: its {activation} is at its end on nearly every row, so it hardly "
        "learns any more."
    )


def test_a_healthy_network_has_no_finding_and_the_output_is_not_looked_at():
    model = Sequential([Dense(2, input_dim=1, activation="sigmoid")], seed=1)
    model.set_weights([np.full((1, 2), 1.0), np.array([90.0, -90.0])])
    assert network_findings(model, [X]) == ([], [])
    assert network_findings(network("tanh", [0.1]), [X])[1] == []


def test_weights_that_are_no_numbers():
    model = network("relu", [np.nan, 0.5])
    assert network_findings(model, [X])[1][0]["text"] == (
        "1 of 2 numbers of 'hidden/bias' are NaN or infinite: train again with a smaller rate."
    )


@pytest.mark.parametrize(
    ("units", "activation", "loss"),
    [
        (1, "sigmoid", "binary_crossentropy"),
        (3, "softmax", "sparse_categorical_crossentropy"),
        (3, "softmax", "categorical_crossentropy"),
        (3, "softmax", "kl_divergence"),
        (2, None, "mse"),
        (1, "softplus", "poisson"),
        (1, "tanh", "hinge"),
        (1, None, "huber"),
    ],
)
def test_made_up_rows_prove_the_gradients_of_every_loss(units, activation, loss):
    model = Sequential([Dense(4, input_dim=3, activation="tanh"), Dense(units, activation=activation)], seed=1)
    model.compile(loss=loss)
    assert model.check_gradients(made_up_inputs(model), made_up_targets(model)).passed


def test_made_up_rows_for_a_network_of_whole_numbers():
    model = Sequential([Embedding(5, 2, input_length=3), Flatten(), Dense(1)], seed=1)
    model.compile(loss="mse")
    (X,) = made_up_inputs(model, n=10)
    assert X.shape == (10, 3) and set(np.unique(X)) <= {0, 1}
    assert model.check_gradients([X], made_up_targets(model, n=10)).passed
