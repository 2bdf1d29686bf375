"""How training ends early: model.stop(), Ctrl-C, a callback, and a loss that is no number."""

from __future__ import annotations

import os
import signal
import threading

import numpy as np
import pytest

from chainrule.callbacks import EarlyStopping, LambdaCallback, TerminateOnNaN
from chainrule.errors import ChainruleError, NonFiniteLoss
from chainrule.layers import Dense
from chainrule.models import Sequential
from chainrule.optimizers import SGD

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(12, 3)), rng.normal(size=12)


def network(optimizer="sgd", **options):
    model = Sequential([Dense(4, "relu", input_dim=3, name="first"), Dense(1, name="last")], seed=1, **options)
    model.compile(optimizer, "mse")
    return model


def at_batch(number, action):
    return LambdaCallback(on_batch_end=lambda batch, logs: action() if batch == number else None)


def test_model_stop_ends_after_the_batch_and_says_why():
    model = network()
    history = model.fit(X, Y, batch_size=4, epochs=9, callbacks=[at_batch(1, lambda: model.stop("Enough."))], verbose=0)
    assert model.optimizer.iterations == 2 and history.epoch == [0] and history.stopped == "Enough."
    assert model.fit(X, Y, verbose=0).stopped is None


def test_stop_training_the_way_keras_does():
    model = network()
    end = LambdaCallback(on_epoch_end=lambda epoch, logs: setattr(model, "stop_training", epoch == 1))
    history = model.fit(X, Y, epochs=9, callbacks=[end], verbose=0)
    assert history.epoch == [0, 1] and history.stopped == "Stopped by a callback."


def test_stop_before_the_first_batch():
    model = network()
    history = model.fit(X, Y, callbacks=[LambdaCallback(on_train_begin=lambda logs: model.stop())], verbose=0)
    assert history.history == {} and history.stopped == "Stopped by model.stop()." and model.optimizer.iterations == 0


def test_early_stopping_restores_the_best_weights():
    model = network(SGD(1e-3))
    kept = {}
    remember = LambdaCallback(on_epoch_end=lambda epoch, logs: kept.setdefault(epoch, model.get_weights()))
    history = model.fit(X, Y, epochs=9, callbacks=[remember, EarlyStopping("loss", mode="max", patience=2)], verbose=0)
    assert "EarlyStopping" in history.stopped and len(history.epoch) == 3
    for a, b in zip(model.get_weights(), kept[0], strict=True):
        np.testing.assert_array_equal(a, b)


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_returns_the_history_with_whole_weights():
    model, same = network(), network()
    history = model.fit(X, Y, batch_size=4, epochs=9, callbacks=[at_batch(1, interrupt)], verbose=0)
    assert (
        history.interrupted and history.stopped == "Stopped by Ctrl-C; the weights are those of the last whole batch."
    )
    assert model.optimizer.iterations == 2 and history.epoch == [0]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    same.fit(X, Y, batch_size=4, steps_per_epoch=2, verbose=0)
    for a, b in zip(model.get_weights(), same.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_second_ctrl_c_raises():
    def twice():
        interrupt()
        interrupt()

    with pytest.raises(KeyboardInterrupt):
        network().fit(X, Y, callbacks=[at_batch(0, twice)], verbose=0)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_first_ctrl_c_after_a_stop_does_not_raise():
    model = network()

    def both():
        model.stop("Enough.")
        interrupt()

    history = model.fit(X, Y, callbacks=[at_batch(0, both)], verbose=0)
    assert history.stopped == "Enough." and history.interrupted


def test_a_programs_own_handler_is_left_alone():
    seen = []
    kept = signal.signal(signal.SIGINT, lambda *_: seen.append(1))
    try:
        history = network().fit(X, Y, callbacks=[at_batch(0, interrupt)], verbose=0)
    finally:
        signal.signal(signal.SIGINT, kept)
    assert seen == [1] and history.stopped is None


def test_fit_in_another_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(network().fit(X, Y, epochs=2, verbose=0)))
    thread.start()
    thread.join()
    assert len(found[0].epoch) == 2


def exploding(**options):
    """Return a network whose loss overflows in the second batch: the first step throws the weights far out."""
    return network(SGD(1e25), **options)


