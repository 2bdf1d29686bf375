"""Layers' outputs, worked by hand."""

import numpy as np
import pytest

from chainrule.layers import (
    ELU,
    Activation,
    Add,
    Average,
    BatchNormalization,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GaussianNoise,
    LayerNormalization,
    LeakyReLU,
    Maximum,
    Multiply,
    Normalization,
    PReLU,
    ReLU,
    Rescaling,
    Reshape,
    Softmax,
    Subtract,
)

A = np.array([[1.0, -2.0]])
B = np.array([[3.0, 4.0]])


def close(made, expected):
    np.testing.assert_allclose(made, expected, rtol=1e-6, atol=1e-7)


def test_dense():
    layer = Dense(2, activation="relu", dtype="float64")
    layer(A)
    layer.set_weights([np.array([[1.0, 2.0], [3.0, -1.0]]), np.array([0.5, -1.0])])
    # 1·1 − 2·3 + 0.5 = −4.5 → 0;  1·2 + 2·1 − 1 = 3
    close(layer(A), [[0.0, 3.0]])


def test_dense_takes_the_last_axis_of_three():
    layer = Dense(1, kernel_initializer="ones", use_bias=False)
    close(layer(np.arange(6.0).reshape(1, 3, 2)), [[[1.0], [5.0], [9.0]]])


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (Activation("relu"), [[1, 0]]),
        (ReLU(), [[1, 0]]),
        (ReLU(negative_slope=0.5), [[1, -1]]),
        (LeakyReLU(), [[1, -0.6]]),
        (LeakyReLU(0.25), [[1, -0.5]]),
        (ELU(alpha=2), [[1, 2 * (np.exp(-2) - 1)]]),
        (Softmax(), [[1 / (1 + np.exp(-3)), 1 / (1 + np.exp(3))]]),
        (PReLU("ones"), [[1, -2]]),
        (Rescaling(2, offset=1), [[3, -3]]),
        (Rescaling([2, 3], offset=[0, 1]), [[2, -5]]),
        (Dropout(0.5), A),
        (GaussianNoise(1.0), A),
        (Normalization(mean=[1, 0], variance=4), [[0, -1]]),
        (Normalization(mean=[1, 0], variance=4, invert=True), [[3, -4]]),
        (Normalization(), A),
        # a variance of 0 divides by 1e-7, so that the mean itself becomes 0 and not NaN
        (Normalization(mean=[1, -2], variance=0), [[0, 0]]),
        # mean −0.5, variance 2.25: 1.5 / 1.5
        (LayerNormalization(epsilon=1e-12), [[1, -1]]),
        # in use: mean 0, variance 1, ε 0.001
        (BatchNormalization(), A / np.sqrt(1.001)),
        (BatchNormalization(center=False, scale=False, epsilon=3), A / 2),
    ],
)
def test_one_input(layer, expected):
    close(layer(A), expected)


def test_relu6():
    close(ReLU(max_value=6)([[-1.0, 5.0, 7.0]]), [[0, 5, 6]])


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (Add(), [[4, 2]]),
        (Subtract(), [[-2, -6]]),
        (Multiply(), [[3, -8]]),
        (Average(), [[2, 1]]),
        (Maximum(), [[3, 4]]),
        (Concatenate(), [[1, -2, 3, 4]]),
    ],
)
def test_two_inputs(layer, expected):
    close(layer([A, B]), expected)


def test_merges_stretch_sizes_of_one():
    close(Add()([np.array([[1.0, 2.0]]), np.array([[10.0]])]), [[11, 12]])


def test_concatenate_along_an_inner_axis():
    first, second = np.zeros((1, 1, 2)), np.ones((1, 2, 2))
    close(Concatenate(axis=1)([first, second]), [[[0, 0], [1, 1], [1, 1]]])


def test_flatten_and_reshape_keep_the_order():
    X = np.arange(6.0).reshape(1, 2, 3)
    close(Flatten()(X), [[0, 1, 2, 3, 4, 5]])
    close(Reshape((3, -1))(X), [[[0, 1], [2, 3], [4, 5]]])


def test_embedding_looks_rows_up():
    layer = Embedding(3, 2)
    layer(np.array([[0]]))
    layer.set_weights([np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])])
    close(layer([[2, 0]]), [[[4, 5], [0, 1]]])


