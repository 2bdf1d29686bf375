"""Model: any acyclic graph of layers, with Keras' five steps.

The model owns the graph, the seed and what `compile` settled. What it does with them lives in other rooms: training in
`chainrule.training`, files in `chainrule.saving`, the gradient check in `chainrule.checks`.
"""

from __future__ import annotations

from typing import Any

from chainrule.errors import ArgumentError, NotReadyError, ShapeError, unknown_name
from chainrule.floatx import check_floatx, floatx
from chainrule.graph import Call, Value, ordered_calls
from chainrule.layers.base import LAYERS, Layer
from chainrule.layers.deferred import initialisation_is_deferred
from chainrule.losses.labels import fits, shown
from chainrule.models.naming import name_layers, name_outputs
from chainrule.models.programs import Programs
from chainrule.models.training_methods import TrainingMethods
from chainrule.models.weights import ModelWeights
from chainrule.program import Program, trace
from chainrule.random import check_seed, next_model_seed


class Model(TrainingMethods, Programs, ModelWeights, Layer):
    """A network: layers connected from inputs to outputs.

    Parameters
    ----------
    inputs : Value or list of Value
        What `Input(shape=…)` returned.
    outputs : Value or list of Value
        What the last layers returned when called.
    name : str, optional
    seed : int, optional
        Fixes every random number: initial weights, the order of the batches, dropout. Without it the seed is drawn, and
        `model.seed` says which it was.
    dtype : str, optional
        "float32" (default; see `utils.set_floatx`) or "float64".

    Raises
    ------
    ArgumentError
        If an output can't be reached from the inputs, or two layers share a name.

    Examples
    --------
    >>> from chainrule.layers import Add, Dense, Input
    >>> x = Input(shape=(4,))
    >>> h = Dense(4, activation="relu")(x)
    >>> model = Model(x, Dense(1)(Add()([x, h])), seed=1)
    >>> model.count_params()
    25
    """

    not_in_config = ("input_shape", "input_dim", "batch_input_shape")

    def __init__(self, inputs=None, outputs=None, *, name=None, seed=None, dtype=None, trainable=True):
        super().__init__(name=name, trainable=trainable)
        self.seed = next_model_seed() if seed is None else check_seed(seed)
        self.dtype = check_floatx(dtype) if dtype is not None else floatx()
        self._start()
        if inputs is None or outputs is None:
            raise ArgumentError("Model(inputs, outputs) needs both; for a plain chain of layers use Sequential([…]).")
        self._set_graph(_values(inputs, "inputs"), _values(outputs, "outputs"))

    def _start(self) -> None:
        self.layers: list[Layer] = []
        self.inputs: list[Value] = []
        self.outputs: list[Value] = []
        self.calls: list[Call] = []
        self.history: Any = None
        self.stop_training = False
        self._start_programs()

    def _set_graph(self, inputs: list[Value], outputs: list[Value]) -> None:
        self.inputs, self.outputs = inputs, outputs
        self.calls = ordered_calls(inputs, outputs)
        self.layers = list(dict.fromkeys(call.layer for call in self.calls))
        for layer in self.layers:
            if layer.dtype is not None and layer.dtype != self.dtype:
                raise ArgumentError(
                    f"Layer {layer.name!r} has dtype {layer.dtype!r} in a model of {self.dtype!r}; all layers share "
                    f"the model's: pass dtype={layer.dtype!r} to the model."
                )
        name_layers(self.layers, self.inputs)
        self._note_uses()
        for call in self.calls:
            for value in call.outputs:
                value.name = call.layer.name
        self._output_names = name_outputs(outputs)
        shapes = [value.shape for value in outputs]
        self.built_shape = [value.shape for value in inputs]
        self.output_shape = shapes if len(shapes) > 1 else shapes[0]
        if not initialisation_is_deferred():
            for index, layer in enumerate(self.layers):
                layer.initialise(self.seed, index, str(self.dtype))
        self._forget_programs()

    def _note_uses(self) -> None:
        for layer in self.layers:
            layer.uses = []
        for call in self.calls:
            call.layer.uses.append(call)

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._note_uses()

    # The graph --------------------------------------------------------------------------------------------------------

    @property
    def built(self) -> bool:
        """True once the input shape is known."""
        return self.built_shape is not None

    def require_built(self) -> None:
        """Refuse, with a sentence, what needs the input shape before it is known."""
        if not self.built:
            raise NotReadyError(
                f"Model {self.name!r} is not built, since its input shape is not known: start it with "
                "Input(shape=(8,)), give the first layer input_dim=8, or call fit."
            )

    @property
    def input_names(self) -> list[str]:
        """The inputs' names, as dicts of arrays use them."""
        return [value.name for value in self.inputs]

    @property
    def output_names(self) -> list[str]:
        """The outputs' names: those of the layers they come from, numbered where a layer gives several."""
        return list(self._output_names)

    @property
    def input_shape(self) -> Any:
        """The shape of the input, rows as None, or the list of them."""
        self.require_built()
        shapes = [value.shape for value in self.inputs]
        return shapes if len(shapes) > 1 else shapes[0]

    @property
    def input(self) -> Any:
        """The symbolic input, or the list of them: `Model(model.input, …)` makes a model of a part of this one."""
        self.require_built()
        return self.inputs if len(self.inputs) > 1 else self.inputs[0]

    @property
    def output(self) -> Any:
        """The symbolic output, or the list of them."""
        self.require_built()
        return self.outputs if len(self.outputs) > 1 else self.outputs[0]

    def layer_fed_by(self, value: Value) -> str:
        """Return the name of the first layer that takes a value: what messages about an input name."""
        return next((call.layer.name for call in self.calls if value in call.inputs), self.name)

    def trace(self, training: bool) -> Program:
        """Return the network as a flat list of operations (`chainrule.program`)."""
        self.require_built()
        return trace(self.inputs, self.calls, self.outputs, training)

    def build(self, input_shape=None):
        """Return the output shape; a graph is built already."""
        return self.output_shape

    def ensure_built(self, shapes):
        """See that a model used as a layer fits what it is called on, and return its output shape."""
        self.require_built()
        if len(shapes) != len(self.built_shape):
            raise ShapeError(f"Model {self.name!r} takes {len(self.built_shape)} inputs; received {len(shapes)}.")
        for given, own in zip(shapes, self.built_shape, strict=True):
            if not fits(tuple(given[1:]), tuple(own[1:])):
                raise ShapeError(
                    f"Model {self.name!r} takes inputs of shape {shown(own)}; received {shown(tuple(given))}: give "
                    "it that many columns, or build it for these."
                )
        return self.output_shape

    def __call__(self, inputs, training: bool = False):
        """Connect the model to symbolic inputs, as a layer; or compute its output for arrays.

        With `training=True` it computes as in training (dropout, batch normalisation by the batch), changing no weight.
        Each such call drops others, in an order that follows from the seed: the mean of many is Monte-Carlo dropout.
        """
        values = list(inputs) if isinstance(inputs, (list, tuple)) and len(inputs) else [inputs]
        if all(isinstance(value, Value) for value in values):
            return self._connect(values)
        from chainrule.training.one_batch import outputs_of

        self.ensure_built_for(inputs)
        return outputs_of(self, inputs, training)

    def ensure_built_for(self, x) -> None:
        """Do nothing: only a `Sequential` may have to wait for data to be built."""

    def express(self, apply, *inputs):
        """Inline the model's own layers, where it is used as a layer."""
        slots = {id(value): slot for value, slot in zip(self.inputs, inputs, strict=True)}
        apply.run(self.calls, slots)
        results = [slots[id(value)] for value in self.outputs]
        return results if len(results) > 1 else results[0]

    def initialise(self, seed: int, index: int, dtype: str) -> None:
        """Do nothing: the layers got their numbers when this model was made."""

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its place.

        Raises
        ------
        ArgumentError
            If there is none (with the nearest name), or neither was given.
        """
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ArgumentError(f"There is no layer {index}: the model has {len(self.layers)} layers.")
            return self.layers[index]
        if name is None:
            raise ArgumentError("get_layer needs a name or an index.")
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise unknown_name("layer", name, [layer.name for layer in self.layers])

    # In words ---------------------------------------------------------------------------------------------------------

    def summary(self, print_fn=print, line_length: int = 78) -> None:
        """Print the layers with their output shapes and numbers of parameters, and which engine runs."""
        from chainrule.models.summary import summary_text

        print_fn(summary_text(self, line_length))

    def _repr_html_(self) -> str:
        from chainrule.models.summary import summary_html

        return summary_html(self)

    def __repr__(self) -> str:
        state = f"{self.count_params():,} parameters" if self.built else "not built"
        return f"<{type(self).__name__} {self.name!r}: {len(self.layers)} layers, {state}>"

    # Description and files --------------------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return the architecture as plain values: layers, connections, seed, dtype."""
        from chainrule.models.config import graph_config

        return graph_config(self)

    @classmethod
    def from_config(cls, config: dict[str, Any]):
        """Make a model of the same architecture, with fresh weights."""
        from chainrule.models.config import graph_from_config

        return graph_from_config(cls, config)

    def to_json(self, **options: Any) -> str:
        """Return the architecture as JSON; `model_from_json` makes the model again, with fresh weights."""
        import json

        return json.dumps(self.to_config(), **options)

    def save(self, path, overwrite: bool = True) -> None:
        """Write the model into one `.safetensors` file: architecture, weights, compile settings."""
        from chainrule.saving import save_model

        save_model(self, path, overwrite=overwrite)

    def save_weights(self, path, overwrite: bool = True) -> None:
        """Write the weights alone into a `.safetensors` file."""
        from chainrule.saving import save_weights

        save_weights(self, path, overwrite=overwrite)

    def load_weights(self, path) -> None:
        """Read weights that `save_weights` or `save` wrote, matched by name and shape."""
        from chainrule.saving import load_weights

        load_weights(self, path)


def _values(given, what: str) -> list[Value]:
    values = list(given) if isinstance(given, (list, tuple)) else [given]
    for value in values:
        if not isinstance(value, Value):
            raise ArgumentError(
                f"Model({what}=…) takes what Input(…) or a layer called on it returns; received {value!r}."
            )
    return values


LAYERS.add(Model)
