"""The crossentropies: losses for classes, of probabilities or of logits."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, ShapeError
from chainrule.losses.base import LOSSES, Loss, check_fraction
from chainrule.losses.checks import check_binary, check_labels, check_one_class, refuse_below_zero
from chainrule.losses.labels import Place, Shape, fit_dense, fit_labels, fits, shown
from chainrule.ops.registry import OPERATIONS, Operation


class Crossentropy(Loss):
    """Base of the crossentropies: one operation for probabilities, one for logits, and the activation between them."""

    #: The activation that turns logits into this loss's probabilities.
    fuses_after: str = ""

    def __init__(self, from_logits: bool, reduction: str | None, name: str | None):
        super().__init__(reduction, name)
        if not isinstance(from_logits, (bool, np.bool_)):
            raise ArgumentError(f"{type(self).__name__} expects from_logits=True or False; received {from_logits!r}.")
        self.from_logits = bool(from_logits)

    @property
    def operation(self) -> Operation:
        """The operation for predictions as they come out of the network: probabilities, or logits."""
        return OPERATIONS[f"{self.stem}_logits" if self.from_logits else self.stem]

    def fused(
        self, activation: str, activation_options: dict[str, Any] | None = None
    ) -> tuple[Operation, dict[str, Any]] | None:
        """Return the logits operation (and its options) after the fitting activation over the last axis, else None."""
        if self.from_logits or activation != self.fuses_after or (activation_options or {}).get("axis", -1) != -1:
            return None
        return OPERATIONS[f"{self.stem}_logits"], self.options


class BinaryCrossentropy(Crossentropy):
    """The surprise at yes-or-no answers, l = −(1/O) Σₒ [tₒ log pₒ + (1 − tₒ) log(1 − pₒ)]: for a sigmoid at the end.

    Each output unit is a question of its own. Probabilities are clipped to [1e-7, 1 − 1e-7].

    Parameters
    ----------
    from_logits : bool, default=False
        True where the network ends without the sigmoid: the predictions are any real numbers.
    label_smoothing : float, default=0.0
        s, from 0 to 1: the targets become t (1 − s) + s / 2, so that no answer is quite certain.
    reduction : str or None, default="sum_over_batch_size"
        How the rows become one number; see `Loss`.
    name : str or None, default=None
        A name of your own.

    Raises
    ------
    ArgumentError
        If label_smoothing is not from 0 to 1.

    Notes
    -----
    After a sigmoid both are computed in one step from the sigmoid's input z, which never overflows and needs no clip.
    The gradient of the pair with respect to z is (p − t) / O; without the sigmoid, or with another loss after it, it
    is not.

    Examples
    --------
    >>> from chainrule.losses import BinaryCrossentropy
    >>> round(BinaryCrossentropy()([[1], [0]], [[0.5], [0.5]]), 6)  # log 2
    0.693147
    """

    stem = "binary_crossentropy"
    option_names = ("label_smoothing",)
    fuses_after = "sigmoid"

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ):
        super().__init__(from_logits, reduction, name)
        check_fraction("BinaryCrossentropy", "label_smoothing", label_smoothing)
        self.label_smoothing = float(label_smoothing)

    def _check(self, T: np.ndarray, output_shape: Shape, place: Place) -> None:
        check_binary(T, place)


class CategoricalCrossentropy(Crossentropy):
    """The surprise at the right class, l = −Σₖ tₖ log pₖ, with one-hot rows as targets: for a softmax at the end.

    Rows may also spread over several classes (soft labels). For whole-number labels see
    `SparseCategoricalCrossentropy`. Probabilities are divided by their sum and clipped to [1e-7, 1 − 1e-7].

    Parameters
    ----------
    from_logits : bool, default=False
        True where the network ends without the softmax: the predictions are any real numbers.
    label_smoothing : float, default=0.0
        s, from 0 to 1: the targets become t (1 − s) + s / K for K classes, so that no answer is quite certain.
    reduction : str or None, default="sum_over_batch_size"
        How the rows become one number; see `Loss`.
    name : str or None, default=None
        A name of your own.

    Raises
    ------
    ArgumentError
        If label_smoothing is not from 0 to 1.

    Notes
    -----
    After a softmax both are computed in one step from the softmax's input z, which never overflows and needs no clip.
    The gradient of the pair with respect to z is p Σ t − t, which is p − t where the targets of a row sum to 1;
    without the softmax, or with another loss after it, it is not.

    Examples
    --------
    >>> from chainrule.losses import CategoricalCrossentropy
    >>> round(CategoricalCrossentropy()([[0, 1, 0]], [[0.25, 0.5, 0.25]]), 6)  # -log 0.5
    0.693147
    """

    stem = "categorical_crossentropy"
    option_names = ("label_smoothing",)
    fuses_after = "softmax"

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
    ):
        super().__init__(from_logits, reduction, name)
        check_fraction("CategoricalCrossentropy", "label_smoothing", label_smoothing)
        self.label_smoothing = float(label_smoothing)

    def _fit(self, T: np.ndarray, output_shape: Shape, place: Place) -> np.ndarray:
        classes = output_shape[-1]
        if classes != 1 and (fits(T.shape, output_shape[:-1]) or fits(T.shape, (*output_shape[:-1], 1))):
            raise place.error(
                ShapeError,
                f"The targets y have shape {T.shape}, but categorical_crossentropy expects one column "
                f"for each of the {classes} classes, shape {shown(output_shape)}: for class labels use "
                f"loss='sparse_categorical_crossentropy', or y = utils.to_categorical(y, {classes}).",
            )
        return fit_dense(T, output_shape, place)

    def _check(self, T: np.ndarray, output_shape: Shape, place: Place) -> None:
        refuse_below_zero(T, place, "categorical_crossentropy expects probabilities: one-hot rows, or shares from 0 up")
        if output_shape[-1] == 1:
            check_one_class(T, place)


class SparseCategoricalCrossentropy(Crossentropy):
    """The surprise at the right class, l = −log pₜ, with whole numbers 0, 1, … as targets: for a softmax at the end.

    The same numbers as `CategoricalCrossentropy` with one-hot rows.

    Parameters
    ----------
    from_logits : bool, default=False
        True where the network ends without the softmax: the predictions are any real numbers.
    reduction : str or None, default="sum_over_batch_size"
        How the rows become one number; see `Loss`.
    name : str or None, default=None
        A name of your own.

    Notes
    -----
    After a softmax both are computed in one step from the softmax's input z, as in `CategoricalCrossentropy`: the
    gradient is p − t, with t the label's one-hot row.

    Examples
    --------
    >>> from chainrule.losses import SparseCategoricalCrossentropy
    >>> round(SparseCategoricalCrossentropy()([1], [[0.25, 0.5, 0.25]]), 6)  # -log 0.5
    0.693147
    """

    stem = "sparse_categorical_crossentropy"
    fuses_after = "softmax"

    def __init__(
        self, from_logits: bool = False, reduction: str | None = "sum_over_batch_size", name: str | None = None
    ):
        super().__init__(from_logits, reduction, name)

    def _fit(self, T: np.ndarray, output_shape: Shape, place: Place) -> np.ndarray:
        return fit_labels(T, output_shape, place)

    def _check(self, T: np.ndarray, output_shape: Shape, place: Place) -> None:
        check_labels(T, int(output_shape[-1] or 0), place)

    def _target_dtype(self, dtype: Any) -> Any:
        return np.intp


LOSSES.add(BinaryCrossentropy, "binary_crossentropy", "bce")
LOSSES.add(CategoricalCrossentropy, "categorical_crossentropy", "cce")
LOSSES.add(SparseCategoricalCrossentropy, "sparse_categorical_crossentropy", "scce")
