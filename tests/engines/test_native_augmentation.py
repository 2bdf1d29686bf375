"""Images augmented on both engines: the same draws to the bit, whatever the rows, the threads and the rounding."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.engines import core as native_core
from chainrule.layers import (
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
from chainrule.models import Sequential
from chainrule.ops import OPERATIONS

FLIP, CROP = OPERATIONS["random_flip"], OPERATIONS["random_crop"]
CONTRAST, AFFINE = OPERATIONS["random_contrast"], OPERATIONS["random_affine"]
EVERYTHING = {"translation": (-0.4, 0.4, -0.3, 0.3), "rotation": (-0.5, 0.5), "zoom": (-0.5, 0.5, -0.3, 0.9)}
#: Grey, coloured and other images; of one row or pixel; wider than the stretch of pixels that a kernel takes at once.
SHAPES = [(5, 28, 28, 1), (4, 32, 32, 3), (3, 1, 7, 2), (2, 1, 1, 1), (2, 3, 300, 1), (6, 9, 4, 5)]
#: Places on the border between two pixels, where the last bit decides which is the nearer.
TIES = [
    {"translation": (0.5, 0.5, 0.5, 0.5)},
    {"translation": (0.125, 0.125, -0.375, -0.375)},
    {"rotation": (0.125, 0.125)},
    {"rotation": (-0.375, 0.375)},
    {"rotation": (0.25, 0.25)},
    {"zoom": (1.0, 1.0)},
    {"zoom": (-0.5, -0.5), "rotation": (0.125, 0.125)},
    {"translation": (-1.0, 1.0, -1.0, 1.0), "rotation": (-1.0, 1.0), "zoom": (1.0, 1.0)},
]


def both(one, close):
    """Hold output and gradient of both engines together; return the native output."""
    dY = one.upstream(np.random.default_rng(1))
    Y, (dX,), _ = one.run(dY)
    expected, (expected_dX,), _ = one.reference(dY)
    close(Y, expected, one.dtype, "output")
    close(dX, expected_dX, one.dtype, "gradient")
    return Y, expected


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("fill_mode", range(4))
@pytest.mark.parametrize("bilinear", [0, 1])
def test_affine(shape, fill_mode, bilinear, dtype, one_operation, close):
    X = np.random.default_rng(0).normal(size=shape)
    how = {"fill_mode": fill_mode, "bilinear": bilinear, "fill_value": 0.7}
    for ranges in (EVERYTHING, *({name: EVERYTHING[name]} for name in EVERYTHING), {"zoom": (-0.5, 1.0)}):
        both(one_operation(AFFINE, [X], {**ranges, **how}, dtype), close)


@pytest.mark.parametrize("fill_mode", range(4))
@pytest.mark.parametrize("ranges", TIES, ids=str)
def test_the_nearest_pixel_is_the_same_on_both_engines_also_at_a_tie(ranges, fill_mode, one_operation, close):
    for shape in SHAPES:
        X = np.random.default_rng(0).normal(size=shape)
        one = one_operation(AFFINE, [X], {**ranges, "fill_mode": fill_mode, "bilinear": 0}, "float64")
        found, expected = both(one, close)
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_flips_and_crops_are_equal_to_the_bit(shape, one_operation, close):
    X = np.random.default_rng(0).normal(size=shape)
    _, H, W, _ = shape
    crops = [{"height": h, "width": w} for h in {1, H // 2 + 1, H} for w in {1, W // 2 + 1, W}]
    flips = [{"horizontal": h, "vertical": v} for h in (0, 1) for v in (0, 1)]
    for operation, cases in ((CROP, crops), (FLIP, flips)):
        for options in cases:
            for dtype in ("float32", "float64"):
                found, expected = both(one_operation(operation, [X], options, dtype), close)
                np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("operation", [FLIP, CONTRAST, AFFINE], ids=lambda operation: operation.name)
def test_the_bits_do_not_depend_on_the_threads(operation, one_operation):
    X = np.random.default_rng(0).normal(size=(300, 12, 11, 3))
    options = {FLIP: {}, CONTRAST: {"lower": 0.5, "upper": 1.5}, AFFINE: {**EVERYTHING, "fill_mode": 1}}[operation]
    core = native_core.load()
    most, found = core.max_threads(), []
    try:
        for n_threads in (1, 2, 3):
            core.set_max_threads(n_threads, 1.0)
            one = one_operation(operation, [X], options, "float32")
            found.append(one.run(one.upstream(np.random.default_rng(1))))
    finally:
        core.set_max_threads(most)
    for other in found[1:]:
        np.testing.assert_array_equal(other[0], found[0][0])
        np.testing.assert_array_equal(other[1][0], found[0][1][0])


@pytest.mark.parametrize(
    ("operation", "options", "sentence"),
    [
        (CROP, {"height": 9, "width": 2}, "random_crop cuts a window of the image"),
        (AFFINE, {"zoom": (0.0, 1.5)}, "random_affine's bounds are from -1 to 1"),
        (AFFINE, {"rotation": (0.0, float("nan"))}, "random_affine's bounds are from -1 to 1"),
        (AFFINE, {"zoom": (0.0, 0.1, 0.2)}, "random_affine has a wrong number of bounds"),
        (AFFINE, {"fill_mode": 4}, "random_affine has no such fill_mode"),
    ],
)
def test_what_no_layer_describes_is_refused(operation, options, sentence, one_operation):
    with pytest.raises(ValueError, match=sentence):
        one_operation(operation, [np.ones((1, 4, 4, 1))], options, "float64")


def test_what_is_no_image_is_refused(one_operation):
    with pytest.raises(ValueError, match="images have height, width, channels"):
        one_operation(FLIP, [np.ones((2, 3, 4))], {}, "float64")


def test_training_is_the_same_on_both_engines(hold_training):
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(48, 8, 7, 2)), rng.integers(0, 3, 48)

    def make(dtype):
        layers = [
            RandomFlip(),
            RandomTranslation(0.2, (-0.1, 0.3), fill_mode="wrap"),
            RandomRotation(0.1),
            RandomZoom(0.2, fill_mode="constant"),
            RandomContrast(0.3),
            RandomCrop(6, 6),
        ]
        return Sequential([Input((8, 7, 2)), *layers, Flatten(), Dense(3, activation="softmax")], seed=3, dtype=dtype)

    hold_training(make, lambda: {"loss": "sparse_categorical_crossentropy", "optimizer": "adam"}, X, y)
