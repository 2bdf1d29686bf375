"""Losses for numbers: squares, absolute values, and what lies between; counts; quantiles."""

from __future__ import annotations

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.losses.base import LOSSES, Loss, check_fraction
from chainrule.losses.checks import refuse_below_zero
from chainrule.losses.labels import Place, Shape


class MeanSquaredError(Loss):
    """The mean of squared differences, l = (1/O) Σₒ (pₒ − tₒ)²: the usual loss for predicting numbers.

    Large errors count most, so outliers pull hard; see `Huber` and `MeanAbsoluteError` for the opposite.

    Parameters
    ----------
    reduction : str or None, default="sum_over_batch_size"
        How the rows become one number; see `Loss`.
    name : str or None, default=None
        A name of your own.

    Examples
    --------
    >>> from chainrule.losses import MeanSquaredError
    >>> MeanSquaredError()([[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 0.0]])
    0.5
    """

    stem = "mean_squared_error"


class SumOfSquares(Loss):
    """The sum of squared differences, l = ½ Σₒ (pₒ − tₒ)², added up over the rows: the loss of many tutorials.

    Its gradient grows with the number of rows, so the learning rate must shrink with it; `MeanSquaredError` spares
    that.

    Parameters
    ----------
    half : bool, default=True
        False leaves the ½ away: l = Σₒ (pₒ − tₒ)².
    reduction : str or None, default="sum"
        How the rows become one number; see `Loss`.
    name : str or None, default=None
        A name of your own.

    Examples
    --------
    >>> from chainrule.losses import SumOfSquares
    >>> SumOfSquares()([[0.0], [0.0]], [[1.0], [3.0]])  # (1 + 9) / 2
    5.0
    """

    stem = "sum_of_squares"
    option_names = ("half",)

    def __init__(self, half: bool = True, reduction: str | None = "sum", name: str | None = None):
        super().__init__(reduction, name)
        if not isinstance(half, (bool, np.bool_)):
            raise ArgumentError(f"SumOfSquares expects half=True or half=False; received {half!r}.")
        self.half = bool(half)


class MeanAbsoluteError(Loss):
    """The mean of absolute differences, l = (1/O) Σₒ |pₒ − tₒ|: in the target's own unit, and calm about outliers.

    The gradient has the same size however small the error is, so a falling learning rate helps at the end.

    Parameters
    ----------
    reduction : str or None, default="sum_over_batch_size"
        How the rows become one number; see `Loss`.
    name : str or None, default=None
        A name of your own.

    Examples
    --------
    >>> from chainrule.losses import MeanAbsoluteError
    >>> MeanAbsoluteError()([[0.0], [0.0]], [[1.0], [-3.0]])
    2.0
    """

    stem = "mean_absolute_error"


class Huber(Loss):
    """Squares for errors up to delta, absolute values beyond: smooth near 0, calm about outliers.

    With d = p − t: ½ d² where |d| ≤ δ, else δ |d| − ½ δ²; the mean over the last axis.

    Parameters
    ----------
    delta : float, default=1.0
        Where squares end, in the unit of the target; above 0.
    reduction : str or None, default="sum_over_batch_size"
        How the rows become one number; see `Loss`.
    name : str or None, default=None
        A name of your own.

    Raises
    ------
    ArgumentError
        If delta is not above 0.

    Notes
    -----
    P. J. Huber, "Robust Estimation of a Location Parameter", Ann. Math. Statist. 35 (1964), example (iii).

    Examples
    --------
    >>> from chainrule.losses import Huber
    >>> Huber()([[0.0], [0.0]], [[1.0], [3.0]])  # (0.5 + 2.5) / 2
    1.5
    """

    stem = "huber"
    option_names = ("delta",)

    def __init__(self, delta: float = 1.0, reduction: str | None = "sum_over_batch_size", name: str | None = None):
        super().__init__(reduction, name)
        if isinstance(delta, bool) or not isinstance(delta, (int, float, np.number)) or not 0 < delta < np.inf:
            raise ArgumentError(f"Huber expects delta above 0; received {delta!r}.")
        self.delta = float(delta)  # a NumPy scalar would turn float32 into float64


class LogCosh(Loss):
    """The mean of log cosh(p − t): like ½ d² for small errors and |d| − log 2 for large ones, smooth everywhere.

    Parameters
    ----------
    reduction : str or None, default="sum_over_batch_size"
        How the rows become one number; see `Loss`.
    name : str or None, default=None
        A name of your own.

    Examples
    --------
    >>> from chainrule.losses import LogCosh
    >>> round(LogCosh()([[0.0]], [[1.0]]), 6)
    0.433781
    """

    stem = "log_cosh"


class Poisson(Loss):
    """How badly predicted rates explain counts, l = (1/O) Σₒ [pₒ − tₒ log pₒ]: for targets such as visits per hour.

    The rates must not be negative: end the network with softplus or exponential.

    Parameters
    ----------
    reduction : str or None, default="sum_over_batch_size"
        How the rows become one number; see `Loss`.
    name : str or None, default=None
        A name of your own.

    Examples
    --------
    >>> from chainrule.losses import Poisson
    >>> round(Poisson()([[2.0]], [[1.0]]), 6)  # 1 - 2 log 1
    1.0
    """

    stem = "poisson"

    def _check(self, T: np.ndarray, output_shape: Shape, place: Place) -> None:
        why = "poisson expects counts from 0 up: for numbers of any sign use loss='mean_squared_error'"
        refuse_below_zero(T, place, why)


class Quantile(Loss):
    """The pinball loss, smallest at a quantile: for "9 times out of 10 it takes less than this".

    With e = t − p: q e where the prediction is too low, (1 − q) |e| where it is too high; the mean over the last axis.

    Parameters
    ----------
    quantile : float, default=0.5
        q, between 0 and 1; 0.5 is the median.
    reduction : str or None, default="sum_over_batch_size"
        How the rows become one number; see `Loss`.
    name : str or None, default=None
        A name of your own.

    Raises
    ------
    ArgumentError
        If quantile is not between 0 and 1.

    Notes
    -----
    R. Koenker, G. Bassett, "Regression Quantiles", Econometrica 46 (1978), equation (3.1).

    Examples
    --------
    >>> from chainrule.losses import Quantile
    >>> Quantile(0.75)([[2.0], [0.0]], [[0.0], [2.0]])  # (0.75 · 2 + 0.25 · 2) / 2
    1.0
    """

    stem = "quantile"
    option_names = ("quantile",)

    def __init__(self, quantile: float = 0.5, reduction: str | None = "sum_over_batch_size", name: str | None = None):
        super().__init__(reduction, name)
        check_fraction("Quantile", "quantile", quantile, is_open=True)
        self.quantile = float(quantile)


LOSSES.add(MeanSquaredError, "mean_squared_error", "mse")
LOSSES.add(SumOfSquares, "sum_of_squares", "sum_of_squared_errors", "sse")
LOSSES.add(MeanAbsoluteError, "mean_absolute_error", "mae")
LOSSES.add(Huber, "huber_loss")
LOSSES.add(LogCosh, "log_cosh")
LOSSES.add(Poisson)
LOSSES.add(Quantile, "pinball")