def test_a_loss_that_is_no_number_raises_and_names_the_place():
    model = exploding()
    with pytest.raises(NonFiniteLoss, match=r"The loss became (inf|nan) in epoch 1, batch 2: ") as caught:
        model.fit(X, Y, batch_size=4, epochs=3, shuffle=False, verbose=0)
    error = caught.value
    assert (error.epoch, error.batch) == (1, 2) and error.history is model.history
    assert isinstance(error, (ChainruleError, ArithmeticError))
    assert error.history.stopped == str(error)
    assert "learning rate that is too high (lower it: compile(optimizer=Adam(1e-4), …))" in str(error)


def test_the_weights_are_those_of_the_last_good_step():
    model, good = exploding(), exploding()
    with pytest.raises(NonFiniteLoss):
        model.fit(X, Y, batch_size=4, epochs=3, shuffle=False, verbose=0)
    good.fit(X, Y, batch_size=4, steps_per_epoch=1, shuffle=False, verbose=0)
    for a, b in zip(model.get_weights(), good.get_weights(), strict=True):
        assert np.isfinite(a).all()
        np.testing.assert_array_equal(a, b)


def test_the_first_bad_layer_and_the_users_row_are_named():
    model = network()
    kernel, *rest = model.get_weights()
    model.set_weights([kernel * 0 + 1e30, *rest])
    x = np.zeros((12, 3), "f")
    x[7] = 1e20  # 3 · 1e20 · 1e30 overflows float32 in this row alone
    with pytest.raises(
        NonFiniteLoss, match="the first layer whose output is not finite is 'first', at row 7"
    ) as caught:
        model.fit(x, Y, batch_size=4, verbose=0)
    assert (caught.value.layer, caught.value.row) == ("first", 7)
    with pytest.raises(NonFiniteLoss, match="'first', at row 7"):
        model.train_on_batch(x, Y)


def test_a_loss_that_overflows_by_itself():
    model = network()
    with pytest.raises(NonFiniteLoss, match="every layer's output is finite, so the loss itself overflowed") as caught:
        model.fit(X, np.full(12, 1e30), verbose=0)
    assert caught.value.layer is None and caught.value.row is None


def test_an_infinite_gradient_of_a_finite_loss_changes_nothing():
    model = Sequential([Dense(1, input_dim=1, name="d", kernel_initializer="zeros")], seed=1)
    model.compile("sgd", "mse")
    before = model.get_weights()
    # p = 0, t = 1e15: the loss is 1e30, dW = −2e15 · 3e38
    with pytest.raises(
        NonFiniteLoss, match="The gradient became infinite in epoch 1, batch 1: the first is that of 'd/kernel'"
    ) as caught:
        model.fit([[3e38]], [1e15], verbose=0)
    assert caught.value.layer == "d"
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_terminate_on_nan_returns_the_history_instead():
    model = exploding()
    ended = []
    end = LambdaCallback(on_train_end=lambda logs: ended.append(logs))
    history = model.fit(X, Y, batch_size=4, epochs=3, shuffle=False, callbacks=[TerminateOnNaN(), end], verbose=0)
    assert history.stopped.startswith("The loss became") and "epoch 1, batch 2" in history.stopped
    assert len(ended) == 1 and all(np.isfinite(W).all() for W in model.get_weights())


def test_callbacks_hear_of_the_end_before_the_error():
    ended = []
    with pytest.raises(NonFiniteLoss):
        exploding().fit(
            X, Y, batch_size=4, callbacks=[LambdaCallback(on_train_end=lambda logs: ended.append(1))], verbose=0
        )
    assert ended == [1]


def test_a_loss_that_is_no_number_is_told_once(capsys):
    model = Sequential([Dense(1, input_dim=3)], seed=1)
    model.compile("sgd", "mse")
    model.optimizer.learning_rate = 1e20
    with pytest.raises(NonFiniteLoss) as caught:
        model.fit(X, Y, batch_size=2, epochs=9, verbose=2)
    assert caught.value.history.stopped == str(caught.value)
    assert str(caught.value) not in capsys.readouterr().out
