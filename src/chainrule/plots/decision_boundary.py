"""Which class a network gives to every point of a plane of two features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.plots.class_map import add_map, add_points
from chainrule.plots.frame import frame, safe
from chainrule.plots.planes import array_plane
from chainrule.plots.theme import palette

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

#: The plane is asked at so many places a side, and reaches that share of the data's stretch beyond it.
SIDE, ROOM = 100, 0.08
#: Outputs may be that far from 0 to 1 and still be probabilities.
ROUNDING = 1e-5


def decision_boundary(
    model: Any,
    X: Any,
    y: Any,
    features: tuple[Any, Any] = (0, 1),
    names: list[str] | None = None,
    classes: list[str] | None = None,
    dark: bool = False,
) -> Figure:
    """Draw the class that a network gives at each point of two features, with the rows on it.

    The deeper the colour the surer the answer; the line is where it changes. Of more than two features it is a slice:
    the others are held at their medians, so a row may lie beyond a line that is elsewhere for it.

    Parameters
    ----------
    model : Model or TableModel
        A classifier: one sigmoid unit, or a softmax.
    X : array_like, shape (n, features); or a table
        What the network takes, or, for a TableModel, raw rows.
    y : array_like
        The classes: numbers, words or one-hot; for a TableModel also the target column's name.
    features : tuple, default (0, 1)
        The two to draw: numbers of columns, or their names.
    names : list of str, optional
        What the axes are called.
    classes : list of str, optional
        What the classes are called.
    dark : bool, default False

    Returns
    -------
    plotly Figure

    Raises
    ------
    ArgumentError
        If the model gives no probabilities, or a feature isn't there.
    ShapeError, DataError
        If X and y don't fit each other, or hold NaN.

    Examples
    --------
    >>> from chainrule.layers import Dense
    >>> from chainrule.models import Sequential
    >>> model = Sequential([Dense(1, input_dim=2, activation="sigmoid")], seed=0)
    >>> figure = decision_boundary(model, [[0, 0], [1, 1]], [0, 1], classes=["no", "yes"])
    >>> [trace.name for trace in figure.data if trace.type == "scatter"]
    ['no', 'yes']
    """
    palette(dark, "decision_boundary")
    plane = _plane(model, X, y, features)
    across, up = _side(plane.first), _side(plane.second)
    U, V = np.meshgrid(across, up)
    P = _probabilities(plane.ask(U.ravel(), V.ravel()), model)
    said = classes or plane.classes or [str(number) for number in range(P.shape[1])]
    if len(said) != P.shape[1]:
        raise ShapeError(f"The model knows {P.shape[1]} classes; received {len(said)} names: give one for each.")
    numbers = _class_numbers(plane.labels, len(plane.first), [str(name) for name in plane.classes or said])
    titles = [safe(name) for name in (names or plane.names)]
    if len(titles) != 2:
        raise ShapeError(f"decision_boundary draws two features; received {len(titles)} names: give two.")
    words = f"Held at their median or most frequent value: {plane.held}." if plane.held else ""
    figure = frame("Which class where", words, dark=dark, height=500, entries=len(said))
    shown = [safe(name) for name in said]
    add_map(figure, across, up, P.reshape(len(up), len(across), -1), shown, dark)
    add_points(figure, plane.first, plane.second, numbers, shown, dark)
    figure.update_xaxes(title_text=titles[0], range=[across[0], across[-1]], showgrid=False, zeroline=False)
    figure.update_yaxes(title_text=titles[1], range=[up[0], up[-1]], showgrid=False, zeroline=False)
    return figure


def _plane(model: Any, X: Any, y: Any, features: Any) -> Any:
    if hasattr(model, "contract"):
        from chainrule.plots.table_plane import table_plane

        return table_plane(model, X, y, features)
    return array_plane(model, X, y, features)


def _probabilities(outputs: Any, model: Any) -> np.ndarray:
    """Return outputs as a column of probabilities a class: logits are turned into them, anything else is refused."""
    P = np.asarray(outputs, dtype=np.float64)
    P = P.reshape(len(P), -1)
    losses = getattr(getattr(model, "_compilation", None), "losses", None) or [None]
    if getattr(losses[0], "from_logits", False):
        from chainrule import activations

        P = activations.sigmoid(P) if P.shape[1] == 1 else activations.softmax(P)
    if not np.isfinite(P).all() or P.min() < -ROUNDING or P.max() > 1 + ROUNDING:
        raise ArgumentError(
            f"decision_boundary draws class probabilities; this model's outputs go from {P.min():.3g} to {P.max():.3g}"
            ": end the network in a sigmoid or softmax."
        )
    return np.hstack([1 - P, P]) if P.shape[1] == 1 else P


def _side(values: np.ndarray) -> np.ndarray:
    """Return the places along one feature, somewhat beyond its values."""
    low, high = float(values.min()), float(values.max())
    beyond = ROOM * (high - low) if high > low else 1.0
    return np.linspace(low - beyond, high + beyond, SIDE)


def _class_numbers(y: np.ndarray, n: int, names: list[str]) -> np.ndarray:
    """Return each row's class number: of numbers, words, one-hot rows or a column."""
    y = y.argmax(axis=1) if y.ndim == 2 and y.shape[1] > 1 else y.ravel()
    if len(y) != n:
        raise ShapeError(f"X has {n} rows and y has {len(y)}: give one class for each row.")
    if y.dtype.kind in "OUS":
        unknown = sorted({str(label) for label in y} - set(names))
        if unknown:
            raise DataError(f"y holds {unknown[0]!r}, which is none of the classes {', '.join(names)}.")
        return np.array([names.index(str(label)) for label in y])
    whole = y.astype(np.float64)
    if not ((whole == np.round(whole)) & (whole >= 0) & (whole < len(names))).all():
        raise DataError(
            f"y holds class numbers from 0 to {len(names) - 1}; received values from {y.min():g} to {y.max():g}."
        )
    return whole.astype(np.int64)
