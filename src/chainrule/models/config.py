"""A graph of layers as plain values, and back."""

from __future__ import annotations

from typing import Any

from chainrule.errors import ModelFileError
from chainrule.layers.base import LAYERS
from chainrule.layers.input import Input


def graph_config(model) -> dict[str, Any]:
    """Return the layers, the inputs, and for each call the layer and the places its inputs come from.

    A place is [call number, output number]; call number −1 stands for the model's inputs.
    """
    places = {id(value): [-1, number] for number, value in enumerate(model.inputs)}
    calls = []
    for number, call in enumerate(model.calls):
        calls.append({"layer": model.layers.index(call.layer), "inputs": [places[id(value)] for value in call.inputs]})
        places.update({id(value): [number, output] for output, value in enumerate(call.outputs)})
    return {
        "name": model.name if model.named_by_user else None,
        "seed": model.seed,
        "dtype": model.dtype,
        "trainable": model.trainable,
        "inputs": [
            {"shape": list(value.shape[1:]), "name": value.name, "dtype": value.dtype} for value in model.inputs
        ],
        "layers": [layer.to_config() for layer in model.layers],
        "calls": calls,
        "outputs": [places[id(value)] for value in model.outputs],
    }


def graph_from_config(cls, config: dict[str, Any]):
    """Make the model again, with fresh weights."""
    inputs = [Input(shape=tuple(one["shape"]), name=one["name"], dtype=one["dtype"]) for one in config["inputs"]]
    layers = [LAYERS.get(one) for one in config["layers"]]
    values = [inputs]
    for call in config["calls"]:
        arguments = [_at(values, place) for place in call["inputs"]]
        result = layers[call["layer"]](arguments if len(arguments) > 1 else arguments[0])
        values.append(result if isinstance(result, list) else [result])
    outputs = [_at(values, place) for place in config["outputs"]]
    rest = {name: config[name] for name in ("name", "seed", "dtype", "trainable")}
    return cls(inputs if len(inputs) > 1 else inputs[0], outputs if len(outputs) > 1 else outputs[0], **rest)


def _at(values, place):
    number, output = place
    if not (-1 <= number < len(values) - 1 and 0 <= output < len(values[number + 1])):
        raise ModelFileError(f"The graph refers to output {output} of call {number}, which comes before nothing known.")
    return values[number + 1][output]
