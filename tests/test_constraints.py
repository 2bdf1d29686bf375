"""Constraints: numbers by hand with Keras' ε, axes, dtype, the input is not changed, refused arguments."""

from __future__ import annotations

import re

import numpy as np
import pytest

from chainrule import constraints
from chainrule.constraints import EPSILON, MaxNorm, MinMaxNorm, NonNeg, UnitNorm
from chainrule.errors import ArgumentError, ShapeError

# columns of norm 5 and 1
W = np.array([[3.0, 0.6], [-4.0, 0.8]])
ALL = [MaxNorm(), NonNeg(), UnitNorm(), MinMaxNorm()]


def test_max_norm():
    # 5 → 2, and 1 stays 1, both divided by norm + ε
    expected = W * np.array([2 / (5 + EPSILON), 1 / (1 + EPSILON)])
    np.testing.assert_allclose(MaxNorm(2)(W), expected, rtol=1e-15)


def test_max_norm_along_rows():
    norms = np.array([[np.sqrt(9.36)], [np.sqrt(16.64)]])
    np.testing.assert_allclose(MaxNorm(1, axis=1)(W), W / (norms + EPSILON), rtol=1e-15)
    np.testing.assert_allclose(MaxNorm(1, axis=-1)(W), W / (norms + EPSILON), rtol=1e-15)


def test_non_neg():
    assert NonNeg()(W).tolist() == [[3.0, 0.6], [0.0, 0.8]]


def test_unit_norm():
    expected = W / np.array([5 + EPSILON, 1 + EPSILON])
    np.testing.assert_allclose(UnitNorm()(W), expected, rtol=1e-15)


def test_unit_norm_of_a_zero_vector_is_zero():
    assert not UnitNorm()(np.zeros((3, 2))).any()


def test_unit_norm_of_a_convolution_kernel():
    kernel = np.random.default_rng(0).normal(size=(3, 3, 2, 4))
    norms = np.sqrt((UnitNorm(axis=[0, 1, 2])(kernel) ** 2).sum(axis=(0, 1, 2)))
    np.testing.assert_allclose(norms, 1, rtol=1e-6)


def test_min_max_norm():
    # range 2 to 4, rate ½: 5 → ½·4 + ½·5 = 4.5; 1 → ½·2 + ½·1 = 1.5
    expected = W * np.array([4.5 / (5 + EPSILON), 1.5 / (1 + EPSILON)])
    np.testing.assert_allclose(MinMaxNorm(2, 4, rate=0.5)(W), expected, rtol=1e-15)


@pytest.mark.parametrize("constraint", ALL)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_new_array_of_the_same_dtype(constraint, dtype):
    weight = W.astype(dtype)
    weight.flags.writeable = False
    mended = constraint(weight)
    assert mended.dtype == dtype and mended.shape == weight.shape
    assert not np.shares_memory(mended, weight)


@pytest.mark.parametrize("constraint", [MaxNorm(3, [0, 1]), NonNeg(), UnitNorm(1), MinMaxNorm(1, 2, 0.5, (0, 1))])
def test_config_makes_the_same_constraint_again(constraint):
    again = constraints.get(constraint.to_config())
    assert type(again) is type(constraint) and again.get_config() == constraint.get_config()
    np.testing.assert_array_equal(again(W), constraint(W))


def test_names():
    assert constraints.get("max_norm").get_config() == {"max_value": 2.0, "axis": 0}
    assert isinstance(constraints.get("non_neg"), NonNeg)
    assert isinstance(constraints.get("UnitNorm"), UnitNorm)
    assert constraints.get("min_max_norm").get_config() == {"min_value": 0.0, "max_value": 1.0, "rate": 1.0, "axis": 0}
    assert constraints.max_norm is constraints.maxnorm is MaxNorm
    assert constraints.non_neg is NonNeg and constraints.unit_norm is UnitNorm
    assert constraints.get(None) is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MaxNorm(-1), "MaxNorm's max_value is a number of at least 0; received -1."),
        (
            lambda: MaxNorm(axis="0"),
            "MaxNorm's axis is a whole number or a list of them, such as [0, 1, 2]; received '0'.",
        ),
        (
            lambda: UnitNorm(axis=[]),
            "UnitNorm's axis is a whole number or a list of them, such as [0, 1, 2]; received [].",
        ),
        (lambda: UnitNorm(axis=True), "UnitNorm's axis is a whole number or a list"),
        (lambda: MinMaxNorm(2, 1), "MinMaxNorm needs min_value no larger than max_value; received 2 and 1."),
        (lambda: MinMaxNorm(rate=2), "MinMaxNorm's rate is a number from 0 to 1; received 2."),
        (lambda: constraints.get("maxnrm"), "There is no constraint named 'maxnrm'. Did you mean 'max_norm'?"),
    ],
)
def test_refused_arguments(make, message):
    with pytest.raises(ArgumentError, match=re.escape(message)):
        make()


@pytest.mark.parametrize("axis", [1, -2, [0, 1]])
def test_an_axis_that_the_weight_does_not_have(axis):
    message = f"MaxNorm takes norms along axis {axis}, and a weight of shape (3,) has only the axes 0 to 0; choose one"
    with pytest.raises(ShapeError, match=re.escape(message)):
        MaxNorm(axis=axis)(np.ones(3))
