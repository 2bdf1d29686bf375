"""`model.check_gradients`: what it proves, what it forgives, and that it catches what is wrong."""

import dataclasses

import numpy as np
import pytest

from chainrule.errors import ArgumentError, DataError, GradientError, NotReadyError
from chainrule.layers import (
    Activation,
    Add,
    BatchNormalization,
    Concatenate,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GaussianNoise,
    Input,
    LayerNormalization,
    Maximum,
    Multiply,
    PReLU,
)
from chainrule.models import Model, Sequential
from chainrule.ops import OPERATIONS


def rng():
    return np.random.default_rng(4)


X = rng().normal(size=(12, 4))
Y = rng().normal(size=(12, 1))
XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0.0, 1.0, 1.0, 0.0])


def chain(*layers, loss="mse", columns=4, **options):
    model = Sequential([Input((columns,)), *layers], seed=1)
    model.compile(loss=loss, optimizer="sgd", **options)
    return model


def names(report, mode=None):
    return [f"{row.layer}/{row.quantity}" for row in report.rows if mode in (None, row.mode)]


# What it proves
# ---------------------------------------------------------------------------------------------------------


def test_every_layers_input_every_weight_and_the_loss_in_the_order_of_the_network():
    model = chain(Dense(3, activation="tanh"), Dense(1))
    report = model.check_gradients(X, Y)
    assert report.passed, report
    assert names(report) == [
        "dense/input",
        "dense/kernel",
        "dense/bias",
        "dense_1/input",
        "dense_1/kernel",
        "dense_1/bias",
        "loss/prediction",
    ]
    assert [row.shape for row in report.rows[:3]] == [(12, 4), (4, 3), (3,)]
    assert {row.mode for row in report.rows} == {"training"}
    assert max(row.relative for row in report.rows) < 1e-6


def test_weights_settings_and_dtype_of_the_model_are_not_changed():
    model = chain(Dense(3, activation="relu"), BatchNormalization(), Dropout(0.5), Dense(1))
    model.fit(X, Y, epochs=1, verbose=0)
    before, step = model.get_weights(), model.optimizer.iterations
    assert model.check_gradients(X, Y).passed
    assert all(np.array_equal(a, b) and b.dtype == np.float32 for a, b in zip(before, model.get_weights(), strict=True))
    assert model.optimizer.iterations == step
    assert repr(model.check_gradients(X, Y)) == repr(model.check_gradients(X, Y))


def test_both_modes_where_they_differ_and_one_where_asked():
    model = chain(Dense(5), BatchNormalization(), Activation("relu"), Dropout(0.4), GaussianNoise(0.1), Dense(1))
    for mode, expected in (("both", {"training", "use"}), ("training", {"training"}), ("use", {"use"})):
        report = model.check_gradients(X, Y, mode=mode)
        assert report.passed, report
        assert {row.mode for row in report.rows} == expected
    assert "dropout/input" in names(report=model.check_gradients(X, Y), mode="training")
    assert "dropout/input" not in names(report=model.check_gradients(X, Y), mode="use")


@pytest.mark.parametrize("weights", [None, np.linspace(0.0, 2.0, 12)])
def test_sample_weights_regularizers_and_constraints(weights):
    model = chain(
        Dense(4, activation="tanh", kernel_regularizer="l2", bias_regularizer="l1", kernel_constraint="max_norm"),
        Dense(1, kernel_regularizer="l1_l2"),
    )
    report = model.check_gradients(X, Y, sample_weight=weights)
    assert report.passed, report


def test_several_inputs_and_outputs_with_loss_weights():
    a, b = Input((4,), name="a"), Input((4,), name="b")
    h = Dense(5, activation="tanh")(Concatenate()([a, b]))
    first, second = Dense(1, name="first")(h), Dense(3, activation="softmax", name="second")(h)
    model = Model([a, b], [first, second], seed=1)
    model.compile(loss=["mse", "sparse_categorical_crossentropy"], loss_weights=[0.3, 2.0])
    targets = [Y, rng().integers(0, 3, size=12)]
    report = model.check_gradients({"a": X, "b": X[::-1]}, targets)
    assert report.passed, report
    assert names(report)[-2:] == ["first_loss/prediction", "second_loss/logits"]
    assert names(report)[:2] == ["concatenate/input 1", "concatenate/input 2"]
    model.compile(loss=[None, "sparse_categorical_crossentropy"])
    report = model.check_gradients([X, X], [None, targets[1]])
    assert report.passed, report
    assert {row.note for row in report.rows if row.layer == "first"} == {"zero"}


