"""The augmentation layers: what each does to an image while training, nothing in use, Keras' arguments, refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest

from chainrule.errors import ArgumentError, ShapeError
from chainrule.layers import (
    LAYERS,
    Conv2D,
    Dense,
    Flatten,
    Input,
    RandomContrast,
    RandomCrop,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
)
from chainrule.models import Sequential, load_model

B = np.arange(1.0, 17.0).reshape(4, 4)
X = B[None, :, :, None]
MANY = np.random.default_rng(0).normal(size=(40, 4, 4, 1)).astype(np.float32)
KEEPING = [
    RandomFlip(),
    RandomContrast(0.3),
    RandomTranslation(0.3, 0.2),
    RandomRotation(0.2),
    RandomZoom(0.3),
]
IDS = [type(layer).__name__ for layer in KEEPING]


def trained(layer, images=X):
    """Return what a layer makes of the first image while training."""
    return layer(images, training=True)[0, :, :, 0]


# ---- what they do


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (RandomTranslation((0.25, 0.25), (-0.5, -0.5), "constant", fill_value=-1), [[-1] * 4, [3, 4, -1, -1]]),
        (RandomTranslation((0.25, 0.25), 0, "wrap"), [[13, 14, 15, 16], [1, 2, 3, 4]]),
        (RandomTranslation((-0.25, -0.25), 0), [[5, 6, 7, 8], [9, 10, 11, 12]]),
        (RandomTranslation((0.25, 0.25), 0, "nearest"), [[1, 2, 3, 4], [1, 2, 3, 4]]),
        (RandomRotation((0.25, 0.25)), [[4, 8, 12, 16], [3, 7, 11, 15]]),
        (RandomRotation((-0.25, -0.25)), [[13, 9, 5, 1], [14, 10, 6, 2]]),
        # Half as much is shown: the middle, each pixel twice
        (RandomZoom((-0.5, -0.5), interpolation="nearest"), [[6, 6, 7, 7], [6, 6, 7, 7]]),
        (RandomZoom((-0.5, -0.5), (0, 0), interpolation="nearest"), [[5, 6, 7, 8], [5, 6, 7, 8]]),
        # The mean is 8.5 and f = 1 + 1 = 2
        (RandomContrast((-0.0, 1.0)), None),
    ],
)
def test_without_chance(layer, expected):
    found = trained(layer)
    if expected is not None:
        np.testing.assert_array_equal(found[:2], expected)
    else:
        factors = (found - 8.5) / (B - 8.5)
        assert 1 <= factors.flat[0] <= 2
        np.testing.assert_allclose(factors, factors.flat[0], rtol=1e-5)


def test_a_single_number_goes_both_ways():
    layer = RandomTranslation(0.0, 0.5, "constant")
    rows = layer(np.ones((200, 1, 4, 1)), training=True)[:, 0, :, 0]
    assert (rows[:, 0] < 0.9).any() and (rows[:, -1] < 0.9).any()
    factors = RandomContrast(0.5)(np.tile([[-1.0], [1.0]], (400, 1, 1, 1)), training=True)[:, 0, 1, 0]
    assert 0.5 <= factors.min() < 0.55 and 1.45 < factors.max() <= 1.5


@pytest.mark.parametrize(("mode", "kinds"), [("horizontal", 2), ("vertical", 2), ("horizontal_and_vertical", 4)])
def test_flips(mode, kinds):
    Y = RandomFlip(mode)(np.repeat(X, 60, axis=0), training=True)[..., 0]
    corners = {"horizontal": {1, 4}, "vertical": {1, 13}, "horizontal_and_vertical": {1, 4, 13, 16}}
    assert set(Y[:, 0, 0]) == corners[mode] and len(np.unique(Y, axis=0)) == kinds


def test_crops_at_random_while_training_and_in_the_middle_in_use():
    layer = RandomCrop(2, 3)
    # ⌊(4 − 2) / 2⌋ = 1 row and ⌊(4 − 3) / 2⌋ = 0 columns are left out before
    np.testing.assert_array_equal(layer(X)[0, :, :, 0], [[5, 6, 7], [9, 10, 11]])
    Y = layer(np.repeat(X, 100, axis=0), training=True)
    assert set(Y[:, 0, 0, 0]) == {1, 2, 5, 6, 9, 10}


def test_a_crop_of_the_whole_image_is_the_image():
    for training in (False, True):
        np.testing.assert_array_equal(RandomCrop(4, 4)(X, training=training), X)


@pytest.mark.parametrize("layer", KEEPING, ids=IDS)
def test_nothing_in_use_and_another_draw_each_time(layer):
    np.testing.assert_array_equal(layer(MANY), MANY)
    first, again = layer(MANY, training=True), layer(MANY, training=True)
    assert not np.array_equal(first, MANY) and not np.array_equal(first, again)
    assert first.shape == MANY.shape and first.dtype == MANY.dtype


@pytest.mark.parametrize(
    "layer", [RandomTranslation(0, 0), RandomRotation(0), RandomZoom(0.0), RandomZoom(0, (0, 0)), RandomContrast(0)]
)
def test_factors_of_zero_do_nothing(layer):
    np.testing.assert_array_equal(layer(MANY, training=True), MANY)


# ---- in models


def network(dtype="float32"):
    return Sequential(
        [
            Input((6, 6, 1)),
            RandomFlip("horizontal"),
            RandomTranslation(0.1, 0.1),
            RandomRotation(0.05),
            RandomZoom(0.1),
            RandomContrast(0.2),
            RandomCrop(5, 5),
            Conv2D(2, 3, activation="relu"),
            Flatten(),
            Dense(2, activation="softmax"),
        ],
        seed=4,
    )


def fitted(seed=0):
    rng = np.random.default_rng(seed)
    model = network()
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", engine="reference")
    model.fit(rng.normal(size=(30, 6, 6, 1)), rng.integers(0, 2, 30), epochs=2, batch_size=10, verbose=0)
    return model


def test_training_with_all_of_them_is_the_same_from_the_same_seed():
    first, again = fitted(), fitted()
    for a, b in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_saved_model_predicts_the_same(tmp_path):
    model, images = fitted(), np.random.default_rng(1).normal(size=(3, 6, 6, 1))
    model.save(tmp_path / "augmented.safetensors")
    loaded = load_model(tmp_path / "augmented.safetensors")
    np.testing.assert_array_equal(loaded.predict(images, verbose=0), model.predict(images, verbose=0))


def test_the_config_keeps_the_arguments_as_given():
    config = RandomTranslation((-0.1, 0.2), 0.3, "wrap", "nearest", 5, 1.5).get_config()
    given = {"height_factor": [-0.1, 0.2], "width_factor": 0.3, "fill_mode": "wrap", "interpolation": "nearest"}
    assert {name: config[name] for name in given} == given
    assert (config["seed"], config["fill_value"], config["data_format"]) == (5, 1.5, None)
    again = LAYERS.get(json.loads(json.dumps(RandomZoom((0.1, 0.2)).to_config())))
    assert again.height_factor == (0.1, 0.2) and again.width_factor is None


# ---- refusals

ARGUMENTS = [
    (
        lambda: RandomFlip("sideways"),
        "There is no mode of RandomFlip named 'sideways'. Known: horizontal, horizontal_and_vertical, vertical.",
    ),
    (
        lambda: RandomFlip("horizontl"),
        "Did you mean 'horizontal'?",
    ),
    (
        lambda: RandomRotation(1.5),
        "RandomRotation's factor is a number from -1 to 1, or a pair of them, (lower, upper); received 1.5.",
    ),
    (
        lambda: RandomRotation("a"),
        "RandomRotation's factor is a number from -1 to 1, or a pair of them, (lower, upper); received 'a'.",
    ),
    (
        lambda: RandomZoom((0.1, float("nan"))),
        "RandomZoom's height_factor is a number from -1 to 1, or a pair of them, (lower, upper); received (0.1, nan).",
    ),
    (
        lambda: RandomTranslation(0.1, (0.1, 0.2, 0.3)),
        "RandomTranslation's width_factor is a number from -1 to 1, or a pair of them, (lower, upper); received "
        "(0.1, 0.2, 0.3).",
    ),
    (
        lambda: RandomContrast(-0.1),
        "RandomContrast's factor is a number from 0 to 1, or a pair of them, (lower, upper); received -0.1.",
    ),
    (lambda: RandomRotation(0.1, fill_mode="mirror"), "There is no fill_mode of RandomRotation named 'mirror'."),
    (lambda: RandomZoom(0.1, interpolation="bicubic"), "There is no interpolation of RandomZoom named 'bicubic'."),
    (lambda: RandomZoom(0.1, fill_value=None), "RandomZoom's fill_value is a finite number; received None."),
    (lambda: RandomCrop(0, 3), "RandomCrop's height is a whole number of at least 1; received 0."),
    (lambda: RandomFlip(data_format="channels_first"), "RandomFlip takes channels last, (height, width, channels);"),
]


@pytest.mark.parametrize(("make", "sentence"), ARGUMENTS)
def test_arguments(make, sentence):
    with pytest.raises(ArgumentError) as error:
        make()
    assert sentence in str(error.value)


def test_a_window_larger_than_the_image():
    with pytest.raises(ShapeError) as error:
        RandomCrop(5, 3)(Input((4, 8, 1)))
    assert str(error.value) == (
        "Layer 'random_crop' cuts windows of 5 × 3 out of images of 4 × 8, received as (None, 4, 8, 1): take a smaller "
        "window or larger images."
    )


@pytest.mark.parametrize("layer", [*KEEPING, RandomCrop(2, 2)], ids=[*IDS, "RandomCrop"])
@pytest.mark.parametrize("shape", [(28, 28), (784,), (None, 28, 1)])
def test_what_is_no_image(layer, shape):
    with pytest.raises(ShapeError, match=r"takes images of shape \(rows, height, width, channels\)"):
        type(layer).from_config(layer.get_config())(Input(shape))
