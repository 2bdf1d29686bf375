"""Sequential: a chain of layers."""

from __future__ import annotations

from typing import Any

from chainrule.errors import ArgumentError, DataError, NotReadyError
from chainrule.floatx import check_floatx, floatx
from chainrule.graph import Value
from chainrule.layers.base import LAYERS, Layer
from chainrule.layers.input import Input, InputLayer
from chainrule.models.model import Model
from chainrule.random import check_seed, next_model_seed


class Sequential(Model):
    """A chain of layers, each fed by the one before.

    Parameters
    ----------
    layers : list of Layer, optional
        More can be added with `add`. The first may be an `Input`, or have `input_dim=`; otherwise the model is built
        when `fit` sees data.
    name, seed, dtype
        See `Model`.

    Examples
    --------
    >>> from chainrule.layers import Dense
    >>> model = Sequential([Dense(12, input_dim=8, activation="relu"), Dense(1, activation="sigmoid")], seed=0)
    >>> model.output_shape
    (None, 1)
    """

    def __init__(self, layers=None, *, name=None, seed=None, dtype=None, trainable=True):
        Layer.__init__(self, name=name, trainable=trainable)
        self.seed = next_model_seed() if seed is None else check_seed(seed)
        self.dtype = check_floatx(dtype) if dtype is not None else floatx()
        self._start()
        self._chain: list[Layer] = []
        self._values: list[Any] = []  # what comes out of each layer of the chain
        self._input: Value | None = None
        for layer in layers or []:
            self.add(layer)

    def add(self, layer) -> None:
        """Add a layer at the end.

        Raises
        ------
        ArgumentError
            If it is no layer, or an input that comes after another layer.
        ShapeError
            If it can't take what the layer before puts out.
        """
        if isinstance(layer, type) and issubclass(layer, Layer):
            raise ArgumentError(f"Add a layer, not its class: {layer.__name__}(…).")
        if isinstance(layer, (Value, InputLayer)):
            self._add_input(layer if isinstance(layer, Value) else layer.value())
            return
        if not isinstance(layer, Layer):
            raise ArgumentError(f"Sequential takes layers, such as Dense(12); received {layer!r}.")
        if layer in self._chain:
            raise ArgumentError(
                f"Layer {layer.name!r} is in this Sequential already; add a second layer, or use Model to share one."
            )
        if self._input is None and not self._chain:
            self._input = _declared_input(layer)
        self._chain.append(layer)
        try:
            self._connect_chain()
        except Exception:
            # A layer that does not fit is not kept, so that the user can go on with another.
            self._take_off()
            raise

    def pop(self) -> None:
        """Take the last layer off."""
        if not self._chain:
            raise ArgumentError("There is no layer to take off: the model is empty.")
        self._take_off()

    def _take_off(self) -> None:
        self._chain.pop()
        del self._values[len(self._chain) :]
        self._connect_chain()

    def _add_input(self, value: Value) -> None:
        if self._chain or self._input is not None:
            raise ArgumentError("An Input comes first in a Sequential, and only once.")
        self._input = value

    def _connect_chain(self) -> None:
        self.layers = list(self._chain)
        if self._input is None or not self._chain:
            self.built_shape = None
            return
        for layer in self._chain[len(self._values) :]:
            self._values.append(layer(self._values[-1] if self._values else self._input))
        last = self._values[-1]
        self._set_graph([self._input], last if isinstance(last, list) else [last])

    def ensure_built(self, shapes):
        """Build the chain for these shapes where it waits for them, see that it fits, and return the output shape."""
        if not self.built and len(shapes) == 1:
            self.build(shapes[0])
        return super().ensure_built(shapes)

    def build(self, input_shape=None):
        """Build the model for inputs of this shape, rows included as None: `build((None, 8))`."""
        if not self._chain:
            raise NotReadyError("The model has no layers: add some first.")
        if input_shape is not None and self._input is None:
            self._input = Input(shape=tuple(input_shape)[1:], dtype=_input_dtype(self._chain[0]))
            self._connect_chain()
        self.require_built()
        return self.output_shape

    def ensure_built_for(self, x) -> None:
        """Build the model from data that `fit` was given."""
        if self.built:
            return
        from chainrule.training.arrays import to_array

        if not self._chain:
            raise NotReadyError("The model has no layers: add some first, such as model.add(Dense(12)).")
        A = to_array(x, "x")
        if len(A) == 0:
            raise DataError("x is empty: it has no rows.")
        self.build((None, *(A.shape[1:] or (1,))))

    def get_config(self) -> dict[str, Any]:
        """Return the layers' configurations in order, with input shape, seed and dtype."""
        shape = None if self._input is None else list(self._input.shape[1:])
        return {
            "name": self.name if self.named_by_user else None,
            "seed": self.seed,
            "dtype": self.dtype,
            "trainable": self.trainable,
            "input_shape": shape,
            "input_name": None if self._input is None else self._input.name or None,
            "input_dtype": None if self._input is None else self._input.dtype,
            "layers": [layer.to_config() for layer in self._chain],
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]):
        """Make a model of the same architecture, with fresh weights."""
        config = dict(config)
        layers, shape = config.pop("layers"), config.pop("input_shape", None)
        name, dtype = config.pop("input_name", None), config.pop("input_dtype", None)
        model = cls(**config)
        made = [LAYERS.get(layer) for layer in layers]
        if shape is not None:
            model.add(Input(shape=tuple(shape), name=name, dtype=dtype or (_input_dtype(made[0]) if made else None)))
        for layer in made:
            model.add(layer)
        return model


def _declared_input(layer: Layer) -> Value | None:
    if isinstance(layer, Model) and layer.built:
        return Input(shape=layer.inputs[0].shape[1:], dtype=layer.inputs[0].dtype)
    if layer.declared_input_shape is None:
        return None
    return Input(shape=layer.declared_input_shape, dtype=_input_dtype(layer))


def _input_dtype(layer: Layer) -> str | None:
    return getattr(layer, "input_dtype", None)


LAYERS.add(Sequential)
