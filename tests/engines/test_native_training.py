"""Training on the native engine beside the reference: every optimizer, loss, schedule and what else changes a step.

Each case takes one step in both dtypes and ten epochs in float64, shuffled, with a last batch that is short.
"""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import constraints, losses, optimizers, regularizers, schedules
from chainrule.layers import Dense
from chainrule.losses.base import LOSSES
from chainrule.models import Sequential
from chainrule.optimizers import SGD, Adam

N_ROWS, N_COLUMNS = 59, 5
rng = np.random.default_rng(0)
X = rng.normal(size=(N_ROWS, N_COLUMNS))
HIDDEN = np.tanh(X @ rng.normal(size=(N_COLUMNS, 3)))
LABELS = HIDDEN.argmax(axis=1)
#: For each kind of target the output layer and the targets.
NUMBERS, YES_NO, CLASSES = (None, HIDDEN), ("sigmoid", (HIDDEN > 0).astype(float)), ("softmax", np.eye(3)[LABELS])

OPTIMIZERS = {
    "sgd": lambda **options: SGD(0.1, **options),
    "sgd, momentum": lambda **options: SGD(0.05, momentum=0.9, **options),
    "sgd, nesterov": lambda **options: SGD(0.05, momentum=0.9, nesterov=True, **options),
    "adam": lambda **options: Adam(0.01, **options),
    "adam, amsgrad": lambda **options: Adam(0.01, amsgrad=True, **options),
    "adamw": lambda **options: optimizers.AdamW(0.01, **options),
    "adamax": lambda **options: optimizers.Adamax(0.01, **options),
    "nadam": lambda **options: optimizers.Nadam(0.01, **options),
    "rmsprop": lambda **options: optimizers.RMSprop(0.01, **options),
    "rmsprop, momentum": lambda **options: optimizers.RMSprop(0.01, momentum=0.8, **options),
    "rmsprop, centered": lambda **options: optimizers.RMSprop(0.01, centered=True, momentum=0.5, **options),
    "adagrad": lambda **options: optimizers.Adagrad(0.05, **options),
    "adadelta": lambda **options: optimizers.Adadelta(0.5, **options),
    "lion": lambda **options: optimizers.Lion(0.003, **options),
}
SCHEDULES = {
    "constant": lambda: schedules.Constant(0.05),
    "piecewise": lambda: schedules.PiecewiseConstantDecay([3, 11], [0.1, 0.05, 0.01]),
    "exponential": lambda: schedules.ExponentialDecay(0.1, 7, 0.8),
    "staircase": lambda: schedules.ExponentialDecay(0.1, 7, 0.8, staircase=True),
    "step": lambda: schedules.StepDecay(0.1, 9, 0.5),
    "inverse time": lambda: schedules.InverseTimeDecay(0.1, 5, 0.5),
    "polynomial": lambda: schedules.PolynomialDecay(0.1, 25, 0.001, power=2),
    "polynomial, cycle": lambda: schedules.PolynomialDecay(0.1, 6, 0.001, cycle=True),
    "cosine": lambda: schedules.CosineDecay(0.01, 20, alpha=0.1, warmup_target=0.1, warmup_steps=8),
    "warm-up": lambda: schedules.LinearWarmup(schedules.ExponentialDecay(0.1, 7, 0.8), 9),
    "one cycle": lambda: schedules.OneCycle(0.1, 33),
    "cosine, restarts": lambda: schedules.CosineDecayRestarts(0.1, 5, t_mul=1.5, m_mul=0.9),
}
LIMITS = [{"clipvalue": 0.02}, {"clipnorm": 0.05}, {"global_clipnorm": 0.1}]
DECAYS = [{"weight_decay": 0.1}, {"weight_decay": 0.1, "weight_decay_exclude": ["bias", "second"]}]
AVERAGES = [
    {"use_ema": True, "ema_momentum": 0.8},
    {"use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 3},
]
PENALTIES = [regularizers.L1(0.01), regularizers.L2(0.02), regularizers.L1L2(0.01, 0.02)]
CONSTRAINTS = [
    constraints.MaxNorm(0.7),
    constraints.MaxNorm(0.5, axis=[0, 1]),
    constraints.NonNeg(),
    constraints.UnitNorm(axis=1),
    constraints.MinMaxNorm(0.4, 0.8, rate=0.6),
]


def network(last=None, **options):
    """Return a function that makes a small network; the options are the second layer's."""

    def make(dtype):
        layers = [
            Dense(7, activation="tanh", input_dim=N_COLUMNS, name="first"),
            Dense(6, activation="relu", name="second", **options),
            Dense(3, activation=last, name="third"),
        ]
        return Sequential(layers, seed=4, dtype=dtype)

    return make


def of(loss, optimizer, **options):
    """Return a function that gives the arguments of `compile`; the optimizer is made anew each time."""
    return lambda: {"loss": loss, "optimizer": optimizer(), **options}


def test_every_optimizer_and_schedule_is_here():
    assert {type(make()) for make in OPTIMIZERS.values()} == set(optimizers.OPTIMIZERS.classes.values()) - {
        optimizers.LBFGS
    }
    assert {type(make()) for make in SCHEDULES.values()} == set(schedules.SCHEDULES.classes.values())


@pytest.mark.parametrize(
    ("loss", "kind"), [("mse", NUMBERS), ("binary_crossentropy", YES_NO), ("categorical_crossentropy", CLASSES)]
)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_optimizer(optimizer, loss, kind, hold_training):
    hold_training(network(kind[0]), of(loss, OPTIMIZERS[optimizer], metrics=["accuracy"]), X, kind[1])


@pytest.mark.parametrize("name", sorted(LOSSES.classes))
@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
def test_loss(name, from_logits, reduction, hold_training):
    """Softmax and sigmoid before a crossentropy are one operation with it; after `from_logits` there are none."""
    crossentropy = name.endswith("Crossentropy")
    options = {"reduction": reduction} | ({"from_logits": from_logits} if crossentropy else {})
    if from_logits and not crossentropy:
        options["name"] = "other"
    activation, y = NUMBERS
    if crossentropy or name == "KLDivergence":
        activation, y = YES_NO if name.startswith("Binary") else CLASSES
        y = LABELS if name.startswith("Sparse") else y
    elif "Hinge" in name:
        y = np.sign(HIDDEN)
    elif name == "Poisson":
        activation, y = "softplus", np.round(np.exp(HIDDEN))
    activation = None if from_logits and crossentropy else activation
    weights = np.random.default_rng(1).uniform(0, 2, size=N_ROWS)
    loss = losses.LOSSES.classes[name](**options)
    hold_training(network(activation), of(loss, lambda: Adam(0.01)), X, y, sample_weight=weights)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedule(schedule, hold_training):
    hold_training(network(), of("mse", lambda: SGD(SCHEDULES[schedule](), momentum=0.5)), X, HIDDEN)


@pytest.mark.parametrize("options", [*LIMITS, *DECAYS, *AVERAGES], ids=str)
@pytest.mark.parametrize("optimizer", ["sgd, momentum", "adam", "rmsprop, centered"])
def test_what_every_optimizer_takes(optimizer, options, hold_training):
    hold_training(network(), of("mse", lambda: OPTIMIZERS[optimizer](**options)), X, HIDDEN)


@pytest.mark.parametrize("limits", LIMITS, ids=str)
def test_limits_decay_average_penalty_and_constraint_together(limits, hold_training):
    options = {**limits, **DECAYS[1], **AVERAGES[1]}
    make = network(kernel_regularizer=PENALTIES[2], bias_regularizer=PENALTIES[0], kernel_constraint=CONSTRAINTS[0])
    hold_training(make, of("mse", lambda: Adam(0.02, **options)), X, HIDDEN, validation_split=0.2)


@pytest.mark.parametrize("penalty", PENALTIES, ids=lambda penalty: type(penalty).__name__)
def test_penalty(penalty, hold_training):
    make = network(kernel_regularizer=penalty, bias_regularizer=penalty)
    trained = hold_training(make, of("mse", lambda: SGD(0.1)), X, HIDDEN, validation_data=(X[:9], HIDDEN[:9]))
    reference, native = (model.evaluate(X, HIDDEN, verbose=0) for model in trained.models)
    assert native == pytest.approx(reference, rel=1e-9)


@pytest.mark.parametrize("constraint", CONSTRAINTS, ids=repr)
def test_constraint(constraint, hold_training):
    hold_training(network(kernel_constraint=constraint), of("mse", lambda: SGD(0.1)), X, HIDDEN)


def test_frozen_layers(hold_training):
    def make(dtype):
        model = network()(dtype)
        model.layers[1].trainable = False
        return model

    trained = hold_training(make, of("mse", lambda: SGD(0.1)), X, HIDDEN)
    for model in trained.models:
        before, after = make("float64").get_weights(), model.get_weights()
        moved = [not np.array_equal(A, B) for A, B in zip(before, after, strict=True)]
        assert moved == [True, True, False, False, True, True]


def test_freezing_in_the_middle(hold_training):
    trained = hold_training(network(), of("mse", lambda: Adam(0.01)), X, HIDDEN)
    for model in trained.models:
        model.layers[0].trainable = False
    trained.fit(X, HIDDEN, batch_size=16, epochs=3).hold_together(rtol=1e-9, atol=1e-9)
    for model in trained.models:
        model.layers[0].trainable = True
    trained.fit(X, HIDDEN, batch_size=16, epochs=3).hold_together(rtol=1e-9, atol=1e-9)
