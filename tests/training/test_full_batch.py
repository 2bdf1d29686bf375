"""L-BFGS through `fit`: all rows at once, an iteration an epoch."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.callbacks import LambdaCallback, TerminateOnNaN
from chainrule.errors import ArgumentError, NonFiniteLoss
from chainrule.layers import BatchNormalization, Dense
from chainrule.models import Sequential
from chainrule.optimizers import LBFGS

pytest.importorskip("scipy")
rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3))
Y = X @ [1.0, -2.0, 0.5] + 3 + 0.1 * rng.normal(size=20)


def line(dtype="float64", **options):
    model = Sequential([Dense(1, input_dim=3, **options)], seed=1, dtype=dtype)
    model.compile(LBFGS(), "mse", metrics=["mae"])
    return model


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_line_is_the_least_squares_solution(dtype):
    model = line(dtype)
    history = model.fit(X, Y, epochs=100, verbose=0)
    exact = np.linalg.lstsq(np.column_stack([X, np.ones(20)]), Y, rcond=None)[0]
    np.testing.assert_allclose(
        np.concatenate([W.ravel() for W in model.get_weights()]), exact, rtol=1e-4 if dtype == "float64" else 1e-3
    )
    losses = history.history["loss"]
    assert losses == sorted(losses, reverse=True) and len(losses) < 100
    assert history.stopped.startswith("LBFGS ended after") and len(history.epoch) == len(losses)
    assert losses[-1] == pytest.approx(model.evaluate(X, Y)[0], rel=1e-5)


def test_epochs_validation_and_callbacks():
    model, calls = line(), []
    note = {
        hook: (lambda epoch, logs, hook=hook: calls.append((hook, epoch)))
        for hook in ("on_epoch_begin", "on_epoch_end")
    }
    history = model.fit(X, Y, epochs=3, validation_split=0.2, callbacks=[LambdaCallback(**note)], verbose=0)
    assert calls == [(hook, epoch) for epoch in range(3) for hook in ("on_epoch_begin", "on_epoch_end")]
    assert list(history.history) == ["loss", "mae", "val_loss", "val_mae"] and history.stopped is None
    assert model.fit(X, Y, initial_epoch=3, epochs=5, verbose=0).epoch == [3, 4]
    assert model.fit(X, Y, epochs=0, verbose=0).epoch == []


def test_stop_ends_the_search():
    model = line()
    end = LambdaCallback(on_epoch_end=lambda epoch, logs: model.stop("Enough.") if epoch == 1 else None)
    history = model.fit(X, Y, epochs=50, callbacks=[end], verbose=0)
    assert history.epoch == [0, 1] and history.stopped == "Enough."


def test_running_statistics_are_kept():
    model = Sequential([BatchNormalization(input_dim=3), Dense(1)], seed=1, dtype="float64")
    model.compile(LBFGS(), "mse")
    model.fit(X, Y, epochs=2, verbose=0)
    assert (model.layers[0].get_weights()[2] != 0).all()


def test_refused():
    with pytest.raises(
        ArgumentError, match="LBFGS needs all rows at once, and a generator gives them batch by batch: pass arrays"
    ):
        line().fit(iter([(X, Y)]), verbose=0)
    with pytest.raises(ArgumentError, match="LBFGS can't keep the constraint of 'dense/kernel'"):
        line(kernel_constraint="non_neg").fit(X, Y, verbose=0)
    with pytest.raises(ArgumentError, match="LBFGS takes all rows at once and can't learn from one batch"):
        line().train_on_batch(X, Y)


def test_a_loss_that_is_no_number():
    model = line("float32")
    before = model.get_weights()
    with pytest.raises(NonFiniteLoss, match="epoch 1, batch 1"):
        model.fit(X, Y * 1e30, verbose=0)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert model.fit(X, Y * 1e30, callbacks=[TerminateOnNaN()], verbose=0).stopped.startswith("The loss became inf")