def test_shared_layers_residuals_and_gates():
    a, shared = Input((4,)), Dense(4, activation="tanh", name="shared")
    h = shared(shared(a))
    out = Dense(1)(Add()([a, Multiply()([h, Maximum()([h, a])])]))
    model = Model(a, out, seed=1)
    model.compile(loss="huber")
    report = model.check_gradients(X, Y)
    assert report.passed, report
    assert names(report).count("shared/kernel") == 1
    assert [name for name in names(report) if name.startswith("shared/input")] == ["shared/input 1", "shared/input 2"]


def test_nested_models_with_layers_of_one_name():
    encoder = Sequential([Input((4,)), Dense(3, activation="tanh", name="dense"), Dropout(0.3)], name="encoder", seed=1)
    model = chain(Dense(4, name="dense"), encoder, Dense(1, name="last"))
    report = model.check_gradients(X, Y)
    assert report.passed, report
    assert names(report, "training") == [
        "dense/input",
        "dense/kernel",
        "dense/bias",
        "encoder/dense/input",
        "encoder/dense/kernel",
        "encoder/dense/bias",
        "encoder/dropout/input",
        "last/input",
        "last/kernel",
        "last/bias",
        "loss/prediction",
    ]


def test_embeddings_have_no_input_gradient():
    model = Sequential([Embedding(6, 3, input_length=2), Flatten(), Dense(1)], seed=1)
    model.compile(loss="mse")
    report = model.check_gradients(rng().integers(0, 6, size=(12, 2)), Y)
    assert report.passed, report
    assert names(report)[:2] == ["embedding/embeddings", "flatten/input"]


def test_frozen_layers_keep_their_inputs_in_the_report_and_not_their_weights():
    model = chain(Dense(3, activation="tanh"), BatchNormalization(trainable=False), Dense(1))
    model.layers[0].trainable = False
    report = model.check_gradients(X, Y)
    assert report.passed, report
    assert names(report)[:3] == ["dense/input", "batch_normalization/input", "dense_1/input"]
    model.trainable = False
    assert names(model.check_gradients(X, Y)) == [
        "dense/input",
        "batch_normalization/input",
        "dense_1/input",
        "loss/prediction",
    ]


PAIRS = [
    *[
        (loss, last)
        for loss in ("mse", "mae", "huber", "log_cosh", "sum_of_squares")
        for last in (None, "relu", "sigmoid")
    ],
    *[("binary_crossentropy", last) for last in ("sigmoid", "hard_sigmoid")],
    *[("kl_divergence", last) for last in ("softmax", "sigmoid")],
    *[("categorical_crossentropy", last) for last in ("softmax", "sigmoid")],
    ("poisson", "exponential"),
    ("poisson", "softplus"),
    ("hinge", "tanh"),
    ("hinge", None),
    ("squared_hinge", None),
    ("quantile", None),
]


@pytest.mark.filterwarnings("ignore:.* ends in sigmoid, and CategoricalCrossentropy")
@pytest.mark.parametrize(("loss", "last"), PAIRS)
def test_every_loss_with_the_activations_that_it_is_used_with(loss, last):
    units = 3 if loss in ("kl_divergence", "categorical_crossentropy") else 1
    targets = {1: np.abs(Y) if loss == "poisson" else (Y > 0).astype(float), 3: np.eye(3)[np.arange(12) % 3]}[units]
    model = chain(Dense(4, activation="tanh"), Dense(units, activation=last), loss=loss)
    report = model.check_gradients(X, targets)
    assert report.passed, report


