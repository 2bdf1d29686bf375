"""The cost against a weight, or against two, with the steps that gradient descent took."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arguments import check_number
from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.plots.cost_of_model import Cost, cost_of_model
from chainrule.plots.frame import MOST_POINTS, frame, number, safe
from chainrule.plots.records import gaps
from chainrule.plots.theme import palette, scale

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

#: So many places the cost is computed at: along one weight, and along each of two.
POINTS, SIDE = 201, 45
#: How far beyond the steps is shown, as a share of their stretch; a path that stands still is shown with so much room.
ROOM, STILL = 0.25, 1.0
#: A path of more steps is drawn without a mark at each.
MOST_MARKS = 60


def cost_path(
    cost: Callable[..., Any] | Any,
    path: Any,
    *,
    x: Any = None,
    y: Any = None,
    weight: Any = None,
    names: list[str] | None = None,
    room: float = ROOM,
    dark: bool = False,
) -> Figure:
    """Draw the cost against a weight (a curve) or two weights (contours), with the steps taken.

    For seeing why a learning rate is too low (many short steps), right, or too high (the steps leap over the valley).

    Parameters
    ----------
    cost : callable or Model
        Takes one number (or two) and returns the cost; or a compiled model, whose other weights stay as they are.
        The model itself isn't changed.
    path : array_like, shape (n,) or (n, 2)
        The weight, or the two weights, before the first step and after each.
    x, y
        For a model: the batch whose loss is the cost.
    weight : tuple or list of two tuples
        For a model: which weight, by name and index, such as `("dense/kernel", 0, 0)`.
    names : list of str, optional
        What the axes are called, by default "weight" or the weights' names.
    room : float, default 0.25
        How far beyond the path is shown, as a share of its stretch.
    dark : bool, default False

    Returns
    -------
    plotly Figure

    Raises
    ------
    ArgumentError
        If a model is given without data or weight, or a weight isn't known.
    ShapeError
        If the path is neither (n,) nor (n, 2).
    DataError
        If the path holds NaN or infinity.

    Examples
    --------
    >>> path = [3.0]
    >>> for _ in range(8):
    ...     path.append(path[-1] - 0.3 * 2 * path[-1])  # the derivative of w² is 2 w
    >>> figure = cost_path(lambda w: w**2, path)
    >>> [curve.name for curve in figure.data]
    ['cost', 'steps']
    """
    palette(dark, "cost_path")
    taken = _checked(path)
    room = check_number("cost_path", "room", room, 0)
    if hasattr(cost, "named_weights"):
        function = cost_of_model(cost, x, y, weight, taken.shape[1])
    elif callable(cost):
        function = Cost(cost, ["weight"] if taken.shape[1] == 1 else ["first weight", "second weight"])
    else:
        raise ArgumentError(f"cost_path takes a function of the weight, or a model; received {type(cost).__name__}.")
    labels = [safe(name) for name in (names or function.names)]
    if len(labels) != taken.shape[1]:
        raise ShapeError(f"cost_path draws {taken.shape[1]} weights; received {len(labels)} names: give one for each.")
    return (_curve if taken.shape[1] == 1 else _contours)(function, taken, labels, room, dark)


def _checked(path: Any) -> np.ndarray:
    """Return the path as rows of one or two finite numbers."""
    try:
        taken = np.asarray(path, dtype=np.float64)
    except (TypeError, ValueError):
        taken = np.zeros((0, 0))
    if taken.ndim == 1:
        taken = taken[:, None]
    if taken.ndim != 2 or not len(taken) or taken.shape[1] not in (1, 2):
        raise ShapeError(
            "cost_path's path is a list of the weight's values, or an array of shape (n, 2) for two weights; received "
            f"shape {np.shape(path) if not isinstance(path, str) else path!r}."
        )
    if not np.isfinite(taken).all():
        step = int(np.argmin(np.isfinite(taken).all(axis=1)))
        raise DataError(f"The path is not finite from step {step} on: lower the learning rate, or give path[:{step}].")
    return taken if len(taken) <= MOST_POINTS else taken[np.linspace(0, len(taken) - 1, MOST_POINTS).astype(int)]


def _stretch(values: np.ndarray, room: float) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    beyond = room * (high - low) if high > low else STILL
    return low - beyond, high + beyond


def _words(costs: np.ndarray, n_steps: int) -> str:
    """Return how far the steps came, and whether they went up."""
    if not n_steps:
        return f"The cost is {number(costs[0])}; no step was taken."
    words = f"From {number(costs[0])} to {number(costs[-1])} in {n_steps} {'step' if n_steps == 1 else 'steps'}."
    rises = int((np.diff(costs) > 0).sum())
    if rises:
        words += f" {rises} of them went up: there the learning rate is too high, or the batch was another."
    return words


def _steps(colour: str, count: int) -> dict[str, Any]:
    """Return how a path is drawn: its first point open, and a mark at each step while they can be told apart."""
    symbols = ["circle-open"] + ["circle"] * (count - 1)
    return {
        "name": "steps",
        "mode": "lines+markers" if count <= MOST_MARKS else "lines",
        "line": {"color": colour, "width": 1.6},
        "marker": {
            "color": colour,
            "size": [11] + [7] * (count - 1),
            "symbol": symbols,
            "line": {"width": [2] + [0] * (count - 1)},
        },
        "customdata": np.arange(count),
    }


def _curve(function: Cost, taken: np.ndarray, labels: list[str], room: float, dark: bool) -> Any:
    colours, W = palette(dark), taken[:, 0]
    grid, costs = np.linspace(*_stretch(W, room), POINTS), function.along(W)
    figure = frame("The cost against a weight", _words(costs, len(W) - 1), dark=dark, entries=2)
    line = {"color": colours.colour(0), "width": 2.5, "simplify": False}
    figure.add_scatter(x=grid, y=gaps(function.along(grid)), name="cost", mode="lines", line=line)
    steps = _steps(colours.colour(1), len(W))
    figure.add_scatter(x=W, y=gaps(costs), hovertemplate="step %{customdata}: %{x:.4g}, cost %{y:.4g}", **steps)
    figure.update_xaxes(title_text=labels[0])
    figure.update_yaxes(title_text="cost")
    return figure


def _contours(function: Cost, taken: np.ndarray, labels: list[str], room: float, dark: bool) -> Any:
    colours = palette(dark)
    first, second = (np.linspace(*_stretch(taken[:, axis], room), SIDE) for axis in (0, 1))
    heights = gaps(np.array([[function(u, v) for u in first] for v in second]))
    costs = np.array([function(u, v) for u, v in taken])
    figure = frame("The cost against two weights", _words(costs, len(taken) - 1), dark=dark, height=480)
    figure.add_contour(
        x=first, y=second, z=heights, colorscale=scale(colours.ascending), ncontours=24, name="cost",
        line={"color": colours.grid, "width": 1},
        colorbar={"title": {"text": "cost"}},
        hovertemplate=f"{labels[0]} %{{x:.4g}}<br>{labels[1]} %{{y:.4g}}<br>cost %{{z:.4g}}<extra></extra>",
    )  # fmt: skip
    steps = _steps(colours.colour(1), len(taken))
    figure.add_scatter(x=taken[:, 0], y=taken[:, 1], hovertemplate="step %{customdata}", **steps)
    figure.update_xaxes(title_text=labels[0], range=[first[0], first[-1]])
    figure.update_yaxes(title_text=labels[1], range=[second[0], second[-1]])
    return figure
