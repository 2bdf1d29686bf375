"""Schedules: numbers by hand, PyTorch's where it has the same, refused arguments, configurations."""

from __future__ import annotations

import math
import re
from fractions import Fraction

import pytest

from chainrule import schedules
from chainrule.errors import ArgumentError
from chainrule.optimizers import schedules as under_keras_address
from chainrule.schedules import (
    SCHEDULES,
    Constant,
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    LinearWarmup,
    OneCycle,
    PiecewiseConstantDecay,
    PolynomialDecay,
    StepDecay,
)

EXAMPLES = {
    "Constant": Constant(0.1),
    "PiecewiseConstantDecay": PiecewiseConstantDecay([5, 10], [1.0, 0.5, 0.1]),
    "StepDecay": StepDecay(1.0, 10),
    "ExponentialDecay": ExponentialDecay(1.0, 10, 0.25, staircase=True),
    "InverseTimeDecay": InverseTimeDecay(1.0, 10, 0.5),
    "PolynomialDecay": PolynomialDecay(1.0, 10, 0.1, power=2, cycle=True),
    "CosineDecay": CosineDecay(0.0, 10, 0.1, warmup_target=1.0, warmup_steps=5),
    "CosineDecayRestarts": CosineDecayRestarts(1.0, 10, 3.0, 0.5, 0.1),
    "LinearWarmup": LinearWarmup(CosineDecay(1.0, 10), 5),
    "OneCycle": OneCycle(1.0, 20, shape="linear"),
}


def rates(schedule, *steps):
    """Return the rates at some steps."""
    return [schedule(step) for step in steps]


def approx(*expected):
    """Compare to 14 digits."""
    return pytest.approx(list(expected), rel=1e-14, abs=1e-16)


def test_every_schedule_has_an_example():
    assert set(EXAMPLES) == set(SCHEDULES.classes)


@pytest.mark.parametrize("name", EXAMPLES)
def test_config_makes_the_same_schedule_again(name):
    schedule = EXAMPLES[name]
    again = SCHEDULES.get(schedule.to_config())
    assert type(again) is type(schedule)
    assert rates(again, *range(30)) == rates(schedule, *range(30))


@pytest.mark.parametrize("name", EXAMPLES)
def test_rates_are_floats_and_never_negative(name):
    assert all(type(rate) is float and rate >= 0 for rate in rates(EXAMPLES[name], *range(100)))


def test_the_same_classes_under_keras_address():
    assert under_keras_address.ExponentialDecay is ExponentialDecay
    assert under_keras_address.LearningRateSchedule is schedules.Schedule
    assert set(under_keras_address.__all__) == set(schedules.__all__)


def test_constant():
    assert rates(Constant(0.1), 0, 1000) == [0.1, 0.1]


def test_piecewise_constant_decay_includes_the_boundary():
    assert rates(EXAMPLES["PiecewiseConstantDecay"], 0, 5, 6, 10, 11, 99) == [1.0, 1.0, 0.5, 0.5, 0.1, 0.1]


def test_exponential_decay():
    # 0.25^(5/10) = 0.5
    assert rates(ExponentialDecay(2.0, 10, 0.25), 0, 5, 10, 20) == approx(2.0, 1.0, 0.5, 0.125)
    assert rates(ExponentialDecay(2.0, 10, 0.25, True), 0, 9, 10, 19) == approx(2.0, 2.0, 0.5, 0.5)


def test_step_decay():
    assert rates(StepDecay(2.0, 10), 0, 9, 10, 20) == approx(2.0, 2.0, 0.2, 0.02)


def test_inverse_time_decay():
    # 1/(1 + 0.5·5/10) = 0.8
    assert rates(InverseTimeDecay(1.0, 10, 0.5), 0, 5, 20) == approx(1.0, 0.8, 0.5)
    assert rates(InverseTimeDecay(1.0, 10, 1.0, staircase=True), 9, 10, 20) == approx(1.0, 0.5, 1 / 3)


