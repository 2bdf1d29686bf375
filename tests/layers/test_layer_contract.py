"""What every layer promises: shapes, weights, configuration, dtype, and a gradient that is proved.

The table has a row for every class in `LAYERS`; a class that is missing fails the suite.
"""

import json
from typing import NamedTuple

import numpy as np
import pytest

import chainrule.models  # noqa: F401 (Sequential and Model are layers too)
from chainrule.checks import check_layer
from chainrule.errors import GradientError
from chainrule.layers import LAYERS, Dense, Dropout, Input
from chainrule.models import Model, Sequential


class Case(NamedTuple):
    """A layer with arguments, one row's input shape, and what is expected of it."""

    make: object
    shape: object  # a tuple, or a list of them for several inputs
    out: tuple
    weights: dict = {}  # noqa: RUF012 (never changed)
    modes: tuple = ("training",)  # the report's: one where training and use are the same


def layer(name, *arguments, **options):
    return lambda: LAYERS.classes[name](*arguments, **options)


def functional():
    a = Input(shape=(3,))
    return Model(a, Dense(2)(Dense(4, activation="tanh")(a)), seed=1)


BOTH = ("training", "use")
NORM = {"gamma": (3,), "beta": (3,), "moving_mean": (3,), "moving_variance": (3,)}
CASES = {
    "Dense": [
        Case(layer("Dense", 2), (3,), (2,), {"kernel": (3, 2), "bias": (2,)}),
        Case(layer("Dense", 2, "tanh", use_bias=False), (4, 3), (4, 2), {"kernel": (3, 2)}),
    ],
    "Activation": [
        Case(layer("Activation", "softmax"), (3,), (3,)),
        Case(layer("Activation", "gelu"), (2, 3), (2, 3)),
    ],
    "ReLU": [
        Case(layer("ReLU"), (3,), (3,)),
        Case(layer("ReLU", max_value=6), (3,), (3,)),
        Case(layer("ReLU", negative_slope=0.2), (3,), (3,)),
    ],
    "LeakyReLU": [Case(layer("LeakyReLU"), (3,), (3,))],
    "ELU": [Case(layer("ELU", alpha=0.5), (3,), (3,))],
    "Softmax": [Case(layer("Softmax"), (2, 3), (2, 3))],
    "PReLU": [
        Case(layer("PReLU"), (3,), (3,), {"alpha": (3,)}),
        Case(layer("PReLU", shared_axes=[1, 2]), (4, 5, 3), (4, 5, 3), {"alpha": (1, 1, 3)}),
    ],
    "Dropout": [Case(layer("Dropout", 0.4), (6,), (6,))],
    "GaussianNoise": [Case(layer("GaussianNoise", 0.3), (6,), (6,))],
    "Flatten": [Case(layer("Flatten"), (2, 3), (6,)), Case(layer("Flatten"), (), (1,))],
    "Reshape": [Case(layer("Reshape", (3, -1)), (6,), (3, 2)), Case(layer("Reshape", 6), (2, 3), (6,))],
    "Rescaling": [
        Case(layer("Rescaling", 0.5, offset=-1), (3,), (3,)),
        Case(layer("Rescaling", [1.0, -2.0, 3.0], [0.0, 1.0, 2.0]), (3,), (3,)),
    ],
    "Normalization": [
        Case(layer("Normalization", mean=2.0, variance=[1.0, 4.0, 9.0]), (3,), (3,), {"mean": (3,), "variance": (3,)}),
        Case(layer("Normalization", mean=2.0, variance=4.0, invert=True), (3,), (3,), {"mean": (3,), "variance": (3,)}),
    ],
    "BatchNormalization": [
        Case(layer("BatchNormalization"), (3,), (3,), NORM, BOTH),
        Case(layer("BatchNormalization", axis=3), (2, 2, 3), (2, 2, 3), NORM, BOTH),
        Case(layer("BatchNormalization", trainable=False), (3,), (3,), NORM),
        Case(
            layer("BatchNormalization", scale=False),
            (3,),
            (3,),
            {"beta": (3,), "gamma": (3,), "moving_mean": (3,), "moving_variance": (3,)},
            BOTH,
        ),
    ],
    "LayerNormalization": [Case(layer("LayerNormalization"), (4, 3), (4, 3), {"gamma": (3,), "beta": (3,)})],
    "Embedding": [Case(layer("Embedding", 7, 2), (4,), (4, 2), {"embeddings": (7, 2)})],
    "Add": [Case(layer("Add"), [(3,), (3,), (1,)], (3,))],
    "Subtract": [Case(layer("Subtract"), [(3,), (3,)], (3,))],
    "Multiply": [Case(layer("Multiply"), [(2, 3), (1, 3)], (2, 3))],
    "Average": [Case(layer("Average"), [(3,), (3,), (3,)], (3,))],
    "Maximum": [Case(layer("Maximum"), [(3,), (3,)], (3,))],
    "Concatenate": [
        Case(layer("Concatenate"), [(3,), (2,)], (5,)),
        Case(layer("Concatenate", axis=1), [(2, 3), (4, 3)], (6, 3)),
    ],
    "Conv1D": [
        Case(layer("Conv1D", 2, 3), (6, 4), (4, 2), {"kernel": (3, 4, 2), "bias": (2,)}),
        Case(
            layer("Conv1D", 4, 3, padding="causal", dilation_rate=2, groups=2, activation="tanh", use_bias=False),
            (6, 4),
            (6, 4),
            {"kernel": (3, 2, 4)},
        ),
    ],
    "Conv2D": [
        Case(layer("Conv2D", 3, 2), (4, 5, 2), (3, 4, 3), {"kernel": (2, 2, 2, 3), "bias": (3,)}),
        Case(
            layer("Conv2D", 4, (3, 2), 2, "same", groups=2, activation="tanh"),
            (5, 4, 2),
            (3, 2, 4),
            {"kernel": (3, 2, 1, 4), "bias": (4,)},
        ),
        Case(
            layer("Conv2D", 1, 2, dilation_rate=(2, 1), use_bias=False), (4, 3, 2), (2, 2, 1), {"kernel": (2, 2, 2, 1)}
        ),
    ],
    "DepthwiseConv2D": [
        Case(
            layer("DepthwiseConv2D", 3, padding="same", depth_multiplier=2),
            (4, 3, 2),
            (4, 3, 4),
            {"depthwise_kernel": (3, 3, 2, 2), "bias": (4,)},
        ),
    ],
    "SeparableConv1D": [
        Case(
            layer("SeparableConv1D", 3, 2, strides=2),
            (5, 2),
            (2, 3),
            {"depthwise_kernel": (2, 2, 1), "pointwise_kernel": (1, 2, 3), "bias": (3,)},
        ),
    ],
    "SeparableConv2D": [
        Case(
            layer("SeparableConv2D", 3, 2, depth_multiplier=2, activation="tanh"),
            (3, 4, 2),
            (2, 3, 3),
            {"depthwise_kernel": (2, 2, 2, 2), "pointwise_kernel": (1, 1, 4, 3), "bias": (3,)},
        ),
    ],
    "Conv2DTranspose": [
        Case(layer("Conv2DTranspose", 3, 3, 2), (2, 3, 2), (5, 7, 3), {"kernel": (3, 3, 3, 2), "bias": (3,)}),
        Case(
            layer("Conv2DTranspose", 2, 3, 2, "same", output_padding=(0, 1), use_bias=False),
            (2, 3, 2),
            (3, 6, 2),
            {"kernel": (3, 3, 2, 2)},
        ),
    ],
    "MaxPooling1D": [Case(layer("MaxPooling1D", 3, 2), (7, 2), (3, 2))],
    "MaxPooling2D": [
        Case(layer("MaxPooling2D"), (5, 4, 2), (2, 2, 2)),
        Case(layer("MaxPooling2D", (3, 2), 1, "same"), (3, 4, 2), (3, 4, 2)),
    ],
    "AveragePooling1D": [Case(layer("AveragePooling1D", padding="same"), (5, 2), (3, 2))],
    "AveragePooling2D": [Case(layer("AveragePooling2D", 3, 2, padding="same"), (4, 5, 2), (2, 3, 2))],
    "GlobalMaxPooling1D": [Case(layer("GlobalMaxPooling1D", keepdims=True), (4, 3), (1, 3))],
    "GlobalMaxPooling2D": [Case(layer("GlobalMaxPooling2D"), (2, 3, 4), (4,))],
    "GlobalAveragePooling1D": [Case(layer("GlobalAveragePooling1D"), (4, 3), (3,))],
    "GlobalAveragePooling2D": [
        Case(layer("GlobalAveragePooling2D"), (2, 3, 4), (4,)),
        Case(layer("GlobalAveragePooling2D", keepdims=True), (2, 3, 4), (1, 1, 4)),
    ],
    "ZeroPadding1D": [Case(layer("ZeroPadding1D", (1, 2)), (3, 2), (6, 2))],
    "ZeroPadding2D": [
        Case(layer("ZeroPadding2D"), (2, 3, 1), (4, 5, 1)),
        Case(layer("ZeroPadding2D", ((0, 1), (2, 3))), (2, 3, 1), (3, 8, 1)),
    ],
    "Cropping1D": [Case(layer("Cropping1D"), (4, 2), (2, 2))],
    "Cropping2D": [Case(layer("Cropping2D", ((0, 1), (2, 0))), (3, 4, 2), (2, 2, 2))],
    "UpSampling1D": [Case(layer("UpSampling1D", 3), (2, 3), (6, 3))],
    "UpSampling2D": [
        Case(layer("UpSampling2D"), (2, 3, 1), (4, 6, 1)),
        Case(layer("UpSampling2D", (3, 2), interpolation="bilinear"), (2, 3, 2), (6, 6, 2)),
    ],
    "SpatialDropout1D": [Case(layer("SpatialDropout1D", 0.4), (3, 6), (3, 6))],
    "SpatialDropout2D": [Case(layer("SpatialDropout2D", 0.4), (2, 2, 6), (2, 2, 6))],
    "GroupNormalization": [
        Case(layer("GroupNormalization", 2), (3, 2, 4), (3, 2, 4), {"gamma": (4,), "beta": (4,)}),
        Case(layer("GroupNormalization", -1), (5, 3), (5, 3), {"gamma": (3,), "beta": (3,)}),
        Case(layer("GroupNormalization", 1, center=False), (6,), (6,), {"gamma": (6,), "beta": (6,)}),
    ],
    "RMSNormalization": [Case(layer("RMSNormalization"), (4, 3), (4, 3), {"scale": (3,)})],
    "RandomFlip": [
        Case(layer("RandomFlip"), (3, 4, 2), (3, 4, 2)),
        Case(layer("RandomFlip", "horizontal", seed=3), (3, 3, 1), (3, 3, 1)),
    ],
    "RandomCrop": [Case(layer("RandomCrop", 2, 3), (5, 6, 1), (2, 3, 1), modes=BOTH)],
    "RandomContrast": [
        Case(layer("RandomContrast", 0.5), (3, 2, 2), (3, 2, 2)),
        Case(layer("RandomContrast", (0.5, 0)), (3, 2, 1), (3, 2, 1)),
    ],
    "RandomTranslation": [
        Case(layer("RandomTranslation", 0.3, (-0.2, 0.4)), (4, 3, 2), (4, 3, 2)),
        Case(layer("RandomTranslation", 0.3, 0, "constant", fill_value=2), (4, 3, 1), (4, 3, 1)),
    ],
    "RandomRotation": [
        Case(layer("RandomRotation", 0.2), (4, 3, 2), (4, 3, 2)),
        Case(layer("RandomRotation", (-0.3, 0.1), "wrap", "nearest"), (4, 3, 1), (4, 3, 1)),
    ],
    "RandomZoom": [
        Case(layer("RandomZoom", 0.4), (4, 3, 2), (4, 3, 2)),
        Case(layer("RandomZoom", 0.4, (-0.3, 0.1), "nearest"), (4, 3, 1), (4, 3, 1)),
    ],
    "InputLayer": [Case(layer("InputLayer", shape=(3,)), (3,), (3,), modes=())],
    "Sequential": [
        Case(
            lambda: Sequential([Dense(2, input_dim=3), Dropout(0.5)], seed=1),
            (3,),
            (2,),
            {"kernel": (3, 2), "bias": (2,)},
            BOTH,
        )
    ],
    "Model": [Case(functional, (3,), (2,), {"kernel": (4, 2), "bias": (2,)})],
}
ALL = [pytest.param(case, id=f"{name}-{number}") for name, row in CASES.items() for number, case in enumerate(row)]
LIBRARY = [param for param in ALL if not param.id.startswith(("Sequential", "Model"))]


