"""The door: every array that reaches a network passes here and is of the right shape, dtype and content behind it."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.training.arrays import refuse_non_finite, split_by_name, to_array
from chainrule.training.batches import Batch


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
        self.class_weight = self._checked_class_weight(class_weight)

    # Arrays as a whole -------------------------------------------------------------------------------------------------

    def inputs(self, x: Any) -> list[np.ndarray]:
        """Return x as one array an input, with the right shapes; numbers are looked at batch by batch."""
        arrays = [to_array(part, "x") for part in split_by_name(x, self.input_names, "x")]
        arrays = [self._fit_input(A, value) for A, value in zip(arrays, self.model.inputs, strict=True)]
        lengths = {len(A) for A in arrays}
        if len(lengths) > 1:
            raise ShapeError(f"The arrays of x have different numbers of rows: {', '.join(str(len(A)) for A in arrays)}.")
        if 0 in lengths:
            raise DataError("x is empty: it has no rows.")
        return arrays

    def targets(self, y: Any, n_rows: int) -> list[np.ndarray | None]:
        """Return y as one array an output, each with as many rows as x."""
        if y is None:
            raise ArgumentError("Training needs targets: fit(x, y). Received y=None.")
        parts = split_by_name(y, self.output_names, "y")
        arrays = [None if loss is None else to_array(part, "y") for part, loss in zip(parts, self.losses, strict=True)]
        for A in arrays:
            if A is not None and len(A) != n_rows:
                raise ShapeError(f"x and y have different numbers of rows: {n_rows} in x, {len(A)} in y.")
        return arrays

    def weights(self, sample_weight: Any, n_rows: int) -> list[np.ndarray | None]:
        """Return the sample weights as one array (or None) an output."""
        if sample_weight is None:
            return [None] * len(self.output_names)
        if isinstance(sample_weight, (dict, list)) and len(self.output_names) > 1:
            parts = split_by_name(sample_weight, self.output_names, "sample_weight")
        else:
            parts = [sample_weight] * len(self.output_names)
        arrays = [None if part is None else to_array(part, "sample_weight") for part in parts]
        for A in arrays:
            if A is not None and len(A) != n_rows:
                raise ShapeError(f"sample_weight has {len(A)} entries for {n_rows} rows; give one weight a row.")
        return arrays

    def _fit_input(self, A: np.ndarray, value) -> np.ndarray:
        expected = tuple(value.shape[1:])
        if A.ndim == 1 and expected == (1,):
            return A.reshape(-1, 1)
        fits = len(expected) == A.ndim - 1 and all(e in (None, s) for e, s in zip(expected, A.shape[1:], strict=True))
        if fits:
            return A
        raise ShapeError(self._misfit(A, expected))

    def _misfit(self, A: np.ndarray, expected: tuple) -> str:
        layer = self.model.first_layer_name
        if len(expected) == 1 and A.ndim == 2:
            return (
                f"Layer {layer!r} expects {expected[0]} columns, and x has {A.shape[1]}: x has shape {A.shape}. Give it "
                f"{expected[0]} columns, or build the model with input_dim={A.shape[1]}."
            )
        if A.shape == expected:
            return (
                f"Layer {layer!r} expects a batch of rows of shape {expected}, and x is one such row: write x[None] to make it a "
                "batch of one."
            )
        return (
            f"Layer {layer!r} expects x of shape {('rows', *expected)}; received {A.shape}. Reshape x, or build the model with "
            f"input_shape={A.shape[1:]}."
        )

    # Batches -----------------------------------------------------------------------------------------------------------

    def batch(self, inputs, targets, weights, size, rows, check) -> Batch:
        """Convert the arrays of one batch; with `check`, look at their content too."""
        X = [self._input(A, value, rows, check) for A, value in zip(inputs, self.model.inputs, strict=True)]
        T, W = [], []
        for loss, A, weight, value in zip(self.losses, targets, weights, self.model.outputs, strict=True):
            if loss is None or A is None:
                T.append(None)
                W.append(None)
                continue
            where = f"output {value.name!r}" if len(self.losses) > 1 else ""
            T.append(loss.targets(A, (size, *value.shape[1:]), self.dtype, where=where, check=check, rows=rows))
            W.append(self._weight(weight, A, size))
        return Batch(X, T, W, size, rows)

    def item(self, item: Any, number: int) -> Batch:
        """Convert what a generator or a `Sequence` gave: (x, y) or (x, y, sample_weight)."""
        if not isinstance(item, tuple) or not 1 <= len(item) <= 3:
            raise DataError(
                f"A generator gives tuples (x, y) or (x, y, sample_weight); batch {number + 1} is {type(item).__name__}."
            )
        inputs = self.inputs(item[0])
        size = len(inputs[0])
        has_targets = len(item) > 1 and any(loss is not None for loss in self.losses)
        targets = self.targets(item[1], size) if has_targets else [None] * len(self.output_names)
        weights = self.weights(item[2] if len(item) > 2 else None, size)
        return self.batch(inputs, targets, weights, size, slice(0, size), True)

    def _input(self, A, value, rows, check) -> np.ndarray:
        if check:
            refuse_non_finite(A, "x", rows)
        if value.dtype is not None and np.dtype(value.dtype).kind in "iu":
            return self._indices(A, rows, check)
        return np.asarray(A, dtype=self.dtype, order="C")

    @staticmethod
    def _indices(A, rows, check) -> np.ndarray:
        if check and A.dtype.kind == "f" and (A != np.floor(A)).any():
            raise DataError(f"x feeds an Embedding and must hold whole numbers; received {float(A[A != np.floor(A)][0])!r}.")
        return A.astype(np.int64, copy=False)

    # Weights of samples and classes ------------------------------------------------------------------------------------

    def _weight(self, weight, labels, size) -> np.ndarray | None:
        W = None if weight is None else np.asarray(weight, dtype=self.dtype)
        if W is not None and W.ndim == 2 and W.shape[1] == 1:
            W = W[:, 0]
        if self.class_weight is None:
            return W
        C = self._class_weights_of(labels)
        return C if W is None else W * C

    def _class_weights_of(self, labels) -> np.ndarray:
        classes = labels.argmax(axis=-1) if labels.ndim > 1 and labels.shape[-1] > 1 else labels.reshape(len(labels))
        try:
            return np.array([self.class_weight[int(label)] for label in classes], dtype=self.dtype)
        except KeyError as error:
            raise ArgumentError(
                f"class_weight has no entry for the class {error.args[0]}, which is among the labels; it has {sorted(self.class_weight)}."
            ) from error

    def _checked_class_weight(self, class_weight) -> dict[int, float] | None:
        if class_weight is None:
            return None
        if len(self.output_names) > 1:
            raise ArgumentError("class_weight works for models of one output; give sample_weight a list instead.")
        if not isinstance(class_weight, dict):
            raise ArgumentError(f"class_weight is a dict from label to weight, such as {{0: 1.0, 1: 3.0}}; received {class_weight!r}.")
        weights = {int(label): float(weight) for label, weight in class_weight.items()}
        for label, weight in weights.items():
            if not (np.isfinite(weight) and weight >= 0):
                raise ArgumentError(f"class_weight[{label}] must be a number of 0 or more; received {weight}.")
        return weights
