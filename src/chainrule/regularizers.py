"""Regularizers: a penalty on a layer's weights that is added to the loss, so that training prefers small ones.

    Dense(12, kernel_regularizer="l2")         λ₂ = 0.01
    Dense(12, kernel_regularizer=l2(0.001))

The formulas and their gradients are in `chainrule.ops.penalties`; a regularizer names the operation and its options.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule.ops.penalties  # noqa: F401  (registers the operations named below)
from chainrule.arguments import check_number
from chainrule.configurable import Configurable, Registry
from chainrule.ops.registry import OPERATIONS

#: Keras' strength where none is given.
DEFAULT_STRENGTH = 0.01


class Regularizer(Configurable):
    """A penalty on one weight: the name of an operation, and its options.

    Attributes
    ----------
    operation : str
        The name of the operation in `chainrule.ops.registry.OPERATIONS`.
    options : dict
        What its forward function takes beside the weight.
    """

    operation: str

    @property
    def options(self) -> dict[str, float]:
        """The operation's options: the arguments of this regularizer."""
        return self.get_config()

    def __call__(self, W) -> float:
        """Return the penalty of a weight, as a float."""
        L, _ = OPERATIONS[self.operation].forward(np.asarray(W), **self.options)
        return float(L)

    def gradient(self, W) -> np.ndarray:
        """Return the gradient of the penalty: an array of the weight's shape and dtype."""
        operation = OPERATIONS[self.operation]
        L, cache = operation.forward(np.asarray(W), **self.options)
        backward: Any = operation.backward  # an operation may lack one; no penalty does
        return backward(np.ones_like(L), cache)


class L1(Regularizer):
    """Penalty λ₁ Σ |w|: drives weights to exactly zero, which shows what inputs don't matter.

    Parameters
    ----------
    l1 : float, default 0.01
        The strength λ₁, at least 0.

    Raises
    ------
    ArgumentError
        If the strength is negative or not a number.

    Examples
    --------
    >>> L1(0.5)([1.0, -3.0])
    2.0
    """

    operation = "l1_penalty"

    def __init__(self, l1: float = DEFAULT_STRENGTH):
        self.l1 = check_number("L1", "l1", l1, 0)


class L2(Regularizer):
    """Penalty λ₂ Σ w² ("ridge", "weight decay"): keeps all weights small; the usual first remedy against overfitting.

    Parameters
    ----------
    l2 : float, default 0.01
        The strength λ₂, at least 0. There is no factor ½, as in Keras.

    Raises
    ------
    ArgumentError
        If the strength is negative or not a number.

    Examples
    --------
    >>> L2(0.5)([1.0, -3.0])
    5.0
    """

    operation = "l2_penalty"

    def __init__(self, l2: float = DEFAULT_STRENGTH):
        self.l2 = check_number("L2", "l2", l2, 0)


class L1L2(Regularizer):
    """Penalty λ₁ Σ |w| + λ₂ Σ w² ("elastic net"): both at once.

    Parameters
    ----------
    l1, l2 : float, default 0.0
        The strengths, at least 0. The names "l1_l2" and the function `l1_l2` mean 0.01 each.

    Raises
    ------
    ArgumentError
        If a strength is negative or not a number.

    Examples
    --------
    >>> L1L2(l1=0.5, l2=0.25)([1.0, -3.0])
    4.5
    """

    operation = "l1_l2_penalty"

    def __init__(self, l1: float = 0.0, l2: float = 0.0):
        self.l1 = check_number("L1L2", "l1", l1, 0)
        self.l2 = check_number("L1L2", "l2", l2, 0)


def l1(l1: float = DEFAULT_STRENGTH) -> L1:
    """Return `L1(l1)`, as Keras' function of this name does."""
    return L1(l1)


def l2(l2: float = DEFAULT_STRENGTH) -> L2:
    """Return `L2(l2)`, as Keras' function of this name does."""
    return L2(l2)


def l1_l2(l1: float = DEFAULT_STRENGTH, l2: float = DEFAULT_STRENGTH) -> L1L2:
    """Return `L1L2(l1, l2)`, as Keras' function of this name does."""
    return L1L2(l1, l2)


REGULARIZERS = Registry("regularizer", Regularizer)
REGULARIZERS.add(L1)
REGULARIZERS.add(L2)
REGULARIZERS.add(L1L2, "l1_l2", l1=DEFAULT_STRENGTH, l2=DEFAULT_STRENGTH)


def get(identifier: Any) -> Regularizer | None:
    """Return the regularizer that a name, an object, a configuration or None means.

    Raises
    ------
    ArgumentError
        If the name is not known.

    Examples
    --------
    >>> get("l2")
    L2()
    """
    return REGULARIZERS.get(identifier)
