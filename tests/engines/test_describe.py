"""What the native core is told: names and lists of floats, and None for what it doesn't have."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import constraints, optimizers, regularizers
from chainrule.engines.describe import (
    constraint_options,
    numbers_of,
    optimizer_options,
    options_of,
    penalty_options,
)
from chainrule.losses import Loss
from chainrule.losses.base import LOSSES
from chainrule.ops.registry import OPERATIONS

SHARED = {"use_ema": [0.0], "ema_momentum": [0.99]}


# ---- optimizers


def test_adam():
    own = {"beta_1": [0.9], "beta_2": [0.5], "epsilon": [1e-7], "amsgrad": [1.0]}
    assert optimizer_options(optimizers.Adam(0.1, beta_2=0.5, amsgrad=True)) == ("Adam", own | SHARED)


def test_limits_decay_and_averages_are_told():
    optimizer = optimizers.SGD(clipnorm=2, weight_decay=0.25, use_ema=True, ema_overwrite_frequency=5)
    _, options = optimizer_options(optimizer) or ("", {})
    assert options["clipnorm"] == [2.0]
    assert options["weight_decay"] == [0.25]
    assert options["use_ema"] == [1.0]
    assert options["ema_overwrite_frequency"] == [5.0]
    assert "clipvalue" not in options


def test_a_changed_attribute_is_told():
    optimizer = optimizers.Lion()
    optimizer.beta_1 = 0.5
    assert (optimizer_options(optimizer) or ("", {}))[1]["beta_1"] == [0.5]


@pytest.mark.parametrize("name", sorted(set(optimizers.OPTIMIZERS.classes) - {"LBFGS"}))
def test_every_optimizer_but_lbfgs(name):
    described = optimizer_options(optimizers.OPTIMIZERS.classes[name]())
    assert described is not None
    assert described[0] == name
    assert not {"learning_rate", "name", "weight_decay_exclude"} & described[1].keys()


def test_what_the_core_does_not_have():
    class Mine(optimizers.Adam):
        pass

    assert optimizer_options(Mine()) is None
    assert optimizer_options(optimizers.LBFGS()) is None
    assert optimizer_options(None) is None


# ---- penalties and constraints


@pytest.mark.parametrize(
    "penalty, described",
    [
        (regularizers.L1(0.5), ("L1", {"l1": [0.5]})),
        (regularizers.L2(0.25), ("L2", {"l2": [0.25]})),
        (regularizers.L1L2(0.5, 0.25), ("L1L2", {"l1": [0.5], "l2": [0.25]})),
    ],
)
def test_penalties(penalty, described):
    assert penalty_options(penalty) == described


@pytest.mark.parametrize(
    "constraint, described",
    [
        (constraints.MaxNorm(3, axis=-1), ("MaxNorm", {"max_value": [3.0], "axis": [-1.0]})),
        (constraints.NonNeg(), ("NonNeg", {})),
        (constraints.UnitNorm(axis=[0, 1, 2]), ("UnitNorm", {"axis": [0.0, 1.0, 2.0]})),
        (
            constraints.MinMaxNorm(1, 2, 0.5),
            ("MinMaxNorm", {"min_value": [1.0], "max_value": [2.0], "rate": [0.5], "axis": [0.0]}),
        ),
    ],
)
def test_constraints(constraint, described):
    assert constraint_options(constraint) == described


def test_all_of_both_are_described():
    assert all(penalty_options(cls()) for cls in regularizers.REGULARIZERS.classes.values())
    assert all(constraint_options(cls()) for cls in constraints.CONSTRAINTS.classes.values())


def test_subclasses_and_nothing():
    class Softer(regularizers.L2):
        pass

    class Firmer(constraints.MaxNorm):
        pass

    assert penalty_options(Softer()) is None
    assert constraint_options(Firmer()) is None
    assert penalty_options(None) is None
    assert constraint_options(None) is None


# ---- losses and operations


def test_a_loss_gets_its_operations_defaults():
    assert options_of("huber", {}) == {"delta": [1.0]}
    assert options_of("huber", {"delta": 2}) == {"delta": [2.0]}
    assert options_of("mean_squared_error", {}) == {}


@pytest.mark.parametrize("name", sorted(LOSSES.classes))
def test_every_loss(name):
    loss: Loss = LOSSES.classes[name]()
    options = options_of(loss.operation.name, loss.options)
    assert options is not None
    assert options.keys() >= loss.options.keys()


def test_a_loss_with_an_option_that_is_no_number():
    assert options_of("huber", {"delta": "small"}) is None


@pytest.mark.parametrize(
    "value, numbers",
    [
        (3, [3.0]),
        (0.1, [0.1]),
        (True, [1.0]),
        (np.float32(0.5), [0.5]),
        (np.int64(7), [7.0]),
        (np.bool_(True), [1.0]),
        ((2, -1), [2.0, -1.0]),
        ([], []),
        ([0.5, np.float64(1.5)], [0.5, 1.5]),
        (np.array([1, 2], dtype=np.uint8), [1.0, 2.0]),
        (np.array(4.5), [4.5]),
        (float("inf"), [float("inf")]),
    ],
)
def test_numbers(value, numbers):
    described = numbers_of({"option": value})
    assert described == {"option": numbers}
    assert all(type(number) is float for number in described["option"])


@pytest.mark.parametrize(
    "value",
    [
        "same",
        [1, None],
        [[1, 2]],
        np.ones((2, 2)),
        np.array(["a"]),
        np.array([1j]),
        1j,
        {"a": 1},
        {1},
        len,
        2**53 + 1,
        10**400,
        np.array([2**60]),
    ],
)
def test_anything_else_has_no_kernel(value):
    assert numbers_of({"fine": 1, "option": value}) is None


def test_none_is_left_out():
    assert numbers_of({"scale": None, "axis": 1}) == {"axis": [1.0]}
    assert numbers_of({}) == {}


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_operations_samples_are_described(name):
    for sample in OPERATIONS[name].samples(np.random.default_rng(0)):
        options = {key: value for key, value in sample.options.items() if key != "random"}
        assert numbers_of(options) is not None
