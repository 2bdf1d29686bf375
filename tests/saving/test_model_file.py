"""A model, saved and loaded: the same predictions to the bit, the same settings, the same training from there on."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import chainrule
from chainrule import layers as L  # noqa: N812 (short, since it is on every line)
from chainrule import losses, metrics, optimizers, saving, schedules
from chainrule.errors import ArgumentError, ChainruleError, ModelFileError
from chainrule.models import Model, Sequential
from chainrule.models import model_from_json as from_json
from chainrule.saving import load_model, model_from_json, read_metadata, save_model

RNG = np.random.default_rng(5)
X = RNG.normal(size=(12, 6)).astype(np.float32)
Y = X.sum(axis=1, keepdims=True)


def same_bits(ours, theirs):
    ours, theirs = (one if isinstance(one, list) else [one] for one in (ours, theirs))
    assert len(ours) == len(theirs)
    for A, B in zip(ours, theirs, strict=True):
        assert A.dtype == B.dtype and A.shape == B.shape and A.tobytes() == B.tobytes()


def reloaded(model, tmp_path, **options):
    path = save_model(model, tmp_path / "m.safetensors")
    return load_model(path, **options)


#: One network for every layer that there is: what comes before it, itself, what comes after it.
LAYERS = {
    "Activation": lambda: [L.Activation("gelu")],
    "BatchNormalization": lambda: [L.BatchNormalization(momentum=0.5, gamma_regularizer="l1", beta_initializer="ones")],
    "Dense": lambda: [L.Dense(5, "leaky_relu", kernel_initializer="he_normal", kernel_constraint="max_norm")],
    "Dropout": lambda: [L.Dropout(0.5)],
    "ELU": lambda: [L.ELU(alpha=0.5)],
    "Embedding": lambda: [L.Embedding(4, 3, embeddings_regularizer="l2"), L.Flatten()],
    "Flatten": lambda: [L.Reshape((2, 3)), L.Flatten()],
    "GaussianNoise": lambda: [L.GaussianNoise(0.1)],
    "InputLayer": lambda: [L.InputLayer(shape=(6,)), L.Dense(2)],
    "LayerNormalization": lambda: [L.LayerNormalization(epsilon=1e-2, center=False)],
    "LeakyReLU": lambda: [L.LeakyReLU(0.2)],
    "Normalization": lambda: [L.Normalization(mean=[1.0] * 6, variance=[4.0] * 6)],
    "PReLU": lambda: [L.Reshape((2, 3)), L.PReLU(alpha_initializer="ones", shared_axes=[1]), L.Flatten()],
    "ReLU": lambda: [L.ReLU(max_value=6)],
    "Rescaling": lambda: [L.Rescaling(0.5, offset=[1.0] * 6)],
    "Reshape": lambda: [L.Reshape((3, -1)), L.Flatten()],
    "Softmax": lambda: [L.Softmax()],
    "Conv1D": lambda: [L.Reshape((3, 2)), L.Conv1D(4, 2, padding="causal", groups=2), L.Flatten()],
    "Conv2D": lambda: [L.Reshape((2, 3, 1)), L.Conv2D(2, (1, 2), kernel_constraint="max_norm"), L.Flatten()],
    "Conv2DTranspose": lambda: [
        L.Reshape((1, 3, 2)),
        L.Conv2DTranspose(2, 2, strides=2, padding="same", output_padding=1),
        L.Flatten(),
    ],
    "DepthwiseConv2D": lambda: [
        L.Reshape((2, 3, 1)),
        L.DepthwiseConv2D(2, depth_multiplier=2, depthwise_regularizer="l2"),
        L.Flatten(),
    ],
    "SeparableConv1D": lambda: [L.Reshape((3, 2)), L.SeparableConv1D(2, 2, activation="relu"), L.Flatten()],
    "SeparableConv2D": lambda: [
        L.Reshape((2, 3, 1)),
        L.SeparableConv2D(2, 2, pointwise_initializer="he_normal"),
        L.Flatten(),
    ],
    "MaxPooling1D": lambda: [L.Reshape((3, 2)), L.MaxPooling1D(), L.Flatten()],
    "MaxPooling2D": lambda: [L.Reshape((2, 3, 1)), L.MaxPooling2D((1, 2), padding="same"), L.Flatten()],
    "AveragePooling1D": lambda: [L.Reshape((3, 2)), L.AveragePooling1D(2, 1), L.Flatten()],
    "AveragePooling2D": lambda: [L.Reshape((2, 3, 1)), L.AveragePooling2D(), L.Flatten()],
    "GlobalMaxPooling1D": lambda: [L.Reshape((3, 2)), L.GlobalMaxPooling1D()],
    "GlobalMaxPooling2D": lambda: [L.Reshape((1, 3, 2)), L.GlobalMaxPooling2D(keepdims=True), L.Flatten()],
    "GlobalAveragePooling1D": lambda: [L.Reshape((3, 2)), L.GlobalAveragePooling1D(keepdims=True), L.Flatten()],
    "GlobalAveragePooling2D": lambda: [L.Reshape((1, 3, 2)), L.GlobalAveragePooling2D()],
    "ZeroPadding1D": lambda: [L.Reshape((3, 2)), L.ZeroPadding1D((0, 2)), L.Flatten()],
    "ZeroPadding2D": lambda: [L.Reshape((2, 3, 1)), L.ZeroPadding2D(((1, 0), (0, 2))), L.Flatten()],
    "Cropping1D": lambda: [L.Reshape((3, 2)), L.Cropping1D((0, 1)), L.Flatten()],
    "Cropping2D": lambda: [L.Reshape((2, 3, 1)), L.Cropping2D((0, 1)), L.Flatten()],
    "UpSampling1D": lambda: [L.Reshape((3, 2)), L.UpSampling1D(3), L.Flatten()],
    "UpSampling2D": lambda: [L.Reshape((2, 3, 1)), L.UpSampling2D(interpolation="bilinear"), L.Flatten()],
    "SpatialDropout1D": lambda: [L.Reshape((3, 2)), L.SpatialDropout1D(0.5), L.Flatten()],
    "SpatialDropout2D": lambda: [L.Reshape((1, 3, 2)), L.SpatialDropout2D(0.5), L.Flatten()],
    "GroupNormalization": lambda: [L.GroupNormalization(3, epsilon=1e-2, scale=False)],
    "RandomContrast": lambda: [L.Reshape((2, 3, 1)), L.RandomContrast((0.5, 0.2)), L.Flatten()],
    "RandomCrop": lambda: [L.Reshape((2, 3, 1)), L.RandomCrop(1, 2), L.Flatten()],
    "RandomFlip": lambda: [L.Reshape((2, 3, 1)), L.RandomFlip("horizontal"), L.Flatten()],
    "RandomRotation": lambda: [L.Reshape((2, 3, 1)), L.RandomRotation(0.1, "wrap"), L.Flatten()],
    "RandomTranslation": lambda: [L.Reshape((2, 3, 1)), L.RandomTranslation(0.1, (-0.2, 0.4)), L.Flatten()],
    "RandomZoom": lambda: [L.Reshape((2, 3, 1)), L.RandomZoom(0.2, interpolation="nearest"), L.Flatten()],
    "RMSNormalization": lambda: [L.RMSNormalization(epsilon=1e-2)],
}
MERGES = ("Add", "Average", "Concatenate", "Maximum", "Multiply", "Subtract")


def test_every_layer_is_tried():
    known = {name for name, cls in L.LAYERS.classes.items() if cls.__module__.startswith("chainrule.layers")}
    assert known == {*LAYERS, *MERGES}


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_every_layer(name, tmp_path):
    parts = LAYERS[name]()
    model = Sequential([*parts, L.Dense(1)], seed=1, name="net")
    inputs = RNG.integers(0, 4, (12, 6)) if name == "Embedding" else X
    model.compile(loss="mse", optimizer="adam")
    model.fit(inputs, Y, epochs=1, verbose=0)
    twin = reloaded(model, tmp_path)
    assert type(twin) is Sequential and twin.get_config() == model.get_config()
    same_bits(twin.predict(inputs), model.predict(inputs))
    same_bits(twin.get_weights(), model.get_weights())
    model.fit(inputs, Y, epochs=1, verbose=0)
    twin.fit(inputs, Y, epochs=1, verbose=0)
    same_bits(twin.get_weights(), model.get_weights())


@pytest.mark.parametrize("name", MERGES)
def test_every_merge(name, tmp_path):
    a = L.Input(shape=(6,), name="a")
    merged = getattr(L, name)()([L.Dense(4, name="left")(a), L.Dense(4, name="right")(a)])
    model = Model(a, merged, seed=2)
    same_bits(reloaded(model, tmp_path).predict(X), model.predict(X))


def two_towers(dtype="float32"):
    """Return a model with two inputs, a shared layer, a model within it and two outputs."""
    a, b = L.Input(shape=(6,), name="left"), L.Input(shape=(6,), name="right")
    shared = L.Dense(3, activation="tanh", dtype=dtype)
    inner = Sequential([L.Dense(4, input_dim=3, activation="relu"), L.BatchNormalization()], seed=4, dtype=dtype)
    h = L.Concatenate()([inner(shared(a)), inner(shared(b))])
    return Model(
        [a, b], [L.Dense(1, name="score")(h), L.Dense(2, activation="softmax", name="kind")(h)], seed=7, dtype=dtype
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_functional_models(dtype, tmp_path):
    model = two_towers(dtype)
    kinds = np.arange(12) % 2
    model.compile(
        optimizer=optimizers.SGD(schedules.ExponentialDecay(0.1, 10, 0.9), momentum=0.9, nesterov=True),
        loss={"score": losses.Huber(delta=2.0), "kind": "sparse_categorical_crossentropy"},
        loss_weights={"score": 0.5, "kind": 2.0},
        metrics={"score": ["mae", metrics.R2Score()], "kind": ["accuracy"]},
    )
    data = ([X, X[::-1]], {"score": Y, "kind": kinds})
    model.fit(*data, epochs=2, verbose=0)
    twin = reloaded(model, tmp_path)
    assert type(twin) is Model and twin.dtype == dtype
    assert twin.input_names == ["left", "right"] and twin.output_names == ["score", "kind"]
    assert [name for name, _ in twin.named_weights()] == [name for name, _ in model.named_weights()]
    assert twin.metrics_names == model.metrics_names
    assert twin.compilation.loss_weights == [0.5, 2.0]
    assert twin.optimizer.iterations == model.optimizer.iterations
    assert twin.evaluate(*data, verbose=0) == model.evaluate(*data, verbose=0)
    same_bits(twin.predict(data[0]), model.predict(data[0]))
    model.fit(*data, epochs=2, verbose=0)
    twin.fit(*data, epochs=2, verbose=0)
    same_bits(twin.get_weights(), model.get_weights())


@pytest.mark.parametrize("name", sorted({cls for cls in optimizers.OPTIMIZERS.classes if cls != "LBFGS"}))
def test_training_goes_on_to_the_same_bits(name, tmp_path):
    def trained():
        model = Sequential([L.Dense(4, input_dim=6, activation="tanh"), L.Dropout(0.3), L.Dense(1)], seed=3)
        optimizer = optimizers.OPTIMIZERS.classes[name](
            learning_rate=0.01, use_ema=True, weight_decay=0.01, clipnorm=1.0
        )
        model.compile(loss="mse", optimizer=optimizer)
        model.fit(X, Y, epochs=2, batch_size=5, verbose=0)
        return model

    straight = trained()
    straight.fit(X, Y, epochs=3, batch_size=5, verbose=0)
    stopped = reloaded(trained(), tmp_path)
    stopped.fit(X, Y, epochs=3, batch_size=5, verbose=0)
    same_bits(stopped.get_weights(), straight.get_weights())


def test_a_learning_rate_changed_in_training_is_kept(make_trained, tmp_path):
    model, *_ = make_trained()
    model.optimizer.learning_rate = 0.25
    assert reloaded(model, tmp_path).optimizer.learning_rate == 0.25


def test_layers_frozen_after_training(make_trained, tmp_path):
    model, X, y = make_trained()
    model.layers[0].trainable = False
    twin = reloaded(model, tmp_path)
    assert not twin.layers[0].trainable and twin.optimizer.iterations == model.optimizer.iterations > 0
    model.fit(X, y, epochs=1, verbose=0)
    twin.fit(X, y, epochs=1, verbose=0)
    same_bits(twin.get_weights(), model.get_weights())


def test_all_layers_frozen_after_training(make_trained, tmp_path):
    model, X, _ = make_trained()
    model.trainable = False
    twin = reloaded(model, tmp_path)
    same_bits(twin.predict(X), model.predict(X))


def test_an_optimizer_that_trained_another_model_since_is_left_alone(tmp_path):
    optimizer = optimizers.Adam()
    one, two = (Sequential([L.Dense(1, input_dim=6)], seed=seed) for seed in (1, 2))
    for model in (one, two):
        model.compile(loss="mse", optimizer=optimizer)
        model.fit(X, Y, epochs=1, verbose=0)
    slots = {name: array.copy() for name, array in optimizer.slots.items()}
    assert reloaded(one, tmp_path).optimizer.iterations == 0
    assert all((optimizer.slots[name] == slots[name]).all() for name in slots)


def test_a_model_that_was_not_compiled(tmp_path):
    model = Sequential([L.Dense(2, input_dim=6)], seed=1)
    twin = reloaded(model, tmp_path)
    assert twin.compilation is None
    same_bits(twin.predict(X), model.predict(X))


def test_compiled_before_it_was_built(tmp_path):
    model = Sequential([L.Dense(2)], seed=1)
    model.compile(loss="mse", optimizer="adam")
    model.build((None, 6))
    assert type(reloaded(model, tmp_path).optimizer).__name__ == "Adam"


def test_without_compile_settings(trained, tmp_path):
    assert reloaded(trained[0], tmp_path, compile=False).compilation is None


def test_the_same_model_is_the_same_file(trained, tmp_path):
    one, two = (save_model(trained[0], tmp_path / name).read_bytes() for name in ("a", "b"))
    assert one == two
    twin = load_model(tmp_path / "a")
    assert save_model(twin, tmp_path / "c").read_bytes() == one


def test_names_that_a_model_kept_from_elsewhere(tmp_path):
    # The layer is called dense_1 after its first model; in a model of its own it keeps that name, and its weights too.
    first = Sequential([L.Dense(3, input_dim=6), L.Dense(3)])
    inner = [Sequential([L.Dense(3, input_dim=3)]) for _ in range(2)]
    x = L.Input(shape=(6,))
    both = Model(x, L.Add()([inner[0](first(x)), inner[1](first(x))]))
    assert both.layers[0].name == "sequential"
    alone = Model(y := L.Input(shape=(3,)), inner[1](y))
    same_bits(reloaded(alone, tmp_path).predict(X[:, :3]), alone.predict(X[:, :3]))
    same_bits(reloaded(both, tmp_path).predict(X), both.predict(X))


def test_known_statistics_do_not_come_back_over_loaded_ones(tmp_path):
    layer = L.Normalization(mean=[0.0] * 6, variance=[1.0] * 6)
    model = Sequential([layer, L.Dense(1)], seed=1)
    model.build((None, 6))
    layer.adapt(X + 5)
    twin = reloaded(model, tmp_path)
    same_bits(twin.predict(X), model.predict(X))
    twin.add(L.Dense(1))
    same_bits(twin.layers[0].get_weights(), model.layers[0].get_weights())


def test_data_contract_and_scores(make_trained, tmp_path):
    model, *_ = make_trained()
    model.data_contract = {"columns": [{"name": "größe", "mean": 1.5}], "target": None}
    model.scores = {"val_accuracy": 0.75}
    twin = reloaded(model, tmp_path)
    assert twin.data_contract == model.data_contract and twin.scores == model.scores
    model.scores = [1]
    with pytest.raises(ModelFileError, match=r"model.scores is a dict or None; received \[1\]"):
        save_model(model, tmp_path / "m")
    model.scores = {"f": print}
    with pytest.raises(ModelFileError, match="so nothing was written: the scores can't be written as JSON"):
        save_model(model, tmp_path / "n")
    assert not (tmp_path / "n.safetensors").exists()


def test_read_metadata(trained, tmp_path):
    found = read_metadata(save_model(trained[0], tmp_path / "m"))
    assert found["kind"] == "model" and found["format"] == 1
    assert found["versions"]["chainrule"] == chainrule.__version__
    assert found["model"]["class"] == "Sequential" and found["compile"]["optimizer"]["class"] == "Adam"
    assert found["tensors"]["dense/kernel"] == {"dtype": "float32", "shape": (3, 4)}


class Scale(L.Layer):
    """A layer of the user's own: X times a learnt number a column."""

    def __init__(self, start=1.0, options=None, **more):
        super().__init__(**more)
        self.start, self.options = start, options

    def build(self, input_shape):
        from chainrule.initializers import Constant

        self.factor = self.add_weight("factor", (input_shape[-1],), Constant(self.start))
        return input_shape

    def forward(self, weights, state, X, context):
        return X * weights["factor"], (X, weights["factor"]), state

    def backward(self, dY, cache):
        X, factor = cache
        return dY * factor, {"factor": (dY * X).sum(axis=0)}


