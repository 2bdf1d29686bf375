"""Warnings, once a fit, of data that nothing good can be learnt from."""

from __future__ import annotations

import numpy as np

from chainrule.training.arrays import N_NAMED, named_column
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
    first = X[:1]
    constant = np.flatnonzero(np.equal(X, first).all(axis=0))
    if not len(constant) or value.dtype is not None:
        return
    layer = model.layer_fed_by(value)
    if not getattr(model.get_layer(layer), "use_bias", True):
        return  # without a bias, a column of ones is one
    if len(constant) == 1:
        column = named_column(int(constant[0]), names)
        what = f"Column {column} of x is constant ({first[0, constant[0]]:g})"
        warn_user(f"{what}, so layer {layer!r} can learn nothing from it that a bias would not give: drop it.")
        return
    columns = ", ".join(named_column(int(column), names) for column in constant[:N_NAMED])
    more = ", …" if len(constant) > N_NAMED else ""
    what = f"{len(constant)} columns of x are constant ({columns}{more})"
    warn_user(f"{what}, so layer {layer!r} can learn nothing from them that a bias would not give: drop them.")


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