@pytest.mark.filterwarnings("ignore:.* ends in sigmoid, and SparseCategoricalCrossentropy")
@pytest.mark.parametrize("last", ["softmax", "sigmoid"])
def test_sparse_labels(last):
    model = chain(Dense(4, activation="tanh"), Dense(3, activation=last), loss="sparse_categorical_crossentropy")
    report = model.check_gradients(X, np.arange(12) % 3)
    assert report.passed, report


@pytest.mark.parametrize("loss", ["BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy"])
def test_losses_from_logits(loss):
    from chainrule import losses

    units = 1 if loss.startswith("Binary") else 3
    targets = {"B": (Y > 0).astype(float), "C": np.eye(3)[np.arange(12) % 3], "S": np.arange(12) % 3}[loss[0]]
    model = chain(Dense(units), loss=getattr(losses, loss)(from_logits=True))
    report = model.check_gradients(X, targets)
    assert report.passed, report


@pytest.mark.parametrize(
    "activation",
    ["arctan", "celu", "elu", "exponential", "gelu", "hard_sigmoid", "hard_swish", "hard_tanh", "leaky_relu", "linear",
     "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu", "softmax", "softplus", "softsign", "tanh"],
)  # fmt: skip
def test_every_activation_within_a_network(activation):
    model = chain(Dense(5, activation=activation), PReLU(), Dense(1))
    report = model.check_gradients(X, Y)
    assert report.passed, report


# What it forgives
# -------------------------------------------------------------------------------------------------------


def test_xor_puts_relus_on_their_kink():
    x, y = XOR
    model = chain(Dense(8, activation="relu"), Dense(1, activation="sigmoid"), loss="binary_crossentropy", columns=2)
    report = model.check_gradients(x, y)
    assert report.passed, report
    assert "kink" in {row.note for row in report.rows}
    assert "kink: the slope jumps here" in str(report)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "relu6", "hard_tanh"])
def test_zeros_that_layers_make_are_kinks_too(activation):
    # ReLU's and dropout's zeros come before a layer that has its kink there.
    model = chain(Dense(6, activation="relu"), Dropout(0.5), Activation(activation), PReLU(), Dense(1))
    report = model.check_gradients(X, Y)
    assert report.passed, report


def test_a_prediction_that_hits_its_target_is_a_kink_of_the_absolute_error():
    model = chain(Dense(1, kernel_initializer="zeros"), loss="mae")
    targets = np.where(np.arange(12)[:, None] < 6, 0.0, 1.0)
    report = model.check_gradients(X, targets)
    assert report.passed, report
    assert "kink" in {row.note for row in report.rows}


def test_penalties_at_zero_are_kinks_too():
    model = chain(Dense(3, kernel_regularizer="l1", kernel_initializer="zeros", activation="tanh"), Dense(1))
    assert model.check_gradients(X, Y).passed


@pytest.mark.parametrize("scale", [1e-6, 1e3, 1e6, 1e9])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_unscaled_data_raise_no_false_alarm(scale, activation):
    model = chain(Dense(8, activation=activation), Dense(1))
    for x, y in ((scale * X, Y), (X, scale * Y), (scale * X, scale * Y), (X + scale, scale * Y)):
        report = model.check_gradients(x, y)
        assert report.passed, report


@pytest.mark.parametrize(("last", "loss"), [("sigmoid", "binary_crossentropy"), ("sigmoid", "mse"), ("tanh", "mse")])
def test_saturated_outputs_raise_no_false_alarm(last, loss):
    model = chain(Dense(1, activation=last, kernel_initializer="ones"), loss=loss)
    for scale in (10, 100, 1e4):
        report = model.check_gradients(scale * X, (Y > 0).astype(float))
        assert report.passed, report


def test_dead_units_are_noted_as_zero():
    model = chain(Dense(3, activation="relu", bias_initializer="zeros"), Dense(1))
    model.layers[0].set_weights([np.zeros((4, 3)), -np.ones(3)])
    report = model.check_gradients(X, Y)
    assert report.passed, report
    assert {f"{row.layer}/{row.quantity}": row.note for row in report.rows}["dense/kernel"] == "zero"
    assert "zero: the gradient is 0 everywhere" in str(report)