def test_polynomial_decay():
    # 0.9·(1 − 0.5)² + 0.1 = 0.325
    assert rates(PolynomialDecay(1.0, 10, 0.1, 2), 0, 5, 10, 50) == approx(1.0, 0.325, 0.1, 0.1)
    # cycling, at step 15 the length is 20: 0.9·(1 − 0.75) + 0.1 = 0.325; at step 10 it's still 10
    assert rates(PolynomialDecay(1.0, 10, 0.1, cycle=True), 0, 10, 15, 20) == approx(1.0, 0.1, 0.325, 0.1)


def test_cosine_decay():
    # 0.9·½(1 + cos π/3) + 0.1 = 0.9·0.75 + 0.1
    assert rates(CosineDecay(2.0, 30, 0.1), 0, 10, 15, 30, 99) == approx(2.0, 1.55, 1.1, 0.2, 0.2)


def test_cosine_decay_with_warmup():
    # up from 1 to 2 in 10 steps, then the cosine from 2
    schedule = CosineDecay(1.0, 30, 0.1, warmup_target=2.0, warmup_steps=10)
    assert rates(schedule, 0, 5, 10, 20, 40, 99) == approx(1.0, 1.5, 2.0, 1.55, 0.2, 0.2)


def test_cosine_decay_restarts():
    # periods 0–10, 10–30, 30–70 with heights 1, ½, ¼; α = 0.1: the middle of the i-th is 0.9·½·heightᵢ + 0.1
    schedule = CosineDecayRestarts(1.0, 10, t_mul=2.0, m_mul=0.5, alpha=0.1)
    assert rates(schedule, 0, 5, 10, 20, 30, 50, 70) == approx(1.0, 0.55, 0.55, 0.325, 0.325, 0.2125, 0.2125)


def test_cosine_decay_restarts_of_equal_length():
    assert rates(CosineDecayRestarts(1.0, 10, t_mul=1.0), 0, 5, 10, 15, 20) == approx(1.0, 0.5, 1.0, 0.5, 1.0)


@pytest.mark.parametrize("t_mul", [1.1, 1.5, 2.0, 3.0, 10.0])
def test_restarts_come_on_the_step(t_mul):
    # The first period has 10⁴ steps, so that the starts of the first five are whole numbers; the logarithms are not.
    schedule, length, start = CosineDecayRestarts(1.0, 10_000, t_mul=t_mul), Fraction(10_000), Fraction(0)
    for _ in range(5):
        assert start.denominator == 1
        assert schedule(int(start)) == pytest.approx(1.0, abs=1e-12)
        start += length
        assert schedule(int(start) - 1) < 1e-6
        length *= Fraction(str(t_mul))


def test_linear_warmup():
    schedule = LinearWarmup(ExponentialDecay(1.0, 10, 0.25), 4, initial_learning_rate=0.5)
    assert rates(schedule, 0, 2, 4, 9, 14) == approx(0.5, 0.75, 1.0, 0.5, 0.25)
    assert rates(LinearWarmup(0.5, 4), 0, 1, 4, 100) == approx(0.0, 0.125, 0.5, 0.5)


def test_one_cycle():
    # 21 steps, peak at 0.25·21·… : warmup_fraction 6/21 → the peak is at step 5; first 1/4, last 1/4/10
    schedule = OneCycle(1.0, 21, 6 / 21, initial_divisor=4, final_divisor=10, shape="linear")
    assert rates(schedule, 0, 5, 20, 99) == approx(0.25, 1.0, 0.025, 0.025)
    assert schedule(8) == pytest.approx(1 - 0.975 * 3 / 15, rel=1e-14)


@pytest.mark.parametrize(("shape", "anneal"), [("cosine", "cos"), ("linear", "linear")])
@pytest.mark.parametrize("fraction", [0.1, 0.3, 0.5])
def test_one_cycle_agrees_with_torch(shape, anneal, fraction):
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    judge = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.5, total_steps=40, pct_start=fraction, anneal_strategy=anneal, cycle_momentum=False
    )
    schedule = OneCycle(0.5, 40, fraction, shape=shape)
    for step in range(40):
        assert schedule(step) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-10)
        optimizer.step()
        if step < 39:
            judge.step()


