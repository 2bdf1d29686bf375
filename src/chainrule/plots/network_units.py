"""A small network of dense layers drawn unit by unit: a circle a unit, a line a weight.

Blue and unbroken is a positive weight, orange and dashed a negative one; the widest line is the layer's largest weight.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.plots.network_boxes import description
from chainrule.plots.svg import element, fitted, hint, text

#: Wider layers are drawn as boxes: past that, lines are a grey cloud.
MOST_UNITS, MOST_LAYERS = 16, 6
RADIUS, DOWN, ACROSS, MARGIN, HEAD, FOOT = 12.0, 38.0, 170.0, 60.0, 48.0, 66.0
WIDEST, THINNEST = 4.0, 0.4
SIZE, SMALL = 13.0, 11.0


def dense_layers(model: Any) -> list[tuple[Any, list[str]]] | None:
    """Return the dense layers and what follows each, if the model is a small chain of them; else None."""
    from chainrule.layers import Dense

    found: list[tuple[Any, list[str]]] = []
    value = model.inputs[0]
    if len(model.inputs) != 1 or len(value.shape) != 2 or (value.shape[1] or MOST_UNITS + 1) > MOST_UNITS:
        return None
    for call in model.calls:
        if len(call.inputs) != 1 or call.inputs[0] is not value:
            return None
        value = call.outputs[0]
        if isinstance(call.layer, Dense) and call.layer.units <= MOST_UNITS:
            found.append((call.layer, []))
        elif call.layer.count_params() or not found or len(value.shape) != 2:
            return None
        else:
            found[-1][1].append(description(call.layer))
    return found if 0 < len(found) <= MOST_LAYERS else None


def draw_units(model: Any, layers: list[tuple[Any, list[str]]], title: str) -> tuple[str, float, float]:
    """Return the drawing's elements, its width and its height."""
    counts = [model.inputs[0].shape[1], *(layer.units for layer, _ in layers)]
    middle = HEAD + MARGIN / 2 + DOWN * (max(counts) - 1) / 2 + RADIUS
    columns = [
        [(MARGIN + ACROSS * number, middle + DOWN * (unit - (count - 1) / 2)) for unit in range(count)]
        for number, count in enumerate(counts)
    ]
    foot = middle + DOWN * (max(counts) - 1) / 2 + RADIUS + 28
    drawn = [text(title, MARGIN / 2, 30, font_size=16, font_weight=600)]
    for (layer, _), before, after in zip(layers, columns, columns[1:], strict=False):
        drawn.append(_links(layer, before, after))
    names = [f"input {number}" for number in range(counts[0])]
    drawn += [_unit(place, name) for place, name in zip(columns[0], names, strict=True)]
    drawn.append(_words(columns[0][0][0], foot, ["input", f"{counts[0]} numbers"]))
    for (layer, more), column in zip(layers, columns[1:], strict=True):
        biases = np.zeros(layer.units) if layer.bias is None else layer.bias.value
        drawn += [
            _unit(place, f"{layer.name}, unit {number}: bias {bias:.4g}")
            for number, (place, bias) in enumerate(zip(column, biases, strict=True))
        ]
        drawn.append(_words(column[0][0], foot, [layer.name, description(layer), *more]))
    lines = 2 + max((len(more) for _, more in layers), default=0)
    width = max(2 * MARGIN + ACROSS * len(layers), 380.0)
    legend = _legend(MARGIN / 2, foot + 17 * lines + 14)
    return "".join([*drawn, legend]), width, foot + 17 * lines + FOOT / 2


def _links(layer: Any, before: list, after: list) -> str:
    W = np.asarray(layer.kernel.value, dtype=np.float64)
    largest = float(np.abs(W[np.isfinite(W)]).max(initial=0.0)) or 1.0
    drawn = []
    for i, (x1, y1) in enumerate(before):
        for j, (x2, y2) in enumerate(after):
            weight = float(W[i, j])
            share = min(abs(weight) / largest, 1.0) if np.isfinite(weight) else 1.0
            drawn.append(
                element(
                    "line",
                    hint(f"{layer.name}: weight from {i} to {j} is {weight:.4g}"),
                    x1=x1 + RADIUS,
                    y1=y1,
                    x2=x2 - RADIUS,
                    y2=y2,
                    class_="minus" if weight < 0 else "plus",
                    stroke_width=THINNEST + (WIDEST - THINNEST) * share,
                    stroke_opacity=0.25 + 0.65 * share,
                )
            )
    return "".join(drawn)


def _unit(place: tuple[float, float], words: str) -> str:
    return element("circle", hint(words), cx=place[0], cy=place[1], r=RADIUS, class_="unit")


def _words(x: float, y: float, lines: list[str]) -> str:
    return "".join(
        text(
            fitted(line, SIZE if number == 0 else SMALL, ACROSS - 6),
            x,
            y + 17 * number,
            font_size=SIZE if number == 0 else SMALL,
            text_anchor="middle",
            font_weight=600 if number == 0 else None,
            class_=None if number == 0 else "quiet",
        )
        for number, line in enumerate(lines)
    )


def _legend(x: float, y: float) -> str:
    positive = element("line", x1=x, x2=x + 26, y1=y - 4, y2=y - 4, class_="plus", stroke_width=3)
    negative = element("line", x1=x + 150, x2=x + 176, y1=y - 4, y2=y - 4, class_="minus", stroke_width=3)
    words = {"font_size": SMALL, "class_": "quiet"}
    return (
        positive + text("positive weight", x + 32, y, **words) + negative + text("negative weight", x + 182, y, **words)
    )
