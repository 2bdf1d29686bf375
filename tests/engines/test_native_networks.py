"""Whole graphs on the native engine beside the reference: many layers, inputs, outputs, shared layers, models within.

Names of layers are given, so that they are the same on both engines.
"""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.layers import (
    Activation,
    Add,
    Average,
    BatchNormalization,
    Concatenate,
    Conv1D,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GaussianNoise,
    GlobalAveragePooling1D,
    Input,
    LayerNormalization,
    Maximum,
    MaxPooling1D,
    Multiply,
    PReLU,
    Rescaling,
    Reshape,
    SeparableConv1D,
    Softmax,
    Subtract,
)
from chainrule.models import Model, Sequential
from chainrule.optimizers import SGD, Adam

N_ROWS = 53
rng = np.random.default_rng(6)
WORDS = rng.integers(0, 12, size=(N_ROWS, 4))
X = rng.normal(size=(N_ROWS, 6))
CLASSES = rng.integers(0, 3, size=N_ROWS)
NUMBERS = np.stack([X[:, 0] * X[:, 1], X[:, 2] ** 2], axis=1)
YES_NO = (X[:, 3] > 0).astype(float)


def everything(dtype):
    """Return a network with every kind of layer, two inputs and three outputs."""
    words, x = Input(shape=(4,), dtype="int64", name="words"), Input(shape=(6,), name="x")
    w = Flatten(name="flat")(Embedding(12, 3, embeddings_regularizer="l2", name="embedding")(words))
    h = Dense(8, use_bias=False, name="wide")(GaussianNoise(0.1, name="noise")(Rescaling(0.5, 0.1, name="scale")(x)))
    h = Dropout(0.3, name="dropout")(PReLU(name="prelu")(BatchNormalization(momentum=0.9, name="batch_norm")(h)))
    g = LayerNormalization(name="layer_norm")(Dense(8, activation="gelu", name="words_dense")(w))
    joined = [
        Add(name="add")([h, g]),
        Multiply(name="multiply")([h, g]),
        Maximum(name="maximum")([h, g]),
        Average(name="average")([h, g]),
        Subtract(name="subtract")([h, g]),
    ]
    merged = Concatenate(name="concatenate")(joined)
    merged = Dropout(0.2, name="second_dropout")(Dense(9, activation="silu", name="merged")(merged))
    stacked = Softmax(name="attention")(Reshape((3, 3), name="stacked")(merged))
    tail = Concatenate(name="tail")([merged, Flatten(name="flat_attention")(stacked)])
    outputs = [
        Dense(3, activation="softmax", name="classes")(tail),
        Dense(2, name="numbers")(tail),
        Activation("sigmoid", name="yes_no")(Dense(1, kernel_constraint="max_norm", name="logit")(merged)),
    ]
    return Model([words, x], outputs, name="everything", seed=9, dtype=dtype)


def compiled():
    """Return the arguments of `compile` for it."""
    return {
        "optimizer": Adam(0.01, global_clipnorm=0.5, weight_decay=0.01, weight_decay_exclude=["bias"]),
        "loss": ["sparse_categorical_crossentropy", "mse", "binary_crossentropy"],
        "loss_weights": [1.0, 0.3, 2.0],
        "metrics": [["accuracy"], ["mae", "r2_score"], ["accuracy", "auc"]],
        "weighted_metrics": [["accuracy"], [], []],
    }


