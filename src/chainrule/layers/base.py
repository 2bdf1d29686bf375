"""What a layer is: it holds weights and Keras' arguments, and says of which operations it is made.

The library's own layers override two methods:

    build(input_shape) -> output_shape      declares the weights with `add_weight`
    express(apply, X) -> Y                  names the operations: `apply("dense", X, self.kernel, self.bias)`

and get their forward pass, gradient, check and export for nothing. A layer of the user's own may instead bring both passes:

    forward(weights, state, X, context) -> Y, cache, state
    backward(dY, cache) -> dX, dweights

where `weights` and `state` are dicts of arrays (trainable, and not), `dweights` has the keys of `weights`, and
`context.training` tells training from use.
"""

from __future__ import annotations

import functools
import warnings
from typing import Any

import numpy as np

from chainrule import initializers, regularizers
from chainrule import constraints as constraint_room
from chainrule.configurable import Configurable, Registry, arguments_of
from chainrule.errors import ArgumentError, NotReadyError, ShapeError, nearest
from chainrule.floatx import floatx
from chainrule.graph import Call, Value
from chainrule.layers.weight import Weight
from chainrule.random import Stream, next_model_seed
from chainrule.utils.naming import snake_case

#: Old spellings of arguments, as tutorials of Keras 1 write them.
LEGACY_NAMES = {
    "init": "kernel_initializer",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "output_dim": "units",
    "p": "rate",
    "alpha": "negative_slope",
}


