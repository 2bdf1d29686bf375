"""LearningRateScheduler and ReduceLROnPlateau: the rates by hand, and their refusals."""

from __future__ import annotations

import math

import pytest

from chainrule.callbacks import LearningRateScheduler, ReduceLROnPlateau
from chainrule.errors import ArgumentError
from chainrule.schedules import StepDecay


def rates(model):
    return model.history.history["learning_rate"]


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (lambda epoch: 1 / (epoch + 1), [1, 1 / 2, 1 / 3]),
        (lambda epoch, rate: rate / 2, [0.4, 0.2, 0.1]),
        (lambda epoch, rate=None: 0.5 if rate is None else rate * 0.5, [0.4, 0.2, 0.1]),
        (StepDecay(0.8, decay_steps=2, decay_rate=0.5), [0.8, 0.8, 0.4]),
    ],
)
def test_scheduler_by_hand(dictated, schedule, expected):
    model = dictated.Model(learning_rate=0.8)
    model.run([LearningRateScheduler(schedule)], dictated.losses(1, 1, 1))
    assert rates(model) == pytest.approx(expected, rel=1e-15) and type(model.optimizer.learning_rate) is float


def test_scheduler_speaks_when_asked(dictated, capsys):
    dictated.Model().run([LearningRateScheduler(lambda epoch: 0.25, verbose=1)], dictated.losses(1))
    assert capsys.readouterr().out == "epoch 1: learning rate 0.25\n"


@pytest.mark.parametrize("rate", [-1, math.nan, None, "fast"])
def test_scheduler_refuses_what_is_no_rate(dictated, rate):
    message = rf"LearningRateScheduler's rate for epoch 0 is a number of at least 0; received {rate!r}\."
    with pytest.raises(ArgumentError, match=message):
        dictated.Model().run([LearningRateScheduler(lambda epoch: rate)], dictated.losses(1))


def test_scheduler_refuses_what_is_no_function():
    with pytest.raises(
        ArgumentError, match=r"LearningRateScheduler's schedule is a function of the epoch; received 0\.1\."
    ):
        LearningRateScheduler(0.1)


def test_an_error_within_the_schedule_is_not_hidden(dictated):
    def broken(epoch, rate):
        raise TypeError("my own")

    with pytest.raises(TypeError, match="my own"):
        dictated.Model().run([LearningRateScheduler(broken)], dictated.losses(1))


@pytest.mark.parametrize(
    ("arguments", "values", "expected"),
    [
        # The logs hold the rate that an epoch was trained with. 5 is best; 6, 6 are two: halved after epoch 3, and 5.
        ({"patience": 2}, (5, 6, 6, 6, 6, 6), [0.8, 0.8, 0.8, 0.4, 0.4, 0.2]),
        # 4 is better, so the count starts anew
        ({"patience": 2}, (5, 6, 4, 6, 6, 6), [0.8, 0.8, 0.8, 0.8, 0.8, 0.4]),
        # never below 0.3, and then no more
        ({"patience": 1, "min_lr": 0.3}, (5, 6, 6, 6, 6), [0.8, 0.8, 0.4, 0.3, 0.3]),
        # after a change, cooldown 2: the epoch that follows takes it to 1 and is not counted, the next to 0 and is
        ({"patience": 1, "cooldown": 2}, (5, 6, 6, 6, 6), [0.8, 0.8, 0.4, 0.4, 0.2]),
        # a gain of 0.5 is not more than 0.5
        ({"patience": 1, "min_delta": 0.5}, (5, 4.5, 4), [0.8, 0.8, 0.4]),
        ({"patience": 1, "mode": "max"}, (5, 6, 5, 5), [0.8, 0.8, 0.8, 0.4]),
        # NaN is not better
        ({"patience": 1}, (5, math.nan, 6), [0.8, 0.8, 0.4]),
    ],
)
def test_plateau_by_hand(dictated, arguments, values, expected):
    model = dictated.Model(learning_rate=0.8)
    model.run([ReduceLROnPlateau(factor=0.5, **arguments)], dictated.losses(*values))
    assert rates(model) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(("patience", "cooldown", "min_delta"), [(1, 0, 0.0), (3, 0, 0.0), (2, 3, 0.0), (2, 0, 0.1)])
