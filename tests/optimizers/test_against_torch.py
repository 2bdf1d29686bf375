"""Every optimizer against PyTorch's, 20 steps in float64, where both have the same formula.

Where they differ: Keras and we put ε under the root (RMSprop, Adagrad), at the uncorrected v (Adam, AdamW), or beside
u (Adamax); so ε is 0 on both sides there. Adadelta and Nadam agree with ε (Nadam with PyTorch's momentum_decay = 1).
Lion is not in PyTorch.
"""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import optimizers
from chainrule.optimizers.clipping import clip_by_norm, clip_by_value

STEPS = 20
CASES = {
    "sgd": (optimizers.SGD(0.1), "SGD", {"lr": 0.1}),
    "momentum": (optimizers.SGD(0.1, momentum=0.9), "SGD", {"lr": 0.1, "momentum": 0.9}),
    "nesterov": (
        optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        "SGD",
        {"lr": 0.1, "momentum": 0.9, "nesterov": True},
    ),
    "adam": (optimizers.Adam(0.1, epsilon=0), "Adam", {"lr": 0.1, "eps": 0.0}),
    "adam betas": (
        optimizers.Adam(0.1, beta_1=0.5, beta_2=0.7, epsilon=0),
        "Adam",
        {"lr": 0.1, "betas": (0.5, 0.7), "eps": 0.0},
    ),
    "amsgrad": (
        optimizers.Adam(0.1, beta_2=0.7, amsgrad=True, epsilon=0),
        "Adam",
        {"lr": 0.1, "betas": (0.9, 0.7), "eps": 0.0, "amsgrad": True},
    ),
    "adamw": (
        optimizers.AdamW(0.1, weight_decay=0.2, epsilon=0),
        "AdamW",
        {"lr": 0.1, "weight_decay": 0.2, "eps": 0.0},
    ),
    "rmsprop": (optimizers.RMSprop(0.1, epsilon=0), "RMSprop", {"lr": 0.1, "alpha": 0.9, "eps": 0.0}),
    "rmsprop momentum centered": (
        optimizers.RMSprop(0.1, momentum=0.5, centered=True, epsilon=0),
        "RMSprop",
        {"lr": 0.1, "alpha": 0.9, "eps": 0.0, "momentum": 0.5, "centered": True},
    ),
    "adagrad": (
        optimizers.Adagrad(0.1, epsilon=0),
        "Adagrad",
        {"lr": 0.1, "initial_accumulator_value": 0.1, "eps": 0.0},
    ),
    "adadelta": (optimizers.Adadelta(0.5, epsilon=1e-3), "Adadelta", {"lr": 0.5, "rho": 0.95, "eps": 1e-3}),
    "adamax": (optimizers.Adamax(0.1, epsilon=0), "Adamax", {"lr": 0.1, "eps": 0.0}),
    "nadam": (
        optimizers.Nadam(0.1, epsilon=1e-3),
        "NAdam",
        {"lr": 0.1, "eps": 1e-3, "momentum_decay": 1.0},
    ),
}


def gradient_of(theta, target):
    """Return the gradient of a wavy bowl Σ ½ d² − 0.06 cos 5d, d = θ − a: different at each step."""
    D = theta - target
    return D + 0.3 * np.sin(5 * D)


@pytest.fixture
def torch():
    """Return PyTorch with float64 scalars: NAdam keeps its product of momenta in the default dtype."""
    torch = pytest.importorskip("torch")
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield torch
    torch.set_default_dtype(before)


@pytest.mark.parametrize("case", CASES)
def test_20_steps_agree_with_torch(case, torch):
    optimizer, name, arguments = CASES[case]
    rng = np.random.default_rng(3)
    theta, target = rng.normal(size=7), rng.normal(size=7) + 3
    tensor = torch.tensor(theta.copy(), dtype=torch.float64, requires_grad=True)
    judge = getattr(torch.optim, name)([tensor], **arguments)
    optimizer.start(theta)
    start = theta.copy()
    for _ in range(STEPS):
        optimizer.update(theta, gradient_of(theta, target))
        tensor.grad = torch.tensor(gradient_of(tensor.detach().numpy(), target))
        judge.step()
    np.testing.assert_allclose(theta, tensor.detach().numpy(), rtol=1e-10)
    assert np.all(theta != start)


def test_clipping_agrees_with_torch(torch):
    rng = np.random.default_rng(4)
    for clip, judge in (
        (clip_by_norm, torch.nn.utils.clip_grad_norm_),
        (clip_by_value, torch.nn.utils.clip_grad_value_),
    ):
        gradient = rng.normal(size=9)
        tensor = torch.zeros(9, dtype=torch.float64, requires_grad=True)
        tensor.grad = torch.tensor(gradient.copy())
        clip(gradient, 0.5)
        judge([tensor], 0.5)
        assert tensor.grad is not None
        # PyTorch adds 1e-6 to the norm before dividing.
        np.testing.assert_allclose(gradient, tensor.grad.numpy(), rtol=2e-6)
