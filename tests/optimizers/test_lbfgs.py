"""L-BFGS: finds minima, stops when told, leaves θ at the last accepted point, says when SciPy is missing."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from chainrule.errors import ArgumentError, MissingExtraError
from chainrule.optimizers import LBFGS

scipy_optimize = pytest.importorskip("scipy.optimize")


def rosenbrock(theta):
    """Return Rosenbrock's valley (1 − x)² + 100 (y − x²)² and its gradient; the minimum is 0 at (1, 1)."""
    x, y = theta
    loss = (1 - x) ** 2 + 100 * (y - x**2) ** 2
    return loss, np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)], dtype=theta.dtype)


def test_least_squares_equals_the_exact_solution():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 4)), rng.normal(size=30)
    theta = np.zeros(4)

    def function(theta):
        residual = X @ theta - y
        return (residual**2).sum(), 2 * X.T @ residual

    result = LBFGS(tolerance=1e-9).minimize(function, theta)
    np.testing.assert_allclose(theta, np.linalg.lstsq(X, y, rcond=None)[0], rtol=1e-8)
    assert result.converged
    assert result.loss == pytest.approx(function(theta)[0], rel=1e-14)


@pytest.mark.parametrize(("dtype", "digits"), [("float64", 1e-5), ("float32", 2e-2)])
def test_rosenbrock(dtype, digits):
    theta, optimizer = np.array([-1.2, 1.0], dtype=dtype), LBFGS()
    result = optimizer.minimize(rosenbrock, theta)
    np.testing.assert_allclose(theta, [1, 1], rtol=digits)
    assert theta.dtype == dtype
    assert optimizer.iterations == result.iterations > 5
    assert result.evaluations >= result.iterations


def test_the_function_sees_theta_itself():
    theta, seen = np.array([-1.2, 1.0]), []

    def function(point):
        seen.append(point is theta)
        return rosenbrock(point)

    LBFGS(max_iterations=3).minimize(function, theta)
    assert seen and all(seen)


def test_the_callback_stops_the_search():
    theta, losses = np.array([-1.2, 1.0]), []

    def callback(iteration, loss):
        losses.append(loss)
        assert loss == pytest.approx(rosenbrock(theta)[0], rel=1e-14)
        return iteration == 4

    result = LBFGS().minimize(rosenbrock, theta, callback)
    assert len(losses) == 4 == result.iterations
    assert losses == sorted(losses, reverse=True)
    assert rosenbrock(theta)[0] == pytest.approx(losses[-1], rel=1e-14)
    assert not result.converged


def test_max_iterations_ends_the_search():
    result = LBFGS(max_iterations=2).minimize(rosenbrock, np.array([-1.2, 1.0]))
    assert result.iterations == 2 and not result.converged


def test_history_matters():
    evaluations = [LBFGS(history=h).minimize(rosenbrock, np.array([-1.2, 1.0])).evaluations for h in (1, 10)]
    assert evaluations[1] != evaluations[0]


def test_after_an_error_theta_is_the_last_accepted_point():
    theta, accepted, calls = np.array([-1.2, 1.0]), [], 0

    def function(point):
        nonlocal calls
        calls += 1
        if calls == 15:
            raise ArithmeticError("the loss is not finite")
        return rosenbrock(point)

    with pytest.raises(ArithmeticError, match="the loss is not finite"):
        LBFGS().minimize(function, theta, lambda iteration, loss: accepted.append(theta.copy()))
    assert theta.tolist() == accepted[-1].tolist()


def test_batches_are_refused():
    assert LBFGS.full_batch
    optimizer = LBFGS()
    optimizer.start(np.zeros(2))
    with pytest.raises(
        ArgumentError, match="LBFGS takes all rows at once and can't learn from one batch; train with fit"
    ):
        optimizer.update(np.zeros(2), np.zeros(2))


def test_missing_scipy_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    with pytest.raises(MissingExtraError, match=r'LBFGS needs SciPy.*pip install "chainrule\[lbfgs\]"'):
        LBFGS().minimize(rosenbrock, np.zeros(2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_iterations": 0}, "LBFGS's max_iterations is a whole number of at least 1; received 0"),
        ({"history": 1.5}, "LBFGS's history is a whole number of at least 1; received 1.5"),
        ({"tolerance": -1}, "LBFGS's tolerance is a number of at least 0; received -1"),
    ],
)
def test_refused_arguments(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        LBFGS(**arguments)
