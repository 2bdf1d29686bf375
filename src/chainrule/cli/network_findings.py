"""What `doctor` finds in a trained network: units that never change, and weights that are no numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

#: Where an activation is flat, so that almost no gradient is left: the values it takes there.
ENDS = {
    "sigmoid": (0.0, 1.0),
    "hard_sigmoid": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "hard_tanh": (-1.0, 1.0),
    "elu": (-1.0,),
    "selu": (-1.7581,),
    "silu": (0.0,),
    "gelu": (0.0,),
    "mish": (0.0,),
}
#: So near to an end counts as at it.
NEAR_END = 0.01
#: A unit is saturated if this share of the rows is at an end.
SHARE = 0.99


def network_findings(model: Any, inputs: list[np.ndarray]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what each layer with an activation does on some rows, and what to look at.

    Parameters
    ----------
    model : Model
    inputs : list of ndarray
        One array for each of the network's inputs.

    Returns
    -------
    layers : list of dict
        "layer", "activation", "units", "dead", "saturated": how many units of the layer are so.
    findings : list of dict
        "about" (a layer), "kind" and "text", one sentence.

    Examples
    --------
    >>> from chainrule.layers import Dense
    >>> from chainrule.models import Sequential
    >>> model = Sequential([Dense(4, input_dim=1, activation="relu", name="hidden"), Dense(1)], seed=1)
    >>> model.set_weights([np.array([[1.0, 1, 1, 1]]), np.array([0.0, 0, 0, -9]), np.ones((4, 1)), np.zeros(1)])
    >>> layers, findings = network_findings(model, [np.linspace(-1, 1, 50, dtype="float32")[:, None]])
    >>> findings[0]["text"]
    "1 of 4 units of 'hidden' is dead: its relu gives the same on every row, so it neither says nor learns anything."
    """
    engine = model.inference_engine
    with np.errstate(all="ignore"):
        run = engine.forward(inputs)
    outputs = {slot.index for slot in engine.program.outputs}
    layers = [
        _layer(step, run.values[step.output])
        for step in engine.program.steps
        if step.operation.family == "activation" and step.output not in outputs and len(run.values[step.output]) > 1
    ]
    return layers, _of_weights(model) + [finding for layer in layers for finding in _of_layer(layer)]


def _layer(step: Any, Y: np.ndarray) -> dict[str, Any]:
    units, name = Y.reshape(-1, Y.shape[-1]), step.operation.name
    dead = (units == units[0]).all(axis=0)
    at_end = np.zeros(units.shape, dtype=bool)
    for end in ENDS.get(name, ()):
        at_end |= np.abs(units - end) < NEAR_END
    saturated = (at_end.mean(axis=0) >= SHARE) & ~dead
    counts = {"units": units.shape[1], "dead": int(dead.sum()), "saturated": int(saturated.sum())}
    return {"layer": step.layer, "activation": name, **counts}


def _of_layer(layer: dict[str, Any]) -> list[dict[str, Any]]:
    name, activation, found = layer["layer"], layer["activation"], []
    for kind, why in (
        ("dead", f"{activation} gives the same on every row, so {{it}} neither {{say}} nor {{learn}} anything."),
        ("saturated", f"{activation} is at its end on nearly every row, so {{it}} hardly {{learn}} any more."),
    ):
        n = layer[kind]
        if n:
            words = (
                {"it": "it", "say": "says", "learn": "learns"}
                if n == 1
                else {"it": "they", "say": "say", "learn": "learn"}
            )
            be, whose = ("is", "its") if n == 1 else ("are", "their")
            text = f"{n} of {layer['units']} units of {name!r} {be} {kind}: {whose} {why.format(**words)}"
            found.append({"about": name, "kind": f"{kind} units", "text": text})
    return found


def _of_weights(model: Any) -> list[dict[str, Any]]:
    found = []
    for name, weight in model.named_weights():
        bad = int((~np.isfinite(weight.value)).sum()) if weight.value.dtype.kind == "f" else 0
        if bad:
            text = f"{bad} of {weight.size} numbers of {name!r} are NaN or infinite: train again with a smaller rate."
            found.append({"about": name, "kind": "weights", "text": text})
    return found
