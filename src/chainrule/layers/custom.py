"""A layer of the user's own, with both passes, seen by engines as one more operation.

    forward(weights, state, X, context) -> Y, cache, state
    backward(dY, cache) -> dX, dweights

`weights` and `state` are dicts of arrays by name, trainable and not; X is an array, or the list of them where the
layer takes several; `context.training` tells training from use, and `context.random` is the step's own
`chainrule.random.Stream`, so that the same step draws the same numbers again. `state` comes back with its new numbers
(or as None, unchanged), and `dweights` has the keys of `weights`. All arrays are handed over read-only: what one
layer holds, another may need.

`check_layer` proves the gradient, as it does for the library's own layers.

Examples
--------
>>> import numpy as np
>>> from chainrule.checks import check_layer
>>> from chainrule.layers import Layer
>>> class Gain(Layer):
...     def build(self, input_shape):
...         self.add_weight("gain", (), "ones")
...         return input_shape
...
...     def forward(self, weights, state, X, context):
...         return weights["gain"] * X, (weights["gain"], X), state
...
...     def backward(self, dY, cache):
...         gain, X = cache
...         return gain * dY, {"gain": (dY * X).sum()}
>>> check_layer(Gain(), (3,)).passed
True
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, ShapeError, nearest
from chainrule.layers.base import Layer
from chainrule.ops.registry import Operation


def operation_of(layer) -> Operation:
    """Return the operation that runs a layer's own `forward` and `backward`.

    Its arrays are the inputs, the trainable weights, then the state, which is the order of `layer.all_weights`.

    Raises
    ------
    ArgumentError
        If the layer has no `forward`.
    """
    if type(layer).forward is Layer.forward:
        raise ArgumentError(
            f"Layer {layer.name!r}: {type(layer).__name__} defines neither `express` nor `forward`; write one of them."
        )
    passes = Passes(layer)
    has_gradient = type(layer).backward is not Layer.backward
    return Operation(
        name=type(layer).__name__,
        forward=passes.forward,
        backward=passes.backward if has_gradient else None,
        formula="",
        gradient="",
        samples=lambda rng: [],
        output_shape=passes.output_shape,
        n_state=len(passes.state),
        random=True,
        why_no_gradient="" if has_gradient else f"{type(layer).__name__} defines no `backward`; write one.",
    )


class Passes:
    """Both passes of a layer in an operation's terms, each answer looked at before the network goes on with it."""

    def __init__(self, layer):
        self.layer = layer
        self.where = f"Layer {layer.name!r}"
        self.weights = [weight.name for weight in layer.all_weights if weight.trainable]
        self.state = [weight.name for weight in layer.all_weights if not weight.trainable]

    def n_inputs(self, arrays) -> int:
        """Return how many of an operation's arrays are inputs."""
        return len(arrays) - len(self.weights) - len(self.state)

    def output_shape(self, *shapes, **options):
        """Return what the layer's `build` says of these input shapes."""
        return self.layer.ensure_built([(None, *shape[1:]) for shape in shapes[: self.n_inputs(shapes)]])

    def forward(self, *arrays, training: bool, random):
        """Call the layer's `forward`; return Y, what `backward` needs, and the new state where there is one."""
        n = self.n_inputs(arrays)
        X = [_locked(array) for array in arrays[:n]]
        kept = [_locked(array) for array in arrays[n:]]
        weights = dict(zip(self.weights, kept, strict=False))
        state = dict(zip(self.state, kept[len(self.weights) :], strict=True))
        context = SimpleNamespace(training=training, random=random)
        answer = self.layer.forward(weights, state, X if n > 1 else X[0], context)
        if not isinstance(answer, tuple) or len(answer) != 3:
            raise ArgumentError(f"{self.where}: forward returns (Y, cache, state); received {_described(answer)}.")
        Y, cache, new = answer
        Y = self._output(Y, arrays, n)
        if not self.state:
            return Y, (cache, arrays)
        return (
            Y,
            (cache, arrays),
            self._new_state(state if new is None else new, arrays[len(arrays) - len(self.state) :]),
        )

    def _output(self, Y, arrays, n: int) -> np.ndarray:
        said = self.output_shape(*(array.shape for array in arrays))
        Y = np.asarray(Y)
        if Y.ndim != len(said) or any(size not in (None, own) for size, own in zip(said, Y.shape, strict=True)):
            raise ShapeError(
                f"{self.where}: forward returned an array of shape {Y.shape} where build said {tuple(said)}."
            )
        # float32 in, float32 out: a float64 number in `forward` must not turn the whole network into float64.
        dtype = next((array.dtype for array in (*arrays[n:], *arrays[:n]) if array.dtype.kind == "f"), Y.dtype)
        return Y.astype(dtype, copy=False)

    def _new_state(self, new, arrays) -> tuple[np.ndarray, ...]:
        self._refuse_other_keys("forward returned the state", new, self.state)
        numbers = [np.asarray(new[name]) for name in self.state]
        for name, number, array in zip(self.state, numbers, arrays, strict=True):
            if number.shape != array.shape:
                raise ShapeError(
                    f"{self.where}: forward returned the state {name!r} with shape {number.shape}; its shape is "
                    f"{array.shape}."
                )
        return tuple(number.astype(array.dtype, copy=False) for number, array in zip(numbers, arrays, strict=True))

    def backward(self, dY, kept):
        """Call the layer's `backward`; return a gradient for each input and weight, and None for each state."""
        cache, arrays = kept
        n = self.n_inputs(arrays)
        answer = self.layer.backward(_locked(dY), cache)
        if not isinstance(answer, tuple) or len(answer) != 2:
            raise ArgumentError(
                f"{self.where}: backward returns (dX, dweights), where dweights is {{}} without weights; received "
                f"{_described(answer)}."
            )
        dX, dweights = answer
        if n > 1 and (not isinstance(dX, (list, tuple)) or len(dX) != n):
            raise ArgumentError(
                f"{self.where}: backward returns dX as a list of {n}, one an input; received {_described(dX)}."
            )
        self._refuse_other_keys("backward returned dweights", dweights, self.weights)
        given = [*(dX if n > 1 else [dX]), *(dweights[name] for name in self.weights)]
        words = [*(f"input {number}" if n > 1 else "input" for number in range(n)), *self.weights]
        gradients = [self._gradient(*one) for one in zip(words, given, arrays, strict=False)]
        return gradients[0] if len(arrays) == 1 else (*gradients, *(None for _ in self.state))

    def _gradient(self, word: str, gradient: Any, array: np.ndarray):
        if gradient is None:
            return None
        gradient = np.asarray(gradient)
        if gradient.shape != array.shape:
            raise ShapeError(
                f"{self.where}: backward returned a gradient of shape {gradient.shape} for {word!r}, which has "
                f"shape {array.shape}; a gradient has the shape of what it is the gradient of."
            )
        return gradient.astype(array.dtype, copy=False) if array.dtype.kind == "f" else None

    def _refuse_other_keys(self, what: str, given: Any, names: list[str]) -> None:
        if not isinstance(given, dict):
            raise ArgumentError(f"{self.where}: {what} as {_described(given)}; it is a dict with the keys {names}.")
        if set(given) != set(names):
            wrong = next((nearest(key, names) for key in given if key not in names), "")
            raise ArgumentError(f"{self.where}: {what} with the keys {list(given)}; they are {names}.{wrong}")


def _locked(array: np.ndarray) -> np.ndarray:
    """Return a view that can't be written to: the array may be the user's own, a weight, or another layer's cache."""
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


def _described(value: Any) -> str:
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else f"{type(value).__name__}"
