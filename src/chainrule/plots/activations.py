"""Activation functions with their derivatives, out of the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule import activations as functions
from chainrule.errors import ArgumentError
from chainrule.plots.frame import TEXT_LINE, frame, grid, number, titled
from chainrule.plots.theme import DASHES, SMALL_SIZE, palette

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

#: What is shown of x, in so many points, and of y where a function leaves it.
LOWEST, HIGHEST, POINTS = -4.0, 4.0, 401
SHOWN = (-2.0, 4.0)
#: A curve that changes by more from one point to the next jumps there: no line is drawn. The steepest changes by 1.
JUMP = 0.3
#: The grid of all of them.
COLUMNS, PLOT = 4, 150
TICKS = [-2, 0, 2]
#: A derivative below this counts as none, where the sentence says how much of the picture has none.
FLAT = 0.01


def activation(name: Any, dark: bool = False) -> Figure:
    """Draw an activation function (whole line) with its derivative (dashed).

    Where the derivative is 0 nothing is learnt: what the figure shows to be flat is where a unit saturates, or dies.

    Parameters
    ----------
    name : str or ActivationFunction
        One of `activations.names()` or an alias; a function object brings its options.
    dark : bool, default False

    Returns
    -------
    plotly Figure

    Raises
    ------
    ArgumentError
        If the name is not known, or the function mixes the entries of a row (softmax), which no one curve shows.

    Examples
    --------
    >>> [curve.name for curve in activation("tanh").data]
    ['f(x)', 'f′(x)']
    """
    function = functions.get(name)
    if function.name in functions.MIXING:
        raise ArgumentError(
            f"{function.name} mixes the entries of a row, which one curve can't show; draw sigmoid, which is "
            "softmax of two classes."
        )
    X = np.linspace(LOWEST, HIGHEST, POINTS)
    figure = frame(_title(function), _words(function, X), dark=dark, entries=2, owner="activation")
    for trace in _curves(function, X, dark):
        figure.add_scatter(**trace)
    figure.update_xaxes(title_text="x", zeroline=True)
    figure.update_yaxes(range=_range(function, X), zeroline=True)
    return figure


def activations(dark: bool = False) -> Figure:
    """Draw every activation function of the registry, each with its derivative (dashed).

    Parameters
    ----------
    dark : bool, default False

    Returns
    -------
    plotly Figure

    Examples
    --------
    >>> figure = activations()
    >>> "relu" in {title.text for title in figure.layout.annotations}
    True
    """
    names = [name for name in functions.names() if name not in functions.MIXING]
    rows = -(-len(names) // COLUMNS)
    figure = grid(
        rows, COLUMNS, names, dark=dark, owner="activations", shared_xaxes=True, shared_yaxes=True,
        horizontal_spacing=0.02, vertical_spacing=0.3 / rows,
    )  # fmt: skip
    X = np.linspace(LOWEST, HIGHEST, POINTS)
    for position, name in enumerate(names):
        for trace in _curves(functions.get(name), X, dark):
            trace |= {"showlegend": position == 0, "legendgroup": trace["name"]}
            figure.add_scatter(row=position // COLUMNS + 1, col=position % COLUMNS + 1, **trace)
    figure.update_xaxes(range=[LOWEST, HIGHEST], tickvals=TICKS, tickfont={"size": SMALL_SIZE}, zeroline=True)
    figure.update_yaxes(range=list(SHOWN), dtick=2, tickfont={"size": SMALL_SIZE}, zeroline=True)
    figure.update_annotations(font={"size": SMALL_SIZE + 1})
    words = "Whole line: the function. Dashed: its derivative. binary_step has none."
    titled(figure, "Every activation function", words, dark=dark, height=rows * PLOT + 100, entries=2)
    # The small titles stand above each plot: the legend stands above theirs.
    figure.update_layout(legend={"y": 1 + TEXT_LINE / (rows * PLOT)})
    return figure


def _title(function: Any) -> str:
    options = ", ".join(f"{name}={value}" for name, value in function.options.items())
    return f"{function.name}({options}) and its derivative" if options else f"{function.name} and its derivative"


def _curves(function: Any, X: np.ndarray, dark: bool) -> list[dict[str, Any]]:
    """Return the function and, if it has one, its derivative, broken where they jump."""
    colours = palette(dark)
    drawn = [("f(x)", function(X), {"color": colours.colour(0), "width": 2.4, "simplify": False})]
    if function.operation.backward is not None:
        line = {"color": colours.colour(1), "width": 2, "dash": DASHES[1], "simplify": False}
        drawn.append(("f′(x)", function.derivative(X), line))
    return [
        {
            "x": X.astype(np.float32),
            "y": np.where(np.abs(np.diff(Y, prepend=Y[:1])) > JUMP, np.nan, Y).astype(np.float32),
            "name": name,
            "mode": "lines",
            "line": line,
            "hovertemplate": f"{function.name}: x %{{x:.2f}}, %{{y:.4f}}<extra></extra>",
        }
        for name, Y, line in drawn
    ]


def _range(function: Any, X: np.ndarray) -> list[float]:
    """Return what is shown of y: all of a bounded function, and the usual stretch of one that grows."""
    Y = function(X)
    low, high = min(float(Y.min()), 0.0), max(float(Y.max()), 1.0)
    return [max(low, LOWEST) - 0.15, min(high, HIGHEST) + 0.15]


def _words(function: Any, X: np.ndarray) -> str:
    """Return how large the derivative becomes, and where it is none."""
    if function.operation.backward is None:
        return f"There is no derivative: {function.operation.why_no_gradient}"
    D = function.derivative(X)
    flat = float((np.abs(D) < FLAT).mean())
    at = number(float(X[int(np.argmax(D))]))
    where = f", at x = {at}" if (D.max() - 1e-9 < D).sum() == 1 and 0 < np.argmax(D) < len(D) - 1 else ""
    words = f"The derivative is at most {number(D.max())}{where}"
    below = f"; it is below {FLAT} on {100 * flat:.0f} % of what is shown" if flat else ""
    return f"{words}{below}."
