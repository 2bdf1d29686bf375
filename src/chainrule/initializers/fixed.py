"""Initializers without randomness."""

from __future__ import annotations

import numpy as np

from chainrule.errors import ShapeError
from chainrule.initializers.base import Initializer


class Zeros(Initializer):
    """All zeros: right for biases, wrong for kernels, whose units would stay equal to each other.

    Examples
    --------
    >>> Zeros()((2,))
    array([0., 0.], dtype=float32)
    """

    def values(self, shape, stream):
        """Return zeros."""
        return np.zeros(shape)


class Ones(Initializer):
    """All ones: for scales, such as batch normalisation's.

    Examples
    --------
    >>> Ones()((2,))
    array([1., 1.], dtype=float32)
    """

    def values(self, shape, stream):
        """Return ones."""
        return np.ones(shape)


class Constant(Initializer):
    """One number everywhere.

    Parameters
    ----------
    value : float, default 0
        The number.

    Examples
    --------
    >>> Constant(0.5)((2,))
    array([0.5, 0.5], dtype=float32)
    """

    def __init__(self, value: float = 0.0):
        self.value = self._number("value", value)

    def values(self, shape, stream):
        """Return the number everywhere."""
        return np.full(shape, self.value)


class Identity(Initializer):
    """The identity matrix times `gain`: a layer that at first changes nothing.

    Parameters
    ----------
    gain : float, default 1
        What stands on the diagonal.

    Examples
    --------
    >>> Identity(2)((2, 2))
    array([[2., 0.],
           [0., 2.]], dtype=float32)
    """

    def __init__(self, gain: float = 1.0):
        self.gain = self._number("gain", gain)

    def values(self, shape, stream):
        """Return the matrix."""
        if len(shape) != 2:
            raise ShapeError(f"Identity fills weights of two axes; received the shape {shape}.")
        return self.gain * np.eye(*shape)