class Layer(Configurable):
    """Base of every layer.

    Parameters
    ----------
    name : str, optional
        Shown in summaries, messages and the names of gradients. Without one the model names the layer after its class.
    trainable : bool, default True
        False freezes its weights.
    dtype : str, optional
        "float32" or "float64"; all layers of a model share one.
    input_shape : tuple of int, optional
        Shape of one row, for the first layer of a `Sequential` in the style of older tutorials; `input_dim=8` is short for
        `input_shape=(8,)`.

    Raises
    ------
    ArgumentError
        If an argument is not known (with the nearest known one).
    """

    not_in_config = ("input_shape", "input_dim", "batch_input_shape")

    def __init__(self, *, name=None, trainable=True, dtype=None, input_shape=None, input_dim=None, **unknown):
        if unknown:
            self._refuse(unknown)
        if name is not None and (not isinstance(name, str) or not name or "/" in name):
            raise ArgumentError(f"A layer's name is a text without '/'; received {name!r}.")
        self._name, self.named_by_user = name, name is not None
        self.trainable, self.dtype = bool(trainable), dtype
        self.declared_input_shape = self._declared_shape(input_shape, input_dim)
        self.all_weights: list[Weight] = []
        self.built_shape = None
        self.output_shape: Any = None

    def __init_subclass__(cls, **options):
        """Let every subclass take the old names of its arguments."""
        super().__init_subclass__(**options)
        if "__init__" in vars(cls):
            cls.__init__ = _with_legacy_names(cls.__init__)

    def _refuse(self, unknown: dict[str, Any]) -> None:
        given = next(iter(unknown))
        known = [argument for argument in arguments_of(type(self)) if argument != "batch_input_shape"]
        raise ArgumentError(
            f"{type(self).__name__} has no argument {given!r}.{nearest(given, known)} It takes: {', '.join(known)}."
        )

    @staticmethod
    def _declared_shape(input_shape, input_dim) -> tuple[int | None, ...] | None:
        if input_dim is not None:
            input_shape = (input_dim,)
        if input_shape is None:
            return None
        shape = (input_shape,) if isinstance(input_shape, (int, np.integer)) else tuple(input_shape)
        for size in shape:
            if size is not None and (isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1):
                raise ArgumentError(f"Each size of an input shape is a whole number above 0; received {shape}.")
        return shape

    @property
    def name(self) -> str:
        """The layer's name: given by the user, else by its model, after its class."""
        return self._name or snake_case(type(self).__name__)

    @name.setter
    def name(self, name: str) -> None:
        self._name = name

    # What a subclass writes -------------------------------------------------------------------------------------------

    def build(self, input_shape) -> Any:
        """Declare the weights for inputs of this shape (None: the rows) and return the output shape."""
        return input_shape

    def express(self, apply, *inputs):
        """Say of which operations the layer is made; without an override, of the layer's own `forward` and `backward`."""
        return apply.layer(self, *inputs)

    def forward(self, weights, state, X, context):
        """Return Y, what `backward` needs, and the new state: for a layer of the user's own."""
        raise NotImplementedError(f"{type(self).__name__} defines neither `express` nor `forward`.")

    def backward(self, dY, cache):
        """Return dX and a dict of the gradients of the weights: for a layer of the user's own."""
        raise NotImplementedError(f"{type(self).__name__} defines no `backward`, so it can't be trained through.")

    def add_weight(self, name, shape, initializer="glorot_uniform", regularizer=None, constraint=None, trainable=True):
        """Declare a weight; call it from `build`.

        Parameters
        ----------
        name : str
            Unique within the layer.
        shape : tuple of int
        initializer, regularizer, constraint : str or object, optional
        trainable : bool, default True
            False makes it state: kept and saved, not trained.

        Returns
        -------
        Weight
            To be handed to `apply` in `express`.
        """
        weight = Weight(
            name,
            tuple(int(size) for size in shape),
            initializers.get(initializer),
            regularizers.get(regularizer),
            constraint_room.get(constraint),
            trainable,
        )
        self.all_weights.append(weight)
        return weight

    # What a user calls ------------------------------------------------------------------------------------------------

    def __call__(self, inputs, training: bool = False):
        """Connect the layer to symbolic inputs (the functional API), or compute its output for arrays."""
        several = isinstance(inputs, (list, tuple)) and len(inputs) > 0
        values = list(inputs) if several else [inputs]
        if all(isinstance(value, Value) for value in values):
            return self._connect(values)
        if several and not any(isinstance(value, (np.ndarray, list, tuple)) for value in values):
            values = [inputs]
        from chainrule.engines.reference import call_layer

        arrays = [np.asarray(value) for value in values]
        return call_layer(self, [A.astype(floatx()) if A.dtype.kind != "i" else A for A in arrays], training)

    def _connect(self, values):
        shapes = self.ensure_built([value.shape for value in values])
        call = Call(self, values, shapes if isinstance(shapes, list) else [shapes])
        return call.outputs[0] if len(call.outputs) == 1 else call.outputs

    def ensure_built(self, shapes) -> Any:
        """Build the layer for these input shapes, or see that it fits them, and return its output shape."""
        shapes = [tuple(shape) for shape in shapes]
        given = shapes[0] if len(shapes) == 1 else shapes
        if self.built_shape is None:
            self.output_shape = self.build(given)
            self.built_shape = shapes
            return self.output_shape
        if not self.all_weights:
            return self.build(given)
        twin = type(self).from_config(self.get_config())
        output_shape = twin.build(given)
        if [weight.shape for weight in twin.all_weights] != [weight.shape for weight in self.all_weights]:
            raise ShapeError(
                f"Layer {self.name!r} was built for inputs of shape {_shown(self.built_shape)} and its weights don't fit "
                f"{_shown(shapes)}: a shared layer needs the same sizes everywhere; use a second layer."
            )
        return output_shape

    def compute_output_shape(self, input_shape):
        """Return the shape that comes out for a shape that goes in, without building the layer."""
        return type(self).from_config(self.get_config()).build(input_shape)

    @property
    def weights(self) -> list[Weight]:
        """All weights: the trainable ones first, as `get_weights` returns them."""
        return self.trainable_weights + self.non_trainable_weights

    @property
    def trainable_weights(self) -> list[Weight]:
        """The weights that training changes; none while the layer is frozen."""
        return [weight for weight in self.all_weights if weight.trainable and self.trainable]

    @property
    def non_trainable_weights(self) -> list[Weight]:
        """Running statistics, and every weight of a frozen layer."""
        return [weight for weight in self.all_weights if not (weight.trainable and self.trainable)]

    def initialise(self, seed: int, index: int, dtype: str) -> None:
        """Give numbers to the weights that have none, from the bits of (seed, layer, weight)."""
        for number, weight in enumerate(self.all_weights):
            if weight.value is None:
                stream = Stream(seed, "weights", index, number)
                weight.value = np.array(weight.initializer(weight.shape, dtype=dtype, stream=stream))

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of the weights' arrays."""
        self._require_weights()
        return [weight.numpy().copy() for weight in self.weights]

    def set_weights(self, arrays) -> None:
        """Copy arrays into the weights, in the order of `get_weights`."""
        self._require_weights()
        arrays = list(arrays)
        if len(arrays) != len(self.weights):
            raise ShapeError(
                f"Layer {self.name!r} has {len(self.weights)} weights "
                f"({', '.join(f'{weight.name} {weight.shape}' for weight in self.weights)}); received {len(arrays)} arrays."
            )
        for weight, array in zip(self.weights, arrays, strict=True):
            weight.assign(array, f"{self.name}/")

    def count_params(self) -> int:
        """Return how many numbers the weights hold."""
        return sum(weight.size for weight in self.all_weights)

    def _require_weights(self) -> None:
        if self.built_shape is None:
            raise NotReadyError(
                f"Layer {self.name!r} has no weights yet, since its input shape is not known: add an Input to the model, "
                "or call the layer on something."
            )
        if any(weight.value is None for weight in self.all_weights):
            self.initialise(next_model_seed(), 0, self.dtype or floatx())


def _shown(shapes) -> str:
    return " and ".join(str(shape) for shape in shapes)


def _with_legacy_names(init):
    """Wrap a constructor so that Keras 1's argument names work, with one warning."""
    @functools.wraps(init)
    def wrapped(self, *arguments, **options):
        for old, new in LEGACY_NAMES.items():
            known = arguments_of(type(self))
            if old in options and new in known and old not in known:
                warnings.warn(
                    f"{type(self).__name__}({old}=…) is the old spelling; write {new}=…", FutureWarning, stacklevel=2
                )
                options[new] = options.pop(old)
        if "batch_input_shape" in options:
            options["input_shape"] = tuple(options.pop("batch_input_shape"))[1:]
        init(self, *arguments, **options)

    return wrapped


LAYERS = Registry("layer", Layer)


def get(identifier):
    """Return the layer that a name or a `to_config` dict means."""
    return LAYERS.get(identifier)