def test_cosine_agrees_with_torch():
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    judge = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=7, T_mult=2)
    schedule = CosineDecayRestarts(0.5, 7)
    for step in range(60):
        assert schedule(step) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-10, abs=1e-15)
        optimizer.step()
        judge.step()


@pytest.mark.parametrize(
    ("cls", "arguments", "message"),
    [
        (Constant, (-1,), "Constant's learning_rate is a number of at least 0; received -1."),
        (
            PiecewiseConstantDecay,
            ([1, 2], [1.0]),
            "PiecewiseConstantDecay needs one value more than boundaries; received 1 values and 2 boundaries.",
        ),
        (
            PiecewiseConstantDecay,
            ([2, 1], [1, 2, 3]),
            "PiecewiseConstantDecay's boundaries must rise; received [2, 1].",
        ),
        (
            PiecewiseConstantDecay,
            ([1], [1, -2]),
            "PiecewiseConstantDecay's values is a number of at least 0; received -2.",
        ),
        (ExponentialDecay, (0.1, 0, 0.5), "ExponentialDecay's decay_steps is a number above 0; received 0."),
        (ExponentialDecay, (0.1, 1, -0.5), "ExponentialDecay's decay_rate is a number of at least 0; received -0.5."),
        (ExponentialDecay, (0.1, 1, 0.5, 2), "ExponentialDecay's staircase is True or False; received 2."),
        (StepDecay, ("a", 1), "StepDecay's initial_learning_rate is a number of at least 0; received 'a'."),
        (InverseTimeDecay, (0.1, -1, 0.5), "InverseTimeDecay's decay_steps is a number above 0; received -1."),
        (PolynomialDecay, (0.1, 0), "PolynomialDecay's decay_steps is a number above 0; received 0."),
        (PolynomialDecay, (0.1, 1, -1), "PolynomialDecay's end_learning_rate is a number of at least 0; received -1."),
        (PolynomialDecay, (0.1, 1, 0.1, 1, "x"), "PolynomialDecay's cycle is True or False; received 'x'."),
        (CosineDecay, (0.1, 0), "CosineDecay's decay_steps is a number above 0; received 0."),
        (CosineDecay, (0.1, 1, 2), "CosineDecay's alpha is a number from 0 to 1; received 2."),
        (CosineDecay, (0.1, 1, 0, None, None, 5), "CosineDecay has warmup_steps and no warmup_target; say what rate"),
        (CosineDecayRestarts, (0.1, 0), "CosineDecayRestarts's first_decay_steps is a number above 0; received 0."),
        (CosineDecayRestarts, (0.1, 1, 0.5), "CosineDecayRestarts's t_mul is a number of at least 1; received 0.5."),
        (LinearWarmup, (0.1, 0), "LinearWarmup's warmup_steps is a whole number of at least 1; received 0."),
        (LinearWarmup, ("fast", 1), "Constant's learning_rate is a number of at least 0; received 'fast'."),
        (OneCycle, (0.1, 1), "OneCycle's total_steps is a whole number of at least 2; received 1."),
        (OneCycle, (0.1, 9, 1.5), "OneCycle's warmup_fraction is a number from 0 to 1; received 1.5."),
        (OneCycle, (0.1, 9, 0.3, 0.5), "OneCycle's initial_divisor is a number of at least 1; received 0.5."),
        (OneCycle, (0.1, 9, 0.3, 25, 0), "OneCycle's final_divisor is a number of at least 1; received 0."),
        (OneCycle, (0.1, 9, 0.3, 25, 1e4, "cos"), "There is no shape of OneCycle named 'cos'."),
    ],
)
def test_refused_arguments(cls, arguments, message):
    with pytest.raises(ArgumentError, match=re.escape(message)):
        cls(*arguments)


def test_one_cycle_at_the_edges_of_its_warmup():
    # warmup_fraction 0 or 1: no rising flank, no falling flank
    assert OneCycle(1.0, 10, 0.0)(0) == 1.0
    assert OneCycle(1.0, 10, 1.0)(9) == 1.0
    assert math.isclose(OneCycle(1.0, 10, 1.0)(10), 1 / 25 / 1e4)
