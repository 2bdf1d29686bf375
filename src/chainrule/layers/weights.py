"""The weights of a layer: how they are declared, get numbers, and are read and written."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule import constraints as constraint_room
from chainrule import initializers, regularizers
from chainrule.errors import ArgumentError, NotReadyError, ShapeError
from chainrule.floatx import floatx
from chainrule.layers.weight import Weight
from chainrule.random import Stream, next_model_seed


class LayerWeights:
    """The part of a layer that knows its weights."""

    name: Any
    trainable: Any
    dtype: str | None
    built_shape: Any
    all_weights: list[Weight]

    def add_weight(
        self,
        name: str,
        shape: Any,
        initializer: Any = "glorot_uniform",
        regularizer: Any = None,
        constraint: Any = None,
        trainable: bool = True,
    ) -> Weight:
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

        Raises
        ------
        ArgumentError
            If the name is no text without '/', or taken.
        ShapeError
            If a size is left open or below 1.
        """
        if (
            not isinstance(name, str)
            or not name
            or "/" in name
            or any(weight.name == name for weight in self.all_weights)
        ):
            raise ArgumentError(
                f"Layer {self.name!r}: the name of a weight is a text without '/' that no other weight of the "
                f"layer has; received {name!r}."
            )
        if any(size is None or size < 1 for size in shape):
            raise ShapeError(
                f"Layer {self.name!r}: the weight {name!r} would have shape {tuple(shape)}; fix the sizes of the "
                "input, such as Input(shape=(8,))."
            )
        weight = Weight(
            name,
            tuple(int(size) for size in shape),
            initializers.get(initializer),
            regularizers.get(regularizer),
            constraint_room.get(constraint),
            bool(trainable),
        )
        # State comes last, as in the operation that a layer of the user's own becomes.
        state = sum(not other.trainable for other in self.all_weights)
        self.all_weights.insert(len(self.all_weights) - (state if trainable else 0), weight)
        return weight

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
        self.require_weights()
        return [weight.numpy().copy() for weight in self.weights]

    def set_weights(self, arrays) -> None:
        """Copy arrays into the weights, in the order of `get_weights`; nothing is changed unless all of them fit.

        Raises
        ------
        ShapeError
            If there are too many or too few arrays, or one has another shape than its weight.
        """
        self.require_weights()
        arrays = [np.asarray(array) for array in arrays]
        if [array.shape for array in arrays] != [weight.shape for weight in self.weights]:
            takes = ", ".join(f"{weight.name} {weight.shape}" for weight in self.weights) or "none"
            given = ", ".join(str(array.shape) for array in arrays) or "none"
            raise ShapeError(f"Layer {self.name!r} takes the weights {takes}; received arrays of shape {given}.")
        for weight, array in zip(self.weights, arrays, strict=True):
            weight.assign(array, f"{self.name}/")

    def count_params(self) -> int:
        """Return how many numbers the weights hold."""
        return sum(weight.size for weight in self.all_weights)

    def require_weights(self) -> None:
        """Give numbers to a layer outside a model, or refuse with a sentence where its input shape is not known."""
        if self.built_shape is None and not self.all_weights:
            raise NotReadyError(
                f"Layer {self.name!r} has no weights yet, since its input shape is not known: add an Input to the "
                "model, or call the layer on something."
            )
        if any(weight.value is None for weight in self.all_weights):
            self.initialise(next_model_seed(), 0, self.dtype or floatx())