def symbolic(case, layer):
    shapes = case.shape if isinstance(case.shape, list) else [case.shape]
    values = [Input(shape=shape, dtype=layer.input_dtype) for shape in shapes]
    return values if len(values) > 1 else values[0]


def arrays(case, layer, rows=4, dtype="float32"):
    rng = np.random.default_rng(5)
    shapes = case.shape if isinstance(case.shape, list) else [case.shape]
    made = [
        rng.integers(0, 7, size=(rows, *shape)) if layer.input_dtype else rng.normal(size=(rows, *shape)).astype(dtype)
        for shape in shapes
    ]
    return made if len(made) > 1 else made[0]


def test_the_table_has_every_layer():
    assert set(CASES) == set(LAYERS.classes)


@pytest.mark.parametrize("case", ALL)
def test_gradients_are_proved_in_every_mode(case):
    if not case.modes:
        with pytest.raises(GradientError, match="has nothing to check"):
            check_layer(case.make(), case.shape)
        return
    report = check_layer(case.make(), case.shape)
    assert report.passed, report
    found = tuple(dict.fromkeys(row.mode for row in report.rows))
    # Dropout and noise do nothing in use, so that there is nothing to check.
    assert found == case.modes
    assert not [row for row in report.rows if row.note == "zero"]


@pytest.mark.parametrize("case", ALL)
def test_every_trainable_weight_and_float_input_is_in_the_report(case):
    if not case.modes:
        return
    made = case.make()
    made(symbolic(case, made))
    report = check_layer(made, case.shape)
    inputs = (
        []
        if made.input_dtype
        else ["input"]
        if isinstance(case.shape, tuple)
        else [f"input {number + 1}" for number in range(len(case.shape))]
    )
    for mode in case.modes:
        names = [row.quantity for row in report.rows if row.mode == mode]
        assert sorted(names) == sorted([*inputs, *(weight.name for weight in made.trainable_weights)])


