"""The plane of two columns of a table, for a TableModel: raw values in, probabilities out."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, DataError, ShapeError, nearest
from chainrule.plots.planes import Plane, in_words, two_of


def table_plane(model: Any, X: Any, y: Any, features: Any) -> Plane:
    """Return the plane of two columns of numbers; others are held at their median, or their most frequent value.

    Raises
    ------
    ArgumentError
        If the model predicts a number, or a column isn't there or holds no numbers.
    """
    from chainrule.tables.read import read_table

    if model.contract.task == "number":
        raise ArgumentError("decision_boundary draws classes; this model predicts a number: draw plots.residuals.")
    table, target = read_table(X), model.contract.target.name
    columns = {name: values for name, values in table.columns.items() if name != target}
    labels = np.asarray(_labels(table, target, y))
    i, j = (_name(one, list(columns)) for one in two_of(features))
    first, second = _numbers(columns[i], i), _numbers(columns[j], j)
    if len(labels) != len(first):
        raise ShapeError(f"The table has {len(first)} rows and y has {len(labels)}: give one class for each row.")
    known = np.isfinite(first) & np.isfinite(second)
    if not known.any():
        raise DataError(f"No row has a value in both {i!r} and {j!r}.")
    usual = {name: _usual(column) for name, column in columns.items() if name not in (i, j)}

    def ask(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        return model.predict_proba({i: u, j: v} | {name: np.full(len(u), value) for name, value in usual.items()})

    classes = [str(name) for name in model.contract.classes]
    return Plane(first[known], second[known], labels[known].astype(str), [i, j], ask, in_words(usual), classes)


def _labels(table: Any, target: str, y: Any) -> Any:
    if y is not None and not isinstance(y, str):
        return y
    if y not in (None, target) or target not in table.columns:
        raise ArgumentError(f"y is the classes of the rows, or {target!r} where that column is in X; received {y!r}.")
    return table.columns[target]


def _name(which: Any, names: list[str]) -> str:
    if isinstance(which, str) and which in names:
        return which
    if isinstance(which, int) and 0 <= which < len(names):
        return names[which]
    raise ArgumentError(f"The table has no column {which!r}.{nearest(which, names)} It has: {', '.join(names)}.")


def _numbers(column: np.ndarray, name: str) -> np.ndarray:
    if column.dtype.kind != "f":
        raise ArgumentError(f"Column {name!r} holds no numbers, so it can't be an axis: choose another.")
    return column


def _usual(column: np.ndarray) -> Any:
    """Return a column's median, or its most frequent value where it holds words or dates."""
    if column.dtype.kind == "f":
        known = column[np.isfinite(column)]
        return float(np.median(known)) if len(known) else np.nan
    values, counts = np.unique([str(value) for value in column if value is not None] or [""], return_counts=True)
    return str(values[int(np.argmax(counts))])
