"""What all optimizers share: state, clipping, decay, averages, rates, dtype, refused arguments."""

from __future__ import annotations

import re

import numpy as np
import pytest

from chainrule import optimizers
from chainrule.configurable import arguments_of
from chainrule.errors import ArgumentError, NotReadyError, ShapeError
from chainrule.optimizers import SGD, Adam
from chainrule.optimizers.schedules import ExponentialDecay, InverseTimeDecay

ALL = {
    "sgd": lambda **o: optimizers.SGD(momentum=0.9, nesterov=True, **o),
    "adam": lambda **o: optimizers.Adam(amsgrad=True, **o),
    "adamw": optimizers.AdamW,
    "rmsprop": lambda **o: optimizers.RMSprop(centered=True, momentum=0.5, **o),
    "adagrad": optimizers.Adagrad,
    "adadelta": optimizers.Adadelta,
    "adamax": optimizers.Adamax,
    "nadam": optimizers.Nadam,
    "lion": optimizers.Lion,
}
SEGMENTS = [("dense/kernel", slice(0, 4)), ("dense/bias", slice(4, 6))]


def train(optimizer, theta, steps, seed=0):
    """Take steps with gradients that depend on the weights and on the number of the step."""
    for _ in range(steps):
        noise = np.random.default_rng([seed, optimizer.iterations]).normal(size=theta.shape)
        optimizer.update(theta, (theta + noise).astype(theta.dtype))


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_resumes_to_the_same_bits_and_keeps_the_dtype(name, dtype):
    options = {"weight_decay": 0.01, "clipnorm": 1.0, "use_ema": True, "learning_rate": ExponentialDecay(0.1, 10, 0.9)}
    theta = np.linspace(-1, 1, 6).astype(dtype)
    whole = ALL[name](**options)
    whole.start(theta, SEGMENTS)
    train(whole, theta, 5)
    middle, state = theta.copy(), whole.get_state()
    train(whole, theta, 7)
    whole.finalize(theta)

    resumed = type(whole).from_config(whole.get_config())
    resumed.start(middle, SEGMENTS)
    resumed.set_state(state)
    train(resumed, middle, 7)
    resumed.finalize(middle)
    assert middle.tobytes() == theta.tobytes()
    assert resumed.iterations == 12
    assert theta.dtype == dtype
    assert all(slot.dtype == dtype for key, slot in resumed.slots.items() if key != "momentum_product")


@pytest.mark.parametrize("name", ALL)
def test_the_loss_falls(name):
    theta = np.full(6, 2.0)
    optimizer = ALL[name](learning_rate=0.05)
    optimizer.start(theta, SEGMENTS)
    before = (theta**2).sum()
    for _ in range(50):
        optimizer.update(theta, 2 * theta)
    assert (theta**2).sum() < before


@pytest.mark.parametrize("name", [*ALL, "lbfgs"])
def test_config_makes_the_same_optimizer_again(name):
    optimizer = ALL[name](clipnorm=2.0, weight_decay=0.5) if name in ALL else optimizers.LBFGS(history=3)
    again = optimizers.get(optimizer.to_config())
    assert type(again) is type(optimizer)
    assert again.get_config() == optimizer.get_config()
    assert all(hasattr(again, argument) for argument in arguments_of(type(again)))


def test_repr_shows_what_was_changed():
    assert repr(Adam(0.01, beta_1=0.5)) == "Adam(learning_rate=0.01, beta_1=0.5)"


def test_get_knows_names_classes_and_objects():
    optimizer = Adam()
    assert optimizers.get(optimizer) is optimizer
    assert isinstance(optimizers.get("RMSprop"), optimizers.RMSprop)
    assert isinstance(optimizers.get(SGD), SGD)
    assert isinstance(optimizers.get("l-bfgs"), optimizers.LBFGS)
    assert optimizers.get(None) is None
    with pytest.raises(ArgumentError, match=r"There is no optimizer named 'addam'\. Did you mean 'adam'\?"):
        optimizers.get("addam")


# ---- clipping


def test_clipvalue_limits_each_number():
    theta, optimizer = np.zeros(3), SGD(1.0, clipvalue=0.5)
    optimizer.start(theta)
    optimizer.update(theta, np.array([2.0, -3.0, 0.25]))
    assert theta.tolist() == [-0.5, 0.5, -0.25]


def test_clipnorm_limits_each_weight_apart():
    # kernel (3, 4): norm 5 → (0.6, 0.8); bias 0.5: shorter than 1, stays
    theta, optimizer = np.zeros(3), SGD(1.0, clipnorm=1.0)
    optimizer.start(theta, [("kernel", slice(0, 2)), ("bias", slice(2, 3))])
    optimizer.update(theta, np.array([3.0, 4.0, 0.5]))
    np.testing.assert_allclose(theta, [-0.6, -0.8, -0.5], rtol=1e-15)


