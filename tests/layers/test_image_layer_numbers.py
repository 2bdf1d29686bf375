"""Layers over images and sequences, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import layers as L  # noqa: N812 (short, since it is on every line)

#: 1 2 3
#: 4 5 6
#: 7 8 9
NINE = np.arange(1.0, 10.0).reshape(1, 3, 3, 1)


def plane(Y):
    assert Y.shape[0] == Y.shape[3] == 1
    return Y[0, :, :, 0].tolist()


def close(made, expected):
    np.testing.assert_allclose(made, expected, rtol=1e-6, atol=1e-6)


def with_weights(layer, X, *arrays):
    layer(X)
    layer.set_weights(arrays)
    return layer(X)


def test_convolution_is_a_correlation():
    # The window [1 2; 4 5] times [1 2; 3 4] is 1 + 4 + 12 + 20 = 37, plus 0.5; the kernel is not flipped.
    kernel = np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(2, 2, 1, 1)
    close(plane(with_weights(L.Conv2D(1, 2), NINE, kernel, [0.5])), [[37.5, 47.5], [67.5, 77.5]])
    # "same" adds a row below and a column to the right: the corner 9 sees itself alone, times 1.
    same = plane(with_weights(L.Conv2D(1, 2, padding="same"), NINE, kernel, [0.0]))
    close(same, [[37, 47, 21], [67, 77, 33], [23, 26, 9]])
    # A stride of 2 keeps the windows that begin at rows and columns 0 and 2.
    close(plane(with_weights(L.Conv2D(1, 2, 2, "same"), NINE, kernel, [0.0])), [[37, 21], [23, 9]])
    # Two apart: 1 + 2·3 + 3·7 + 4·9 = 64.
    close(plane(with_weights(L.Conv2D(1, 2, dilation_rate=2), NINE, kernel, [0.0])), [[64]])


def test_channels_are_summed_and_the_activation_comes_last():
    X = np.array([[[[1.0, 10.0]]]])
    kernel = np.array([[1.0, -1.0], [2.0, 0.5]]).reshape(1, 1, 2, 2)  # channels × filters
    # 1·1 + 10·2 + 1 = 22;  1·(−1) + 10·0.5 − 5 = −1 → 0
    close(with_weights(L.Conv2D(2, 1, activation="relu"), X, kernel, [1.0, -5.0]), [[[[22, 0]]]])


def test_groups_see_their_own_channels():
    X = np.array([[[[1.0, 2.0, 30.0, 40.0]]]])
    kernel = np.ones((1, 1, 2, 2))
    close(with_weights(L.Conv2D(2, 1, groups=2), X, kernel, [0.0, 0.0]), [[[[3, 70]]]])


def test_convolution_over_sequences():
    X = np.array([[[1.0], [2.0], [3.0], [4.0]]])
    kernel = np.array([1.0, 10.0]).reshape(2, 1, 1)
    close(with_weights(L.Conv1D(1, 2), X, kernel, [0.0])[0, :, 0], [21, 32, 43])
    close(with_weights(L.Conv1D(1, 2, padding="same"), X, kernel, [0.0])[0, :, 0], [21, 32, 43, 4])
    close(with_weights(L.Conv1D(1, 2, padding="causal"), X, kernel, [0.0])[0, :, 0], [10, 21, 32, 43])


def test_depthwise_filters_stand_side_by_side():
    X = np.array([[[[2.0, 3.0]]]])
    kernel = np.array([[1.0, 10.0], [100.0, 1000.0]]).reshape(1, 1, 2, 2)  # channels × filters of each
    close(with_weights(L.DepthwiseConv2D(1, depth_multiplier=2), X, kernel, np.zeros(4)), [[[[2, 20, 300, 3000]]]])


def test_separable_has_two_steps():
    X = np.array([[[[2.0, 3.0]]]])
    # 2·1 = 2, 3·10 = 30; then 2·5 + 30·0.1 + 1 = 14
    layer = L.SeparableConv2D(1, 1)
    depthwise, pointwise = np.array([1.0, 10.0]).reshape(1, 1, 2, 1), np.array([5.0, 0.1]).reshape(1, 1, 2, 1)
    close(with_weights(layer, X, depthwise, pointwise, [1.0]), [[[[14]]]])


def test_transposed_windows_add_up_where_they_meet():
    X = np.array([[[[1.0], [2.0]]]])
    kernel = np.array([1.0, 10.0, 100.0]).reshape(1, 3, 1, 1)
    # 1·(1 10 100) at 0 and 2·(1 10 100) at 2, which meet in one place.
    close(plane(with_weights(L.Conv2DTranspose(1, (1, 3), (1, 2)), X, kernel, [0.0])), [[1, 10, 102, 20, 200]])
    same = with_weights(L.Conv2DTranspose(1, (1, 3), (1, 2), padding="same"), X, kernel, [0.0])
    close(plane(same), [[1, 10, 102, 20]])


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (L.MaxPooling2D(), [[5]]),
        (L.MaxPooling2D(2, 1), [[5, 6], [8, 9]]),
        (L.MaxPooling2D(padding="same"), [[5, 6], [8, 9]]),
        (L.AveragePooling2D(), [[3]]),
        (L.AveragePooling2D(padding="same"), [[3, 4.5], [7.5, 9]]),  # over the edge only what is there counts
        (L.GlobalAveragePooling2D(keepdims=True), [[5]]),
        (L.GlobalMaxPooling2D(keepdims=True), [[9]]),
        (L.ZeroPadding2D(((1, 0), (0, 1))), [[0, 0, 0, 0], [1, 2, 3, 0], [4, 5, 6, 0], [7, 8, 9, 0]]),
        (L.Cropping2D((1, 0)), [[4, 5, 6]]),
        (L.Cropping2D(((0, 2), (1, 1))), [[2]]),
        (L.SpatialDropout2D(0.9), [[1, 2, 3], [4, 5, 6], [7, 8, 9]]),
    ],
)
def test_layers_of_the_nine(layer, expected):
    close(plane(layer(NINE)), expected)


def test_upsampling():
    X = np.array([[[[0.0], [4.0]]]])
    close(plane(L.UpSampling2D()(X)), [[0, 0, 4, 4], [0, 0, 4, 4]])
    # The new centres lie a quarter of a place beside the old ones; at the edge there is nothing to blend with.
    close(plane(L.UpSampling2D((1, 2), interpolation="bilinear")(X)), [[0, 1, 3, 4]])
    close(L.UpSampling1D(2)(np.array([[[1.0, 2.0], [3.0, 4.0]]])), [[[1, 2], [1, 2], [3, 4], [3, 4]]])


def test_layers_over_sequences():
    X = np.array([[[1.0, 0.0], [5.0, 2.0], [3.0, 7.0]]])
    close(L.MaxPooling1D()(X), [[[5, 2]]])
    close(L.AveragePooling1D(padding="same")(X), [[[3, 1], [3, 7]]])
    close(L.GlobalMaxPooling1D()(X), [[5, 7]])
    close(L.GlobalAveragePooling1D(keepdims=True)(X), [[[3, 3]]])
    close(L.ZeroPadding1D((0, 1))(X), [[[1, 0], [5, 2], [3, 7], [0, 0]]])
    close(L.Cropping1D((1, 0))(X), [[[5, 2], [3, 7]]])


@pytest.mark.parametrize(
    ("layer", "shape"), [(L.SpatialDropout2D(0.5), (4, 3, 3, 8)), (L.SpatialDropout1D(0.5), (4, 9, 8))]
)
def test_spatial_dropout_drops_whole_channels(layer, shape):
    Y = layer(np.ones(shape), training=True)
    channels = Y.reshape(4, 9, 8)
    assert (channels == channels[:, :1]).all()  # every place of a channel alike
    assert set(np.unique(channels)) == {0.0, 2.0}  # 1 / (1 − 0.5)


def test_group_and_rms_normalisation():
    # The group 1, 3 has mean 2 and deviation 1; the group 10, 30 mean 20 and deviation 10.
    X = np.array([[[[1.0, 10.0]], [[3.0, 30.0]]]])
    close(L.GroupNormalization(2, epsilon=1e-9)(X), [[[[-1, -1]], [[1, 1]]]])
    # One group: mean 11, and a variance of (10² + 1 + 8² + 19²) / 4 = 131.5.
    close(L.GroupNormalization(1, epsilon=1e-9)(X) * np.sqrt(131.5), X - 11)
    close(L.RMSNormalization()(np.array([[1.0, 7.0]])), [[0.2, 1.4]])  # √((1 + 49) / 2) = 5


def test_batch_normalisation_over_the_channels_of_images():
    X = np.array([[[[1.0, 10.0], [3.0, 30.0]]], [[[1.0, 10.0], [3.0, 30.0]]]])
    close(L.BatchNormalization(epsilon=1e-9)(X, training=True), [[[[-1, -1], [1, 1]]]] * 2)


def test_kernels_begin_within_glorots_bounds():
    # √(6 / (fan_in + fan_out)) with fan_in = 9 · 4 and fan_out = 9 · 16 of a 3 × 3 window: as Keras counts them.
    layer = L.Conv2D(16, 3)
    layer(L.Input((8, 8, 4)))
    kernel, bias = layer.get_weights()
    bound = np.sqrt(6 / (9 * 4 + 9 * 16))
    assert 0.9 * bound < np.abs(kernel).max() <= bound
    assert not bias.any()


def test_other_names_are_the_same_classes():
    assert L.Convolution2D is L.Conv2D and L.MaxPool2D is L.MaxPooling2D and L.AvgPool1D is L.AveragePooling1D
    assert L.GlobalAvgPool2D is L.GlobalAveragePooling2D and L.GlobalMaxPool1D is L.GlobalMaxPooling1D
    assert type(L.LAYERS.get({"class": "Conv2D", "config": {"filters": 2, "kernel_size": [3, 3]}})) is L.Conv2D


def test_names_are_keras():
    made = [L.Conv2D(1, 1), L.MaxPooling2D(), L.Conv2DTranspose(1, 1), L.GlobalAveragePooling1D(), L.DepthwiseConv2D(1)]
    assert [layer.name for layer in made] == [
        "conv2d",
        "max_pooling2d",
        "conv2d_transpose",
        "global_average_pooling1d",
        "depthwise_conv2d",
    ]


def test_layers_show_what_was_said():
    assert repr(L.Conv2D(8, 3, padding="same")) == "Conv2D(filters=8, kernel_size=(3, 3), padding='same')"
    assert repr(L.ZeroPadding2D(1)) == "ZeroPadding2D()"
    assert repr(L.Conv1D(8, 3, 2)) == "Conv1D(filters=8, kernel_size=(3,), strides=(2,))"