def test_plateau_as_pytorch_counts(dictated, patience, cooldown, min_delta):
    torch = pytest.importorskip("torch")
    values = [1.0, 0.9, 0.95, 0.85, 0.86, 0.84, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6]
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.8)
    # PyTorch lowers after *more* than `patience` bad epochs, and counts a cooldown one epoch shorter.
    judge = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer,
        factor=0.5,
        patience=patience - 1,
        threshold=min_delta,
        threshold_mode="abs",
        cooldown=max(cooldown - 1, 0),
    )
    expected = []
    for value in values:
        expected.append(optimizer.param_groups[0]["lr"])
        judge.step(value)
    model = dictated.Model(learning_rate=0.8)
    callback = ReduceLROnPlateau(factor=0.5, patience=patience, cooldown=cooldown, min_delta=min_delta)
    model.run([callback], dictated.losses(*values))
    assert rates(model) == pytest.approx(expected, rel=1e-10)


def test_plateau_says_a_change(dictated, capsys):
    dictated.Model(0.8).run([ReduceLROnPlateau(factor=0.5, patience=1, verbose=1)], dictated.losses(5, 6))
    assert capsys.readouterr().out == "epoch 2: learning rate lowered to 0.4\n"


def test_plateau_goes_on_from_its_state(dictated):
    first, second = ReduceLROnPlateau(patience=2), ReduceLROnPlateau(factor=0.5, patience=2)
    dictated.Model().run([first], dictated.losses(5, 6))
    model = dictated.Model(learning_rate=0.8)
    second.set_model(model)
    second.on_train_begin({})
    second.set_state(first.get_state())
    second.on_epoch_end(2, {"val_loss": 6.0})
    assert model.optimizer.learning_rate == 0.4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"factor": 1.0}, r"ReduceLROnPlateau's factor is a number between 0 and 1, both excluded; received 1\.0\."),
        ({"factor": 0}, r"ReduceLROnPlateau's factor is a number between 0 and 1, both excluded; received 0\."),
        ({"patience": -1}, r"ReduceLROnPlateau's patience is a whole number of at least 0; received -1\."),
        ({"cooldown": -1}, r"ReduceLROnPlateau's cooldown is a whole number of at least 0; received -1\."),
        ({"min_lr": -1}, r"ReduceLROnPlateau's min_lr is a number of at least 0; received -1\."),
        ({"min_delta": "a"}, r"ReduceLROnPlateau's min_delta is a finite number; received 'a'\."),
        ({"mode": "least"}, r"no mode of ReduceLROnPlateau named 'least'\."),
    ],
)
def test_plateau_refuses(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        ReduceLROnPlateau(**arguments)


def test_plateau_names_what_there_is(dictated):
    with pytest.raises(
        ArgumentError,
        match=r"ReduceLROnPlateau watches 'val_los', .* there is: loss, val_loss\. Did you mean 'val_loss'\?",
    ):
        dictated.Model().run([ReduceLROnPlateau("val_los")], dictated.losses(1))


@pytest.mark.parametrize("callback", [LearningRateScheduler(lambda epoch: 0.1), ReduceLROnPlateau("loss")])
def test_an_optimizer_whose_rate_is_not_a_number_is_refused(network, callback):
    name = type(callback).__name__
    model = network.make()
    model.optimizer.learning_rate = StepDecay(0.8, decay_steps=2, decay_rate=0.5)
    with pytest.raises(
        ArgumentError, match=rf"{name} would overrule the optimizer's schedule StepDecay\(.* compile with a number"
    ):
        model.fit(network.X, network.Y, verbose=0, callbacks=[callback])


@pytest.mark.parametrize("callback", [LearningRateScheduler(lambda epoch: 0.1), ReduceLROnPlateau("loss")])
def test_lbfgs_is_refused(network, callback):
    pytest.importorskip("scipy")
    name = type(callback).__name__
    with pytest.raises(
        ArgumentError, match=rf"{name} changes a learning rate, and LBFGS finds the length of each step by itself"
    ):
        network.make("lbfgs").fit(network.X, network.Y, verbose=0, callbacks=[callback])
