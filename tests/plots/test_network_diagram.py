"""The drawing of a network: everything is in it, nothing covers anything else, and it is one valid file."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
import pytest

from chainrule.errors import ArgumentError, NotReadyError
from chainrule.layers import Activation, Add, BatchNormalization, Concatenate, Conv2D, Dense, Dropout, Flatten, Input
from chainrule.models import Model, Sequential
from chainrule.plots import network
from chainrule.plots.network_boxes import boxes_of

SVG = "{http://www.w3.org/2000/svg}"


def parsed(diagram):
    return ElementTree.fromstring(diagram.svg)


def words_of(diagram) -> list[str]:
    return ["".join(part.itertext()) for part in parsed(diagram).iter(f"{SVG}text")]


def hints_of(diagram) -> list[str]:
    return [part.text or "" for part in parsed(diagram).iter(f"{SVG}title")]


def rectangles(diagram) -> list[tuple[float, float, float, float]]:
    """Return left, top, right and bottom of each box."""
    found = []
    for box in parsed(diagram).iter(f"{SVG}rect"):
        if "box" in box.attrib.get("class", ""):
            x, y, width, height = (float(box.attrib[name]) for name in ("x", "y", "width", "height"))
            found.append((x, y, x + width, y + height))
    return found


def edges(diagram) -> int:
    return sum(part.attrib.get("class") == "edge" for part in parsed(diagram).iter(f"{SVG}path"))


def chain(n_layers: int) -> Sequential:
    return Sequential([Dense(24, activation="relu", input_dim=32), *(Dense(24) for _ in range(n_layers - 1))], seed=1)


def residual(n_blocks: int) -> Model:
    """Return a network with a way around every block, and two ways in each."""
    x = h = Input((8, 8, 3), name="image")
    h = Conv2D(4, 3, padding="same")(h)
    for _ in range(n_blocks):
        short = Conv2D(4, 1)(h)
        h = Activation("relu")(BatchNormalization()(Conv2D(4, 3, padding="same")(h)))
        h = Add()([short, Conv2D(4, 3, padding="same")(h), h])
    return Model(x, Dense(2)(Flatten()(h)), name="residual", seed=1)


def two_heads() -> Model:
    x, z = Input((5,), name="facts"), Input((3,), name="more")
    h = Concatenate()([Dense(7)(x), z])
    return Model([x, z], [Dense(2, name="classes")(h), Dense(1, name="age")(h)], name="heads", seed=1)


@pytest.mark.parametrize("model", [chain(3), chain(60), residual(1), residual(14), two_heads()])
def test_boxes_lie_apart_and_within_and_every_edge_is_there(model):
    diagram = network(model, detail="layers")
    found = rectangles(diagram)
    boxes = boxes_of(model)
    assert len(found) == len(boxes)
    for left, top, right, bottom in found:
        assert 0 < left < right < diagram.width and 0 < top < bottom < diagram.height
    for (a, b, c, d), (e, f, g, h) in combinations(found, 2):
        assert c < e or g < a or d < f or h < b
    assert edges(diagram) == sum(len(box.before) for box in boxes)
    hints = "\n".join(hints_of(diagram))
    assert all(layer.name in hints for layer in model.layers)


@pytest.mark.parametrize("n_layers", [3, 60])
def test_it_fits_on_a_screen_or_two(n_layers):
    diagram = network(chain(n_layers), detail="layers")
    assert diagram.width < 1920 and diagram.height < 1080


def test_layers_without_weights_stand_with_the_one_before():
    """ReLU and batch normalisation change conv2d's numbers; what two others read ends its box."""
    boxes = boxes_of(residual(1))
    assert [box.lines for box in boxes] == [
        ["Input image"],
        ["Conv2D 4 × 3×3"],
        ["Conv2D 4 × 1×1"],
        ["Conv2D 4 × 3×3", "BatchNormalization", "Activation relu"],
        ["Conv2D 4 × 3×3"],
        ["Add", "Flatten"],
        ["Dense 2"],
    ]
    assert [box.row for box in boxes] == [0, 1, 2, 2, 3, 4, 5]
    assert [box.parameters for box in boxes] == [
        0,
        3 * 4 * 9 + 4,
        4 * 4 + 4,
        4 * 4 * 9 + 4 + 4 * 4,
        4 * 4 * 9 + 4,
        0,
        514,
    ]
    assert boxes[-2].shape == "256" and boxes[-1].ends and boxes[0].starts


