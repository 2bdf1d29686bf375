"""What layers over images and sequences refuse, word for word."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import layers as L  # noqa: N812 (short, since it is on every line)
from chainrule.errors import ArgumentError, ShapeError
from chainrule.layers import Input
from chainrule.models import Sequential

ARGUMENTS = [
    (lambda: L.Conv2D(0, 3), "Conv2D's filters is a whole number of at least 1; received 0."),
    (lambda: L.Conv2D(8, 0), "Conv2D's kernel_size is a whole number of at least 1, or 2 of them; received 0."),
    (
        lambda: L.Conv2D(8, (3, 3, 3)),
        "Conv2D's kernel_size is a whole number of at least 1, or 2 of them; received (3, 3, 3).",
    ),
    (lambda: L.Conv2D(8, 3, 0), "Conv2D's strides is a whole number of at least 1, or 2 of them; received 0."),
    (
        lambda: L.Conv2D(8, 3, strides=(2, 0)),
        "Conv2D's strides is a whole number of at least 1, or 2 of them; received (2, 0).",
    ),
    (lambda: L.Conv1D(8, 3, strides=0), "Conv1D's strides is a whole number of at least 1; received 0."),
    (lambda: L.Conv1D(8, 2.5), "Conv1D's kernel_size is a whole number of at least 1; received 2.5."),
    (
        lambda: L.Conv2D(8, 3, padding="smae"),
        "There is no padding of Conv2D named 'smae'. Did you mean 'same'? Known: same, valid.",
    ),
    (lambda: L.Conv2D(8, 3, padding="causal"), "There is no padding of Conv2D named 'causal'. Known: same, valid."),
    (
        lambda: L.Conv1D(8, 3, padding="casual"),
        "There is no padding of Conv1D named 'casual'. Did you mean 'causal'? Known: causal, same, valid.",
    ),
    (lambda: L.MaxPooling2D(padding=1), "There is no padding of MaxPooling2D named 1. Known: same, valid."),
    (
        lambda: L.Conv2D(8, 3, strides=2, dilation_rate=2),
        "Conv2D takes strides or a dilation_rate above 1, not both; received strides=(2, 2) and dilation_rate=(2, 2).",
    ),
    (
        lambda: L.SeparableConv1D(8, 3, strides=2, dilation_rate=3),
        "SeparableConv1D takes strides or a dilation_rate above 1, not both; received strides=(2,) and "
        "dilation_rate=(3,).",
    ),
    (
        lambda: L.Conv2D(8, 3, groups=3),
        "Conv2D's filters are shared out among its groups and must be a multiple of them; received filters=8 and "
        "groups=3.",
    ),
    (
        lambda: L.Conv2D(8, 3, data_format="channels_first"),
        "Conv2D takes channels last, (height, width, channels); received data_format='channels_first': bring the data "
        "to that order with x.transpose(0, 2, 3, 1).",
    ),
    (
        lambda: L.MaxPooling1D(data_format="channels_first"),
        "MaxPooling1D takes channels last, (length, channels); received data_format='channels_first': bring the data "
        "to that order with x.transpose(0, 2, 1).",
    ),
    (
        lambda: L.Conv2D(8, 3, data_format="channel_last"),
        "There is no data_format of Conv2D named 'channel_last'. Did you mean 'channels_last'? Known: channels_last.",
    ),
    (
        lambda: L.Conv2DTranspose(8, 3, strides=2, output_padding=2),
        "Conv2DTranspose's output_padding is below its strides; received output_padding=(2, 2) and strides=(2, 2).",
    ),
    (
        lambda: L.DepthwiseConv2D(3, depth_multiplier=0),
        "DepthwiseConv2D's depth_multiplier is a whole number of at least 1; received 0.",
    ),
    (
        lambda: L.ZeroPadding2D(-1),
        "ZeroPadding2D's padding is a whole number of at least 0, (rows, columns), or ((top, bottom), (left, right)); "
        "received -1.",
    ),
    (
        lambda: L.Cropping1D((1, 2, 3)),
        "Cropping1D's cropping is a whole number of at least 0, (before, after); received (1, 2, 3).",
    ),
    (
        lambda: L.UpSampling2D(interpolation="bilinaer"),
        "There is no interpolation of UpSampling2D named 'bilinaer'. Did you mean 'bilinear'? Known: bilinear, "
        "nearest.",
    ),
    (lambda: L.SpatialDropout2D(1), "SpatialDropout2D's rate is a number from 0 to 1, 1 excluded; received 1."),
    (lambda: L.GroupNormalization(0), "GroupNormalization's groups is a whole number of at least 1; received 0."),
    (lambda: L.RMSNormalization(epsilon=0), "RMSNormalization's epsilon is a number above 0; received 0."),
]


@pytest.mark.parametrize(("make", "sentence"), ARGUMENTS)
def test_arguments(make, sentence):
    with pytest.raises(ArgumentError) as error:
        make()
    assert str(error.value) == sentence


IMAGES = "takes images of shape (rows, height, width, channels)"
SHAPES = [
    (
        lambda: L.Conv2D(8, 3)(Input((28, 28))),
        f"Layer 'conv2d': Conv2D {IMAGES}; received (None, 28, 28): add a channel axis: x[..., None], or "
        "Input(shape=(28, 28, 1)).",
    ),
    (
        lambda: L.Conv2D(8, 3)(Input((784,))),
        f"Layer 'conv2d': Conv2D {IMAGES}; received (None, 784): give the rows their axes back first, with "
        "Reshape((28, 28, 1)).",
    ),
    (
        lambda: L.MaxPooling2D()(Input((10,))),
        f"Layer 'max_pooling2d': MaxPooling2D {IMAGES}; received (None, 10): give the rows their axes back first, with "
        "Reshape((height, width, channels)).",
    ),
    (
        lambda: L.GlobalAveragePooling2D()(Input((2, 3, 4, 5))),
        f"Layer 'global_average_pooling2d': GlobalAveragePooling2D {IMAGES}; received (None, 2, 3, 4, 5).",
    ),
    (
        lambda: L.Conv1D(8, 3)(Input((100,))),
        "Layer 'conv1d': Conv1D takes sequences of shape (rows, length, channels); received (None, 100): add a channel "
        "axis: x[..., None], or Input(shape=(100, 1)).",
    ),
    (
        lambda: L.Conv1D(8, 3)(Input((None, 4))),
        "Layer 'conv1d': Conv1D takes sequences of shape (rows, length, channels) of known sizes; received (None, "
        "None, 4): fix them, such as Input(shape=(100, 1)).",
    ),
    (
        lambda: L.Conv2D(8, 3)(Input((None, None, 3))),
        f"Layer 'conv2d': Conv2D {IMAGES} of known sizes; received (None, None, None, 3): fix them, such as "
        "Input(shape=(28, 28, 1)).",
    ),
    (
        lambda: L.Conv2D(8, 3)(Input((1, 28, 28))),
        f"Layer 'conv2d': Conv2D {IMAGES}, and (None, 1, 28, 28) looks like channels first: bring them to (None, 28, "
        "28, 1) with x.transpose(0, 2, 3, 1), or say data_format='channels_last' if 28 channels are meant.",
    ),
    (
        lambda: L.Conv2D(8, 5, padding="same")(Input((3, 32, 48))),
        f"Layer 'conv2d': Conv2D {IMAGES}, and (None, 3, 32, 48) looks like channels first: bring them to (None, 32, "
        "48, 3) with x.transpose(0, 2, 3, 1), or say data_format='channels_last' if 48 channels are meant.",
    ),
    (
        lambda: L.MaxPooling2D()(Input((3, 32, 32))),
        f"Layer 'max_pooling2d': MaxPooling2D {IMAGES}, and (None, 3, 32, 32) looks like channels first: bring them to "
        "(None, 32, 32, 3) with x.transpose(0, 2, 3, 1), or say data_format='channels_last' if 32 channels are meant.",
    ),
    (
        lambda: L.Conv2D(8, (5, 3))(Input((4, 9, 2))),
        "Layer 'conv2d': a kernel of 5 × 3 doesn't fit into images of 4 × 9, received as (None, 4, 9, 2): take a "
        "smaller kernel_size, larger images, or padding='same'.",
    ),
    (
        lambda: L.Conv2D(8, 3, dilation_rate=2)(Input((4, 4, 2))),
        "Layer 'conv2d': a kernel of 3 × 3 (spread to 5 × 5 by its dilation_rate) doesn't fit into images of 4 × 4, "
        "received as (None, 4, 4, 2): take a smaller kernel_size, larger images, or padding='same'.",
    ),
    (
        lambda: L.AveragePooling1D(3)(Input((2, 2))),
        "Layer 'average_pooling1d': a window of 3 doesn't fit into sequences of 2, received as (None, 2, 2): take a "
        "smaller pool_size, larger sequences, or padding='same'.",
    ),
    (
        lambda: L.Conv2D(4, 3, groups=2, name="halves")(Input((8, 8, 3))),
        "Layer 'halves': the channels that come in are shared out among its groups=2 and must be a multiple of them; "
        "received 3 in (None, 8, 8, 3): choose groups that divide 3 and 4.",
    ),
    (
        lambda: L.Conv2DTranspose(4, 2, 2, "same", output_padding=0)(Input((1, 4, 2))),
        "Layer 'conv2d_transpose': output_padding=(0, 0) leaves nothing of images of shape (None, 1, 4, 2): make it "
        "larger, or leave it out.",
    ),
    (
        lambda: L.Cropping2D(2)(Input((4, 8, 1))),
        "Layer 'cropping2d': cropping=((2, 2), (2, 2)) leaves nothing of inputs of shape (None, 4, 8, 1): cut less.",
    ),
    (
        lambda: L.GroupNormalization()(Input((4, 4, 48))),
        "Layer 'group_normalization': the channels are cut into groups=32 and must be a multiple of them; received 48 "
        "in (None, 4, 4, 48): choose groups that divide 48.",
    ),
    (
        lambda: L.GroupNormalization(2)(Input((None, 4))),
        "Layer 'group_normalization': GroupNormalization needs inputs of a known shape; received (None, None, 4).",
    ),
]


@pytest.mark.parametrize(("make", "sentence"), SHAPES)
def test_shapes(make, sentence):
    with pytest.raises(ShapeError) as error:
        make()
    assert str(error.value) == sentence


def test_narrow_images_are_taken_where_they_are_meant():
    assert L.Conv2D(8, 3, padding="same", data_format="channels_last")(Input((3, 32, 32))).shape == (None, 3, 32, 8)
    assert L.Conv2D(8, (1, 3))(Input((1, 32, 32))).shape == (None, 1, 30, 8)
    assert L.Conv2D(8, 3)(Input((3, 8, 8))).shape == (None, 1, 6, 8)  # a late feature map
    assert L.Conv2D(8, 3)(Input((3, 100, 32))).shape == (None, 1, 98, 8)


FED = [
    ((28, 28), "expects x of shape (n, 28, 28, 1); received (5, 28, 28): add a channel axis, x[..., None]."),
    (
        (1, 28, 28),
        "expects x of shape (n, 28, 28, 1); received (5, 1, 28, 28), with channels first: bring it to that order with "
        "x.transpose(0, 2, 3, 1).",
    ),
    (
        (784,),
        "expects x of shape (n, 28, 28, 1); received (5, 784). Reshape x, or build the model with input_shape=(784,).",
    ),
]


@pytest.mark.parametrize(("shape", "sentence"), FED)
def test_data_of_another_shape_than_the_models(shape, sentence):
    model = Sequential([Input((28, 28, 1)), L.Conv2D(2, 3), L.Flatten(), L.Dense(1)], seed=1)
    model.compile(loss="mse")
    for call in (lambda X: model.fit(X, np.zeros(5), verbose=0), model.predict):
        with pytest.raises(ShapeError) as error:
            call(np.zeros((5, *shape)))
        assert str(error.value) == f"Layer 'conv2d' {sentence}"


def test_a_shared_layer_sees_images_of_several_sizes():
    layer = L.Conv2D(2, 3, strides=2, padding="same")
    assert layer(Input((8, 8, 1))).shape == (None, 4, 4, 2)
    assert layer(Input((5, 7, 1))).shape == (None, 3, 4, 2)
    assert layer(np.ones((1, 6, 6, 1))).shape == (1, 3, 3, 2)
    with pytest.raises(ShapeError, match="its weights don't fit"):
        layer(Input((8, 8, 3)))


OLD_NAMES = [
    (lambda: L.Convolution2D(nb_filter=8, kernel_size=3, border_mode="same"), lambda: L.Conv2D(8, 3, padding="same")),
    (lambda: L.Convolution2D(8, 3, subsample=(2, 2)), lambda: L.Conv2D(8, 3, (2, 2))),
    (lambda: L.Convolution1D(nb_filter=8, filter_length=3), lambda: L.Conv1D(8, 3)),
    (lambda: L.MaxPooling1D(pool_length=3, stride=1), lambda: L.MaxPooling1D(3, 1)),
    (lambda: L.SpatialDropout2D(p=0.25), lambda: L.SpatialDropout2D(0.25)),
]


@pytest.mark.parametrize(("old", "new"), OLD_NAMES)
def test_old_names_of_arguments(old, new):
    with pytest.warns(FutureWarning, match="is the old spelling"):
        made = old()
    assert made.get_config() == new().get_config()