def test_layers_of_the_users_own(tmp_path):
    model = Sequential([Scale(2.0, {"why": ["test"]}, input_dim=6), L.Dense(1)], seed=1)
    model.compile(loss="mse", optimizer="adam")
    model.fit(X, Y, epochs=1, verbose=0)
    path = save_model(model, tmp_path / "m")
    twin = load_model(path, custom_layers=[Scale])
    assert twin.layers[0].options == {"why": ["test"]}
    same_bits(twin.predict(X), model.predict(X))
    with pytest.raises(ModelFileError) as caught:
        load_model(path)
    assert str(caught.value) == (
        f"The model file {str(path)!r} can't be read: it asks for the layer 'Scale', which is not one of chainrule's. "
        "If the class is your own, pass it: load_model(path, custom_layers=[Scale])."
    )


def test_custom_objects_are_custom_layers_by_name(tmp_path):
    model = Sequential([Scale(2.0, {"why": ["test"]}, input_dim=6), L.Dense(1)], seed=1)
    path = save_model(model, tmp_path / "m")
    same_bits(load_model(path, custom_objects={"Scale": Scale}).predict(X), model.predict(X))
    Renamed = type("Renamed", (Scale,), {})
    twin = load_model(path, custom_objects={"Scale": Renamed})
    assert type(twin.layers[0]) is Renamed and twin.layers[0].options == {"why": ["test"]}
    assert from_json(model.to_json(), custom_objects={"Scale": Scale}).count_params() == 13  # 6 + 6 + 1
    for wrong, sentence in (
        ([Scale], "custom_objects is a dict, such as {'MyLayer': MyLayer}; received"),
        ({"Scale": 1}, "custom_objects lists classes of your own, such as {'MyLayer': MyLayer}; received 1."),
        ({"Dense": Scale}, "Your class Dense has the name of one of chainrule's; give it another"),
    ):
        with pytest.raises(ArgumentError, match=re.escape(sentence)):
            load_model(path, custom_objects=wrong)


