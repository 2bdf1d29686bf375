"""A layer of the user's own, seen by engines as one more operation."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from chainrule.errors import ShapeError
from chainrule.ops.registry import Operation


def operation_of(layer) -> Operation:
    """Return the operation that runs a layer's own `forward` and `backward`.

    Its arrays are the inputs, the trainable weights, then the state; whatever the layer is given comes back in those terms.
    """
    weights = [weight for weight in layer.all_weights if weight.trainable]
    state = [weight for weight in layer.all_weights if not weight.trainable]

    def forward(*arrays, training, random):
        n_inputs = len(arrays) - len(weights) - len(state)
        inputs = arrays[:n_inputs]
        X = inputs[0] if n_inputs == 1 else list(inputs)
        W = {weight.name: array for weight, array in zip(weights, arrays[n_inputs:], strict=False)}
        S = {weight.name: array for weight, array in zip(state, arrays[len(arrays) - len(state) :], strict=True)}
        context = SimpleNamespace(training=training, random=random)
        Y, cache, new_state = layer.forward(W, S, X, context)
        kept = (cache, n_inputs, arrays)
        return (Y, kept, tuple((new_state or S)[weight.name] for weight in state)) if state else (Y, kept)

    def backward(dY, kept):
        cache, n_inputs, arrays = kept
        dX, dweights = layer.backward(dY, cache)
        gradients = [*(dX if n_inputs > 1 else [dX]), *(dweights[weight.name] for weight in weights)]
        for gradient, array in zip(gradients, arrays, strict=False):
            if gradient is not None and np.shape(gradient) != array.shape:
                raise ShapeError(
                    f"Layer {layer.name!r}: backward returned a gradient of shape {np.shape(gradient)} for an array of shape "
                    f"{array.shape}; a gradient has the shape of what it is the gradient of."
                )
        return (*gradients, *(None for _ in state)) if len(gradients) + len(state) > 1 else gradients[0]

    return Operation(
        name=type(layer).__name__,
        forward=forward,
        backward=backward,
        formula="",
        gradient="",
        samples=lambda rng: [],
        output_shape=lambda *shapes, **options: layer.output_shape,
        n_state=len(state),
        random=True,
    )
