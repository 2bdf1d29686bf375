"""Layers that change the shape and no number."""

from __future__ import annotations

import math

import numpy as np

from chainrule.errors import ArgumentError, ShapeError
from chainrule.layers.base import LAYERS, Layer


class Flatten(Layer):
    """Make one row of numbers of each sample.

    Use it between layers that keep an image's or a sequence's axes and a `Dense` that takes them all.

    Parameters
    ----------
    **options
        See `Layer`.

    Raises
    ------
    ShapeError
        If a size of the input is left open.

    Notes
    -----
    Shapes: input (N, a, b, …), output (N, a·b·…). Numbers that are next to each other in the last axis stay so.

    Examples
    --------
    >>> import numpy as np
    >>> Flatten()(np.ones((5, 28, 28))).shape
    (5, 784)
    """

    keeps_numbers = True

    def build(self, input_shape):
        """Return the flat shape."""
        if None in input_shape[1:]:
            raise ShapeError(f"Layer {self.name!r}: Flatten needs a known shape; received {input_shape}.")
        return (input_shape[0], math.prod(input_shape[1:]))

    def express(self, apply, X):
        """Express `flatten`."""
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
    ArgumentError
        If a size is neither −1 nor above 0, or −1 stands twice.
    ShapeError
        If the numbers of entries differ, or a size of the input is left open.

    Notes
    -----
    Shapes: input (N, …), output (N, target_shape …). Numbers keep their order.

    Examples
    --------
    >>> import numpy as np
    >>> Reshape((28, -1))(np.ones((5, 784))).shape
    (5, 28, 28)
    """

    keeps_numbers = True

    def __init__(self, target_shape, **options):
        super().__init__(**options)
        shape = tuple(target_shape) if isinstance(target_shape, (tuple, list)) else (target_shape,)
        whole = all(isinstance(size, (int, np.integer)) and not isinstance(size, bool) for size in shape)
        if not whole or any(size < -1 or size == 0 for size in shape) or shape.count(-1) > 1:
            raise ArgumentError(
                f"Reshape's target_shape is sizes above 0, at most one of them -1; received {target_shape!r}."
            )
        self.target_shape = tuple(int(size) for size in shape)

    def build(self, input_shape):
        """Return the target shape, with −1 worked out."""
        return (input_shape[0], *self._row_shape(input_shape))

    def _row_shape(self, input_shape) -> tuple[int, ...]:
        if None in input_shape[1:]:
            raise ShapeError(f"Layer {self.name!r}: Reshape needs a known shape; received {input_shape}.")
        entries, known = math.prod(input_shape[1:]), math.prod(size for size in self.target_shape if size != -1)
        fits = entries % known == 0 if -1 in self.target_shape else entries == known
        if not fits:
            raise ShapeError(
                f"Layer {self.name!r} can't reshape rows of shape {tuple(input_shape[1:])} ({entries} numbers) to "
                f"{self.target_shape}; choose a shape of {entries} numbers."
            )
        return tuple(entries // known if size == -1 else size for size in self.target_shape)

    def express(self, apply, X):
        """Express `reshape`, for the shape of this call: a shared layer may see several."""
        return apply("reshape", X, shape=self._row_shape(X.shape))


for cls in (Flatten, Reshape):
    LAYERS.add(cls)
