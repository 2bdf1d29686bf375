"""Names of layers within a model: the user's own, else after the class: dense, dense_1, dense_2."""

from __future__ import annotations

from chainrule.errors import ArgumentError
from chainrule.utils.naming import snake_case


def name_layers(layers, inputs) -> None:
    """Give a name to every layer and input that the user did not name; a name stays what it was where it is free.

    Raises
    ------
    ArgumentError
        If the user gave two layers of one model the same name.
    """
    taken: set[str] = set()
    for layer in layers:
        if layer.named_by_user:
            if layer.name in taken:
                raise ArgumentError(
                    f"Two layers are named {layer.name!r}; each layer of a model needs a name of its own."
                )
            taken.add(layer.name)
    for layer in layers:
        if not layer.named_by_user:
            keep = layer._name if layer._name and layer._name not in taken else None
            layer.name = keep or _free(snake_case(type(layer).__name__), taken)
            taken.add(layer.name)
    named = [value.name for value in inputs if value.name]
    twice = [name for name in named if named.count(name) > 1]
    if twice:
        raise ArgumentError(f"Two inputs are named {twice[0]!r}; each Input of a model needs a name of its own.")
    taken.update(named)
    for value in inputs:
        if not value.name:
            value.name = _free("input", taken)
            taken.add(value.name)


def name_outputs(outputs) -> list[str]:
    """Return a name for each output: its layer's, with a number from the second output of a layer on."""
    names: list[str] = []
    for value in outputs:
        names.append(_free(value.name, set(names)))
    return names


def _free(stem: str, taken: set[str]) -> str:
    """Return the stem, or the stem with the lowest number that is free."""
    if stem not in taken:
        return stem
    number = 1
    while f"{stem}_{number}" in taken:
        number += 1
    return f"{stem}_{number}"
