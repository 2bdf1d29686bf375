"""From a model to its description: plain values that JSON can hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chainrule.configurable import Configurable, arguments_of
from chainrule.saving.making import registries


def describe(model: Any) -> dict[str, Any]:
    """Return the description of a model, from which `Maker` makes its twin with weights of the same names."""
    config = model.get_config()
    config["layers"] = [_describe_layer(layer) for layer in model.layers]
    return {"class": class_of(model).__name__, "config": config}


def _describe_layer(layer: Any) -> dict[str, Any]:
    from chainrule.models import Model

    if not isinstance(layer, Model):
        return layer.to_config()
    described = describe(layer)
    described["config"]["name"] = layer.name  # weights are named after it, even if the user did not name it
    return described


def class_of(model: Any) -> type:
    """Return the class that a model is described by.

    A subclass that only sets the layers up in its constructor is, once set up, a `Sequential` or a `Model`; one with a
    `get_config` of its own is itself.
    """
    from chainrule.layers import LAYERS

    for cls in type(model).__mro__:
        if cls in LAYERS.classes.values() or "get_config" in vars(cls):
            return cls
    return type(model)


def custom_classes(*things: Any) -> list[type]:
    """Return the classes of a model's parts that are not chainrule's own."""
    known = {cls for registry in registries().values() for cls in registry.classes.values()}
    found = dict.fromkeys(cls for thing in things for cls in _classes(thing))
    return [cls for cls in found if cls not in known]


def _classes(thing: Any) -> Iterator[type]:
    """Return the classes of a thing and, down to the last argument, of all that it is made of."""
    from chainrule.models import Model

    if isinstance(thing, Model):
        yield class_of(thing)
        for layer in thing.layers:
            yield from _classes(layer)
    elif isinstance(thing, Configurable):
        yield type(thing)
        for name in arguments_of(type(thing)):
            yield from _classes(getattr(thing, name, None))
    elif isinstance(thing, (list, tuple)):
        for one in thing:
            yield from _classes(one)
