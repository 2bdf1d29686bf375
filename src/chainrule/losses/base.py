"""What a loss is: an operation that gives one loss a row, the check of its targets, and the reduction to one number."""

from __future__ import annotations

from typing import Any

import numpy as np

import chainrule.ops.losses  # noqa: F401  (puts the operations into OPERATIONS)
from chainrule.configurable import Configurable, Registry
from chainrule.errors import ArgumentError, ShapeError
from chainrule.losses.checks import check_finite
from chainrule.losses.labels import Place, Shape, as_numbers, fit_dense
from chainrule.losses.reductions import fit_weights, read_reduction, reduction_scale
from chainrule.ops.registry import OPERATIONS, Operation


class Loss(Configurable):
    """Base of every loss: how far predictions P are from targets T, and the gradient of that.

    A subclass names its operation in `stem` and, where it has any, that operation's options in `option_names`; each
    option is an argument of the constructor. The predictions have shape (N, …, O); the operation makes one loss of
    each last axis, so the losses have shape (N, …).

    Parameters
    ----------
    reduction : str or None, default="sum_over_batch_size"
        "sum_over_batch_size" (or "mean"): Σ w l / number of losses; "sum": Σ w l; "mean_with_sample_weight": Σ w l / Σ
        w; None (or "none"): one loss a row, for direct calls only.
    name : str or None, default=None
        A name of your own.

    Raises
    ------
    ArgumentError
        If there is no such reduction.
    """

    #: The name of the operation.
    stem: str = ""
    #: The operation's options, each an attribute of the loss.
    option_names: tuple[str, ...] = ()
    #: Whether the predictions are logits.
    from_logits: bool = False

    def __init__(self, reduction: str | None = "sum_over_batch_size", name: str | None = None):
        self.reduction, self.name = reduction, name
        self._reduction = read_reduction(reduction)

    @property
    def expects_logits(self) -> bool:
        """Whether the predictions are to be logits: the input of a sigmoid or softmax, any real number."""
        return self.from_logits

    @property
    def operation(self) -> Operation:
        """The operation for predictions as they come out of the network."""
        return OPERATIONS[self.stem]

    @property
    def options(self) -> dict[str, Any]:
        """The options to call the operation with."""
        return {name: getattr(self, name) for name in self.option_names}

    def fused(
        self, activation: str, activation_options: dict[str, Any] | None = None
    ) -> tuple[Operation, dict[str, Any]] | None:
        """Return the operation (and its options) that takes the last activation's input, or None where there is none.

        Only where the result is the same and more stable; see `BinaryCrossentropy` and `CategoricalCrossentropy`.
        """
        return None

    def targets(
        self,
        T: Any,
        output_shape: Shape,
        dtype: Any,
        where: str = "",
        *,
        check: bool = True,
        rows: Any = None,
        row_offset: int = 0,
    ) -> np.ndarray:
        """Return the user's targets as the array that the operation takes.

        Parameters
        ----------
        T : array-like
            The targets of some rows: numbers of any dtype.
        output_shape : tuple
            The shape of the predictions, rows first; None stands for any number of rows.
        dtype : dtype
            The dtype of the predictions.
        where : str, default=""
            What messages start with: "output 'dense_2'".
        check : bool, default=True
            False for rows that were seen before: only their shape is looked at.
        rows : array of int, optional
            The index of each row in the user's data, for the messages.
        row_offset : int, default=0
            Without `rows`: the index of the first row.

        Raises
        ------
        ShapeError
            If the shape is not the output's; (n,) is read as (n, 1), and nothing else is broadcast.
        DataError
            If the content can't be learnt: text, NaN, a label out of range.
        """
        place = Place(where, rows, row_offset)
        A = self._fit(as_numbers(T, place), output_shape, place)
        if check:
            check_finite(A, place, dtype)
            self._check(A, output_shape, place)
        return A.astype(self._target_dtype(dtype), copy=False)

    def _fit(self, T: np.ndarray, output_shape: Shape, place: Place) -> np.ndarray:
        """Return T in the shape that the operation takes."""
        return fit_dense(T, output_shape, place)

    def _check(self, T: np.ndarray, output_shape: Shape, place: Place) -> None:
        """Refuse finite numbers that this loss can't learn."""

    def _target_dtype(self, dtype: Any) -> Any:
        """Return the dtype that the operation takes targets in."""
        return dtype

    def losses(self, y_true: Any, y_pred: Any) -> np.ndarray:
        """Return one loss a row, shape (N, …); predictions of one axis are one row, with one loss.

        Examples
        --------
        >>> from chainrule.losses import MeanSquaredError
        >>> MeanSquaredError().losses([[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 0.0]])
        array([0.5, 0.5])
        """
        P = as_numbers(y_pred, Place(), "predictions y_pred")
        P = P if P.dtype.kind == "f" else P.astype(np.float64)
        if P.shape[-1] == 0:
            raise ShapeError(f"The predictions y_pred have shape {P.shape}, but a loss needs one number a row or more.")
        if P.ndim == 1:
            return self.losses([y_true], P[None])[0]
        L, _ = self.operation.forward(P, self.targets(y_true, P.shape, P.dtype), **self.options)
        return L

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the loss of predictions: a float, or with `reduction=None` one (weighted) loss a row."""
        L = np.atleast_1d(self.losses(y_true, y_pred))
        if self._reduction is None:
            return L if sample_weight is None else (L * fit_weights(sample_weight, L)).astype(L.dtype)
        return self.weighted(L, sample_weight)[0]

    def scale(self, n_losses: int, weights: np.ndarray | None = None) -> float:
        """Return the factor before Σ w l that the reduction means.

        Parameters
        ----------
        n_losses : int
            How many losses there are, the size of L.
        weights : array, optional
            The weights; only "mean_with_sample_weight" looks at them.

        Raises
        ------
        ArgumentError
            If the reduction is None: training needs one number.
        """
        return reduction_scale(self._reduction, n_losses, weights)

    def weighted(self, L: np.ndarray, weights: Any = None) -> tuple[float, np.ndarray]:
        """Return the reduced loss of the losses L (N, …), and its gradient dL, of L's shape and dtype.

        Parameters
        ----------
        L : array
            One loss a row, or more.
        weights : array-like, optional
            One weight a row, or one for each loss.

        Raises
        ------
        ShapeError, DataError
            If the weights don't fit, or one is negative, NaN or infinite.

        Examples
        --------
        >>> from chainrule.losses import MeanSquaredError
        >>> MeanSquaredError().weighted(np.array([1.0, 3.0]), [1.0, 2.0])
        (3.5, array([0.5, 1. ]))
        """
        if weights is None:
            scale = self.scale(L.size)
            return float(L.sum(dtype=np.float64)) * scale, np.full(L.shape, scale, L.dtype)
        W = fit_weights(weights, L)
        scale = self.scale(L.size, W)
        dL = np.empty_like(L)
        dL[...] = W * scale
        return float((L * W).sum(dtype=np.float64)) * scale, dL


def check_fraction(owner: str, name: str, value: Any, is_open: bool = False) -> None:
    """Refuse an argument that is no number from 0 to 1, or where `is_open` no number between them."""
    is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    inside = is_number and (0 < value < 1 if is_open else 0 <= value <= 1)
    if inside:
        return
    between = "between 0 and 1" if is_open else "from 0 to 1"
    raise ArgumentError(f"{owner} expects {name} {between}; received {value!r}.")


LOSSES = Registry("loss", Loss)