# What it catches
# --------------------------------------------------------------------------------------------------------

SPOILT = {
    "sign": lambda G: -G,
    "zero": lambda G: 0 * G,
    "twice": lambda G: 2 * G,
    "one percent": lambda G: 1.01 * G,
    "transposed": lambda G: G.T.reshape(G.shape),
    "one entry": lambda G: np.where(np.arange(G.size).reshape(G.shape) == int(np.abs(G).argmax()), 0, G),
}


def spoil(monkeypatch, name, position, change):
    """Put an operation into the registry whose gradient of one array is wrong."""
    right = OPERATIONS[name]

    def backward(dY, cache):
        found = right.backward(dY, cache)
        if not isinstance(found, tuple):
            return change(found)
        return tuple(change(G) if number == position and G is not None else G for number, G in enumerate(found))

    monkeypatch.setitem(OPERATIONS, name, dataclasses.replace(right, backward=backward))


def network():
    """Return a model that has many operations, each in a layer of its name, and data."""
    x = Input((4,))
    h = Dense(5, name="dense")(x)
    h = Activation("tanh", name="tanh")(h)
    h = LayerNormalization(name="layer_normalise")(h)
    h = PReLU(name="prelu")(h)
    h = BatchNormalization(name="batch_normalise")(h)
    h = Dropout(0.3, name="dropout")(h)
    h = Multiply(name="multiply")([h, Activation("sigmoid", name="sigmoid")(h)])
    h = Activation("softmax", name="softmax")(h)
    model = Model(x, Dense(2, name="end")(h), seed=1)
    for name, weight in model.named_weights(trainable_only=True):
        weight.assign(weight.numpy() + 0.3 * np.random.default_rng(len(name)).normal(size=weight.shape))
    model.compile(loss="mse")
    return model, rng().normal(size=(12, 2))


def test_the_network_passes_unspoilt():
    model, targets = network()
    report = model.check_gradients(X, targets)
    assert report.passed, report


@pytest.mark.parametrize("change", SPOILT.values(), ids=SPOILT)
@pytest.mark.parametrize(
    ("operation", "position"),
    [
        ("tanh", 0),
        ("layer_normalise", 0),
        ("layer_normalise", 1),
        ("layer_normalise", 2),
        ("prelu", 0),
        ("prelu", 1),
        ("batch_normalise", 0),
        ("batch_normalise", 1),
        ("batch_normalise", 2),
        ("dropout", 0),
        ("multiply", 0),
        ("multiply", 1),
        ("sigmoid", 0),
        ("softmax", 0),
    ],
)
def test_a_wrong_gradient_is_caught_and_its_layer_named(monkeypatch, operation, position, change):
    model, targets = network()
    before = model.gradients(X, targets, training=True)
    spoil(monkeypatch, operation, position, change)
    after = model.gradients(X, targets, training=True)
    report = model.check_gradients(X, targets, mode="training")
    unchanged = all(np.allclose(before[name], after[name], rtol=1e-5, atol=1e-7) for name in before)
    assert unchanged or not report.passed, report
    # A vector is its own transpose: only then is a change none.
    assert not unchanged or change is SPOILT["transposed"]
    if not report.passed:
        assert report.culprit == operation


@pytest.mark.parametrize("change", SPOILT.values(), ids=SPOILT)
@pytest.mark.parametrize(("position", "quantity"), [(0, "input"), (1, "kernel"), (2, "bias")])
def test_a_wrong_gradient_of_dense_is_caught(monkeypatch, position, quantity, change):
    spoil(monkeypatch, "dense", position, change)
    model = chain(Dense(4, activation="tanh"), Dense(4, activation="tanh"), Dense(2))
    report = model.check_gradients(X, rng().normal(size=(12, 2)))
    wrong = {row.quantity for row in report.failures}
    if quantity == "bias" and change is SPOILT["transposed"]:
        assert report.passed  # a vector is its own transpose
    else:
        assert quantity in wrong and report.culprit == "dense_2"


