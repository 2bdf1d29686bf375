"""What a layer is: it holds weights and Keras' arguments, and says of which operations it is made.

The library's own layers override two methods:

    build(input_shape) -> output_shape      declares the weights with `add_weight`
    express(apply, X) -> Y                  names the operations: `apply("dense", X, self.kernel, self.bias)`

and get their forward pass, gradient, check and export for nothing. A layer of the user's own may instead bring both
passes, `forward` and `backward`: see `chainrule.layers.custom`.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from chainrule.configurable import Configurable, Registry, arguments_of
from chainrule.errors import ArgumentError, NotReadyError, ShapeError, nearest
from chainrule.floatx import check_floatx
from chainrule.graph import Call, Value
from chainrule.layers.arguments import declared_shape, number_of_inputs, with_legacy_names
from chainrule.layers.weight import Weight
from chainrule.layers.weights import LayerWeights
from chainrule.utils.naming import snake_case


class Layer(LayerWeights, Configurable):
    """Base of every layer.

    Parameters
    ----------
    name : str, optional
        Shown in summaries, messages and the names of gradients. Without one the model names the layer after its class.
    trainable : bool, default True
        False freezes its weights.
    dtype : str, optional
        "float32" or "float64"; all layers of a model share the model's.
    input_shape : tuple of int, optional
        Shape of one row, for the first layer of a `Sequential` in the style of older tutorials. `input_dim=8` is
        short for `input_shape=(8,)`, and `batch_input_shape=(None, 8)` says the same with the rows.

    Raises
    ------
    ArgumentError
        If an argument is not known (with the nearest known one), or has a value that can't be used.

    Examples
    --------
    A layer of operations that exist needs no gradient of its own:

    >>> class Scale(Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight("factor", (1, input_shape[-1]), "ones")
    ...         return input_shape
    ...
    ...     def express(self, apply, X):
    ...         return apply("multiply", X, self.factor)
    >>> Scale()(np.array([[1.0, 2.0]]))
    array([[1., 2.]], dtype=float32)
    """

    not_in_config = ("input_shape", "input_dim", "batch_input_shape")
    #: The dtype of inputs that hold whole numbers; None for the dtype of the weights.
    input_dtype: str | None = None
    #: Whether a list that the layer is called on always means several inputs.
    takes_several = False
    #: Whether the layer only moves numbers, so that whole numbers stay whole.
    keeps_numbers = False
    #: How often it was called with `training=True`, outside of training: each call takes noise of its own.
    n_training_calls = 0

    def __init__(self, *, name=None, trainable=True, dtype=None, input_shape=None, input_dim=None, **unknown):
        if unknown:
            self._refuse(unknown)
        if name is not None and (not isinstance(name, str) or not name or "/" in name):
            raise ArgumentError(f"A layer's name is a text without '/'; received {name!r}.")
        self._name, self.named_by_user = name, name is not None
        self.trainable, self.dtype = bool(trainable), None if dtype is None else check_floatx(dtype)
        self.declared_input_shape = declared_shape(input_shape, input_dim)
        self.all_weights: list[Weight] = []
        self.uses: list[Call] = []  # in the model that was made of it last
        self.built_shape = None
        self.output_shape: Any = None

    def __init_subclass__(cls, **options):
        """Let every subclass take the old names of its arguments."""
        super().__init_subclass__(**options)
        if "__init__" in vars(cls):
            cls.__init__ = with_legacy_names(cls.__init__)

    def _refuse(self, unknown: dict[str, Any]) -> None:
        given = next(iter(unknown))
        known = list(arguments_of(type(self)))
        raise ArgumentError(
            f"{type(self).__name__} has no argument {given!r}.{nearest(given, known)} It takes: {', '.join(known)}."
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments as plain values that JSON can hold."""
        try:
            return super().get_config()
        except AttributeError as error:
            raise ArgumentError(
                f"{type(self).__name__} keeps no attribute {error.name!r}: a layer stores each argument of its "
                "constructor in an attribute of the same name, so that it can be saved and made again."
            ) from error

    @property
    def name(self) -> str:
        """The layer's name: given by the user, else by its model, after its class."""
        return self._name or snake_case(type(self).__name__)

    @name.setter
    def name(self, name: str) -> None:
        self._name = name

    @property
    def input(self) -> Any:
        """The symbolic input of a layer in a model, or the list of them."""
        values = self._only_use().inputs
        return values if len(values) > 1 else values[0]

    @property
    def output(self) -> Any:
        """The symbolic output of a layer in a model: `Model(model.input, layer.output)` ends at this layer."""
        values = self._only_use().outputs
        return values if len(values) > 1 else values[0]

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy takes along: not the network around a layer, which a copy of its model notes anew."""
        return {**vars(self), "uses": []}

    def _only_use(self) -> Call:
        if len(self.uses) == 1:
            return self.uses[0]
        if not self.uses:
            raise NotReadyError(f"Layer {self.name!r} is in no model of a known input shape: build its model first.")
        raise ArgumentError(
            f"Layer {self.name!r} is used {len(self.uses)} times, so which of its values is meant can't be told: keep "
            "what the calls of the layer returned."
        )

    # What a subclass writes -------------------------------------------------------------------------------------------

    def build(self, input_shape) -> Any:
        """Declare the weights for inputs of this shape (None: the rows) and return the output shape."""
        return input_shape

    def express(self, apply, *inputs):
        """Say of which operations the layer is made; without an override, of its own `forward` and `backward`."""
        return apply.layer(self, *inputs)

    def forward(self, weights, state, X, context):
        """Return Y, what `backward` needs, and the new state: for a layer of the user's own."""
        raise NotImplementedError(f"{type(self).__name__} defines neither `express` nor `forward`.")

    def backward(self, dY, cache):
        """Return dX and a dict of the gradients of the weights: for a layer of the user's own."""
        raise NotImplementedError(f"{type(self).__name__} defines no `backward`, so it can't be trained through.")

    # What a user calls ------------------------------------------------------------------------------------------------

    def __call__(self, inputs, training: bool = False):
        """Connect the layer to symbolic inputs (the functional API), or compute its output for arrays at once.

        Parameters
        ----------
        inputs : Value, array, or list of either
            A list for a layer of several inputs.
        training : bool, default False
            For arrays: compute as in training.
        """
        values = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        symbolic = [isinstance(value, Value) for value in values]
        if any(symbolic) and not all(symbolic):
            raise ArgumentError(f"Layer {self.name!r} takes symbolic inputs or arrays; received some of each.")
        if any(symbolic):
            return self._connect(values)
        from chainrule.layers.eager import call_on_arrays

        return call_on_arrays(self, inputs, training)

    def _connect(self, values):
        takes = number_of_inputs(self)
        if takes is not None and len(values) != takes:
            join = ": join them first, for example with Concatenate()([a, b])" if takes == 1 else ""
            raise ShapeError(
                f"Layer {self.name!r} takes {takes} input{'s' if takes > 1 else ''}; received {len(values)}{join}."
            )
        # A model used as a layer takes what its own inputs take.
        for value, dtype in zip(values, self._input_dtypes() or [self.input_dtype] * len(values), strict=False):
            if dtype is not None and np.dtype(dtype).kind in "iu":
                self._ask_for_whole_numbers(value, dtype)
        shapes = self.ensure_built([value.shape for value in values])
        call = Call(self, values, shapes if isinstance(shapes, list) else [shapes])
        if self.keeps_numbers and values[0].dtype is not None:
            for output in call.outputs:
                output.dtype = values[0].dtype
        return call.outputs[0] if len(call.outputs) == 1 else call.outputs

    def _input_dtypes(self) -> list[str | None]:
        return [value.dtype for value in getattr(self, "inputs", [])]

    def _ask_for_whole_numbers(self, value: Value, dtype: str) -> None:
        """See that whole numbers come in: an `Input` without a dtype gets one."""
        if value.dtype is None and value.call is None:
            value.dtype = dtype
        if value.dtype is None or np.dtype(value.dtype).kind not in "iu":
            raise ArgumentError(
                f"Layer {self.name!r} takes whole numbers from an Input: Input(shape=…, dtype='int64'); received "
                f"{value.dtype or 'the numbers that a layer computes'}."
            )

    def ensure_built(self, shapes) -> Any:
        """Build the layer for these input shapes, or see that it fits them, and return its output shape."""
        shapes = [tuple(shape) for shape in shapes]
        given = shapes[0] if len(shapes) == 1 else shapes
        if self.built_shape is None and not self.all_weights:
            self.output_shape = self._built(given)
            self.built_shape = shapes
            return self.output_shape
        if shapes == self.built_shape:
            return self.output_shape
        twin = self._unbuilt()
        output_shape = twin.build(given)
        if [weight.shape for weight in twin.all_weights] != [weight.shape for weight in self.all_weights]:
            built = "other shapes" if self.built_shape is None else f"shape {_shown(self.built_shape)}"
            raise ShapeError(
                f"Layer {self.name!r} was built for inputs of {built} and its weights don't fit {_shown(shapes)}: "
                "a shared layer needs the same sizes everywhere; use a second layer."
            )
        if self.built_shape is None:  # `build` was called by hand
            self.output_shape, self.built_shape = output_shape, shapes
        return output_shape

    def _built(self, given) -> Any:
        """Build the layer and return its output shape, or refuse a `build` without one, as Keras has it."""
        output_shape = self.build(given)
        if output_shape is None:
            raise ArgumentError(
                f"Layer {self.name!r}: build(input_shape) returned nothing; end it with `return output_shape`, such as "
                "`return input_shape` where the shape stays."
            )
        return output_shape

    def _unbuilt(self) -> Layer:
        """Return a layer with the same arguments and no weights."""
        twin = copy.copy(self)
        twin.all_weights, twin.built_shape = [], None
        return twin

    def compute_output_shape(self, input_shape):
        """Return the shape that comes out for a shape that goes in, without building the layer."""
        return self._unbuilt().build(input_shape)


def _shown(shapes) -> str:
    return " and ".join(str(shape) for shape in shapes)


LAYERS = Registry("layer", Layer)


def get(identifier):
    """Return the layer that a name or a `to_config` dict means."""
    return LAYERS.get(identifier)
