"""Pooling and normalising images on both engines: window by window, channel by channel, chunk of rows by chunk of rows.

The samples of the registry are small; these are as large as the native kernels' ways differ by: more channels than a
vector has numbers, windows with more places than a byte counts, more rows than a batch has chunks.
"""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.engines import core as native_core
from chainrule.layers import (
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    GlobalAveragePooling2D,
    GroupNormalization,
    MaxPooling2D,
    RMSNormalization,
    SpatialDropout2D,
    UpSampling2D,
)
from chainrule.models import Sequential
from chainrule.ops import OPERATIONS
from chainrule.optimizers import SGD

CORE = native_core.load()
DTYPES = ["float32", "float64"]
CHANNELS = [1, 3, 8, 17, 33]
#: Windows that touch, overlap, leave gaps, reach over each edge, are the whole image, and have more than 9 and more
#: than 256 places.
POOLS = [
    {"pool": (2, 2), "strides": (2, 2)},
    {"pool": (3, 3), "strides": (2, 2), "padding": (0, 1, 0, 1)},
    {"pool": (3, 2), "strides": (1, 3), "padding": (2, 0, 0, 1)},
    {"pool": (4, 5), "strides": (2, 1), "padding": (3, 1, 2, 4)},
    {"pool": (1, 1), "strides": (2, 2)},
    {"pool": (7, 6), "strides": (1, 1)},
    {"pool": (7, 2), "strides": (7, 2)},
    {"pool": (1, 4), "strides": (1, 4), "padding": (0, 0, 0, 2)},
    {"pool": (20, 20), "strides": (20, 20), "padding": (10, 10, 12, 12)},
]
#: Rows of a batch: fewer than it has chunks, as many, and more, with a shorter one at the end.
ROWS = [1, 2, 16, 35]


@pytest.fixture
def threads():
    """Return a function that sets the number of threads; leave it as it was."""
    kept = CORE.max_threads()
    yield lambda n: CORE.set_max_threads(n, work=1.0)
    CORE.set_max_threads(kept)


def both(one, close, scaled=True):
    """Hold output and gradients of both engines together."""
    dY = one.upstream(np.random.default_rng(1))
    Y, gradients, _ = one.run(dY)
    expected, expected_gradients, state = one.reference(dY)
    close(Y, expected, one.dtype, "output", scaled)
    for position in one.wanted:
        close(gradients[position], expected_gradients[position], one.dtype, f"gradient of array {position}")
    return state


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", CHANNELS)
@pytest.mark.parametrize("options", POOLS, ids=str)
def test_pooling(options, channels, dtype, one_operation, close):
    X = np.random.default_rng(0).normal(size=(3, 7, 6, channels))
    both(one_operation(OPERATIONS["max_pool2d"], [X], options, dtype), close)
    both(one_operation(OPERATIONS["average_pool2d"], [X], options, dtype), close)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("options", POOLS, ids=str)
def test_ties_and_numbers_that_are_none(options, dtype, one_operation, close):
    rng = np.random.default_rng(2)
    ties = rng.integers(-1, 2, size=(4, 7, 6, 19)).astype(float)
    spoilt = ties.copy()
    for number in (np.nan, -np.inf, np.inf):
        spoilt[rng.random(spoilt.shape) < 0.25] = number
    for X in (ties, spoilt, np.full_like(ties, -np.inf), np.full_like(ties, np.nan)):
        both(one_operation(OPERATIONS["max_pool2d"], [X], options, dtype), close, scaled=False)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3, 5, 4, 17), (2, 17, 19, 3), (4, 1, 1, 33)], ids=str)
def test_global_pooling(shape, dtype, one_operation, close):
    rng = np.random.default_rng(3)
    for X in (rng.normal(size=shape), rng.integers(-1, 2, size=shape).astype(float)):
        both(one_operation(OPERATIONS["global_max_pool2d"], [X], {}, dtype), close)
        both(one_operation(OPERATIONS["global_average_pool2d"], [X], {}, dtype), close)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", CHANNELS)
def test_borders_and_upsampling(channels, dtype, one_operation, close):
    X = np.random.default_rng(4).normal(size=(3, 7, 6, channels))
    for borders in ((1, 2, 3, 0), (0, 3, 0, 2)):
        both(one_operation(OPERATIONS["pad2d"], [X], {"padding": borders}, dtype), close)
        both(one_operation(OPERATIONS["crop2d"], [X], {"cropping": borders}, dtype), close)
    for size in ((1, 1), (2, 2), (3, 2), (5, 1), (4, 7)):
        both(one_operation(OPERATIONS["upsample2d_nearest"], [X], {"size": size}, dtype), close)
        both(one_operation(OPERATIONS["upsample2d_bilinear"], [X], {"size": size}, dtype), close)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("channels", CHANNELS)
