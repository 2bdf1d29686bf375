"""EarlyStopping by hand, its refusals, and TerminateOnNaN."""

from __future__ import annotations

import math

import numpy as np
import pytest

from chainrule.callbacks import EarlyStopping, ReduceLROnPlateau, TerminateOnNaN
from chainrule.errors import ArgumentError, NonFiniteLoss
from chainrule.metrics.registry import METRICS


@pytest.mark.parametrize(
    ("arguments", "values", "epochs", "best"),
    [
        # best 3 at epoch 2; then 4, 5 are two in a row
        ({"patience": 2}, (5, 3, 4, 5, 1, 1), 4, 2),
        # 4 is one, 2 is better and starts anew, then 3 and 2 (not better: equal) are two
        ({"patience": 2}, (5, 3, 4, 2, 3, 2, 0), 6, 4),
        ({"patience": 0}, (5, 3, 4, 1), 3, 2),
        ({"patience": 1}, (5, 3, 4, 1), 3, 2),
        # a gain of 1 is not more than 1
        ({"patience": 1, "min_delta": 1}, (5, 4, 1), 2, 1),
        ({"patience": 1, "min_delta": -1}, (5, 3.9, 3, 1), 3, 2),
        ({"patience": 1, "mode": "max"}, (1, 2, 1, 9), 3, 2),
        # epochs 0 and 1 are not looked at; of 7, 8 the first is the best
        ({"patience": 1, "start_from_epoch": 2}, (1, 9, 7, 8, 1), 4, 3),
        # nothing beats 2: 5 and 3 get better, but only 4 and 4 end it, when patience is long out
        ({"patience": 2, "baseline": 2}, (5, 3, 4, 1), 3, 2),
        # 1 beats the baseline, then two in a row
        ({"patience": 2, "baseline": 2}, (5, 1, 4, 4, 0), 4, 2),
        # NaN is never better and counts
        ({"patience": 2}, (5, math.nan, math.nan, 1), 3, 1),
        # a NaN at first is not a best value that nothing beats, and the first epoch never ends it
        ({"patience": 1}, (math.nan, 3, 4, 1), 3, 2),
        ({"patience": 9}, (5, 3, 4), 3, 2),
    ],
)
def test_by_hand(dictated, arguments, values, epochs, best):
    model, stopping = dictated.Model(), EarlyStopping(**arguments)
    assert model.run([stopping], dictated.losses(*values)) == epochs
    assert stopping.best_epoch == best - 1 and model.weight == best
    assert model.stop_training == (epochs < len(values))


def test_says_why(dictated, capsys):
    model, stopping = dictated.Model(), EarlyStopping(patience=2, verbose=1)
    model.run([stopping], dictated.losses(5, 3, 4, 5, 1))
    assert model.history.stopped == "EarlyStopping: val_loss has not got better for 2 epochs; the best was epoch 2."
    assert (stopping.stopped_epoch, stopping.wait, stopping.best) == (3, 2, 3)
    assert capsys.readouterr().out == "epoch 4: early stopping; the weights of epoch 2 are back\n"


def test_weights_stay_where_not_asked_back(dictated):
    model = dictated.Model()
    model.run([EarlyStopping(patience=2, restore_best_weights=False)], dictated.losses(5, 3, 4, 5, 1))
    assert model.weight == 4


def test_a_second_fit_starts_anew(dictated):
    stopping = EarlyStopping(patience=1)
    dictated.Model().run([stopping], dictated.losses(1, 2))
    assert dictated.Model().run([stopping], dictated.losses(9, 8, 7)) == 3


@pytest.mark.parametrize(
    ("name", "values"), [("val_accuracy", (1, 2, 1, 3)), ("val_mae", (2, 1, 2, 0)), ("a_loss", (2, 1, 2, 0))]
)
def test_auto_knows_which_way_is_better(dictated, name, values):
    model = dictated.Model()
    assert model.run([EarlyStopping(name, patience=1)], dictated.losses(*values, name=name)) == 3


@pytest.mark.parametrize("name", METRICS.names())
def test_auto_goes_by_the_direction_of_each_metric(dictated, name):
    # 1, 2, 1: the third is the first that is worse where more is better; the second where less is.
    direction, model = METRICS.get(name).direction, dictated.Model()
    if direction is None:
        with pytest.raises(ArgumentError, match="say mode='max' or mode='min'"):
            model.run([EarlyStopping(name, patience=1)], dictated.losses(1, 2, 1, 1, name=name))
    else:
        epochs = model.run([EarlyStopping(name, patience=1)], dictated.losses(1, 2, 1, 1, name=name))
        assert epochs == {"up": 3, "down": 2}[direction]