@pytest.mark.parametrize("case", LIBRARY)
def test_shapes_and_weights(case):
    made = case.make()
    out = made(symbolic(case, made))
    assert out.shape == made.output_shape == (None, *case.out)
    assert {weight.name: weight.shape for weight in made.weights} == case.weights
    assert [weight.name for weight in made.weights] == list(case.weights)
    assert made.count_params() == sum(int(np.prod(shape)) for shape in case.weights.values())
    given = [(None, *shape) for shape in case.shape] if isinstance(case.shape, list) else (None, *case.shape)
    assert made.compute_output_shape(given) == (None, *case.out)


@pytest.mark.parametrize("case", LIBRARY)
def test_config_makes_the_same_layer_again(case):
    made = case.make()
    described = json.loads(json.dumps(made.to_config()))
    again = LAYERS.get(described)
    assert type(again) is type(made)
    assert again.get_config() == made.get_config()
    X = arrays(case, made)
    made(X)
    again(X)
    again.set_weights(made.get_weights())
    assert np.array_equal(again(X), made(X))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", LIBRARY)
def test_dtype_of_the_layer_is_the_dtype_of_the_output(case, dtype):
    made = case.make()
    if made.input_dtype is None:
        made.dtype = dtype
    for given in ("float32", "float64"):
        for training in (False, True):
            Y = made(arrays(case, made, dtype=given), training=training)
            assert Y.dtype == (made.dtype or "float32")
            assert Y.shape == (4, *case.out)
    assert all(array.dtype == (made.dtype or "float32") for array in made.get_weights())


@pytest.mark.parametrize("case", LIBRARY)
def test_input_is_not_changed_and_the_output_is_an_array_of_its_own(case):
    made = case.make()
    X = arrays(case, made)
    parts = X if isinstance(X, list) else [X]
    kept = [part.copy() for part in parts]
    for part in parts:
        part.flags.writeable = False
    Y = made(X, training=True)
    Y += 1
    assert all(np.array_equal(part, copy) for part, copy in zip(parts, kept, strict=True))


@pytest.mark.parametrize("case", LIBRARY)
def test_rows_do_not_see_each_other_in_use(case):
    made = case.make()
    X = arrays(case, made, rows=5)
    whole = made(X)
    one = [part[2:3] for part in X] if isinstance(X, list) else X[2:3]
    np.testing.assert_allclose(made(one), whole[2:3], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("case", LIBRARY)
def test_frozen_layers_have_no_trainable_weights(case):
    made = case.make()
    made(symbolic(case, made))
    made.trainable = False
    assert made.trainable_weights == []
    assert {weight.name for weight in made.non_trainable_weights} == set(case.weights)