def test_a_shared_layer_is_counted_once_and_a_model_within_is_one_box():
    inner = Sequential([Dense(3, input_dim=4), Dense(4)], name="inside")
    x, shared = Input((4,)), Dense(4, name="twice")
    model = Model(x, inner(shared(shared(x))), name="outer")
    boxes = boxes_of(model)
    assert [box.lines for box in boxes] == [
        ["Input input"],
        ["Dense 4"],
        ["Dense 4 (shared)"],
        ["Sequential, 2 layers"],
    ]
    assert sum(box.parameters for box in boxes) == model.count_params()


def test_units_and_weights_are_drawn_one_by_one():
    model = Sequential([Dense(3, input_dim=2, activation="tanh", name="hidden"), Dropout(0.5), Dense(1)], seed=3)
    model.layers[0].kernel.value[...] = [[1.0, -2.0, 0.5], [0.0, 0.25, -1.0]]
    diagram = network(model)
    root = parsed(diagram)
    assert sum(1 for _ in root.iter(f"{SVG}circle")) == 2 + 3 + 1
    lines = {hint: line for line in root.iter(f"{SVG}line") if (hint := line.findtext(f"{SVG}title"))}
    assert len(lines) == 2 * 3 + 3
    largest, zero = lines["hidden: weight from 0 to 1 is -2"], lines["hidden: weight from 1 to 0 is 0"]
    assert largest.attrib["class"] == "minus" and zero.attrib["class"] == "plus"
    assert float(largest.attrib["stroke-width"]) == 4 and float(zero.attrib["stroke-width"]) == 0.4
    assert {"hidden", "Dense 3, tanh", "Dropout 0.5", "2 numbers"} <= set(words_of(diagram))


def test_weights_that_are_no_numbers_are_drawn():
    model = Sequential([Dense(2, input_dim=2)], seed=1)
    model.layers[0].kernel.value[...] = np.nan
    assert "dense: weight from 0 to 0 is nan" in hints_of(network(model))


def test_names_are_escaped():
    model = Sequential([Dense(3, input_dim=2, name='<b>&"bold"'), Dense(40)], name="<script>alert(1)")
    svg = network(model, detail="layers").svg
    assert "<script" not in svg and "<b>" not in svg
    assert "&lt;script&gt;alert(1): " in svg
    assert any('<b>&"bold"' in hint for hint in hints_of(network(model)))


def test_light_dark_or_as_the_reader_prefers():
    model = chain(2)
    follows, light, black = (network(model, dark=dark).svg for dark in (None, False, True))
    assert "prefers-color-scheme:dark" in follows
    assert "prefers-color-scheme" not in light + black and light != black


def test_it_is_written_and_shown(tmp_path):
    diagram = network(chain(2))
    diagram.write(tmp_path / "net.svg")
    assert (tmp_path / "net.svg").read_text(encoding="utf-8") == diagram.svg == diagram._repr_svg_()
    with pytest.raises(ArgumentError, match=r"give a path that ends in \.svg; received 'net.png'"):
        diagram.write("net.png")


REFUSED = [
    (lambda: network(chain(2), detail="unit"), "There is no detail of a diagram named 'unit'. Did you mean 'units'?"),
    (
        lambda: network(chain(2), dark="yes"),
        "network's dark is True, False, or None to follow the reader; received 'yes'",
    ),
    (lambda: network([1, 2]), "network draws a chainrule model; received list."),
    (lambda: network(chain(7), detail="units"), "a chain of at most 6 dense layers of at most 16 units"),
]


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_refused(call, message):
    with pytest.raises(ArgumentError) as error:
        call()
    assert message in str(error.value)


def test_a_model_without_shapes_is_refused():
    with pytest.raises(NotReadyError, match="has no shapes yet: give its first layer an input_shape, or call fit"):
        network(Sequential([Dense(2)]))


def test_it_needs_no_plotly():
    code = (
        "import sys; from chainrule.plots import network; from chainrule.models import Sequential; "
        "from chainrule.layers import Dense; network(Sequential([Dense(2, input_dim=2)])); "
        "assert 'plotly' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
