"""Input: where a network begins."""

from __future__ import annotations

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.graph import Value
from chainrule.layers.arguments import declared_shape
from chainrule.layers.base import LAYERS, Layer


def Input(shape=None, *, batch_shape=None, name=None, dtype=None) -> Value:  # noqa: N802 (Keras' name)
    """Return a symbolic input, to begin a `Model` or a `Sequential` with.

    Parameters
    ----------
    shape : tuple of int
        Shape of one row, without the rows: `(8,)` for 8 columns, `(28, 28)` for images. None stands for a size left
        open.
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
    return Value((None, *(declared_shape(shape) or ())), name or "", check_input_dtype(dtype))


def check_input_dtype(dtype) -> str | None:
    """Return the dtype of an input as a text, or refuse what is neither a float nor an integer type."""
    if dtype is None:
        return None
    try:
        kind = np.dtype(dtype).kind
    except TypeError:
        kind = ""
    if kind not in ("i", "u", "f"):
        raise ArgumentError(f"An Input's dtype is a float or an integer type, such as 'int64'; received {dtype!r}.")
    return str(np.dtype(dtype))


class InputLayer(Layer):
    """An input in the form of a layer, as older scripts add it to a `Sequential`.

    Parameters
    ----------
    shape : tuple of int
        Shape of one row; `input_shape` is the older name.
    input_dtype : str, optional
        See `Input`'s dtype.
    **options
        See `Layer`.

    Raises
    ------
    ArgumentError
        If no shape was given, or a size is not a whole number above 0.

    Examples
    --------
    >>> InputLayer(input_shape=(8,)).value().shape
    (None, 8)
    """

    keeps_numbers = True

    def __init__(self, shape=None, *, input_dtype=None, **options):
        super().__init__(**options)
        self.shape = self.declared_input_shape if shape is None else declared_shape(shape)
        if self.shape is None:
            raise ArgumentError("InputLayer needs a shape: InputLayer(shape=(8,)) for rows of 8 numbers.")
        self.input_dtype = check_input_dtype(input_dtype)

    def value(self) -> Value:
        """Return the symbolic input."""
        return Input(shape=self.shape, name=self._name, dtype=self.input_dtype)

    def express(self, apply, X):
        """Pass the input on."""
        return X


LAYERS.add(InputLayer)
