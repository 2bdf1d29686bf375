"""NIST's certified linear regressions: our forward pass, loss and gradient on problems whose answers are known to 15
digits.

Source: NIST Statistical Reference Datasets, linear least squares.
"""

import json

import numpy as np
import pytest

from chainrule.ops import OPERATIONS

dense, squares = OPERATIONS["dense"], OPERATIONS["sum_of_squares"]

#: How many digits a set leaves of float64's 15.9, its condition number taken off: NIST made these sets to be hard.
DIGITS = {"Norris": 11, "Pontius": 10, "NoInt1": 14, "Longley": 8, "Wampler1": 8}
#: What is left of the gradient at the minimum, beside the size of the products that cancel in it: some roundings.
FLAT = 1e-13


@pytest.fixture(scope="module")
def sets(data_folder):
    return json.loads((data_folder / "nist_strd" / "strd_linear.json").read_text())


def design(one):
    """Return the matrix whose columns the coefficients multiply, and y."""
    x, y = np.array(one["x"], dtype=float), np.array(one["y"], dtype=float)[:, None]
    if one["model"].startswith("poly"):
        powers = int(one["model"][4:])
        return np.hstack([x**power for power in range(powers + 1)]), y
    return (x if one["model"] == "noint" else np.hstack([np.ones_like(x[:, :1]), x])), y


def test_every_set_is_used(sets, record_property):
    record_property("outside_cases", 0)  # it counts the sets, and is none
    assert set(sets) == set(DIGITS)


def loss_and_gradient(X, W, y):
    """Return Σ (X W − y)² and its gradient with respect to W, by our operations."""
    P, cache = dense.forward(X, W)
    L, loss_cache = squares.forward(P, y, half=False)
    dP, _ = squares.backward(np.ones_like(L), loss_cache)
    return L.sum(), dense.backward(dP, cache)[1]


@pytest.mark.parametrize("name", sorted(DIGITS))
def test_the_gradient_is_zero_at_the_certified_answer(name, sets):
    X, y = design(sets[name])
    beta = np.array(sets[name]["exact_beta"], dtype=float)[:, None]
    loss, G = loss_and_gradient(X, beta, y)
    size = np.linalg.norm(X, axis=0)[:, None] * np.linalg.norm(y)
    assert (np.abs(G) < FLAT * size).all()
    # Wampler1 fits without a rest, in whole numbers below 2⁵³: its sum of squares is 0 in any order of adding up.
    assert loss == pytest.approx(float(sets[name]["exact_rss"]), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", sorted(DIGITS))
def test_one_gradient_step_finds_the_certified_answer(name, sets, record_property):
    """In orthonormal coordinates Σ (Q c − y)² is a round bowl: a step of rate ½ from anywhere ends in its minimum."""
    record_property("outside_cases", 0)  # the set has been counted by its gradient
    X, y = design(sets[name])
    scale = np.linalg.norm(X, axis=0)
    Q, R = np.linalg.qr(X / scale)
    c = np.zeros((X.shape[1], 1))
    c -= 0.5 * loss_and_gradient(Q, c, y)[1]
    beta = np.linalg.solve(R, c)[:, 0] / scale
    exact = np.array(sets[name]["exact_beta"], dtype=float)
    np.testing.assert_allclose(beta, exact, rtol=10.0 ** -DIGITS[name])