def test_normalising(channels, rows, dtype, one_operation, close):
    rng = np.random.default_rng(5)
    gamma, beta, mean = rng.normal(size=(3, channels))
    variance = rng.uniform(0.5, 2, size=channels)
    for shape in ((rows, 5, 4, channels), (rows, 3, channels)):
        X = rng.normal(loc=1, scale=2, size=shape)
        both(one_operation(OPERATIONS["rms_normalise"], [X, gamma], {}, dtype), close)
        for groups in {1, channels}:
            arrays = [X, gamma, beta]
            both(one_operation(OPERATIONS["group_normalise"], arrays, {"groups": groups}, dtype), close)
        arrays = [X, gamma, beta, mean, variance]
        both(one_operation(OPERATIONS["affine_normalise"], arrays, {}, dtype), close)
        both(one_operation(OPERATIONS["batch_normalise"], arrays, {"momentum": 0.5}, dtype), close)


@pytest.mark.parametrize("dtype", DTYPES)
def test_chunks_whose_means_lie_apart_are_joined_exactly(dtype, one_operation, close):
    """The variance is that of the chunks' own spread and of their means: 35 rows, each around another number."""
    rng = np.random.default_rng(6)
    X = rng.normal(size=(35, 4, 3, 5)) + 100 * rng.normal(size=(35, 1, 1, 1)) + 1000
    arrays = [X, np.ones(5), np.zeros(5), np.zeros(5), np.ones(5)]
    one = one_operation(OPERATIONS["batch_normalise"], arrays, {"momentum": 0.0}, dtype)
    one.run(one.upstream(rng), commit=True)
    places = one.arrays[0].astype(float).reshape(-1, 5)
    tolerance = 1e-12 if dtype == "float64" else 2e-6
    np.testing.assert_allclose(one.arrays[3], places.mean(axis=0), rtol=tolerance)
    np.testing.assert_allclose(one.arrays[4], places.var(axis=0), rtol=10 * tolerance)


def images(dtype):
    """Return a small network of every kind of layer here."""
    layers = [
        Conv2D(9, 3, padding="same", activation="relu", input_shape=(12, 11, 2), name="first"),
        BatchNormalization(momentum=0.8, name="norm"),
        MaxPooling2D(name="halved"),
        SpatialDropout2D(0.2, name="dropout"),
        Conv2D(8, 3, padding="same", name="second"),
        GroupNormalization(4, name="group_norm"),
        MaxPooling2D(3, strides=2, padding="same", name="overlapping"),
        UpSampling2D(2, interpolation="bilinear", name="drawn_out"),
        BatchNormalization(name="second_norm"),
        AveragePooling2D(3, strides=2, padding="same", name="mean"),
        RMSNormalization(name="rms_norm"),
        GlobalAveragePooling2D(name="places"),
        Dense(3, activation="softmax", name="classes"),
    ]
    return Sequential(layers, seed=4, dtype=dtype)


def data(rows):
    rng = np.random.default_rng(7)
    return rng.normal(size=(rows, 12, 11, 2)), rng.integers(0, 3, size=rows)


def test_a_network_of_images(hold_training):
    def arguments():  # not Adam, which would make steps of gradients that are 0 but for rounding
        return {
            "optimizer": SGD(0.05, momentum=0.9),
            "loss": "sparse_categorical_crossentropy",
            "metrics": ["accuracy"],
        }

    hold_training(images, arguments, *data(37))


@pytest.mark.parametrize("dtype", DTYPES)
def test_any_number_of_threads_gives_the_same_bits(dtype, threads):
    x, y = data(200)
    found = []
    for n in (1, 2, 3, 4, 4):
        threads(n)
        model = images(dtype)
        model.compile(SGD(0.05, momentum=0.9), "sparse_categorical_crossentropy", engine="native")
        history = model.fit(x, y, batch_size=150, epochs=2, verbose=0).history
        found.append([np.array(history["loss"]).tobytes(), *(W.tobytes() for W in model.get_weights())])
    assert all(bits == found[0] for bits in found[1:])
