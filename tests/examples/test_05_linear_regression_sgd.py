"""Tutorial 5's published numbers: 2,608 passes, θ and cost to the last digit, beside exact least squares."""

from __future__ import annotations

import numpy as np
import pytest

THETA = [97.719942, -13.224322, 1.341832]
COST = 58.732058
EXACT = [98.104083, -13.028774, 1.132818]
SIXTH_DIGIT = 0.6e-6


@pytest.fixture(scope="module")
def numbers(example):
    return example("05_linear_regression_sgd").main()


@pytest.mark.parametrize("who", ["by_hand", "in_library"])
def test_published_numbers(numbers, who):
    theta, cost, passes = numbers[who]
    assert passes == 2608
    np.testing.assert_allclose(theta, THETA, rtol=0, atol=SIXTH_DIGIT)
    assert cost == pytest.approx(COST, abs=SIXTH_DIGIT)


def test_fit_takes_the_same_steps(numbers):
    np.testing.assert_allclose(numbers["by_fit"], numbers["by_hand"][0], rtol=1e-12)
    np.testing.assert_allclose(numbers["in_library"][0], numbers["by_hand"][0], rtol=1e-12)


def test_exact_least_squares(numbers):
    theta, cost = numbers["exact"]
    np.testing.assert_allclose(theta, EXACT, rtol=0, atol=SIXTH_DIGIT)
    assert cost < COST


def test_the_gradient_is_zero_at_the_exact_solution(example, numbers):
    module = example("05_linear_regression_sgd")
    theta, _ = numbers["exact"]
    np.testing.assert_allclose(module.X.T @ (module.X @ theta - module.Y), 0, atol=1e-10)
    assert np.abs(module.X.T @ (module.X @ numbers["by_hand"][0] - module.Y)).max() > 1e-3


def test_prints_the_table(example, narrow):
    example("05_linear_regression_sgd").main()
    assert "2608  97.719942  -13.224322  1.341832   58.732058" in narrow()