def test_batch_normalization_in_training_and_its_running_statistics():
    layer = BatchNormalization(momentum=0.9, epsilon=1e-12, dtype="float64")
    # mean 2, variance (1 + 1) / 2 = 1
    close(layer(np.array([[1.0], [3.0]]), training=True), [[-1.0], [1.0]])
    # 0.9 · 0 + 0.1 · 2 = 0.2;  0.9 · 1 + 0.1 · 1 = 1
    gamma, beta, mean, variance = layer.get_weights()
    close([gamma[0], beta[0], mean[0], variance[0]], [1.0, 0.0, 0.2, 1.0])
    # mean 1, variance 9: 0.9 · 0.2 + 0.1 · 1 = 0.28;  0.9 · 1 + 0.1 · 9 = 1.8
    layer(np.array([[4.0], [-2.0]]), training=True)
    close(np.ravel(layer.get_weights()[2:]), [0.28, 1.8])
    # in use they are gone by, and stay: (1 − 0.28) / √1.8
    close(layer(np.array([[1.0]])), [[0.72 / np.sqrt(1.8)]])
    close(np.ravel(layer.get_weights()[2:]), [0.28, 1.8])


def test_frozen_batch_normalization_behaves_as_in_use():
    layer = BatchNormalization(epsilon=1e-12, trainable=False)
    close(layer(np.array([[1.0], [3.0]]), training=True), [[1.0], [3.0]])
    close(np.ravel(layer.get_weights()), [1.0, 0.0, 0.0, 1.0])


def test_dropout_drops_and_scales_in_training():
    Y = Dropout(0.25)(np.ones((100, 100)), training=True)
    kept = Y != 0
    close(Y[kept], 4 / 3)
    # 10,000 draws of probability 0.75: a standard deviation of 0.0043
    assert abs(kept.mean() - 0.75) < 0.02
    close(Dropout(0)(A, training=True), A)


def test_gaussian_noise_has_its_deviation_in_training():
    Y = GaussianNoise(0.5)(np.zeros((100, 100)), training=True)
    assert abs(Y.std() - 0.5) < 0.02 and abs(Y.mean()) < 0.02
    close(GaussianNoise(0)(A, training=True), A)


class TestAdapt:
    def test_learns_mean_and_biased_variance(self):
        layer = Normalization()
        layer.adapt([[0.0, 5.0], [2.0, 5.0]])
        # column 1: mean 1, variance 1; column 2 is constant and becomes 0
        close(layer([[3.0, 5.0]]), [[2.0, 0.0]])
        close(layer.get_weights(), [[1.0, 5.0], [1.0, 0.0]])

    def test_after_the_layer_was_built_and_again(self):
        layer = Normalization()
        layer(np.zeros((1, 1)))
        layer.adapt(np.array([0.0, 2.0]))
        close(layer([[3.0]]), [[2.0]])
        layer.adapt(np.array([0.0, 4.0]))
        close(layer([[4.0]]), [[1.0]])

    def test_statistics_are_over_all_axes_but_the_last(self):
        layer = Normalization()
        layer.adapt(np.arange(8.0).reshape(2, 2, 2))
        # columns 0, 2, 4, 6 and 1, 3, 5, 7: variance (9 + 1 + 1 + 9) / 4
        layer(np.zeros((1, 2, 2)))
        close(layer.get_weights(), [[3, 4], [5, 5]])

    def test_in_a_model_it_travels_with_the_weights(self):
        from chainrule.models import Sequential

        layer = Normalization()
        layer.adapt(np.array([[0.0, 10.0], [2.0, 30.0]]))
        model = Sequential([layer, Dense(1, kernel_initializer="ones")], seed=0)
        model.build((None, 2))
        # (2 − 1) / 1 + (40 − 20) / 10 = 3
        close(model(np.array([[2.0, 40.0]])), [[3.0]])
        again = Sequential.from_config(model.get_config())
        again.set_weights(model.get_weights())
        close(again(np.array([[2.0, 40.0]])), [[3.0]])
        assert [weight.name for weight in model.non_trainable_weights] == ["mean", "variance"]

    def test_without_an_axis_all_numbers_share_one_mean(self):
        layer = Normalization(axis=None)
        layer.adapt([[0.0, 4.0], [0.0, 4.0]])
        # mean 2, variance 4
        close(layer([[4.0, 8.0]]), [[1.0, 3.0]])
        assert layer.get_config()["axis"] is None

    def test_a_sequential_knows_its_input_from_an_adapted_first_layer(self):
        from chainrule.models import Sequential

        layer = Normalization()
        layer.adapt(np.array([[0.0, 10.0], [2.0, 30.0]]))
        assert Sequential([layer, Dense(1)]).input_shape == (None, 2)
