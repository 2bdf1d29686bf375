"""The weights of a model: in which order, under which names, and which of them training changes."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import ShapeError
from chainrule.layers.weight import Weight


class ModelWeights:
    """The part of a model that knows its layers' weights."""

    name: Any
    layers: list[Any]
    require_built: Any
    _trainable: bool = True

    @property
    def trainable(self) -> bool:
        """Whether training changes the model's weights; setting it sets it for every layer."""
        return self._trainable

    @trainable.setter
    def trainable(self, value) -> None:
        self._trainable = bool(value)
        for layer in getattr(self, "layers", []):
            layer.trainable = self._trainable

    @property
    def all_weights(self) -> list[Weight]:
        """Every weight, layer by layer, as the layers declared them."""
        return [weight for layer in self.layers for weight in layer.all_weights]

    @all_weights.setter
    def all_weights(self, value) -> None:
        """Ignore what `Layer.__init__` sets: a model's weights are its layers'."""

    @property
    def weights(self) -> list[Weight]:
        """Every weight in the order of `get_weights`: layer by layer, the trainable ones of each first."""
        return [weight for layer in self.layers for weight in layer.weights]

    @property
    def trainable_weights(self) -> list[Weight]:
        """The weights that training changes."""
        return [weight for layer in self.layers for weight in layer.trainable_weights] if self.trainable else []

    @property
    def non_trainable_weights(self) -> list[Weight]:
        """Running statistics, and every weight of a frozen layer."""
        if not self.trainable:
            return self.weights
        return [weight for layer in self.layers for weight in layer.non_trainable_weights]

    def named_weights(self, trainable_only: bool = False) -> list[tuple[str, Weight]]:
        """Return ("dense/kernel", weight) for every weight, in the order of `get_weights`.

        A weight of a model within the model has the path to it: "encoder/dense/kernel".
        """
        if trainable_only and not self.trainable:
            return []
        named = []
        for layer in self.layers:
            if isinstance(layer, ModelWeights):
                named += [(f"{layer.name}/{name}", weight) for name, weight in layer.named_weights(trainable_only)]
            else:
                weights = layer.trainable_weights if trainable_only else layer.weights
                named += [(f"{layer.name}/{weight.name}", weight) for weight in weights]
        return named

    def count_params(self) -> int:
        """Return how many numbers the weights hold."""
        self.require_built()
        return sum(weight.size for weight in self.weights)

    def get_weights(self) -> list[np.ndarray]:
        """Return copies of all weights' arrays, in the order of `named_weights`."""
        self.require_built()
        return [weight.numpy().copy() for weight in self.weights]

    def set_weights(self, arrays) -> None:
        """Copy arrays into the weights, in the order of `get_weights`; nothing is changed unless all of them fit.

        Raises
        ------
        ShapeError
            If there are too many or too few arrays, or one has another shape than its weight.
        """
        self.require_built()
        arrays, named = [np.asarray(array) for array in arrays], self.named_weights()
        if len(arrays) != len(named):
            raise ShapeError(
                f"Model {self.name!r} has {len(named)} weights ({', '.join(name for name, _ in named)}); received "
                f"{len(arrays)} arrays: give one array for each, as get_weights returns them."
            )
        for array, (name, weight) in zip(arrays, named, strict=True):
            if array.shape != weight.shape:
                raise ShapeError(
                    f"The weight {name} has shape {weight.shape}; received an array of shape {array.shape}: give the "
                    "arrays in the order of get_weights."
                )
        for array, (_, weight) in zip(arrays, named, strict=True):
            weight.assign(array)
