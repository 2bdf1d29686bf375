"""`summary`, `_repr_html_`, and the architecture as plain values."""

from __future__ import annotations

import json

import numpy as np
import pytest

from chainrule.errors import ModelFileError
from chainrule.layers import Add, Concatenate, Dense, Dropout, Embedding, Flatten, Input
from chainrule.models import Model, Sequential


def lines_of(model):
    printed = []
    model.summary(print_fn=printed.append)
    return printed[0].splitlines()


def graph():
    a, b = Input(shape=(4,), name="a"), Input(shape=(3,), name="b")
    shared = Dense(4, activation="relu", name="shared")
    h = Add()([shared(a), shared(Dense(4)(b))])
    return Model([a, b], [Dense(1, name="left")(h), Dense(2, name="right")(Concatenate()([a, b]))], seed=4)


def test_summary_names_shapes_and_counts():
    model = Sequential([Dense(12, input_dim=8, name="first"), Dropout(0.2), Dense(1)])
    model.layers[0].trainable = False
    text = "\n".join(lines_of(model))
    assert "first (Dense)" in text and "(None, 12)" in text and "108" in text and "frozen" in text
    assert "121 parameters (0.5 kB of float32), 13 of them trainable" in text
    assert f"engine: {model.engine}" in text and model.engine.name in ("native", "reference")


@pytest.mark.parametrize("name", ["d", "a_layer_with_a_name_that_is_much_too_long_for_any_column_of_a_table"])
def test_summary_fits_into_80_columns(name):
    x = Input(shape=(4,))
    inner = Model(x, [Dense(1000, name=name)(x), Dense(10_000)(x)], name="within")
    model = Model(x, inner(x))
    assert max(map(len, lines_of(model))) <= 80
    assert max(map(len, lines_of(graph()))) <= 80


def test_summary_before_the_input_is_known():
    model = Sequential([Dense(1)])
    assert "not built" in lines_of(model)[0] and "dense (Dense)" in lines_of(model)[1]
    assert model._repr_html_().startswith("<pre>")


def test_html_is_a_table_that_needs_nothing_from_elsewhere():
    model = Sequential([Dense(1, input_dim=2, name="a<b")], name="x&y")
    page = model._repr_html_()
    assert "a&lt;b (Dense)" in page and "x&amp;y" in page and "<script" not in page and "http" not in page


@pytest.mark.parametrize(
    "make",
    [
        lambda: Sequential(
            [Dense(4, input_dim=3, activation="relu", kernel_regularizer="l2"), Dropout(0.5), Dense(1)], seed=3
        ),
        lambda: Sequential([Embedding(10, 4, input_length=3), Flatten(), Dense(1)], name="text", seed=3),
        lambda: Sequential(
            [Sequential([Dense(2, input_dim=3)], name="inner", seed=8), Dense(1)], seed=3, dtype="float32"
        ),
        lambda: Sequential([Input(shape=(3,)), Dense(1)], seed=3, dtype="float64"),
        graph,
    ],
    ids=["chain", "text", "nested", "float64", "graph"],
)
def test_the_config_is_json_and_makes_the_same_model_again(make):
    model = make()
    config = json.loads(json.dumps(model.get_config()))
    copy = type(model).from_config(config)
    assert copy.get_config() == model.get_config()
    assert [name for name, _ in copy.named_weights()] == [name for name, _ in model.named_weights()]
    assert (copy.input_names, copy.output_names, copy.output_shape) == (
        model.input_names,
        model.output_names,
        model.output_shape,
    )
    for a, b in zip(model.get_weights(), copy.get_weights(), strict=True):  # one seed, the same first weights
        np.testing.assert_array_equal(a, b)


def test_a_chain_that_waits_travels_too():
    copy = Sequential.from_config(Sequential([Dense(2), Dense(1)], seed=2).get_config())
    assert not copy.built and len(copy.layers) == 2


def test_to_json():
    assert json.loads(graph().to_json(indent=2))["class"] == "Model"


@pytest.mark.parametrize("place", [[5, 0], [-1, 7], [-2, 0], [0, 1]])
def test_a_graph_that_refers_to_nothing_is_refused(place):
    config = graph().get_config()
    config["calls"][0]["inputs"] = [place]
    with pytest.raises(ModelFileError, match="refers to output"):
        Model.from_config(config)