def test_auto_asks_the_metric_of_the_model(network):
    def margin(y_true, y_pred):
        return np.abs(y_pred - 0.5).mean(axis=-1)

    model = network.make()
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=[margin])
    with pytest.raises(
        ArgumentError, match=r"can't tell whether more or less of 'margin' is better: say mode='max' or mode='min'\."
    ):
        model.fit(network.X, network.Y, verbose=0, callbacks=[EarlyStopping("margin")])
    model.fit(network.X, network.Y, verbose=0, callbacks=[EarlyStopping("margin", mode="max")])


def test_an_absent_monitor_is_refused_after_the_first_epoch(network):
    model = network.make()
    with pytest.raises(ArgumentError) as caught:
        model.fit(network.X, network.Y, epochs=3, verbose=0, callbacks=[EarlyStopping()])
    assert str(caught.value) == (
        "EarlyStopping watches 'val_loss', which this fit doesn't measure; there is: loss, accuracy. "
        "Give fit validation_data or validation_split."
    )
    with pytest.raises(ArgumentError, match=r"there is: loss, accuracy\. Did you mean 'accuracy'\?"):
        model.fit(network.X, network.Y, verbose=0, callbacks=[EarlyStopping("acuracy")])


def test_epochs_without_validation_are_not_looked_at(dictated):
    # Validation every second epoch: 5, 3, 4 at the epochs 2, 4, 6; the third is the first that is not better.
    epochs = [{"loss": 1.0} | ({"val_loss": value} if value else {}) for value in (None, 5, None, 3, None, 4, None)]
    model = dictated.Model()
    assert model.run([EarlyStopping(patience=1)], epochs, params={"validation_freq": 2}) == 6
    assert model.weight == 4


@pytest.mark.parametrize("callback", [EarlyStopping(patience=9), ReduceLROnPlateau()])
def test_fit_with_validation_every_second_epoch(network, callback):
    data = (network.X, network.Y)
    history = network.make().fit(
        *data, validation_data=data, validation_freq=2, epochs=4, verbose=0, callbacks=[callback]
    )
    assert len(history.history["val_loss"]) == 2
    assert callback.best == min(history.history["val_loss"])


def test_an_array_is_refused(dictated):
    with pytest.raises(ArgumentError, match=r"watches one number, and 'val_cm' is an array: watch another metric\."):
        dictated.Model().run([EarlyStopping("val_cm")], dictated.losses(np.eye(2), name="val_cm"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"patience": -1}, r"EarlyStopping's patience is a whole number of at least 0; received -1\."),
        ({"patience": 1.5}, r"EarlyStopping's patience is a whole number .* received 1\.5\."),
        ({"mode": "mx"}, r"no mode of EarlyStopping named 'mx'\. Did you mean 'max'\?"),
        ({"min_delta": math.nan}, r"EarlyStopping's min_delta is a finite number; received nan\."),
        ({"baseline": "low"}, r"EarlyStopping's baseline is a finite number; received 'low'\."),
        ({"restore_best_weights": "yes"}, r"EarlyStopping's restore_best_weights is True or False; received 'yes'\."),
        ({"start_from_epoch": -2}, r"EarlyStopping's start_from_epoch is a whole number of at least 0; received -2\."),
        ({"monitor": 3}, r"EarlyStopping's monitor is a name from the logs, such as 'val_loss'; received 3\."),
    ],
)
def test_refused_arguments(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        EarlyStopping(**arguments)


def test_state_goes_on_in_the_middle_of_patience(dictated):
    first, second = EarlyStopping(patience=3), EarlyStopping(patience=3)
    dictated.Model().run([first], dictated.losses(3, 4))
    second.on_train_begin({})
    second.set_state(first.get_state())
    assert (second.wait, second.best, second.best_epoch) == (1, 3, 0)
    np.testing.assert_array_equal(second.best_weights[0], [1.0])


def test_terminate_on_nan_ends_quietly(network):
    model = network.make()
    model.compile(loss="mse", optimizer="sgd")
    model.layers[-1].kernel.value[...] = np.nan
    before = model.get_weights()
    with pytest.raises(NonFiniteLoss):
        model.fit(network.X, network.Y, verbose=0)
    history = model.fit(network.X, network.Y, epochs=3, verbose=0, callbacks=[TerminateOnNaN()])
    assert history.stopped.startswith("The loss became nan in epoch 1, batch 1")
    for now, then in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(now, then)
