"""The plane of two features: which values lie on it, and how a network is asked at each of its points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, DataError, ShapeError, nearest
from chainrule.plots.frame import number

#: So many features that are held are named; the rest is counted.
MOST_HELD = 4
#: The plane is asked for so many rows at a time.
ROWS_A_BATCH = 1024


@dataclass(frozen=True, eq=False)
class Plane:
    """What `decision_boundary` draws.

    Attributes
    ----------
    first, second : ndarray
        Both features of the rows.
    labels : ndarray
        The rows' classes, as they were given.
    names : list of str
        What both features are called.
    ask : callable
        From two arrays of values to the model's outputs there.
    held : str
        The other features' values in words, "" if there are none.
    classes : list of str or None
        What the model itself calls its classes.
    """

    first: np.ndarray
    second: np.ndarray
    labels: np.ndarray
    names: list[str]
    ask: Callable[[np.ndarray, np.ndarray], Any]
    held: str
    classes: list[str] | None = None


def array_plane(model: Any, X: Any, y: Any, features: Any) -> Plane:
    """Return the plane of two columns of an array or a data frame of numbers.

    Raises
    ------
    ArgumentError
        If the model can't predict, or a feature isn't there.
    ShapeError, DataError
        If X is no rows of finite numbers.
    """
    if not hasattr(model, "predict"):
        raise ArgumentError(f"decision_boundary takes a trained model; received {type(model).__name__}.")
    rows, columns = _matrix(X)
    i, j = (_column(one, columns) for one in two_of(features))
    if i == j:
        raise ArgumentError(f"decision_boundary draws two different features; received {features!r}.")
    medians = np.median(rows, axis=0)

    def ask(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        asked = np.tile(medians, (len(u), 1))
        asked[:, i], asked[:, j] = u, v
        return model.predict(asked, batch_size=ROWS_A_BATCH)

    held = in_words({columns[k]: float(medians[k]) for k in range(len(columns)) if k not in (i, j)})
    return Plane(rows[:, i], rows[:, j], np.asarray(y), [columns[i], columns[j]], ask, held)


def two_of(features: Any) -> tuple[Any, Any]:
    """Return the two features, or refuse another number of them."""
    if isinstance(features, (tuple, list)) and len(features) == 2:
        return features[0], features[1]
    raise ArgumentError(f"decision_boundary draws two features, such as (0, 1); received {features!r}.")


def in_words(held: dict[str, Any]) -> str:
    """Return "age 31, sex f and 3 more" for the values that are held."""
    some = list(held.items())[:MOST_HELD]
    words = ", ".join(f"{name} {value if isinstance(value, str) else number(value)}" for name, value in some)
    return f"{words} and {len(held) - MOST_HELD} more" if len(held) > MOST_HELD else words


def _matrix(X: Any) -> tuple[np.ndarray, list[str]]:
    """Return X as rows of finite floats, and the names of its columns."""
    columns = [str(name) for name in getattr(X, "columns", ())]
    try:
        rows = np.asarray(X, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"decision_boundary takes numbers; X can't be read as such: {error}.") from None
    if rows.ndim != 2 or rows.shape[1] < 2 or not len(rows):
        raise ShapeError(f"decision_boundary takes rows of at least two features; received X of shape {rows.shape}.")
    if not np.isfinite(rows).all():
        row, column = (int(place) for place in np.argwhere(~np.isfinite(rows))[0])
        raise DataError(f"X holds NaN or infinity, first in row {row}, column {column}: fill or leave out such rows.")
    return rows, columns or [f"feature {k}" for k in range(rows.shape[1])]


def _column(which: Any, columns: list[str]) -> int:
    if isinstance(which, str) and which in columns:
        return columns.index(which)
    if isinstance(which, (int, np.integer)) and not isinstance(which, bool) and 0 <= which < len(columns):
        return int(which)
    raise ArgumentError(
        f"X has no feature {which!r}; it has those from 0 to {len(columns) - 1}.{nearest(which, columns)}"
    )