def test_global_clipnorm_keeps_the_direction():
    # (2, 3, 6) has the norm 7
    theta, optimizer = np.zeros(3), SGD(1.0, global_clipnorm=3.5)
    optimizer.start(theta, [("kernel", slice(0, 2)), ("bias", slice(2, 3))])
    optimizer.update(theta, np.array([2.0, 3.0, 6.0]))
    np.testing.assert_allclose(theta, [-1.0, -1.5, -3.0], rtol=1e-15)


def test_clipnorm_of_a_huge_float32_gradient_does_not_overflow():
    theta, optimizer = np.zeros(2, dtype=np.float32), SGD(1.0, clipnorm=1.0)
    optimizer.start(theta)
    optimizer.update(theta, np.array([3e30, 4e30], dtype=np.float32))
    np.testing.assert_allclose(theta, [-0.6, -0.8], rtol=1e-6)


@pytest.mark.parametrize("limit", ["clipnorm", "clipvalue", "global_clipnorm"])
def test_clipping_does_not_hide_nan(limit):
    theta, optimizer = np.zeros(2), SGD(1.0, **{limit: 1.0})
    optimizer.start(theta)
    optimizer.update(theta, np.array([np.nan, 1.0]))
    assert np.isnan(theta[0])


# ---- weight decay


