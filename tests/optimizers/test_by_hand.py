"""Two steps of every optimizer, worked by hand from the papers' formulas: from θ = 1 with g = 2, then g = −1."""

from __future__ import annotations

import math

import numpy as np
import pytest

from chainrule import optimizers


def two_steps(optimizer, dtype=np.float64):
    """Return θ after the gradients 2 and −1, from 1."""
    theta, path = np.array([1.0], dtype=dtype), []
    optimizer.start(theta)
    for gradient in (2.0, -1.0):
        optimizer.update(theta, np.array([gradient], dtype=dtype))
        path.append(float(theta[0]))
    return path


def test_sgd():
    # 1 − 0.1·2 = 0.8; 0.8 + 0.1 = 0.9
    assert two_steps(optimizers.SGD(0.1)) == pytest.approx([0.8, 0.9], rel=1e-14)


def test_sgd_momentum():
    # v = −0.2, θ = 0.8; v = 0.5·(−0.2) + 0.1 = 0, θ = 0.8
    assert two_steps(optimizers.SGD(0.1, momentum=0.5)) == pytest.approx([0.8, 0.8], rel=1e-14)


def test_sgd_nesterov():
    # v = −0.2, θ = 1 + 0.5·(−0.2) − 0.2 = 0.7; v = 0, θ = 0.7 + 0 + 0.1 = 0.8
    assert two_steps(optimizers.SGD(0.1, momentum=0.5, nesterov=True)) == pytest.approx([0.7, 0.8], rel=1e-14)


def test_adam():
    # β₁ = 0.5, β₂ = 0.75, ε = 0.5, η = 0.1
    # t = 1: m = 1, v = 1, α = 0.1·√0.25/0.5 = 0.1, θ = 1 − 0.1·1/(1 + 0.5)
    # t = 2: m = 1 + 0.5(−1 − 1) = 0, v = 1 + 0.25(1 − 1) = 1, θ stays
    first = 1 - 0.1 / 1.5
    assert two_steps(optimizers.Adam(0.1, 0.5, 0.75, 0.5)) == pytest.approx([first, first], rel=1e-14)


def test_adam_amsgrad():
    # β₁ = 0, β₂ = 0.5, ε = 0: v = 2, then 1.5, but v̂ = 2 at both steps
    # t = 1: α = 0.1·√0.5, θ = 1 − 0.1·√0.5·2/√2 = 0.9
    # t = 2: α = 0.1·√0.75, θ = 0.9 + 0.1·√0.75/√2
    expected = [0.9, 0.9 + 0.1 * math.sqrt(0.75 / 2)]
    assert two_steps(optimizers.Adam(0.1, 0.0, 0.5, 0.0, amsgrad=True)) == pytest.approx(expected, rel=1e-14)


def test_adamw():
    # As Adam with β₁ = 0, β₂ = 0, ε = 0: ± η; before it θ shrinks by 0.1·0.5 = 5 %
    # 0.95 − 0.1 = 0.85; 0.85·0.95 + 0.1 = 0.9075
    assert two_steps(optimizers.AdamW(0.1, 0.5, 0.0, 0.0, 0.0)) == pytest.approx([0.85, 0.9075], rel=1e-14)


def test_rmsprop():
    # ρ = 0.75, ε = 0.25: v = 1, θ = 1 − 0.2/√1.25; v = 1, θ + 0.1/√1.25
    first = 1 - 0.2 / math.sqrt(1.25)
    expected = [first, first + 0.1 / math.sqrt(1.25)]
    assert two_steps(optimizers.RMSprop(0.1, rho=0.75, epsilon=0.25)) == pytest.approx(expected, rel=1e-14)


def test_rmsprop_centered_with_momentum():
    # ρ = 0.5, μ = 0.5, ε = 0: v = 2, a = 1, d = 0.2/√(2 − 1) = 0.2, u = 0.2, θ = 0.8
    # v = 1.5, a = 0, d = −0.1/√1.5, u = 0.1 − 0.1/√1.5, θ = 0.8 − u
    expected = [0.8, 0.8 - 0.1 + 0.1 / math.sqrt(1.5)]
    optimizer = optimizers.RMSprop(0.1, rho=0.5, momentum=0.5, epsilon=0.0, centered=True)
    assert two_steps(optimizer) == pytest.approx(expected, rel=1e-14)


def test_rmsprop_centered_survives_rounding():
    # A constant gradient has no variance; v − a² may come out below zero by rounding, and must not become NaN.
    theta = np.ones(3, dtype=np.float32)
    optimizer = optimizers.RMSprop(0.001, centered=True)
    optimizer.start(theta)
    for _ in range(300):
        optimizer.update(theta, np.full(3, 1234.567, dtype=np.float32))
    assert np.isfinite(theta).all()


