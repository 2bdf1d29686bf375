"""Filters, feature maps, and the decision boundary."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule import plots
from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.layers import Conv1D, Conv2D, Dense, DepthwiseConv2D, Flatten, Input, MaxPooling2D
from chainrule.models import Model, Sequential
from chainrule.tables import TableModel


def words_of(figure) -> str:
    return figure.layout.title.subtitle.text.replace("<br>", " ")


def seeing(channels: int = 1) -> Sequential:
    layers = [
        Conv2D(4, 3, activation="relu"),
        MaxPooling2D(2),
        Flatten(),
        Dense(2, activation="softmax"),
    ]
    return Sequential([Input(shape=(8, 8, channels)), *layers], seed=0)


def tile(Z: np.ndarray, number: int, size: int, columns: int) -> np.ndarray:
    """Return one picture of those that are side by side."""
    top, left = number // columns * (size + 1), number % columns * (size + 1)
    return np.asarray(Z)[top : top + size, left : left + size]


# Filters


def test_filters_of_one_channel_are_the_kernel_itself():
    model = seeing()
    Z = plots.filters(model).data[0].z
    kernel = model.get_weights()[0]
    for number in range(4):
        assert tile(Z, number, 3, 3) == pytest.approx(kernel[:, :, 0, number])
    assert np.isnan(Z[3]).all(), "a gap of one between rows"


def test_filters_of_three_channels_are_in_colour_with_0_as_mid_grey():
    model = seeing(channels=3)
    arrays = model.get_weights()
    arrays[0][...] = 0.0
    arrays[0][0, 0, 0, 1] = 0.5  # the largest: full red
    model.set_weights(arrays)
    Z = np.asarray(plots.filters(model).data[0].z)
    assert tile(Z, 0, 3, 3)[0, 0].tolist() == [128, 128, 128]
    assert tile(Z, 1, 3, 3)[0, 0].tolist() == [255, 128, 128]


def test_more_channels_are_their_mean():
    model = seeing(channels=5)
    figure = plots.filters(model, dark=True)
    expected = model.get_weights()[0][:, :, :, 2].astype(float).mean(axis=2)
    assert tile(figure.data[0].z, 2, 3, 3) == pytest.approx(expected)
    assert words_of(figure) == "4 filters of 3 × 3, the mean over 5 channels: blue is negative, orange positive."


@pytest.mark.parametrize(
    "layers",
    [
        [Input(shape=(9, 9, 2)), DepthwiseConv2D(3), Flatten(), Dense(1)],
        [Input(shape=(20, 3)), Conv1D(4, 5), Flatten(), Dense(1)],
    ],
    ids=["depthwise", "one axis"],
)
def test_other_convolutions_have_filters_too(layers):
    assert plots.filters(Sequential(layers, seed=0)).data[0].type in ("heatmap", "image")


def test_many_filters_are_cut_and_said():
    model = Sequential([Input(shape=(4, 4, 1)), Conv2D(300, 2)], seed=0)
    figure = plots.filters(model)
    assert "300 filters of 2 × 2 (the first 256 filters are drawn)" in words_of(figure)
    assert np.isfinite(figure.data[0].z).sum() == 256 * 4


# Feature maps


@pytest.mark.parametrize("form", [lambda A: A, lambda A: A[:, :, 0], lambda A: A[None], lambda A: A.tolist()])
def test_feature_maps_are_what_the_layer_puts_out(form):
    model = seeing()
    image = np.random.default_rng(0).normal(size=(8, 8, 1))
    part = Model(model.inputs, model.calls[0].outputs[0])
    expected = part.predict(image[None])[0]
    figure = plots.feature_maps(model, form(image))
    for number in range(4):
        shown = tile(figure.data[0].z, number, 6, 3)
        assert shown == pytest.approx(expected[:, :, number], abs=1e-6)


def test_maps_of_a_layer_by_name():
    image = np.random.default_rng(0).normal(size=(8, 8))
    figure = plots.feature_maps(seeing(), image, "max_pooling2d", dark=True)
    assert words_of(figure).startswith("4 maps of 3 × 3, from 0 to ")


def test_a_map_of_zeros_is_counted():
    model = seeing()
    arrays = model.get_weights()
    arrays[0][...] = 0.0
    model.set_weights(arrays)
    assert words_of(plots.feature_maps(model, np.ones((8, 8)))).endswith("from 0 to 0; 4 of them 0 throughout.")


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda m: plots.filters(m, "conv2"), ArgumentError, r"no convolution named 'conv2'\. Did you mean 'conv2d'"),
        (lambda m: plots.filters(Sequential([Dense(1, input_dim=2)])), ArgumentError, "The model has no convolution"),
        (lambda m: plots.filters("model"), ArgumentError, r"filters takes a model or a run .*; received str\."),
        (lambda m: plots.feature_maps(m, np.ones((9, 9))), ShapeError, r"shape \(8, 8, 1\); received .* \(9, 9\)"),
        (
            lambda m: plots.feature_maps(m, np.ones((8, 8)), "flatten"), ArgumentError,
            r"of one image 'flatten' makes the shape \(36,\): choose a layer before it is flattened",
        ),
        (lambda m: plots.feature_maps(m, np.ones((8, 8)), "pool"), ArgumentError, "no layer that computes named"),
    ],
)  # fmt: skip
def test_what_is_refused_of_images(call, kind, message):
    with pytest.raises(kind, match=message):
        call(seeing())


# The decision boundary


class Ramp:
    """A classifier whose probability of class 1 is its first feature plus a tenth of the third."""

    def predict(self, X, batch_size=None):
        return np.clip(X[:, [0]] + X[:, [2]] / 10, 0, 1)


X = np.array([[0.0, 0.0, 2.0], [1.0, 1.0, 4.0], [0.5, 0.2, 100.0]])


def maps_of(figure) -> list:
    return [trace for trace in figure.data if trace.type == "heatmap"]


def test_a_slice_holds_the_others_at_their_medians():
    figure = plots.decision_boundary(Ramp(), X, [0, 1, 1], classes=["no", "yes"])
    no, yes = maps_of(figure)
    # The third feature's median is 4, so class 1 begins where the first is 0.1.
    begins = yes.x[np.isfinite(yes.z[0]).argmax()]
    assert begins == pytest.approx(0.1, abs=0.02)
    assert (np.isfinite(no.z) ^ np.isfinite(yes.z)).all(), "each place has one class"
    assert np.nanmax(yes.z) == pytest.approx(1)
    assert words_of(figure) == "Held at their median or most frequent value: feature 2 4."
    points = {trace.name: trace.x.tolist() for trace in figure.data if trace.type == "scatter"}
    assert points == {"no": [0.0], "yes": [1.0, 0.5]}


def test_softmax_logits_one_hot_and_names_of_columns():
    model = Sequential([Dense(3, input_dim=2)], seed=0)
    from chainrule.losses import CategoricalCrossentropy

    model.compile(loss=CategoricalCrossentropy(from_logits=True))
    rows = np.random.default_rng(0).normal(size=(30, 2))
    figure = plots.decision_boundary(model, rows, np.eye(3)[np.arange(30) % 3], names=["a", "b"], dark=True)
    assert len(maps_of(figure)) == 3
    P = np.nanmax([np.nan_to_num(part.z) for part in maps_of(figure)], axis=0)
    outputs = model.predict(np.array([[maps_of(figure)[0].x[0], maps_of(figure)[0].y[0]]]))
    expected = np.exp(outputs) / np.exp(outputs).sum()
    assert P[0, 0] == pytest.approx(expected.max(), rel=1e-4)
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("a", "b")


@pytest.fixture(scope="module")
def fruit():
    n = np.arange(80)
    table = {"x": n % 20 / 1.0, "size": (n % 7) / 1.0, "color": np.where(n % 2, "red", "blue")}
    ripe = np.where(n % 20 > 9, "yes", "no")
    model = TableModel.fit(table | {"ripe": ripe}, target="ripe", layers=[8], learning_rate=0.05, epochs=40)
    return model, table, ripe


def test_a_table_model_is_drawn_by_its_columns(fruit):
    model, table, ripe = fruit
    figure = plots.decision_boundary(model, table, ripe, features=("x", "size"))
    assert [trace.name for trace in figure.data if trace.type == "scatter"] == ["no", "yes"]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("x", "size")
    assert words_of(figure) == "Held at their median or most frequent value: color blue."
    same = plots.decision_boundary(model, table | {"ripe": ripe}, "ripe", features=("x", "size"))
    assert [trace.name for trace in same.data] == [trace.name for trace in figure.data]


def test_what_a_table_refuses(fruit):
    model, table, ripe = fruit
    for features, message in [
        (("x", "color"), "Column 'color' holds no numbers, so it can't be an axis"),
        (("x", "sise"), r"The table has no column 'sise'\. Did you mean 'size'"),
        (("x",), r"decision_boundary draws two features, such as \(0, 1\); received \('x',\)"),
    ]:
        with pytest.raises(ArgumentError, match=message):
            plots.decision_boundary(model, table, ripe, features=features)
    with pytest.raises(ArgumentError, match="y is the classes of the rows, or 'ripe'"):
        plots.decision_boundary(model, table, "ripe", features=("x", "size"))


@pytest.mark.parametrize(
    ("arguments", "more", "kind", "message"),
    [
        ((3, X, [0, 1, 1]), {}, ArgumentError, r"decision_boundary takes a trained model; received int\."),
        ((Ramp(), X[:, :1], [0, 1, 1]), {}, ShapeError, r"rows of at least two features; received X of shape \(3, 1\)"),
        ((Ramp(), X, [0, 1]), {}, ShapeError, "X has 3 rows and y has 2: give one class for each row"),
        ((Ramp(), X, [0, 1, 2]), {}, DataError, "y holds class numbers from 0 to 1; received values from 0 to 2"),
        ((Ramp(), X, ["a", "b", "c"]), {"classes": ["a", "b"]}, DataError, "y holds 'c', which is none of the classes"),
        ((Ramp(), X, [0, 1, 1]), {"features": (0, 7)}, ArgumentError, "X has no feature 7; it has those from 0 to 2"),
        ((Ramp(), X, [0, 1, 1]), {"features": (1, 1)}, ArgumentError, "two different features"),
        ((Ramp(), X, [0, 1, 1]), {"classes": ["a"]}, ShapeError, "The model knows 2 classes; received 1 names"),
        ((Ramp(), X, [0, 1, 1]), {"names": ["a"]}, ShapeError, "draws two features; received 1 names: give two"),
        ((Ramp(), [["a", "b"]], [0]), {}, DataError, "decision_boundary takes numbers; X can't be read as such"),
        (
            (Ramp(), np.where(X == 1, np.nan, X), [0, 1, 1]),
            {},
            DataError,
            "NaN or infinity, first in row 1, column 0",
        ),
    ],
)
def test_what_decision_boundary_refuses(arguments, more, kind, message):
    with pytest.raises(kind, match=message):
        plots.decision_boundary(*arguments, **more)


def test_outputs_that_are_no_probabilities_are_refused():
    model = Sequential([Dense(1, input_dim=2, kernel_initializer="ones")], seed=0)
    with pytest.raises(ArgumentError, match=r"class probabilities; this model's outputs go from .* end the network"):
        plots.decision_boundary(model, 9 * X[:, :2], [0, 1, 1])
