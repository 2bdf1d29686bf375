"""What an initializer is. The legend is in `chainrule.initializers`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.arguments import check_number
from chainrule.configurable import Configurable
from chainrule.errors import ShapeError
from chainrule.random import Stream, next_model_seed


class Initializer(Configurable):
    """Base of initializers: `initializer(shape, dtype, stream)` returns a new array.

    An initializer of your own defines `values(shape, stream)`, which returns a float64 array.
    """

    seed: int | None = None

    def values(self, shape: tuple[int, ...], stream: Stream) -> np.ndarray:
        """Return the numbers in float64."""
        raise NotImplementedError(f"{type(self).__name__} has to define values(self, shape, stream).")

    def __call__(self, shape, dtype: Any = np.float32, stream: Stream | None = None) -> np.ndarray:
        """Return an array of a shape.

        Parameters
        ----------
        shape : tuple of int
            The weight's shape.
        dtype : dtype, default float32
            float32 or float64.
        stream : chainrule.random.Stream, optional
            Where random bits come from. A `seed` given to the constructor goes before it; without either, the bits
            follow from `set_random_seed`, or else from the operating system.

        Raises
        ------
        ShapeError
            If the shape is not made of whole numbers from 0, or the initializer can't fill it.
        """
        shape = self._checked(shape)
        if self.seed is not None:
            stream = Stream(self.seed, "weights")
        elif stream is None:
            stream = Stream(next_model_seed(), "weights")
        return self.values(shape, stream).astype(dtype)

    def _checked(self, shape: Any) -> tuple[int, ...]:
        """Return the shape as a tuple of ints, or refuse it."""
        sizes = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
        if not all(isinstance(n, (int, np.integer)) and not isinstance(n, bool) and n >= 0 for n in sizes):
            raise ShapeError(
                f"{type(self).__name__} takes a shape of whole numbers, such as (8, 12); received {shape!r}."
            )
        return tuple(int(n) for n in sizes)

    def _number(self, argument: str, value: Any, low: float = -math.inf, *, above: bool = False) -> float:
        return check_number(type(self).__name__, argument, value, low, above=above)
