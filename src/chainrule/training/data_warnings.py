"""Warnings, once a fit, of data that nothing good can be learnt from."""

from __future__ import annotations

import numpy as np

from chainrule.training.arrays import named_column
from chainrule.training.batches import on_disk
from chainrule.training.validation import classes_of
from chainrule.training.warn import warn_user

#: Arrays of more rows are not looked at as a whole: on real data of that size these mistakes are rare.
MOST_ROWS = 10_000


def warn_of_data(model, inputs, targets, columns, options) -> None:
    """Warn of constant columns, of one class only, and of labels that come sorted and stay so."""
    if len(inputs[0]) > MOST_ROWS or len(inputs[0]) < 2 or any(on_disk(A) for A in inputs):
        return
    for X, names, value in zip(inputs, columns, model.inputs, strict=True):
        if X.ndim == 2:
            _warn_of_constant_columns(X, names, model, value)
    T = targets[0]
    if T is not None and type(model.compilation.losses[0]).__name__.endswith("Crossentropy"):
        _warn_of_labels(T, options)


def _warn_of_constant_columns(X, names, model, value) -> None:
    constant = np.flatnonzero((X[:1] == X).all(axis=0))
    if len(constant) and value.dtype is None:
        shown = ", ".join(named_column(int(column), names) for column in constant[:3]) + (
            ", …" if len(constant) > 3 else ""
        )
        words = f"Column {shown} of x is" if len(constant) == 1 else f"Columns {shown} of x are"
        warn_user(
            f"{words} constant ({X[0, constant[0]]:g}), so layer {model.layer_fed_by(value)!r} can learn nothing "
            "from it that a bias would not give: drop it."
        )


def _warn_of_labels(T, options) -> None:
    labels = classes_of(T)
    if labels is None:
        return
    if (labels == labels[0]).all():
        warn_user(
            f"All labels are {labels[0]:g}: with one class only, the network learns to answer it always. Check y, or "
            "how rows were chosen."
        )
    elif not options.shuffle and len(labels) > options.batch_size and (labels[1:] >= labels[:-1]).all():
        warn_user(
            "The labels are sorted and shuffle=False, so most batches see one class only: shuffle the rows, or leave "
            "shuffle=True."
        )
