"""`validation_split`: rows held out of training, shuffled and stratified, or the last ones for a series."""

from __future__ import annotations

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.utils.split import split_indices

#: More distinct whole-number labels than this are taken for a number to predict, not for classes.
MOST_CLASSES = 100


def split_validation(model, targets, n_rows: int, options):
    """Return the rows to train on and the rows held out; (None, None) without a split.

    `validation_split=0.2` holds out a shuffled fifth, stratified by class where y is classes;
    `validation_from="tail"` takes the last rows instead, as a time series needs.
    """
    fraction = options.validation_split
    if not fraction:
        return None, None
    held = min(max(round(n_rows * fraction), 1), n_rows)
    if n_rows < 2 or held == n_rows:
        raise ArgumentError(
            f"validation_split={fraction} of {n_rows} rows leaves nothing to train on or to validate on."
        )
    if options.validation_from == "tail":
        return np.arange(n_rows - held), np.arange(n_rows - held, n_rows)
    rows, held_out = split_indices(n_rows, fraction, stratify=classes_of(targets[0]), seed=model.seed)
    return np.sort(rows), np.sort(held_out)


def classes_of(T) -> np.ndarray | None:
    """Return the class of each row where targets look like classes, else None."""
    if T is None:
        return None
    if T.ndim == 2 and T.shape[1] > 1:
        one_hot = ((T == 0) | (T == 1)).all() and (T.sum(axis=1) == 1).all()
        return T.argmax(axis=1) if one_hot else None
    labels = T.reshape(len(T), -1)[:, 0]
    if labels.dtype.kind == "f" and not (labels == np.floor(labels)).all():
        return None
    in_order = np.sort(labels)  # np.unique imports numpy.ma, which takes longer than a small training
    n_classes = 1 + np.count_nonzero(in_order[1:] != in_order[:-1]) if len(labels) else 0
    return labels if n_classes <= min(MOST_CLASSES, len(labels) // 2) else None