def test_custom_layers_are_classes_with_names_of_their_own(trained, tmp_path):
    path = save_model(trained[0], tmp_path / "m")
    Dense = type("Dense", (L.Layer,), {})
    with pytest.raises(ArgumentError, match="Your class Dense has the name of one of chainrule's; give it another"):
        load_model(path, custom_layers=[Dense])
    with pytest.raises(ArgumentError, match="custom_layers lists classes of your own"):
        load_model(path, custom_layers=["Scale"])
    with pytest.raises(ChainruleError, match="Your class Dense has the name"):
        save_model(Sequential([Dense(input_dim=2)]), tmp_path / "n")


def test_arguments_that_no_file_can_hold(tmp_path):
    model = Sequential([Scale(options=print, input_dim=2)])
    with pytest.raises(ModelFileError, match="the model's description can't be written as JSON"):
        save_model(model, tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


class Tower(Sequential):
    """A subclass that only sets layers up."""

    def __init__(self):
        super().__init__([L.Dense(2, input_dim=6)], seed=1)


def test_a_subclass_that_sets_layers_up_is_a_sequential(tmp_path):
    model = Tower()
    twin = reloaded(model, tmp_path)
    assert type(twin) is Sequential
    same_bits(twin.predict(X), model.predict(X))


def test_a_metric_that_is_a_function_is_left_out(tmp_path):
    def too_high(y_true, y_pred):
        return y_pred > y_true

    model = Sequential([L.Dense(1, input_dim=6)])
    model.compile(loss="mse", optimizer="sgd", metrics=[too_high, "mae"])
    with pytest.warns(UserWarning, match="The metric 'too_high' is a function of your own"):
        twin = reloaded(model, tmp_path)
    assert twin.metrics_names == ["loss", "mae"]


def test_a_layer_within_and_beside_a_model_warns(tmp_path):
    layer = L.Dense(6, name="both")
    inner = Sequential([L.Input(shape=(6,)), layer])
    x = L.Input(shape=(6,))
    model = Model(x, inner(layer(x)))
    with pytest.warns(UserWarning, match="are one weight; once loaded they are two"):
        twin = reloaded(model, tmp_path)
    same_bits(twin.predict(X), model.predict(X))


@pytest.mark.parametrize("name", ["a..b", "a\\b", "..", "a\nb", "x" * 201, "optimizer", "extra"])
def test_names_that_a_file_does_not_take(name, tmp_path):
    model = Sequential([L.Dense(1, input_dim=2, name=name)])
    with pytest.raises(ModelFileError, match=r"Can't save to .*, so nothing was written: .*name"):
        save_model(model, tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


def test_not_built(tmp_path):
    with pytest.raises(ModelFileError, match="input shape is not known yet: call build or fit first"):
        save_model(Sequential([L.Dense(1)]), tmp_path / "m")


def test_overwrite(trained, tmp_path):
    path = save_model(trained[0], tmp_path / "m")
    before = path.read_bytes()
    with pytest.raises(ModelFileError, match="exists, and overwrite=False"):
        save_model(trained[0], tmp_path / "m.safetensors", overwrite=False)
    assert path.read_bytes() == before


def test_old_suffixes_work_for_saving_and_loading(trained, tmp_path):
    with pytest.warns(UserWarning, match=r"'pima.h5' becomes 'pima.safetensors'") as caught:
        trained[0].save(tmp_path / "pima.h5")
    assert len(caught) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["pima.safetensors"]
    same_bits(chainrule.load_model(tmp_path / "pima.h5").get_weights(), trained[0].get_weights())


def test_weights_that_are_not_finite_are_saved_with_a_warning(tmp_path):
    model = Sequential([L.Dense(1, input_dim=1, use_bias=False)])
    model.set_weights([np.array([[np.nan]])])
    with pytest.warns(UserWarning, match="The weight 'dense/kernel' holds NaN or infinity"):
        twin = reloaded(model, tmp_path)
    assert np.isnan(twin.get_weights()[0]).all()


def test_loading_says_nothing_twice(tmp_path):
    model = Sequential([L.Dense(1, input_dim=6, activation="softmax")])
    with pytest.warns(UserWarning, match="softmax"):
        model.compile(loss="mse", optimizer="sgd")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reloaded(model, tmp_path)


def test_model_from_json():
    model = two_towers()
    twin = model_from_json(model.to_json())
    assert twin.get_config() == model.get_config()
    same_bits(twin.get_weights(), model.get_weights())  # the same seed
    with pytest.raises(ModelFileError, match="The text describes no model that can be made: it is damaged: not JSON"):
        model_from_json("{")
    with pytest.raises(ModelFileError, match="what it describes is not a model"):
        model_from_json('{"class": "Dense", "config": {"units": 1}}')
    with pytest.raises(ModelFileError, match="it is not a text, but NoneType"):
        model_from_json(None)


def test_kinds_are_told_apart(trained, tmp_path):
    path = saving.save_weights(trained[0], tmp_path / "w")
    with pytest.raises(ModelFileError, match=r"it holds weights alone: make the model first, then model.load_weights"):
        load_model(path)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.builds(
                L.Dense,
                st.integers(1, 6),
                st.sampled_from(["relu", "tanh", "softmax", None]),
                use_bias=st.booleans(),
                kernel_regularizer=st.sampled_from([None, "l1", "l1_l2"]),
            ),
            st.builds(L.Dropout, st.floats(0, 0.9)),
            st.builds(L.LayerNormalization, epsilon=st.floats(1e-6, 1)),
            st.builds(L.LeakyReLU, st.floats(0, 1)),
        ),
        min_size=1,
        max_size=5,
    ),
    st.integers(0, 2**64 - 1),
    st.sampled_from(["float32", "float64"]),
)
def test_any_chain_comes_back_to_the_bit(tmp_path, chain, seed, dtype):
    model = Sequential([L.Input(shape=(6,)), *chain], seed=seed, dtype=dtype)
    twin = reloaded(model, tmp_path)
    assert twin.get_config() == model.get_config()
    same_bits(twin.predict(X), model.predict(X))
