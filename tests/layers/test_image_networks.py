"""Whole networks over images: Keras' small one and a residual one; gradients proved, saved and loaded to the bit."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.layers import (
    Activation,
    Add,
    BatchNormalization,
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    Input,
    MaxPooling1D,
    MaxPooling2D,
    SeparableConv2D,
    UpSampling2D,
)
from chainrule.models import Model, Sequential, load_model
from chainrule.optimizers import Adam


def convnet():
    layers = [
        Input((12, 12, 1)),
        Conv2D(4, (3, 3), activation="relu"),
        MaxPooling2D((2, 2)),
        Conv2D(6, (2, 2), activation="relu"),
        MaxPooling2D((2, 2)),
        Flatten(),
        Dropout(0.5),
        Dense(3, activation="softmax"),
    ]
    return Sequential(layers, seed=3)


def residual():
    x = Input((8, 8, 2))
    h = Conv2D(4, 3, padding="same", use_bias=False)(x)
    for filters, stride in ((4, 1), (6, 2)):
        inner = Activation("relu")(BatchNormalization()(h))
        inner = SeparableConv2D(filters, 3, padding="same")(Conv2D(filters, 3, stride, "same")(inner))
        around = h if filters == h.shape[-1] else Conv2D(filters, 1, stride)(h)
        h = Add()([inner, around])
    return Model(x, Dense(3, activation="softmax")(GlobalAveragePooling2D()(h)), seed=4)


def sequence():
    layers = [
        Input((20, 2)),
        Conv1D(4, 3, padding="causal", activation="relu"),
        MaxPooling1D(2),
        Conv1D(4, 3, dilation_rate=2, activation="tanh"),
        GlobalAveragePooling1D(),
        Dense(3, activation="softmax"),
    ]
    return Sequential(layers, seed=5)


NETWORKS = {"convnet": convnet, "residual": residual, "sequence": sequence}


def data(model, n=30, seed=0):
    """Return images of three kinds: bright on top, bright below, or bright all over."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(n, *model.input_shape[1:])), np.arange(n) % 3
    half = X.shape[1] // 2
    X[y != 1, :half] += 2
    X[y != 0, half:] += 2
    return X.astype(np.float32), y


@pytest.mark.parametrize("name", NETWORKS)
def test_network_learns_and_is_loaded_to_the_bit(name, tmp_path):
    model = NETWORKS[name]()
    X, y = data(model)
    model.compile(optimizer=Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    losses = model.fit(X, y, epochs=6, batch_size=10, verbose=0).history["loss"]
    assert losses[-1] < 0.8 * losses[0]
    model.save(tmp_path / "m.safetensors")
    twin = load_model(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(twin.predict(X), model.predict(X))
    model.fit(X, y, epochs=1, batch_size=10, verbose=0)
    twin.fit(X, y, epochs=1, batch_size=10, verbose=0)
    for ours, theirs in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_of_the_whole_network_are_proved(name):
    model = NETWORKS[name]()
    X, y = data(model, n=4)
    model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
    report = model.check_gradients(X, y)
    assert report.passed, report


def test_summary_counts_as_keras_does():
    x = Input((28, 28, 1))
    h = MaxPooling2D()(Conv2D(32, 3, activation="relu")(x))
    h = MaxPooling2D()(Conv2D(64, 3, activation="relu")(h))
    model = Model(x, Dense(10, activation="softmax")(Dropout(0.5)(Flatten()(h))))
    assert [layer.output_shape for layer in model.layers][:4] == [
        (None, 26, 26, 32),
        (None, 13, 13, 32),
        (None, 11, 11, 64),
        (None, 5, 5, 64),
    ]
    assert model.count_params() == 34_826  # the number on Keras' page


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_autoencoder_returns_to_its_size(padding):
    x = Input((9, 9, 2))
    code = Conv2D(4, 3, 2, padding)(x)
    up = Conv2DTranspose(2, 3, 2, padding, output_padding=0)(code)
    assert up.shape == x.shape
    assert UpSampling2D()(code).shape == (None, 2 * code.shape[1], 2 * code.shape[2], 4)
