"""One training step: penalties, constraints, averages, running statistics, fused losses, schedules, number formats."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.callbacks import LambdaCallback
from chainrule.layers import Activation, BatchNormalization, Dense, Dropout
from chainrule.losses import BinaryCrossentropy, CategoricalCrossentropy
from chainrule.models import Sequential
from chainrule.optimizers import SGD, Adam
from chainrule.optimizers.schedules import ExponentialDecay
from chainrule.training.one_batch import read_batch

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(8, 3)), rng.normal(size=8)


def line(**options):
    """Return one unit without bias and with weights 1, 2, 3."""
    model = Sequential([Dense(1, use_bias=False, input_dim=3, name="d", **options)], dtype="float64")
    model.set_weights([[[1.0], [2.0], [3.0]]])
    return model


def test_penalties_are_in_the_loss_and_in_the_gradient():
    plain, penal = line(), line(kernel_regularizer="l2")  # 0.01 Σ w² = 0.14, gradient 0.02 w
    for model in (plain, penal):
        model.compile(SGD(0.1), "mse")
    assert penal.evaluate(X, Y) - plain.evaluate(X, Y) == pytest.approx(0.14, rel=1e-12)
    difference = penal.gradients(X, Y)["d/kernel"] - plain.gradients(X, Y)["d/kernel"]
    np.testing.assert_allclose(difference[:, 0], [0.02, 0.04, 0.06], rtol=1e-12)
    losses = [model.fit(X, Y, batch_size=8, verbose=0).history["loss"][0] for model in (plain, penal)]
    assert losses[1] - losses[0] == pytest.approx(0.14, rel=1e-12)
    # one step of rate 0.1: the penalty's share is −0.1 · 0.02 w
    np.testing.assert_allclose(
        (penal.get_weights()[0] - plain.get_weights()[0])[:, 0], [-0.002, -0.004, -0.006], rtol=1e-10
    )


def test_the_penalty_does_not_depend_on_the_number_of_batches():
    model = line(kernel_regularizer="l2")
    model.compile(SGD(0.0), "mse")
    assert model.evaluate(X, Y, batch_size=3) == pytest.approx(model.evaluate(X, Y), rel=1e-12)


def test_a_step_of_sgd_by_hand():
    model = line()
    model.compile(SGD(0.5), "mse")
    # x = (1, 0, 2), p = 1 + 6 = 7, t = 5, dp = 2·2 = 4, dW = (4, 0, 8), W − 0.5 dW = (−1, 2, −1)
    assert model.train_on_batch([[1, 0, 2]], [5]) == 4.0
    np.testing.assert_array_equal(model.get_weights()[0], [[-1], [2], [-1]])


def test_constraints_hold_after_every_step():
    model = line(kernel_constraint="non_neg")
    model.compile(SGD(0.5), "mse")
    model.train_on_batch([[1, 0, 2]], [5])
    np.testing.assert_array_equal(model.get_weights()[0], [[0], [2], [0]])
    model = line(kernel_constraint="unit_norm")
    model.compile(SGD(0.1), "mse")
    watch = LambdaCallback(on_batch_end=lambda batch, logs: norms.append(np.linalg.norm(model.get_weights()[0])))
    norms = []
    model.fit(X, Y, batch_size=2, callbacks=[watch], verbose=0)
    assert norms == pytest.approx([1.0] * 4, rel=1e-6)


def test_training_ends_with_the_average_of_the_weights():
    model = line()
    model.compile(SGD(0.1, use_ema=True, ema_momentum=0.5), "mse")
    steps = []
    watch = LambdaCallback(on_batch_end=lambda batch, logs: steps.append(model.get_weights()[0]))
    model.fit(X, Y, batch_size=4, epochs=2, callbacks=[watch], verbose=0)
    average = steps[0]
    for W in steps[1:]:
        average = 0.5 * average + 0.5 * W
    np.testing.assert_allclose(model.get_weights()[0], average, rtol=1e-12)


def test_batch_normalisation_moves_its_running_statistics_in_training_alone():
    model = Sequential([BatchNormalization(momentum=0.75, input_dim=3), Dense(1)], dtype="float64", seed=1)
    model.compile(SGD(0.0), "mse")
    model.evaluate(X, Y)
    model.predict(X)
    model.gradients(X, Y, training=True)
    np.testing.assert_array_equal(model.layers[0].get_weights()[2], 0)
    model.train_on_batch(X, Y)
    np.testing.assert_allclose(model.layers[0].get_weights()[2], 0.25 * X.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(model.layers[0].get_weights()[3], 0.75 + 0.25 * X.var(axis=0), rtol=1e-12)


def test_dropout_is_for_training_alone_and_new_at_each_step():
    model = Sequential([Dropout(0.5, input_dim=3), Dense(1, kernel_initializer="ones")], dtype="float64", seed=1)
    model.compile(SGD(0.0), "mse")
    np.testing.assert_allclose(model.predict(X)[:, 0], X.sum(axis=1), rtol=1e-12)
    losses = {model.train_on_batch(X, Y) for _ in range(3)}
    assert len(losses) == 3 and model.evaluate(X, Y) not in losses


@pytest.mark.parametrize(
    ("activation", "units", "loss", "y"),
    [
        ("sigmoid", 1, BinaryCrossentropy, (Y > 0).astype(float)),
        ("sigmoid", 3, BinaryCrossentropy, (X > 0).astype(float)),
        ("softmax", 3, CategoricalCrossentropy, np.eye(3)[rng.integers(0, 3, 8)]),
    ],
)
@pytest.mark.parametrize("as_layer", [False, True])
def test_a_fused_loss_is_the_loss(activation, units, loss, y, as_layer):
    def network(loss, plain=False):
        last = [Dense(units, None if as_layer or plain else activation)]
        if as_layer and not plain:
            last.append(Activation(activation))
        model = Sequential([Dense(4, "tanh", input_dim=3), *last], seed=1, dtype="float64")
        model.compile("sgd", loss)
        return model

    class Unfused(loss):
        def fused(self, activation, activation_options=None):
            return None

    fused, unfused, logits = network(loss()), network(Unfused()), network(loss(from_logits=True), plain=True)
    assert fused.training_step.objective.terms[0][1].name.endswith("_logits")
    assert not unfused.training_step.objective.terms[0][1].name.endswith("_logits")
    assert fused.evaluate(X, y) == pytest.approx(unfused.evaluate(X, y), rel=1e-10)
    G, H, J = (list(model.gradients(X, y).values()) for model in (fused, unfused, logits))
    for a, b, c in zip(G, H, J, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-12)
        np.testing.assert_array_equal(a, c)


def test_a_fused_loss_learns_where_the_activation_has_rounded_to_0():
    model = Sequential([Dense(1, "sigmoid", input_dim=1, name="d")])
    model.set_weights([[[-200.0]], [0.0]])  # σ(−200) is 0 in float32, and the label is 1
    model.compile("sgd", "binary_crossentropy")
    assert model.evaluate([[1.0]], [1]) == 200.0
    assert model.gradients([[1.0]], [1])["d/kernel"] == -1.0


def test_a_schedule_counts_steps_over_fits():
    model = line()
    model.compile(SGD(ExponentialDecay(1.0, decay_steps=1, decay_rate=0.5)), "mse")
    rates = []
    watch = LambdaCallback(on_train_batch_begin=lambda batch, logs: rates.append(model.optimizer.current_learning_rate))
    for _ in range(2):
        model.fit(X, Y, batch_size=4, callbacks=[watch], verbose=0)
    assert rates == [1.0, 0.5, 0.25, 0.125]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam", "rmsprop"])
def test_everything_stays_in_the_models_dtype(dtype, optimizer):
    layers = [Dense(4, "tanh", input_dim=3, kernel_regularizer="l2"), BatchNormalization(), Dropout(0.2), Dense(1)]
    model = Sequential(layers, dtype=dtype, seed=1)
    model.compile(optimizer, "mse")
    model.fit(X, Y, batch_size=3, sample_weight=np.ones(8), verbose=0)
    assert {W.dtype for W in model.get_weights()} == {model.predict(X).dtype} == {np.dtype(dtype)}
    assert {G.dtype for G in model.gradients(X, Y).values()} == {np.dtype(dtype)}
    run = model.training_step.engine.forward(read_batch(model, X, Y).inputs, 1, 0)
    assert {V.dtype for V in run.values} == {np.dtype(dtype)}


def test_the_order_of_rows_does_not_change_the_gradient_and_rows_are_independent():
    model = Sequential([Dense(4, "tanh", input_dim=3), Dense(1)], seed=1, dtype="float64")
    model.compile(Adam(), "mse")
    order = rng.permutation(8)
    for a, b in zip(model.gradients(X, Y).values(), model.gradients(X[order], Y[order]).values(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(model.predict(X)[3:4], model.predict(X[3:4]), rtol=1e-14)
