"""A weight: a named array that belongs to a layer, and all that is known of it before it has numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.errors import NotReadyError, ShapeError


@dataclass(eq=False)
class Weight:
    """A named array of a layer.

    Attributes
    ----------
    name : str
        Its name within the layer: "kernel".
    shape : tuple of int
        Fixed when the layer is built.
    initializer, regularizer, constraint : object or None
        What makes its first values, adds to the loss, and mends it after each step.
    trainable : bool
        False for running statistics.
    value : ndarray or None
        None until a model (or the first look at the weights) gives it numbers. While a model trains, this is a view
        into the model's one flat vector of weights.
    """

    name: str
    shape: tuple[int, ...]
    initializer: Any
    regularizer: Any = None
    constraint: Any = None
    trainable: bool = True
    value: np.ndarray | None = None

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return int(np.prod(self.shape, dtype=np.int64))

    def numpy(self) -> np.ndarray:
        """Return the numbers; they are the weight's own, not a copy."""
        if self.value is None:
            raise NotReadyError(f"The weight {self.name!r} has no numbers yet: build the model first.")
        return self.value

    def assign(self, value, owner: str = "") -> None:
        """Copy new numbers in; the shape must be the weight's own."""
        value = np.asarray(value)
        if value.shape != self.shape:
            raise ShapeError(
                f"The weight {owner}{self.name} has shape {self.shape}; received an array of shape {value.shape}."
            )
        if self.value is None:
            raise NotReadyError(f"The weight {owner}{self.name} has no numbers yet: build the model first.")
        self.value[...] = value

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return np.array(self.numpy(), dtype=dtype) if copy else np.asarray(self.numpy(), dtype=dtype)
