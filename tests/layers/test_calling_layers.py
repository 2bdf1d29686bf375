"""Layers called on arrays, called twice, shared, built by hand."""

import numpy as np
import pytest

from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.layers import Add, Concatenate, Dense, Dropout, Flatten, Input, PReLU, Reshape
from chainrule.models import Model
from chainrule.utils import set_random_seed


def test_lists_integers_and_booleans_become_numbers():
    layer = Dense(1, kernel_initializer="ones")
    for X in ([[1, 2]], [[True, False]], np.array([[1, 2]], dtype="uint8"), ([1.0, 2.0], [3.0, 4.0])):
        Y = layer(X)
        assert Y.dtype == np.float32
        np.testing.assert_array_equal(Y, np.asarray(X).sum(axis=1, keepdims=True))


def test_lists_of_lists_are_several_inputs_for_a_merge_alone():
    np.testing.assert_array_equal(Add()([[[1.0, 2.0]], [[3.0, 4.0]]]), [[4, 6]])
    assert Dense(2)([[1.0, 2.0], [3.0, 4.0]]).shape == (2, 2)


def test_a_layer_computes_in_the_dtype_of_its_weights():
    layer = Dense(2)
    Model(a := Input((3,)), layer(a), dtype="float64", seed=0)
    assert layer(np.zeros((1, 3), dtype="float32")).dtype == np.float64


def test_the_weights_stay_from_call_to_call_and_follow_the_seed():
    set_random_seed(3)
    layer, X = Dense(2), np.ones((1, 3))
    first = layer(X)
    assert np.array_equal(layer(X), first)
    set_random_seed(3)
    assert np.array_equal(Dense(2)(X), first)


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: Dense(2)([["a", "b"]]), DataError, "Layer 'dense' takes an array of numbers; received list of <U1."),
        (
            lambda: Dense(2)([[1.0], [1.0, 2.0]]),
            DataError,
            "Layer 'dense' takes an array of numbers; the rows received have different lengths.",
        ),
        (
            lambda: Dense(2)(3.0),
            ShapeError,
            "Layer 'dense' takes a batch, rows first, such as [[1.0, 2.0]]; received the single number 3.0.",
        ),
        (
            lambda: Add()([np.zeros((2, 3)), np.zeros((4, 3))]),
            ShapeError,
            "Layer 'add' takes arrays of equally many rows; received 2 and 4 rows.",
        ),
        (
            lambda: Add()([Input((3,)), np.zeros((4, 3))]),
            ArgumentError,
            "Layer 'add' takes symbolic inputs or arrays; received some of each.",
        ),
        (
            lambda: Dense(2)([np.zeros((1, 3)), np.zeros((1, 3))]),
            ShapeError,
            "Layer 'dense' takes 1 input; received 2: join them first, for example with Concatenate()([a, b]).",
        ),
    ],
)
def test_what_a_call_refuses(call, error, sentence):
    with pytest.raises(error) as raised:
        call()
    assert str(raised.value) == sentence


def test_other_columns_than_it_was_built_for():
    layer = Dense(2)
    layer(np.zeros((1, 3)))
    with pytest.raises(ShapeError) as error:
        layer(np.zeros((1, 4)))
    assert str(error.value) == (
        "Layer 'dense' was built for inputs of shape (None, 3) and its weights don't fit (None, 4): a shared "
        "layer needs the same sizes everywhere; use a second layer."
    )


def test_weightless_layers_take_any_shape_each_time():
    flatten, reshape = Flatten(), Reshape((2, -1))
    assert flatten(np.zeros((1, 2, 3))).shape == (1, 6)
    assert flatten(np.zeros((1, 4, 4))).shape == (1, 16)
    a, b = Input((6,)), Input((10,))
    model = Model([a, b], [reshape(a), reshape(b)], seed=0)
    shapes = [Y.shape for Y in model([np.zeros((1, 6)), np.zeros((1, 10))])]
    assert shapes == [(1, 2, 3), (1, 2, 5)]


def test_dense_keeps_its_weights_for_another_rank():
    layer = Dense(2)
    layer(np.zeros((1, 3)))
    assert layer(np.zeros((1, 5, 3))).shape == (1, 5, 2)
    prelu = PReLU()
    prelu(np.zeros((1, 3)))
    with pytest.raises(ShapeError, match="its weights don't fit"):
        prelu(np.zeros((1, 5, 3)))


def test_shared_layer_has_one_set_of_weights_and_the_sum_of_gradients():
    a, b, shared = Input((2,)), Input((2,)), Dense(1, use_bias=False, kernel_initializer="ones")
    model = Model([a, b], Add()([shared(a), shared(b)]), seed=0, dtype="float64")
    assert model.count_params() == 2
    model.compile(loss="mse")
    x = [np.array([[1.0, 2.0]]), np.array([[3.0, 5.0]])]
    # y = (1 + 2) + (3 + 5) = 11;  d(11 − 10)²/dy = 2;  dW = 2 (a + b)
    gradient = model.gradients(x, np.array([[10.0]]))["dense/kernel"]
    np.testing.assert_allclose(gradient, [[8.0], [14.0]])


def test_building_by_hand_then_reading_weights():
    layer = Dense(2)
    assert layer.build((None, 3)) == (None, 2)
    kernel, bias = layer.get_weights()
    assert kernel.shape == (3, 2) and not bias.any()
    X = np.ones((1, 3))
    np.testing.assert_allclose(layer(X), X @ kernel, rtol=1e-6)
    assert len(layer.weights) == 2 and layer.output_shape == (None, 2)


def test_training_call_draws_and_a_call_in_use_does_not():
    layer, X = Dropout(0.5), np.ones((4, 8))
    assert (layer(X, training=True) == 0).any()
    first, second = (layer(X, training=True) for _ in range(2))
    assert not np.array_equal(first, second)
    again = Dropout(0.5)
    assert (again(X, training=True) == 0).any() and np.array_equal(again(X), X)  # a call in use doesn't count
    assert np.array_equal(again(X, training=True), first)
    assert np.array_equal(layer(X), X)


def test_concatenate_of_whole_numbers_stays_whole():
    from chainrule.layers import Embedding

    a, b = Input((1,), dtype="int64"), Input((2,), dtype="int64")
    out = Flatten()(Embedding(4, 2)(Concatenate()([a, b])))
    model = Model([a, b], out, seed=0)
    assert model([np.array([[0]]), np.array([[1, 3]])]).shape == (1, 6)
