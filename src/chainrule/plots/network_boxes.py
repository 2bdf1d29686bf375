"""From a model's graph to the boxes of its drawing: which layers share a box, what stands in it, in which row it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: A box has so many layers at the most.
MOST_LINES = 5


@dataclass(eq=False)
class Box:
    """Layers drawn together: one with weights, and those behind it that only change its numbers.

    `before` are the boxes whose output goes in; `row` is the longest way from an input.
    """

    lines: list[str]
    names: list[str]
    shape: str
    parameters: int = 0
    before: list[Box] = field(default_factory=list)
    row: int = 0
    starts: bool = False  # an input of the model
    ends: bool = False  # an output of the model


def boxes_of(model: Any) -> list[Box]:
    """Return the boxes of a built model, each after those that lead into it."""
    holder: dict[int, Box] = {}
    boxes = []
    for value in model.inputs:
        box = Box([f"Input {value.name}"], [value.name], sizes(value.shape), starts=True)
        boxes.append(box)
        holder[id(value)] = box
    readers = _readers(model)
    last: dict[int, int] = {id(holder[id(value)]): id(value) for value in model.inputs}
    seen: set[int] = set()
    for call in model.calls:
        before = list(dict.fromkeys(holder[id(value)] for value in call.inputs))
        again = id(call.layer) in seen
        seen.add(id(call.layer))
        if _joins(call, before, readers, last):
            box = before[0]
        else:
            box = Box([], [], "", before=before, row=1 + max((other.row for other in before), default=-1))
            boxes.append(box)
        box.lines.append(description(call.layer) + (" (shared)" if again else ""))
        box.names.append(call.layer.name)
        box.parameters += 0 if again else call.layer.count_params()
        box.shape = ", ".join(sizes(value.shape) for value in call.outputs)
        for value in call.outputs:
            holder[id(value)] = box
        last[id(box)] = id(call.outputs[0])
    for value in model.outputs:
        holder[id(value)].ends = True
    return boxes


def _readers(model: Any) -> dict[int, int]:
    """Return how often each value is read; an output is read from outside."""
    count: dict[int, int] = {}
    for value in (*(value for call in model.calls for value in call.inputs), *model.outputs):
        count[id(value)] = count.get(id(value), 0) + 1
    return count


def _joins(call: Any, before: list[Box], readers: dict[int, int], last: dict[int, int]) -> bool:
    """Tell whether a layer only changes the numbers of the one before, which nobody else looks at."""
    if len(call.inputs) != 1 or len(call.outputs) != 1 or before[0].starts or len(before[0].lines) >= MOST_LINES:
        return False
    value, kind = call.inputs[0], type(call.layer).__name__
    small = call.layer.count_params() == 0 or "Normalization" in kind or kind == "PReLU"
    return small and readers[id(value)] == 1 and last[id(before[0])] == id(value)


def description(layer: Any) -> str:
    """Return a layer in a few words: its class, its sizes, its activation.

    Examples
    --------
    >>> from chainrule.layers import Conv2D, Dropout
    >>> description(Conv2D(32, 3, strides=2, activation="relu")), description(Dropout(0.5))
    ('Conv2D 32 × 3×3, stride 2, relu', 'Dropout 0.5')
    """
    words = [type(layer).__name__]
    window = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    window = "×".join(map(str, window)) if isinstance(window, tuple) else None
    count = getattr(layer, "units", None) or getattr(layer, "filters", None)
    sizes_ = " × ".join(str(part) for part in (count, window) if part is not None)
    for name in ("rate", "stddev", "target_shape"):
        value = getattr(layer, name, None)
        if not sizes_ and isinstance(value, (int, float, tuple)) and not isinstance(value, bool):
            sizes_ = sizes((None, *value)) if isinstance(value, tuple) else f"{value:g}"
    words[0] += f" {sizes_}" if sizes_ else ""
    strides = getattr(layer, "strides", None)
    if isinstance(strides, tuple) and set(strides) != {1} and strides != getattr(layer, "pool_size", None):
        words.append("stride " + "×".join(map(str, sorted(set(strides)))))
    activation = getattr(getattr(layer, "activation", None), "name", "linear")
    if type(layer).__name__ == "Activation":
        return f"Activation {activation}"
    if activation != "linear":
        words.append(activation)
    if hasattr(layer, "calls"):
        words.append(f"{len(layer.layers)} layers")
    return ", ".join(words)


def sizes(shape: tuple[int | None, ...]) -> str:
    """Return a shape without its rows.

    Examples
    --------
    >>> sizes((None, 28, 28, 1))
    '28 × 28 × 1'
    """
    return " × ".join("?" if size is None else f"{size:,}" for size in shape[1:]) or "1"
