"""`class_weight`: how much a row of each class counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, DataError

EXAMPLE = "such as {0: 1.0, 1: 3.0}"


def check_class_weight(class_weight: Any, n_outputs: int) -> dict[int, float] | None:
    """Return label → weight as plain numbers, or refuse what is no such dict."""
    if class_weight is None:
        return None
    if n_outputs > 1:
        raise ArgumentError("class_weight works for models of one output; give sample_weight a list instead.")
    if not isinstance(class_weight, dict):
        raise ArgumentError(f"class_weight is a dict from label to weight, {EXAMPLE}; received {class_weight!r}.")
    try:
        weights = {int(label): float(weight) for label, weight in class_weight.items()}
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            f"class_weight goes from whole-number label to number, {EXAMPLE}; received {class_weight!r}."
        ) from error
    for label, weight in weights.items():
        if not (np.isfinite(weight) and weight >= 0):
            raise ArgumentError(f"class_weight[{label}] must be a finite number of 0 or more; received {weight}.")
    return weights


def weights_of_classes(class_weight: dict[int, float], labels: np.ndarray, dtype) -> np.ndarray:
    """Return one weight a row, from labels (n,) or (n, 1), or from one-hot rows (n, classes)."""
    one_hot = labels.ndim > 1 and labels.shape[-1] > 1
    classes = labels.argmax(axis=-1) if one_hot else labels.reshape(len(labels), -1)[:, 0]
    if classes.ndim > 1 or labels.size != len(labels) * (labels.shape[-1] if one_hot else 1):
        raise ArgumentError("class_weight needs one label a row; give sample_weight for outputs of several steps.")
    if classes.dtype.kind == "f" and (classes != np.floor(classes)).any():
        raise DataError(
            "class_weight needs labels that are whole numbers; received "
            f"{float(classes[classes != np.floor(classes)][0])!r}: give sample_weight instead, one weight a row."
        )
    found, places = np.unique(classes, return_inverse=True)
    missing = [int(label) for label in found if int(label) not in class_weight]
    if missing:
        raise ArgumentError(
            f"class_weight has no entry for the class {missing[0]}, which is among the labels; it has "
            f"{sorted(class_weight)}: add one."
        )
    return np.array([class_weight[int(label)] for label in found], dtype=dtype)[places.reshape(-1)]