def test_weight_decay_shrinks_but_not_what_is_excluded():
    # no gradient: kernel · (1 − 0.1·0.5), bias as it was
    theta, optimizer = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), SGD(0.1, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(["bias"])
    optimizer.start(theta, SEGMENTS)
    optimizer.update(theta, np.zeros(6))
    np.testing.assert_allclose(theta, [0.95, 1.9, 2.85, 3.8, 5.0, 6.0], rtol=1e-15)
    again = SGD.from_config(optimizer.get_config())
    assert again.weight_decay_exclude == ("bias",)
    optimizer.exclude_from_weight_decay(var_names=["kernel"])
    assert optimizer.weight_decay_exclude == ("kernel",)


@pytest.mark.parametrize("words", ["bias", None, [3]])
def test_exclude_from_weight_decay_takes_a_list_of_names(words):
    with pytest.raises(
        ArgumentError, match=r"Adam leaves out weights by a list of names, such as \['bias'\]; received"
    ):
        Adam().exclude_from_weight_decay(words)


# ---- averages


def test_average_is_written_at_the_end():
    # θ: 1 → 0 → −1; θ̄ = 0 at the first step, then 0.75·0 + 0.25·(−1)
    theta, optimizer = np.array([1.0]), SGD(1.0, use_ema=True, ema_momentum=0.75)
    optimizer.start(theta)
    optimizer.update(theta, np.array([1.0]))
    optimizer.update(theta, np.array([1.0]))
    assert theta.tolist() == [-1.0]
    optimizer.finalize(theta)
    assert theta.tolist() == [-0.25]


def test_average_overwrites_the_weights_every_so_often():
    # θ: 1 → 0 (θ̄ = 0) → −1, θ̄ = −0.25, overwritten: −0.25 → −1.25
    theta, optimizer = np.array([1.0]), SGD(1.0, use_ema=True, ema_momentum=0.75, ema_overwrite_frequency=2)
    optimizer.start(theta)
    path = []
    for _ in range(3):
        optimizer.update(theta, np.array([1.0]))
        path.append(theta[0])
    assert path == [0.0, -0.25, -1.25]


def test_finalize_without_average_or_steps_changes_nothing():
    for optimizer in (SGD(), SGD(use_ema=True)):
        theta = np.array([1.0])
        optimizer.start(theta)
        optimizer.finalize(theta)
        assert theta.tolist() == [1.0]


# ---- the learning rate


def test_a_schedule_gives_the_rate_of_each_step():
    theta, optimizer = np.array([0.0]), SGD(InverseTimeDecay(1.0, 1, 1.0))
    optimizer.start(theta)
    rates = []
    for _ in range(3):
        rates.append(optimizer.current_learning_rate)
        optimizer.update(theta, np.array([1.0]))
    assert rates == [1.0, 1 / 2, 1 / 3]
    assert theta[0] == pytest.approx(-(1 + 1 / 2 + 1 / 3), rel=1e-15)


def test_the_rate_can_be_set():
    optimizer = Adam()
    optimizer.learning_rate = 0.5
    assert (optimizer.learning_rate, optimizer.current_learning_rate, optimizer.lr) == (0.5, 0.5, 0.5)
    optimizer.lr = np.float32(0.25)
    assert type(optimizer.learning_rate) is float
    optimizer.learning_rate = np.array(0.125)
    assert optimizer.learning_rate == 0.125
    optimizer.learning_rate = ExponentialDecay(1.0, 1, 0.5)
    assert optimizer.lr == 1.0


def test_a_rate_that_was_set_is_part_of_the_state():
    theta, first, second = np.zeros(2), SGD(0.1), SGD(0.1)
    first.start(theta)
    second.start(theta)
    first.learning_rate = 0.025
    second.set_state(first.get_state())
    assert second.learning_rate == 0.025


def test_lr_works_and_warns():
    with pytest.warns(
        FutureWarning, match=r"'lr' is the old name of 'learning_rate'; write SGD\(learning_rate=0\.5\)\."
    ) as seen:
        optimizer = SGD(lr=0.5, decay=0.0)
    assert optimizer.learning_rate == 0.5
    assert [warning.filename for warning in seen] == [__file__]
    with pytest.raises(
        ArgumentError, match="Adam received both learning_rate and lr, its old name; keep learning_rate"
    ):
        Adam(0.5, lr=0.25)


@pytest.mark.parametrize("cls", [SGD, Adam])
def test_decay_is_the_schedule_it_always_meant_and_warns_once(cls):
    expected = f"{cls.__name__}'s 'decay' is old; write {cls.__name__}(learning_rate=InverseTimeDecay(0.5, 1, 0.25))"
    for old in ({"lr": 0.5, "decay": 0.25}, {"learning_rate": 0.5, "decay": 0.25}):
        with pytest.warns(FutureWarning, match=re.escape(expected)) as seen:
            optimizer = cls(**old)
        assert [warning.filename for warning in seen] == [__file__]
        optimizer.iterations = 4
        assert optimizer.current_learning_rate == 0.25  # 0.5 / (1 + 0.25 · 4)
        assert cls.from_config(optimizer.get_config()).current_learning_rate == 0.5
    with pytest.warns(FutureWarning):
        assert SGD(lr=0.01, decay=1e-6, momentum=0.9, nesterov=True).nesterov


def test_decay_of_a_schedule_or_below_0_is_refused():
    with pytest.raises(ArgumentError, match="and a schedule as its learning rate; keep the schedule"):
        SGD(InverseTimeDecay(0.5, 1, 0.25), decay=0.1)
    with pytest.raises(ArgumentError, match="SGD's decay"):
        SGD(0.5, decay=-1)


# ---- refused


@pytest.mark.parametrize(
    ("cls", "arguments", "message"),
    [
        ("Adam", {"learning_rate": -0.1}, "Adam's learning_rate is a number of at least 0; received -0.1."),
        ("Adam", {"learning_rate": float("nan")}, "Adam's learning_rate is a number of at least 0; received nan."),
        ("Adam", {"learning_rate": "fast"}, "Adam's learning_rate is a number of at least 0; received 'fast'."),
        ("Adam", {"learning_rate": True}, "Adam's learning_rate is a number of at least 0; received True."),
        ("Adam", {"learning_rate": abs}, "Adam's learning_rate is a number or a schedule, not a function"),
        ("Adam", {"beta_1": 1.0}, "Adam's beta_1 is a number from 0 to 1, 1 excluded; received 1.0."),
        ("Adam", {"beta_2": -0.1}, "Adam's beta_2 is a number from 0 to 1, 1 excluded; received -0.1."),
        ("Adam", {"epsilon": -1}, "Adam's epsilon is a number of at least 0; received -1."),
        ("Adam", {"amsgrad": "yes"}, "Adam's amsgrad is True or False; received 'yes'."),
        ("AdamW", {"weight_decay": -1}, "AdamW's weight_decay is a number of at least 0; received -1."),
        ("SGD", {"momentum": 1.5}, "SGD's momentum is a number from 0 to 1; received 1.5."),
        ("SGD", {"nesterov": 1, "momentum": 0.9}, "SGD's nesterov is True or False; received 1."),
        ("SGD", {"nesterov": True}, "SGD's nesterov=True does nothing without momentum; add one, as in momentum=0.9."),
        ("RMSprop", {"rho": 1}, "RMSprop's rho is a number from 0 to 1, 1 excluded; received 1."),
        ("RMSprop", {"momentum": -1}, "RMSprop's momentum is a number from 0 to 1; received -1."),
        ("RMSprop", {"epsilon": -1}, "RMSprop's epsilon is a number of at least 0; received -1."),
        ("RMSprop", {"centered": None}, "RMSprop's centered is True or False; received None."),
        (
            "Adagrad",
            {"initial_accumulator_value": -1},
            "Adagrad's initial_accumulator_value is a number of at least 0; received -1.",
        ),
        ("Adagrad", {"epsilon": -1}, "Adagrad's epsilon is a number of at least 0; received -1."),
        ("Adadelta", {"rho": 1}, "Adadelta's rho is a number from 0 to 1, 1 excluded; received 1."),
        ("Adadelta", {"epsilon": 0}, "Adadelta's epsilon is a number above 0; received 0."),
        ("Adamax", {"beta_1": 1}, "Adamax's beta_1 is a number from 0 to 1, 1 excluded; received 1."),
        ("Adamax", {"beta_2": 1}, "Adamax's beta_2 is a number from 0 to 1, 1 excluded; received 1."),
        ("Nadam", {"beta_1": 1}, "Nadam's beta_1 is a number from 0 to 1, 1 excluded; received 1."),
        ("Nadam", {"beta_2": 1}, "Nadam's beta_2 is a number from 0 to 1, 1 excluded; received 1."),
        ("Lion", {"beta_1": 0}, "Lion's beta_1 is a number from 0 to 1, 0 excluded; received 0."),
        ("Lion", {"beta_2": 1}, "Lion's beta_2 is a number from 0 to 1, 1 excluded; received 1."),
        ("SGD", {"clipnorm": 0}, "SGD's clipnorm is a number above 0; received 0."),
        ("SGD", {"clipvalue": -1}, "SGD's clipvalue is a number above 0; received -1."),
        ("SGD", {"global_clipnorm": "1"}, "SGD's global_clipnorm is a number above 0; received '1'."),
        (
            "SGD",
            {"clipnorm": 1, "clipvalue": 0.5},
            "SGD clips gradients in one way only; received clipnorm=1, clipvalue=0.5: keep one of them.",
        ),
        ("SGD", {"use_ema": 1}, "SGD's use_ema is True or False; received 1."),
        ("SGD", {"ema_momentum": 1.1}, "SGD's ema_momentum is a number from 0 to 1; received 1.1."),
        (
            "SGD",
            {"ema_overwrite_frequency": 0},
            "SGD's ema_overwrite_frequency is a whole number of at least 1; received 0.",
        ),
        ("Adam", {"beta1": 0.9}, "Adam has no argument 'beta1'. Did you mean 'beta_1'? Known: learning_rate, beta_1"),
    ],
)
def test_refused_arguments(cls, arguments, message):
    with pytest.raises(ArgumentError, match=re.escape(message)):
        getattr(optimizers, cls)(**arguments)


def test_update_before_start_is_refused():
    with pytest.raises(NotReadyError, match=r"SGD was not started, and received weights of shape \(2,\); call start"):
        SGD().update(np.zeros(2), np.zeros(2))
    optimizer = SGD()
    optimizer.start(np.zeros(3))
    assert optimizer.started_for(np.ones(3)) and not optimizer.started_for(np.ones(2))
    with pytest.raises(NotReadyError, match=r"SGD was started for 3 weights, and received weights of shape \(2,\)"):
        optimizer.update(np.zeros(2), np.zeros(2))


def test_start_wants_a_flat_vector():
    with pytest.raises(ShapeError, match=r"SGD trains one flat vector of weights; received an array of shape \(2, 2\)"):
        SGD().start(np.zeros((2, 2)))


def test_a_state_that_does_not_fit_is_refused_and_changes_nothing():
    theta = np.zeros(3)
    optimizer = Adam()
    with pytest.raises(NotReadyError, match=r"Adam was not started; call start\(theta, segments\) before set_state"):
        optimizer.set_state({})
    optimizer.start(theta)
    train(optimizer, theta, 3)
    before = optimizer.get_state()
    other = SGD()
    other.start(theta)
    with pytest.raises(ArgumentError, match="not the state of this Adam: expected iterations, learning_rate, momentum"):
        optimizer.set_state(other.get_state())
    longer = Adam()
    longer.start(np.zeros(4))
    with pytest.raises(
        ShapeError, match=r"Adam's 'momentum' is float64 of shape \(3,\); received float64 of shape \(4,\)"
    ):
        optimizer.set_state(longer.get_state())
    narrow = Adam()
    narrow.start(np.zeros(3, dtype=np.float32))
    with pytest.raises(ShapeError, match="received float32"):
        optimizer.set_state(narrow.get_state())
    after = optimizer.get_state()
    assert all(before[name].tobytes() == after[name].tobytes() for name in before)


def test_the_state_is_a_copy():
    theta = np.zeros(2)
    optimizer = Adam()
    optimizer.start(theta)
    state = optimizer.get_state()
    train(optimizer, theta, 1)
    assert not state["momentum"].any() and optimizer.slots["momentum"].any()
    optimizer.start(theta)
    assert optimizer.iterations == 0 and not optimizer.slots["momentum"].any()
