"""Whole training runs in float64 beside PyTorch's, from the same weights on the same batches."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.layers import BatchNormalization, Dense
from chainrule.models import Sequential
from chainrule.optimizers import SGD, Adam

torch = pytest.importorskip("torch")
F = torch.nn.functional

STEPS, BATCH = 20, 10
rng = np.random.default_rng(0)
X = rng.normal(size=(STEPS * BATCH, 8))
Y = (X[:, 0] + 0.5 * rng.normal(size=len(X)) > 0).astype(float)
#: Keras' and our epsilon is added to √v (with the bias correction in the rate), PyTorch's to √v̂: equal at 0.
NO_EPSILON = 0.0


def ours(optimizer, loss="binary_crossentropy", hidden="relu", last="sigmoid"):
    model = Sequential([Dense(12, hidden, input_dim=8), Dense(8, hidden), Dense(1, last)], seed=1, dtype="float64")
    model.compile(optimizer, loss)
    return model


def theirs(model, make_optimizer, loss, activation=torch.relu):
    """Train the same network in PyTorch, batch after batch, and return its weights."""
    weights = [torch.tensor(W, requires_grad=True) for W in model.get_weights()]
    optimizer = make_optimizer(weights)
    for start in range(0, len(X), BATCH):
        h = torch.tensor(X[start : start + BATCH])
        for number in range(0, 6, 2):
            h = h @ weights[number] + weights[number + 1]
            h = activation(h) if number < 4 else h
        optimizer.zero_grad()
        loss(h[:, 0], torch.tensor(Y[start : start + BATCH])).backward()
        optimizer.step()
    return [W.detach().numpy() for W in weights]


CASES = {
    "Adam": (lambda: Adam(0.01, epsilon=NO_EPSILON), lambda W: torch.optim.Adam(W, 0.01, eps=NO_EPSILON), 1e-9),
    "SGD": (lambda: SGD(0.1), lambda W: torch.optim.SGD(W, 0.1), 1e-11),
    # ours scales the velocity by the rate, PyTorch the step: the same for a constant rate
    "momentum": (lambda: SGD(0.1, momentum=0.9), lambda W: torch.optim.SGD(W, 0.1, momentum=0.9), 1e-11),
    "nesterov": (
        lambda: SGD(0.1, momentum=0.9, nesterov=True),
        lambda W: torch.optim.SGD(W, 0.1, momentum=0.9, nesterov=True),
        1e-11,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_20_steps_of_8_12_8_1(name):
    make, make_theirs, tolerance = CASES[name]
    # tanh, so that no gradient is exactly 0, where Adam without epsilon would divide 0 by 0
    model = ours(make(), hidden="tanh")
    expected = theirs(model, make_theirs, F.binary_cross_entropy_with_logits, torch.tanh)
    model.fit(X, Y, batch_size=BATCH, shuffle=False, verbose=0)
    assert model.optimizer.iterations == STEPS
    for W, V in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_allclose(W, V, rtol=tolerance, atol=tolerance)


def test_relu_and_mean_squared_error():
    model = ours(SGD(0.05, momentum=0.9), "mse", last=None)
    expected = theirs(model, lambda W: torch.optim.SGD(W, 0.05, momentum=0.9), F.mse_loss)
    model.fit(X, Y, batch_size=BATCH, shuffle=False, verbose=0)
    for W, V in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_allclose(W, V, rtol=1e-11, atol=1e-13)


def test_batch_normalisation_in_training():
    model = Sequential(
        [Dense(6, input_dim=8), BatchNormalization(epsilon=1e-5, momentum=0.9), Dense(1)], seed=1, dtype="float64"
    )
    model.compile(SGD(0.05), "mse")
    first, norm, last = (
        torch.nn.Linear(8, 6).double(),
        torch.nn.BatchNorm1d(6, eps=1e-5, momentum=0.1).double(),
        torch.nn.Linear(6, 1).double(),
    )
    kernel, bias, *_, last_kernel, last_bias = model.get_weights()
    with torch.no_grad():
        for parameter, W in (
            (first.weight, kernel.T),
            (first.bias, bias),
            (last.weight, last_kernel.T),
            (last.bias, last_bias),
        ):
            parameter.copy_(torch.tensor(W))
    network = torch.nn.Sequential(first, norm, last)
    optimizer = torch.optim.SGD(network.parameters(), 0.05)
    for start in range(0, len(X), BATCH):
        optimizer.zero_grad()
        F.mse_loss(
            network(torch.tensor(X[start : start + BATCH]))[:, 0], torch.tensor(Y[start : start + BATCH])
        ).backward()
        optimizer.step()
    model.fit(X, Y, batch_size=BATCH, shuffle=False, verbose=0)
    found = model.get_weights()
    # bias before a batch normalisation has the gradient 0 up to rounding
    expected = [first.weight.T, first.bias, norm.weight, norm.bias, norm.running_mean]
    for W, V in zip(found, expected, strict=False):
        np.testing.assert_allclose(W, V.detach().numpy(), rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(found[6], last.weight.T.detach().numpy(), rtol=1e-9, atol=1e-10)
