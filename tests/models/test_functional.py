"""Model: shared layers, several inputs and outputs, models within models, names, and the order of weights."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import ArgumentError, NotReadyError, ShapeError
from chainrule.layers import Add, BatchNormalization, Concatenate, Dense, Input
from chainrule.models import Model, Sequential

rng = np.random.default_rng(0)
A, B = rng.normal(size=(6, 2)), rng.normal(size=(6, 3))


def test_residual_by_hand():
    x = Input(shape=(2,))
    model = Model(x, Add()([x, Dense(2, kernel_initializer="ones")(x)]))
    # (1, 2) + (1 + 2, 1 + 2)
    np.testing.assert_array_equal(model.predict(np.array([[1, 2]])), [[4, 5]])


def test_a_shared_layer_has_one_set_of_weights_and_the_sum_of_both_gradients():
    layer = Dense(1, use_bias=False, kernel_initializer="ones")
    a, b = Input(shape=(2,)), Input(shape=(2,))
    model = Model([a, b], Add()([layer(a), layer(b)]), dtype="float64")
    model.compile("sgd", "mse")
    assert model.count_params() == 2 and model.layers.count(layer) == 1
    # p = (1 + 2) + (3 + 4) = 10, t = 9: dL/dp = 2, dW = 2 (a + b)
    gradients = model.gradients([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])], np.array([9.0]))
    np.testing.assert_allclose(gradients["dense/kernel"], [[8.0], [12.0]], rtol=1e-14)


def test_a_shared_layer_that_does_not_fit_its_second_input():
    layer = Dense(1)
    layer(Input(shape=(2,)))
    with pytest.raises(ShapeError, match="a shared layer needs the same sizes everywhere; use a second layer"):
        layer(Input(shape=(3,)))


def two_by_two(**compile_arguments):
    a, b = Input(shape=(2,), name="a"), Input(shape=(3,), name="b")
    joined = Concatenate()([a, b])
    model = Model(
        [a, b],
        [Dense(1, name="left")(joined), Dense(3, activation="softmax", name="right")(joined)],
        seed=1,
        dtype="float64",
    )
    if compile_arguments:
        model.compile("sgd", **compile_arguments)
    return model


LEFT, RIGHT = rng.normal(size=6), np.array([0, 1, 2, 0, 1, 2])
LOSSES = ["mse", "sparse_categorical_crossentropy"]


@pytest.mark.parametrize(
    "x", [[A, B], (A, B), {"a": A, "b": B}, {"b": B, "a": A}], ids=["list", "tuple", "dict", "other order"]
)
@pytest.mark.parametrize("y", [[LEFT, RIGHT], {"right": RIGHT, "left": LEFT}], ids=["list", "dict"])
def test_several_inputs_and_outputs(x, y):
    model = two_by_two(loss=LOSSES, loss_weights=[1.0, 0.5])
    logs = model.evaluate(x, y, return_dict=True)
    assert list(logs) == model.metrics_names == ["loss", "left_loss", "right_loss"]
    left, right = model.predict(x)
    mse = ((left[:, 0] - LEFT) ** 2).mean()
    surprise = -np.log(right[np.arange(6), RIGHT]).mean()
    assert logs["left_loss"] == pytest.approx(mse, rel=1e-12)
    assert logs["right_loss"] == pytest.approx(surprise, rel=1e-12)
    assert logs["loss"] == pytest.approx(mse + 0.5 * surprise, rel=1e-12)


def test_loss_weights_scale_the_gradients():
    one, half = two_by_two(loss=LOSSES), two_by_two(loss=LOSSES, loss_weights={"right": 0.5})
    G, H = (model.gradients([A, B], [LEFT, RIGHT]) for model in (one, half))
    np.testing.assert_allclose(H["left/kernel"], G["left/kernel"], rtol=1e-13)
    np.testing.assert_allclose(H["right/kernel"], G["right/kernel"] / 2, rtol=1e-13)


def test_an_output_without_a_loss_is_only_predicted():
    model = two_by_two(loss={"right": LOSSES[1]})
    assert model.metrics_names == ["loss"]
    before = model.get_layer("left").get_weights()
    model.fit([A, B], {"right": RIGHT}, verbose=0)
    np.testing.assert_array_equal(model.get_layer("left").get_weights()[0], before[0])
    with pytest.raises(ArgumentError, match="Output 'left' has metrics but no loss"):
        model.compile("sgd", {"right": LOSSES[1]}, metrics={"left": ["mae"]})


def test_several_inputs_wrong():
    model = two_by_two(loss=LOSSES)
    with pytest.raises(
        ShapeError, match=r"The model has 2 for x \(a, b\); expected a list of 2 arrays.*received one array"
    ):
        model.predict(A)
    with pytest.raises(ShapeError, match="different numbers of rows: 6 in 'a', 5 in 'b'"):
        model.predict([A, B[:5]])
    with pytest.raises(
        ValueError, match=r"x has no entry 'b'; the model's names for x are \['a', 'b'\], received \['a', 'c'\]"
    ):
        model.predict({"a": A, "c": B})
    with pytest.raises(ShapeError, match=r"Layer 'concatenate' expects 3 columns, and x\['b'\] has 2"):
        model.predict([A, A])
    with pytest.raises(ShapeError, match="The model has 2 for y"):
        model.evaluate([A, B], LEFT)


def test_a_model_in_a_model_shares_its_weights():
    inner = Sequential([Dense(2, input_dim=2)], name="inner", seed=3)
    x = Input(shape=(2,))
    model = Model(x, Dense(1)(inner(x)), seed=1)
    model.compile("sgd", "mse")
    before = inner.get_weights()[0]
    model.fit(A, LEFT, verbose=0)
    assert (inner.get_weights()[0] != before).any()
    assert [name for name, _ in model.named_weights()] == [
        "inner/dense/kernel",
        "inner/dense/bias",
        "dense/kernel",
        "dense/bias",
    ]
    assert list(model.gradients(A, LEFT)) == [name for name, _ in model.named_weights()]
    with pytest.raises(ShapeError, match=r"Model 'inner' takes inputs of shape \(n, 2\); received \(n, 3\)"):
        inner(Input(shape=(3,)))


def test_two_models_that_share_layers_train_in_turn():
    shared = Dense(2, input_dim=2, name="shared")
    first = Sequential([shared, Dense(1)], seed=1)
    x = Input(shape=(2,))
    second = Model(x, Dense(1)(shared(x)), seed=2)
    for model in (first, second, first):
        model.compile("sgd", "mse")
        before = [layer.get_weights()[0] for layer in model.layers]
        model.fit(A, LEFT, verbose=0)
        assert all((a != layer.get_weights()[0]).any() for a, layer in zip(before, model.layers, strict=True))
    np.testing.assert_array_equal(
        first.get_layer("shared").get_weights()[0], second.get_layer("shared").get_weights()[0]
    )


def test_names_are_the_users_or_count_up():
    x = Input(shape=(2,))
    model = Model(x, Dense(1)(Dense(1, name="dense_1")(Dense(1)(Dense(1)(x)))))
    assert [layer.name for layer in model.layers] == ["dense", "dense_2", "dense_1", "dense_3"]
    assert model.input_names == ["input"] and model.output_names == ["dense_3"]


def test_the_same_layer_as_two_outputs_has_two_names():
    layer = Dense(1, name="d")
    a, b = Input(shape=(2,)), Input(shape=(2,))
    model = Model([a, b], [layer(a), layer(b)])
    model.compile("sgd", "mse", metrics=["mae"])
    assert model.input_names == ["input", "input_1"] and model.output_names == ["d", "d_1"]
    assert model.metrics_names == ["loss", "d_loss", "d_1_loss", "d_mae", "d_1_mae"]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Model(), r"Model\(inputs, outputs\) needs both; for a plain chain of layers use Sequential"),
        (
            lambda: Model(np.ones(3), np.ones(3)),
            r"takes what Input\(…\) or a layer called on it returns; received array",
        ),
        (lambda: Model([a := Input((2,), name="a"), Input((2,), name="a")], Dense(1)(a)), "Two inputs are named 'a'"),
        (
            lambda: Model(Input((2,), name="a"), Dense(1)(Input((3,), name="b"))),
            r"Input 'b' of shape \(None, 3\).*add it to Model",
        ),
        (lambda: Model(x := Input((2,)), Dense(1, dtype="float64")(x)), "has dtype 'float64' in a model of 'float32'"),
        (lambda: Dense(1, name="a/b"), "A layer's name is a text without '/'"),
    ],
)
def test_refused(make, sentence):
    with pytest.raises(ArgumentError, match=sentence):
        make()


def test_get_layer():
    model = Sequential([Dense(2, input_dim=2, name="hidden"), Dense(1)])
    assert model.get_layer("hidden") is model.get_layer(index=0) is model.layers[0]
    assert model.get_layer(index=-1) is model.layers[1]
    with pytest.raises(ArgumentError, match=r"There is no layer named 'hiden'. Did you mean 'hidden'?"):
        model.get_layer("hiden")
    with pytest.raises(ArgumentError, match="There is no layer 2: the model has 2 layers"):
        model.get_layer(index=2)
    with pytest.raises(ArgumentError, match="get_layer needs a name or an index"):
        model.get_layer()


def test_weights_come_layer_by_layer_trainable_first():
    model = Sequential([BatchNormalization(input_dim=2), Dense(1)])
    names = [name for name, _ in model.named_weights()]
    bn = "batch_normalization"
    assert names == [
        f"{bn}/gamma",
        f"{bn}/beta",
        f"{bn}/moving_mean",
        f"{bn}/moving_variance",
        "dense/kernel",
        "dense/bias",
    ]
    arrays = [np.full(weight.shape, number, "f") for number, weight in enumerate(model.weights)]
    model.set_weights(arrays)
    for given, found in zip(arrays, model.get_weights(), strict=True):
        np.testing.assert_array_equal(given, found)
    model.get_weights()[0][...] = 9  # a copy
    np.testing.assert_array_equal(model.get_weights()[0], arrays[0])


def test_set_weights_changes_all_or_nothing():
    model = Sequential([Dense(2, input_dim=2)], seed=1)
    kept = model.get_weights()
    with pytest.raises(ShapeError, match=r"has 2 weights \(dense/kernel, dense/bias\); received 1 arrays"):
        model.set_weights(kept[:1])
    with pytest.raises(ShapeError, match=r"The weight dense/bias has shape \(2,\); received an array of shape \(3,\)"):
        model.set_weights([kept[0] + 1, np.ones(3)])
    np.testing.assert_array_equal(model.get_weights()[0], kept[0])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_call_on_arrays_is_predict(dtype):
    model = Sequential([Dense(3, input_dim=2, activation="tanh")], dtype=dtype, seed=1)
    assert model(A).dtype == model.predict(A).dtype == dtype
    np.testing.assert_array_equal(model(A), model.predict(A))
    np.testing.assert_array_equal(model(A.tolist()), model.predict(A))
    np.testing.assert_array_equal(model.predict_on_batch(A), model.predict(A))


def test_a_call_in_training_mode_normalises_by_the_batch_and_changes_nothing():
    model = Sequential([BatchNormalization(input_dim=2)], dtype="float64")
    before = model.get_weights()
    Y = model(A, training=True)
    np.testing.assert_allclose(Y.mean(axis=0), 0, atol=1e-12)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_what_comes_out_is_not_the_callers_array():
    x = Input(shape=(2,))
    model = Model(x, Add()([x, x]), dtype="float64")
    same = Model(model.input, model.input, dtype="float64")
    assert not np.shares_memory(same.predict(A), A)


def test_before_the_input_is_known():
    with pytest.raises(NotReadyError):
        _ = Sequential([Dense(1)]).input