@pytest.mark.parametrize("change", [change for name, change in SPOILT.items() if name != "transposed"])
@pytest.mark.parametrize(
    ("operation", "loss", "last"),
    [
        ("mean_squared_error", "mse", None),
        ("huber", "huber", None),
        ("binary_crossentropy", "binary_crossentropy", "hard_sigmoid"),
        ("binary_crossentropy_logits", "binary_crossentropy", "sigmoid"),
    ],
)
def test_a_wrong_gradient_of_the_loss_is_caught(monkeypatch, operation, loss, last, change):
    spoil(monkeypatch, operation, 0, change)
    report = chain(Dense(3, activation="tanh"), Dense(1, activation=last), loss=loss).check_gradients(X, (Y > 0) * 1.0)
    assert not report.passed and report.culprit == "loss"


def test_a_wrong_penalty_is_caught():
    from chainrule.regularizers import L2

    class Wrong(L2):
        def gradient(self, W):
            return 0.5 * super().gradient(W)

    report = chain(Dense(3, kernel_regularizer=Wrong(0.1)), Dense(1)).check_gradients(X, Y)
    assert [f"{row.layer}/{row.quantity}" for row in report.failures] == ["dense/kernel"]


def test_a_wrong_gradient_is_caught_on_a_kink_too(monkeypatch):
    x, y = XOR
    for change in (SPOILT["sign"], SPOILT["zero"], SPOILT["twice"]):
        with monkeypatch.context() as patch:
            spoil(patch, "relu", 0, change)
            report = chain(Dense(8, activation="relu"), Dense(1), columns=2).check_gradients(x, y)
            assert not report.passed and report.culprit == "dense"


def test_a_wrong_gradient_is_caught_with_a_large_loss(monkeypatch):
    spoil(monkeypatch, "tanh", 0, SPOILT["twice"])
    report = chain(Dense(8, activation="tanh"), Dense(1)).check_gradients(X, 1e6 * Y)
    assert not report.passed and report.culprit == "dense"


# What it refuses
# --------------------------------------------------------------------------------------------------------


def test_refusals():
    model = Sequential([Dense(1, input_dim=4)], seed=0)
    with pytest.raises(NotReadyError) as error:
        model.check_gradients(X, Y)
    assert str(error.value).startswith("check_gradients needs a loss and an optimizer: call model.compile(")
    model.compile(loss="mse")
    with pytest.raises(ArgumentError) as error:
        model.check_gradients(X, Y, mode="trainning")
    assert str(error.value) == (
        "There is no mode of check_gradients named 'trainning'. Did you mean 'training'? Known: both, training, use."
    )
    with pytest.raises(ArgumentError) as error:
        model.check_gradients(X, Y, max_rows=0)
    assert str(error.value) == "check_gradients's max_rows is a whole number of at least 1; received 0."
    with pytest.raises(GradientError, match="Layer 'dense' can't be trained: "):
        chain(Dense(1, activation="binary_step")).check_gradients(X, Y)
    with pytest.raises(DataError, match=r"The loss is (inf|nan), so there is no slope to measure: scale x and y"):
        chain(Dense(1, activation="exponential")).check_gradients(1e6 * X, Y)


def test_a_model_that_waits_for_data_is_built_and_rows_are_limited():
    model = Sequential([Dense(2, activation="tanh"), Dense(1)], seed=0)
    model.compile(loss="mse")
    report = model.check_gradients(X, Y, max_rows=3)
    assert report.passed and report.rows[0].shape == (3, 4)
    assert model.check_gradients(X[:1], Y[:1]).passed


def test_few_forward_passes_whatever_the_size(monkeypatch):
    from chainrule.engines.reference import Reference

    passes, run = [], Reference.run

    def counted(self, *arguments, **options):
        passes.append(1)
        return run(self, *arguments, **options)

    monkeypatch.setattr(Reference, "run", counted)
    model = chain(
        Dense(128, activation="relu"), Dense(10, activation="softmax"), columns=784, loss="categorical_crossentropy"
    )
    x = rng().normal(size=(32, 784))
    report = model.check_gradients(x, np.eye(10)[np.arange(32) % 10])
    assert report.passed, report
    assert len(passes) < 40 * len(report.rows)
