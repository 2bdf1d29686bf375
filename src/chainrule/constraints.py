"""Constraints: what a weight must satisfy after every training step, such as a norm of at most 2.

A norm here is the length of the vector of weights that lead into one unit: for a dense kernel (inputs, units) along
axis 0, for a convolution kernel (height, width, channels, filters) along axes 0, 1 and 2. ε = 1e-7 keeps a division by
zero away, as in Keras.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import check_number
from chainrule.configurable import Configurable, Registry
from chainrule.errors import ArgumentError, ShapeError

#: Added to every norm before dividing by it: Keras' `backend.epsilon()`.
EPSILON = 1e-7


def check_axis(owner: str, axis: Any) -> int | list[int]:
    """Return an axis, or a list of several, as plain whole numbers, or refuse it with a sentence."""
    several = isinstance(axis, (list, tuple))
    axes = list(axis) if several else [axis]
    if not axes or not all(isinstance(a, (int, np.integer)) and not isinstance(a, bool) for a in axes):
        raise ArgumentError(
            f"{owner}'s axis is a whole number or a list of them, such as [0, 1, 2]; received {axis!r}."
        )
    return [int(a) for a in axes] if several else int(axes[0])


class Constraint(Configurable):
    """Base of constraints: `constraint(W)` returns a new array that satisfies it; W itself is not changed."""

    def __call__(self, W: np.ndarray) -> np.ndarray:
        """Return the weight, mended."""
        raise NotImplementedError(f"{type(self).__name__} has to define __call__(self, W).")


class NormConstraint(Constraint):
    """Base of constraints on the norm along an axis, or along several."""

    axis: int | list[int]

    def norms(self, W: np.ndarray) -> np.ndarray:
        """Return the norms along the axis, in a shape that broadcasts against W.

        Raises
        ------
        ShapeError
            If W has no such axis.
        """
        axes = tuple(self.axis) if isinstance(self.axis, list) else (self.axis,)
        if not all(-W.ndim <= axis < W.ndim for axis in axes):
            owner = type(self).__name__
            raise ShapeError(
                f"{owner} takes norms along axis {self.axis}, and a weight of shape {W.shape} has only the axes 0 to "
                f"{W.ndim - 1}; choose one of these, as in {owner}(axis=0)."
            )
        return np.sqrt(np.sum(W * W, axis=axes, keepdims=True))


class MaxNorm(NormConstraint):
    """Keeps each unit's norm at most `max_value`: w ← w · min(‖w‖, c) / (ε + ‖w‖); goes well with dropout.

    Parameters
    ----------
    max_value : float, default 2
        The largest norm c, at least 0.
    axis : int or list of int, default 0
        See the module.

    Raises
    ------
    ArgumentError
        If an argument can't be used.

    References
    ----------
    Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", JMLR 2014, section 5.1.

    Examples
    --------
    >>> MaxNorm(5)(np.array([[6.0, 3.0], [8.0, 4.0]])).round(3)
    array([[3., 3.],
           [4., 4.]])
    """

    def __init__(self, max_value: float = 2, axis: int | list[int] = 0):
        self.max_value = check_number("MaxNorm", "max_value", max_value, 0)
        self.axis = check_axis("MaxNorm", axis)

    def __call__(self, W):
        """Return W with the long vectors shortened."""
        norms = self.norms(W)
        return W * (np.minimum(norms, self.max_value) / (EPSILON + norms))


class NonNeg(Constraint):
    """Keeps weights from going below zero: w ← max(w, 0); for models whose inputs may only add.

    Examples
    --------
    >>> NonNeg()(np.array([-1.0, 2.0]))
    array([0., 2.])
    """

    def __call__(self, W):
        """Return W with zeros where it was negative."""
        return np.maximum(W, 0)


class UnitNorm(NormConstraint):
    """Gives each unit's vector the length 1: w ← w / (ε + ‖w‖).

    Parameters
    ----------
    axis : int or list of int, default 0
        See the module.

    Raises
    ------
    ArgumentError
        If the axis is not a whole number or a list of them.

    Examples
    --------
    >>> UnitNorm()(np.array([[3.0], [4.0]])).round(3)
    array([[0.6],
           [0.8]])
    """

    def __init__(self, axis: int | list[int] = 0):
        self.axis = check_axis("UnitNorm", axis)

    def __call__(self, W):
        """Return W with vectors of length 1."""
        return W / (EPSILON + self.norms(W))


class MinMaxNorm(NormConstraint):
    """Moves each unit's norm into a range: w ← w · (r · clip(‖w‖, a, b) + (1 − r) ‖w‖) / (ε + ‖w‖).

    Parameters
    ----------
    min_value, max_value : float, default 0 and 1
        The range a to b.
    rate : float, default 1
        How far to move at each step: 1 all the way, 0.1 a tenth of it.
    axis : int or list of int, default 0
        See the module.

    Raises
    ------
    ArgumentError
        If an argument can't be used, or the range is empty.

    Examples
    --------
    >>> MinMaxNorm(min_value=10, max_value=20, rate=0.5)(np.array([[3.0], [4.0]])).round(3)
    array([[4.5],
           [6. ]])
    """

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: int | list[int] = 0):
        self.min_value = check_number("MinMaxNorm", "min_value", min_value, 0)
        self.max_value = check_number("MinMaxNorm", "max_value", max_value, 0)
        self.rate = check_number("MinMaxNorm", "rate", rate, 0, 1)
        self.axis = check_axis("MinMaxNorm", axis)
        if self.min_value > self.max_value:
            raise ArgumentError(
                "MinMaxNorm needs min_value no larger than max_value; received "
                f"{self.min_value:g} and {self.max_value:g}."
            )

    def __call__(self, W):
        """Return W with norms moved towards the range."""
        norms = self.norms(W)
        wanted = self.rate * np.minimum(np.maximum(norms, self.min_value), self.max_value) + (1 - self.rate) * norms
        return W * (wanted / (EPSILON + norms))


# Keras' lower-case names, and those without an underscore that older scripts import.
max_norm = maxnorm = MaxNorm
non_neg = nonneg = NonNeg
unit_norm = unitnorm = UnitNorm
min_max_norm = MinMaxNorm

CONSTRAINTS = Registry("constraint", Constraint)
CONSTRAINTS.add(MaxNorm, "max_norm")
CONSTRAINTS.add(NonNeg, "non_neg")
CONSTRAINTS.add(UnitNorm, "unit_norm")
CONSTRAINTS.add(MinMaxNorm, "min_max_norm")


def get(identifier: Any) -> Constraint | None:
    """Return the constraint that a name, an object, a configuration or None means.

    Raises
    ------
    ArgumentError
        If the name is not known.

    Examples
    --------
    >>> get("max_norm")
    MaxNorm()
    """
    return CONSTRAINTS.get(identifier)