def test_adagrad():
    # s = 0.5 + 4 = 4.5, ε = 0.5: θ = 1 − 0.2/√5; s = 5.5: θ + 0.1/√6
    first = 1 - 0.2 / math.sqrt(5)
    expected = [first, first + 0.1 / math.sqrt(6)]
    optimizer = optimizers.Adagrad(0.1, initial_accumulator_value=0.5, epsilon=0.5)
    assert two_steps(optimizer) == pytest.approx(expected, rel=1e-14)


def test_adadelta():
    # ρ = 0.5, ε = 1, η = 0.1: s = 2, d = 2·√1/√3, x = ½·4/3 = 2/3, θ = 1 − 0.2/√3
    # s = 1.5, d = −√(5/3)/√2.5, θ + 0.1·√(5/3)/√2.5
    first = 1 - 0.2 / math.sqrt(3)
    expected = [first, first + 0.1 * math.sqrt(5 / 3 / 2.5)]
    assert two_steps(optimizers.Adadelta(0.1, rho=0.5, epsilon=1.0)) == pytest.approx(expected, rel=1e-14)


def test_adamax():
    # β₁ = 0.5, β₂ = 0.25, ε = 0.5: m = 1, u = 2, θ = 1 − 0.1/0.5·1/2.5 = 0.92; m = 0: θ stays
    assert two_steps(optimizers.Adamax(0.1, 0.5, 0.25, 0.5)) == pytest.approx([0.92, 0.92], rel=1e-14)
    # β₁ = 0: m = g; u = 2, then max(0.25·2, 1) = 1: 1 − 0.1·2/2.5 = 0.92; 0.92 + 0.1/1.5
    assert two_steps(optimizers.Adamax(0.1, 0.0, 0.25, 0.5)) == pytest.approx([0.92, 0.92 + 0.1 / 1.5], rel=1e-14)


def test_nadam():
    # β₁ = 0.5, β₂ = 0.75, ε = 0: μ₁ = 0.5(1 − 0.48) = 0.26, μ₂ = 0.5(1 − 0.4608) = 0.2696
    # t = 1: Π = 0.26, m = 1, v = 1, v̂ = 4; m̂ = 0.2696/(1 − 0.26·0.2696) + 0.74·2/0.74; θ = 1 − 0.1·m̂/2
    # t = 2: Π = 0.26·0.2696, m = 0, v = 1, v̂ = 1/(1 − 0.5625); m̂ = −(1 − 0.2696)/(1 − Π); θ − 0.1·m̂·√0.4375
    product = 0.26 * 0.2696
    first = 1 - 0.1 * (0.2696 / (1 - product) + 2) / 2
    second = first + 0.1 * (1 - 0.2696) / (1 - product) * math.sqrt(0.4375)
    assert two_steps(optimizers.Nadam(0.1, 0.5, 0.75, 0.0)) == pytest.approx([first, second], rel=1e-14)


def test_lion():
    # β₁ = 0.5, β₂ = 0.5: sign(1) → 0.9, m = 1; then 0.5·1 + 0.5·(−1) = 0: sign 0, θ stays
    assert two_steps(optimizers.Lion(0.1, 0.5, 0.5)) == pytest.approx([0.9, 0.9], rel=1e-14)
    # β₁ = 0.25: 0.25 − 0.75 < 0: θ = 0.9 + 0.1
    assert two_steps(optimizers.Lion(0.1, 0.25, 0.5)) == pytest.approx([0.9, 1.0], rel=1e-14)


@pytest.mark.parametrize("name", ["sgd", "adam", "adamw", "rmsprop", "adagrad", "adadelta", "adamax", "nadam", "lion"])
def test_keras_defaults(name):
    # Keras' documented default values.
    defaults = {
        "sgd": {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False},
        "adam": {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False},
        "adamw": {"learning_rate": 0.001, "weight_decay": 0.004, "epsilon": 1e-7},
        "rmsprop": {"learning_rate": 0.001, "rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False},
        "adagrad": {"learning_rate": 0.001, "initial_accumulator_value": 0.1, "epsilon": 1e-7},
        "adadelta": {"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-7},
        "adamax": {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
        "nadam": {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7},
        "lion": {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.99},
    }[name]
    config = optimizers.get(name).get_config()
    assert {key: config[key] for key in defaults} == defaults
    assert config["name"] == name
