"""Layers that change the shape and no number."""

from __future__ import annotations

import math

import numpy as np

from chainrule.errors import ArgumentError, ShapeError
from chainrule.layers.base import LAYERS, Layer


class Flatten(Layer):
    """Make one row of numbers of each sample: (N, a, b, …) → (N, a·b·…).

    Parameters
    ----------
    **options
        See `Layer`.
    """

    def build(self, input_shape):
        """Return the flat shape."""
        if None in input_shape[1:]:
            raise ShapeError(f"Layer {self.name!r}: Flatten needs a known shape; received {input_shape}.")
        return (input_shape[0], math.prod(input_shape[1:]))

    def express(self, apply, X):
        """`flatten`."""
        return apply("flatten", X)


class Reshape(Layer):
    """Give each sample another shape with as many numbers.

    Parameters
    ----------
    target_shape : tuple of int
        Without the rows; one size may be −1 and follows from the others.
    **options
        See `Layer`.

    Raises
    ------
    ShapeError
        If the numbers of entries differ.
    """

    def __init__(self, target_shape, **options):
        super().__init__(**options)
        shape = (target_shape,) if isinstance(target_shape, (int, np.integer)) else tuple(target_shape)
        wrong = [size for size in shape if not isinstance(size, (int, np.integer)) or size < -1 or size == 0]
        if wrong or shape.count(-1) > 1:
            raise ArgumentError(f"target_shape is sizes above 0, at most one of them -1; received {shape}.")
        self.target_shape = shape

    def build(self, input_shape):
        """Return the target shape, with −1 worked out."""
        if None in input_shape[1:]:
            raise ShapeError(f"Layer {self.name!r}: Reshape needs a known shape; received {input_shape}.")
        entries, known = math.prod(input_shape[1:]), math.prod(size for size in self.target_shape if size != -1)
        fits = entries % known == 0 if -1 in self.target_shape else entries == known
        if not fits:
            raise ShapeError(
                f"Layer {self.name!r} can't reshape rows of shape {tuple(input_shape[1:])} ({entries} numbers) to "
                f"{self.target_shape}; choose a shape of {entries} numbers."
            )
        self.shape = tuple(entries // known if size == -1 else int(size) for size in self.target_shape)
        return (input_shape[0], *self.shape)

    def express(self, apply, X):
        """`reshape`."""
        return apply("reshape", X, shape=self.shape)


for cls in (Flatten, Reshape):
    LAYERS.add(cls)