@pytest.mark.parametrize("weighted", [False, True])
def test_everything(weighted, hold_training):
    weights = np.random.default_rng(1).uniform(0, 2, size=(3, N_ROWS))
    options = {"sample_weight": [weights[0], None, weights[2]]} if weighted else {}
    options["validation_data"] = ([WORDS[:11], X[:11]], [CLASSES[:11], NUMBERS[:11], YES_NO[:11]])
    trained = hold_training(everything, compiled, [WORDS, X], [CLASSES, NUMBERS, YES_NO], **options)
    reference, native = (model.predict([WORDS, X], verbose=0) for model in trained.models)
    for expected, found in zip(reference, native, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_an_output_without_a_loss(hold_training):
    def without():
        loss = {"classes": "sparse_categorical_crossentropy", "yes_no": "binary_crossentropy"}
        return {"optimizer": SGD(0.05), "loss": loss}

    targets = {"classes": CLASSES, "yes_no": YES_NO}
    trained = hold_training(everything, without, [WORDS, X], targets)
    head = dict(trained.models[1].named_weights())["numbers/kernel"].value
    assert np.array_equal(head, dict(everything("float64").named_weights())["numbers/kernel"].value)


def test_a_shared_layer_and_an_output_in_the_middle(hold_training):
    def make(dtype):
        a, b = Input(shape=(6,), name="a"), Input(shape=(6,), name="b")
        shared = Dense(5, activation="tanh", kernel_regularizer="l1", name="shared")
        first, second = shared(a), shared(b)
        again = Dense(5, name="again")
        middle = again(Multiply(name="both")([first, second]))
        last = Dense(2, name="last")(Add(name="residual")([again(middle), first, middle]))
        return Model([a, b], [middle, last], seed=2, dtype=dtype)

    data = [X, X[::-1]], [X[:, :5], NUMBERS]
    hold_training(make, lambda: {"optimizer": SGD(0.02, momentum=0.9), "loss": "mse"}, *data)


def test_a_layer_twice_in_a_row_and_an_input_read_three_times(hold_training):
    def make(dtype):
        x = Input(shape=(6,), name="x")
        layer = Dense(6, activation="relu", name="layer")
        h = Add(name="sum")([x, layer(layer(x)), layer(x)])
        return Model(x, Dense(2, name="last")(Multiply(name="square")([h, h])), seed=2, dtype=dtype)

    hold_training(make, lambda: {"optimizer": SGD(0.002), "loss": "mse"}, X, NUMBERS)


def test_a_model_within_a_model(hold_training):
    def make(dtype):
        inner = [Dense(5, activation="elu", input_dim=6, name="inner"), BatchNormalization(name="norm")]
        inside = Sequential([*inner, Dropout(0.5, name="drop")], name="inside", seed=3, dtype=dtype)
        return Sequential([inside, Dense(2, name="last")], seed=3, dtype=dtype)

    hold_training(make, lambda: {"optimizer": SGD(0.05), "loss": "mse"}, X, NUMBERS)


def test_a_frozen_batch_normalisation_and_one_without_weights(hold_training):
    def make(dtype):
        layers = [
            Dense(7, input_dim=6, name="first"),
            BatchNormalization(name="frozen", trainable=False),
            Dense(5, activation="relu", name="second"),
            BatchNormalization(center=False, scale=False, momentum=0.8, name="bare"),
            Dense(2, name="last"),
        ]
        return Sequential(layers, seed=3, dtype=dtype)

    hold_training(make, lambda: {"optimizer": Adam(0.01), "loss": "mse"}, X, NUMBERS)


@pytest.mark.parametrize("activation", ["relu", "tanh", "softmax", "log_softmax", "swish", "selu", "mish", "softplus"])
def test_positions_within_a_row(activation, hold_training):
    """A dense layer, a loss and a metric on three axes: each of the four positions of a row counts."""

    def make(dtype):
        layers = [
            Reshape((4, 3), input_shape=(12,), name="positions"),
            Dense(5, activation=activation, name="first"),
            BatchNormalization(name="norm"),
            LayerNormalization(name="layer_norm"),
            Dense(3, activation="softmax", name="last"),
        ]
        return Sequential(layers, seed=3, dtype=dtype)

    data = np.concatenate([X, X[::-1]], axis=1), np.random.default_rng(2).integers(0, 3, size=(N_ROWS, 4))
    arguments = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
    weights = np.random.default_rng(3).uniform(size=N_ROWS)
    hold_training(make, lambda: {"optimizer": Adam(0.01), **arguments}, *data, sample_weight=weights)


@pytest.mark.parametrize("padding", ["valid", "same", "causal"])
def test_convolutions_along_one_axis(padding, hold_training):
    """Their kernels (K, C, F) are read by the core as (K, 1, C, F); penalty and constraint know the layer's shape."""

    def make(dtype):
        options = {"padding": padding, "kernel_regularizer": "l2", "kernel_constraint": "unit_norm"}
        layers = [
            Reshape((12, 2), input_shape=(24,), name="series"),
            Conv1D(4, 3, activation="tanh", dilation_rate=2, groups=2, name="first", **options),
            MaxPooling1D(2, name="pool"),
            SeparableConv1D(3, 2, name="separable"),
            GlobalAveragePooling1D(name="mean"),
            Dense(2, name="last"),
        ]
        return Sequential(layers, seed=3, dtype=dtype)

    data = np.concatenate([X, X[::-1], -X, X**2], axis=1), NUMBERS
    hold_training(make, lambda: {"optimizer": Adam(0.01), "loss": "mse"}, *data)


def test_a_convolution_along_one_axis_in_two_places(hold_training):
    def make(dtype):
        x = Input(shape=(12,), name="x")
        series = Reshape((6, 2), name="series")(x)
        shared = Conv1D(2, 3, padding="same", name="shared")
        last = Dense(2, name="last")(Flatten(name="flat")(shared(shared(series))))
        return Model(x, last, seed=2, dtype=dtype)

    hold_training(make, lambda: {"optimizer": SGD(0.01), "loss": "mse"}, np.concatenate([X, X[::-1]], axis=1), NUMBERS)
