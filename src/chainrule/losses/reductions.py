"""From one loss a row to one number: how rows are weighted and added up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, DataError, ShapeError, unknown_name
from chainrule.losses.labels import number

SUM_OVER_BATCH_SIZE, SUM, MEAN_WITH_WEIGHT = "sum_over_batch_size", "sum", "mean_with_sample_weight"

#: What users write, and what it means.
REDUCTIONS = {
    "sum_over_batch_size": SUM_OVER_BATCH_SIZE,
    "mean": SUM_OVER_BATCH_SIZE,
    "sum": SUM,
    "mean_with_sample_weight": MEAN_WITH_WEIGHT,
    "none": None,
}


def read_reduction(reduction: Any) -> str | None:
    """Return what a reduction means; None stands for no reduction.

    Raises
    ------
    ArgumentError
        If there is no such reduction.

    Examples
    --------
    >>> read_reduction("mean")
    'sum_over_batch_size'
    """
    if reduction is None:
        return None
    if not isinstance(reduction, str) or reduction not in REDUCTIONS:
        raise unknown_name("reduction", reduction, REDUCTIONS)
    return REDUCTIONS[reduction]


def reduction_scale(reduction: str | None, n_losses: int, weights: np.ndarray | None = None) -> float:
    """Return the factor before Σ w l: 1 / number of losses, 1, or 1 / Σ w.

    Where nothing counts (no rows, or all weights 0) it is 0: the loss of nothing is 0, not NaN.
    """
    if reduction is None:
        raise ArgumentError(
            "reduction=None gives one loss a row, but training needs one number: use 'sum_over_batch_size' or 'sum'."
        )
    if reduction == SUM:
        return 1.0
    total = float(n_losses)
    if reduction == MEAN_WITH_WEIGHT and weights is not None and weights.size:
        total *= float(weights.mean(dtype=np.float64))  # a row's weight counts once for each of its losses
    return 1.0 / total if total else 0.0


def fit_weights(weights: Any, L: np.ndarray) -> np.ndarray:
    """Return weights as float64 that multiply the losses L (N, …): one a row, or one for each loss.

    Raises
    ------
    ShapeError
        If there is neither one weight a row nor one for each loss.
    DataError
        If a weight is no number, negative, NaN or infinite.
    """
    W = np.asarray(weights)
    if W.dtype.kind not in "biuf":
        try:
            W = W.astype(np.float64)
        except (TypeError, ValueError):
            raise DataError(f"The sample weights are of type {W.dtype}, but weights are numbers from 0 up.") from None
    if W.shape != L.shape:
        if W.ndim == 0 or W.shape[0] != L.shape[0] or W.size != L.shape[0]:
            each = "" if L.ndim == 1 else f", or one for each loss {L.shape}"
            raise ShapeError(
                f"The sample weights have shape {W.shape}, but there are {L.shape[0]} rows: give one weight a row, "
                f"shape ({L.shape[0]},){each}."
            )
        W = W.reshape(-1, *(1,) * (L.ndim - 1))
    check_weights(W)
    return W.astype(np.float64, copy=False)


def check_weights(W: np.ndarray, row_of: Callable[[int], int] = int) -> None:
    """Refuse weights that are negative, NaN or infinite; `row_of` turns a row in hand into the user's own.

    Raises
    ------
    DataError
        For the first such weight.
    """
    if W.size and not (W.min() >= 0 and W.max() < np.inf):  # NaN fails every comparison
        bad = ~((W >= 0) & (np.inf > W))
        row = row_of(int(np.argwhere(bad)[0][0]))
        raise DataError(
            f"The sample weight of row {row} is {number(W[bad].flat[0])}, but weights are finite numbers from 0 up."
        )
