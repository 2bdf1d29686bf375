"""The door: every array that reaches a network passes here and is of the right shape, dtype and content behind it."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.layers import Embedding
from chainrule.losses.labels import fits, shown
from chainrule.losses.reductions import check_weights
from chainrule.training.arrays import (
    column_names,
    convert,
    place_of,
    refuse_non_finite,
    split_by_name,
    to_array,
    user_row,
)
from chainrule.training.batches import Batch
from chainrule.training.class_weights import check_class_weight, weights_of_classes


class Reader:
    """Turns what a user hands over into batches for one model.

    Parameters
    ----------
    model : Model
        Its inputs and outputs say which names, shapes and dtypes are expected.
    losses : list of Loss or None, optional
        One for each output; they read the targets.
    class_weight : dict, optional
        Label → weight, for models of one output.
    """

    def __init__(self, model, losses=None, class_weight=None):
        self.model, self.losses = model, losses or [None] * len(model.outputs)
        self.dtype = np.dtype(model.dtype)
        self.input_names, self.output_names = model.input_names, model.output_names
        self.input_columns: list[Any] = [None] * len(self.input_names)
        self.class_weight = check_class_weight(class_weight, len(self.output_names))

    # Arrays as a whole
    # -------------------------------------------------------------------------------------------------

    def inputs(self, x: Any) -> list[np.ndarray]:
        """Return x as one array an input, with the right shapes; numbers are looked at batch by batch."""
        parts = split_by_name(x, self.input_names, "x")
        self.input_columns = [column_names(part) for part in parts]
        arrays = [to_array(part, what) for part, what in zip(parts, self._input_words(), strict=True)]
        arrays = [
            self._fit_input(A, value, what)
            for A, value, what in zip(arrays, self.model.inputs, self._input_words(), strict=True)
        ]
        lengths = {len(A) for A in arrays}
        if len(lengths) > 1:
            given = ", ".join(f"{len(A)} in {name!r}" for A, name in zip(arrays, self.input_names, strict=True))
            raise ShapeError(f"The arrays of x have different numbers of rows: {given}; give each one row a sample.")
        if 0 in lengths:
            raise DataError("x is empty: it has no rows. Give at least one.")
        return arrays

    def targets(self, y: Any, n_rows: int, verb: str = "fit") -> list[np.ndarray | None]:
        """Return y as one array an output, each with as many rows as x."""
        if y is None:
            raise ArgumentError(f"{verb} needs targets to compare the outputs with: {verb}(x, y). Received y=None.")
        needed = [loss is not None for loss in self.losses]
        parts = split_by_name(y, self.output_names, "y", needed)
        arrays = [to_array(part, "y") if wanted else None for part, wanted in zip(parts, needed, strict=True)]
        for A in arrays:
            if A is not None and len(A) != n_rows:
                raise ShapeError(
                    f"x and y have different numbers of rows: {n_rows} in x, {len(A)} in y; give one row of y for "
                    "each row of x."
                )
        return arrays

    def weights(self, sample_weight: Any, n_rows: int) -> list[np.ndarray | None]:
        """Return the sample weights as one array (or None) an output."""
        if sample_weight is None:
            return [None] * len(self.output_names)
        if isinstance(sample_weight, (dict, list)) and len(self.output_names) > 1:
            needed = [False] * len(self.output_names)
            parts = split_by_name(sample_weight, self.output_names, "sample_weight", needed)
        else:
            parts = [sample_weight] * len(self.output_names)
        arrays = [None if part is None else to_array(part, "sample_weight") for part in parts]
        for A in arrays:
            if A is not None and len(A) != n_rows:
                raise ShapeError(f"sample_weight has {len(A)} entries for {n_rows} rows; give one weight a row.")
        return arrays

    def _input_words(self) -> list[str]:
        """Return what messages call each input."""
        return ["x"] if len(self.input_names) == 1 else [f"x[{name!r}]" for name in self.input_names]

    def _fit_input(self, A: np.ndarray, value, what: str) -> np.ndarray:
        expected = tuple(value.shape[1:])
        if A.ndim == 1 and expected == (1,):
            return A.reshape(-1, 1)
        if fits(A.shape[1:], expected):
            return A
        raise ShapeError(misfit(A, expected, what, self.model.layer_fed_by(value)))

    # Batches
    # -----------------------------------------------------------------------------------------------------------

    def batch(self, inputs, targets, weights, size, rows, check) -> Batch:
        """Convert the arrays of one batch; with `check`, look at their content too."""
        X = [self._input(number, A, rows, check) for number, A in enumerate(inputs)]
        return Batch(X, *self.targets_and_weights(targets, weights, size, rows, check), size, rows)

    def targets_and_weights(self, targets, weights, size, rows=None, check=False) -> tuple[list[Any], list[Any]]:
        """Convert targets and weights of so many rows (all of them by default); with `check`, look at them too."""
        rows = slice(0, size) if rows is None else rows
        T, W = [], []
        for number, (loss, A, weight) in enumerate(zip(self.losses, targets, weights, strict=True)):
            known = loss is not None and A is not None
            T.append(self._target(number, A, size, rows, check) if known else None)
            W.append(self._weight(weight, A, rows, check) if known else None)
        return T, W

    def item(self, item: Any, number: int) -> Batch:
        """Convert what a generator or a `Sequence` gave: x alone, (x, y) or (x, y, sample_weight)."""
        trains = any(loss is not None for loss in self.losses)
        parts: tuple[Any, ...] = (
            tuple(item) if isinstance(item, tuple) or (trains and isinstance(item, list)) else (item,)
        )
        if not 1 <= len(parts) <= 3 or (trains and len(parts) == 1):
            kind = type(item).__name__
            received = f"a {kind} of {len(item)}" if isinstance(item, (tuple, list)) else kind
            raise DataError(
                f"A generator gives tuples (x, y) or (x, y, sample_weight); batch {number + 1} is {received}."
            )
        inputs = self.inputs(parts[0])
        size = len(inputs[0])
        targets = self.targets(parts[1], size) if trains else [None] * len(self.output_names)
        weights = self.weights(parts[2] if len(parts) > 2 else None, size)
        return self.batch(inputs, targets, weights, size, slice(0, size), True)

    def _input(self, number, A, rows, check) -> np.ndarray:
        what, columns = self._input_words()[number], self.input_columns[number]
        value = self.model.inputs[number]
        if check:
            refuse_non_finite(A, what, rows, columns)
        if value.dtype is not None and np.dtype(value.dtype).kind in "iu":
            I = _indices(A, what, check)  # noqa: E741
            for call in self.model.calls if check else ():
                if value in call.inputs and isinstance(call.layer, Embedding):
                    _refuse_out_of_range(I, call.layer, what, rows)
            return I
        if check:
            return convert(A, self.dtype, what, rows, columns)
        return np.asarray(A, dtype=self.dtype, order="C")

    def _target(self, number, A, size, rows, check) -> np.ndarray:
        shape = (size, *self.model.outputs[number].shape[1:])
        where = f"output {self.output_names[number]!r}"
        given = {"row_offset": rows.start or 0} if isinstance(rows, slice) else {"rows": rows}
        T = self.losses[number].targets(A, shape, self.dtype, where=where, check=check, **given)
        return np.asarray(T, order="C")  # as the native core reads them

    def _weight(self, weight, labels, rows, check) -> np.ndarray | None:
        if check and weight is not None:
            check_weights(weight, lambda row: user_row(rows, row))
        W = None if weight is None else np.asarray(weight, dtype=self.dtype, order="C")
        if W is not None and W.ndim == 2 and W.shape[1] == 1:
            W = W[:, 0]
        if self.class_weight is None:
            return W
        C = weights_of_classes(self.class_weight, labels, self.dtype)
        return C if W is None else W * C


def _indices(A: np.ndarray, what: str, check: bool) -> np.ndarray:
    if check and A.dtype.kind == "f" and (np.floor(A) != A).any():
        raise DataError(
            f"{what} feeds an Embedding and must hold whole numbers; received {float(A[np.floor(A) != A][0])!r}: "
            "number the words or categories first."
        )
    return A.astype(np.int64, order="C", copy=False)


def _refuse_out_of_range(I: np.ndarray, layer: Embedding, what: str, rows) -> None:  # noqa: E741
    """Refuse indices that an Embedding has no row for, naming the place in the user's own data."""
    bad = (I < 0) | (layer.input_dim <= I)
    if not bad.any():
        return
    index = np.argwhere(bad)[0]
    place = place_of((user_row(rows, index[0]), *index[1:]))
    raise DataError(
        f"Layer {layer.name!r} has input_dim={layer.input_dim} and takes indices from 0 to {layer.input_dim - 1}; "
        f"received {I[tuple(index)]} in {what} at {place}: number the words or categories from 0, or give the layer "
        "a larger input_dim."
    )


