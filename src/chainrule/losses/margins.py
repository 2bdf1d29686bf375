"""Hinges and the Kullback-Leibler divergence: losses for classes that take scores, or whole distributions."""

from __future__ import annotations

import numpy as np

from chainrule.losses.base import LOSSES, Loss
from chainrule.losses.checks import check_signs, refuse_below_zero
from chainrule.losses.labels import Place, Shape


class Hinge(Loss):
    """The loss of a support vector machine, l = (1/O) Σₒ max(0, 1 − tₒ pₒ): scores on the right side by 1 cost nothing.

    For a linear or tanh output; targets −1 and 1, or 0 and 1, where 0 counts as −1.

    Parameters
    ----------
    reduction : str or None, default="sum_over_batch_size"
        How the rows become one number; see `Loss`.
    name : str or None, default=None
        A name of your own.

    Examples
    --------
    >>> from chainrule.losses import Hinge
    >>> Hinge()([[1], [-1]], [[0.5], [0.5]])  # (0.5 + 1.5) / 2
    1.0
    """

    stem = "hinge"

    def _check(self, T: np.ndarray, output_shape: Shape, place: Place) -> None:
        check_signs(T, place)


class SquaredHinge(Hinge):
    """The hinge squared, l = (1/O) Σₒ max(0, 1 − tₒ pₒ)²: smooth, and harder on large mistakes.

    Parameters
    ----------
    reduction : str or None, default="sum_over_batch_size"
        How the rows become one number; see `Loss`.
    name : str or None, default=None
        A name of your own.

    Examples
    --------
    >>> from chainrule.losses import SquaredHinge
    >>> SquaredHinge()([[1], [-1]], [[0.5], [0.5]])  # (0.25 + 2.25) / 2
    1.25
    """

    stem = "squared_hinge"


class KLDivergence(Loss):
    """How far one distribution is from another, l = Σₖ tₖ log(tₖ / pₖ): 0 where they agree; for soft targets.

    Both are clipped to [1e-7, 1]. It differs from `CategoricalCrossentropy` by a term that no weight can change.

    Parameters
    ----------
    reduction : str or None, default="sum_over_batch_size"
        How the rows become one number; see `Loss`.
    name : str or None, default=None
        A name of your own.

    Notes
    -----
    S. Kullback, R. A. Leibler, "On Information and Sufficiency", Ann. Math. Statist. 22 (1951), equation (2.4).

    Examples
    --------
    >>> from chainrule.losses import KLDivergence
    >>> round(KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]]), 6)  # (log 2 + log 2/3) / 2
    0.143841
    """

    stem = "kl_divergence"

    def _check(self, T: np.ndarray, output_shape: Shape, place: Place) -> None:
        refuse_below_zero(T, place, "kl_divergence expects probabilities, from 0 to 1")


LOSSES.add(Hinge)
LOSSES.add(SquaredHinge, "squared_hinge")
LOSSES.add(KLDivergence, "kl_divergence", "kullback_leibler_divergence", "kld")
