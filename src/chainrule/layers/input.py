"""Input: where a network begins."""

from __future__ import annotations

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.graph import Value
from chainrule.layers.base import LAYERS, Layer


def Input(shape=None, *, batch_shape=None, name=None, dtype=None) -> Value:  # noqa: N802 (Keras' name)
    """Return a symbolic input, to begin a `Model` or a `Sequential` with.

    Parameters
    ----------
    shape : tuple of int
        Shape of one row, without the rows: `(8,)` for 8 columns, `(28, 28)` for images. None stands for a size left open.
    batch_shape : tuple, optional
        The same with the rows: `(None, 8)`.
    name : str, optional
        By which a dict of arrays names this input.
    dtype : str, optional
        An integer dtype for inputs that feed an `Embedding`; else the model's.

    Raises
    ------
    ArgumentError
        If no shape was given, or a size is not a whole number above 0.

    Examples
    --------
    >>> Input(shape=(8,)).shape
    (None, 8)
    """
    if shape is None and batch_shape is not None:
        shape = tuple(batch_shape)[1:]
    if shape is None:
        raise ArgumentError("Input needs a shape: Input(shape=(8,)) for rows of 8 numbers.")
    shape = Layer._declared_shape(shape, None) if shape != () else ()
    if dtype is not None and np.dtype(dtype).kind not in "iuf":
        raise ArgumentError(f"An Input's dtype is a float or an integer type; received {dtype!r}.")
    return Value((None, *shape), name or "", str(np.dtype(dtype)) if dtype is not None else None)


class InputLayer(Layer):
    """An input in the form of a layer, as older scripts add it to a `Sequential`.

    Parameters
    ----------
    shape : tuple of int
        Shape of one row; `input_shape` is the older name.
    """

    def __init__(self, shape=None, *, name=None, input_dtype=None, **options):
        super().__init__(name=name, **options)
        self.shape = shape if shape is not None else self.declared_input_shape
        self.input_dtype = input_dtype

    def value(self) -> Value:
        """Return the symbolic input."""
        return Input(shape=self.shape, name=self._name, dtype=self.input_dtype)


LAYERS.add(InputLayer)