def misfit(A: np.ndarray, expected: tuple, what: str, layer: str) -> str:
    """Return the sentence that refuses an input of the wrong shape."""
    if len(expected) == 1 and A.ndim == 2:
        return (
            f"Layer {layer!r} expects {expected[0]} columns, and {what} has {A.shape[1]}: {what} has shape "
            f"{A.shape}. Give it {expected[0]} columns, or build the model with input_dim={A.shape[1]}."
        )
    if fits(A.shape, expected):
        return (
            f"Layer {layer!r} expects a batch of rows of shape {expected}, and {what} is one such row: write "
            f"{what}[None] to make it a batch of one."
        )
    if fits((*A.shape, 1), (None, *expected)):
        return (
            f"Layer {layer!r} expects {what} of shape {shown((None, *expected))}; received {A.shape}: add a channel "
            f"axis, {what}[..., None]."
        )
    if A.ndim == len(expected) + 1 > 2 and fits((*A.shape[2:], A.shape[1]), expected):
        order = (0, *range(2, A.ndim), 1)
        return (
            f"Layer {layer!r} expects {what} of shape {shown((None, *expected))}; received {A.shape}, with channels "
            f"first: bring it to that order with {what}.transpose{order}."
        )
    return (
        f"Layer {layer!r} expects {what} of shape {shown((None, *expected))}; received {A.shape}. Reshape {what}, or "
        f"build the model with input_shape={A.shape[1:]}."
    )
