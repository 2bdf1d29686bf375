"""The ROC curve: what share of a class is found, against the share of the others that is taken for it.

    x = FP(t) / negatives,   y = TP(t) / positives,   for every threshold t of the score;   AUC = the area below

Source: Fawcett, "An introduction to ROC analysis", 2006.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.plots.frame import HEIGHT, frame, safe
from chainrule.plots.judging import probabilities
from chainrule.plots.ranking import area, counts_above, drawn
from chainrule.plots.theme import DASHES, palette, plotly

OWNER = "plots.roc"
#: More curves than this can't be told apart: then those with the smallest areas are drawn.
MOST_CURVES = 8
#: A legend below the plot takes so many pixels for each of its lines.
LEGEND_ROW = 20


def roc(y_true: Any, scores: Any, classes: Any = None, *, dark: bool = False) -> Any:
    """Draw the ROC curve of two classes, or for several classes that of each against the rest, with its area.

    For how well a model puts rows in order, whatever threshold is chosen later: 1 is perfect, 0.5 is chance (the
    diagonal). Where a class is rare, look at `precision_recall` too.

    Parameters
    ----------
    y_true : array of shape (n,)
        The right classes: names, or numbers from 0.
    scores : array of shape (n,) or (n, classes)
        Higher for rows that are more of a class: probabilities, or outputs before the sigmoid or softmax. One column is
        that of the second class.
    classes : sequence, optional
        The classes' names, in the order of the columns.
    dark : bool, default False

    Returns
    -------
    plotly Figure

    Raises
    ------
    ArgumentError
        If the shapes don't fit, a score is NaN, or all rows are of one class.
    MissingExtraError
        If Plotly is not installed.

    Examples
    --------
    >>> figure = roc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> figure.layout.title.text
    'ROC curve: area 0.750'
    """
    y, P, names = probabilities(OWNER, y_true, scores, classes)
    curves = [curve for side in sides_of(P) if (curve := _curve(y == side, P[:, side], str(names[side])))]
    if not curves:
        raise ArgumentError(f"{OWNER} needs rows of two classes at least; received rows of {names[y[0]]!r} alone.")
    shown, mean = chosen(curves), float(np.mean([one[3] for one in curves]))
    if P.shape[1] == 2:
        title = f"ROC curve: area {mean:.3f}"
        words = f"The share of {names[1]!s} that is found, against the share of {names[0]!s} that is taken for it."
    else:
        title = f"ROC curves, each class against the rest: mean area {mean:.3f}"
        words = _of_several(curves, len(names))
    figure = frame(title, words, dark=dark, height=HEIGHT + legend_height(shown), owner=OWNER)
    figure.add_trace(_chance(dark))
    add_curves(figure, shown, dark)
    figure.update_xaxes(title="share of the others taken for it", range=[-0.02, 1.02])
    figure.update_yaxes(title="share found", range=[-0.02, 1.03])
    return figure


def sides_of(P: np.ndarray) -> range:
    """Return the classes that have a curve: of two the second, since the first's is its mirror image."""
    return range(1, 2) if P.shape[1] == 2 else range(P.shape[1])


def _curve(positive: np.ndarray, scores: np.ndarray, name: str) -> tuple | None:
    n = int(positive.sum())
    if not 0 < n < len(positive):
        return None
    TP, FP = counts_above(positive, scores)
    x, y = FP / FP[-1], TP / TP[-1]
    return name, *drawn(x, y), area(x, y)


def _of_several(curves: list[tuple], n_classes: int) -> str:
    worst = min(curves, key=lambda curve: curve[3])
    words = f"The smallest area is that of {worst[0]}: {worst[3]:.3f}."
    if worst[3] == 1:
        words = "Every class is told from the rest without a mistake."
    if len(curves) > MOST_CURVES:
        words += f" Of {len(curves)} classes the {MOST_CURVES} with the smallest areas are drawn."
    gone = n_classes - len(curves)
    return words + (f" {gone} {'class has' if gone == 1 else 'classes have'} no row and no curve." if gone else "")


def chosen(curves: list[tuple]) -> list[tuple]:
    """Return the curves to draw: all, or of very many those with the smallest areas."""
    if len(curves) <= MOST_CURVES:
        return curves
    return sorted(curves, key=lambda curve: curve[3])[:MOST_CURVES]


def add_curves(figure: Any, curves: list[tuple], dark: bool) -> None:
    """Add curves (name, x, y, area), each with its area in a legend below the plot."""
    colours = palette(dark)
    for number, (name, x, y, size) in enumerate(curves):
        line = {"color": colours.colour(number), "dash": DASHES[number % len(DASHES)], "width": 2}
        label = f"{safe(name)}: {size:.3f}"
        figure.add_trace(plotly().Scatter(x=x, y=y, name=label, mode="lines", line=line))
    figure.update_layout(
        showlegend=True, legend={"orientation": "h", "x": 0, "xanchor": "left", "y": -0.2, "yanchor": "top"}
    )


def legend_height(curves: list[tuple]) -> int:
    """Return how many pixels the legend below takes on a narrow page, where each name has a line."""
    return LEGEND_ROW * (len(curves) + 1)


def _chance(dark: bool) -> Any:
    line = {"color": palette(dark).muted, "dash": "dot", "width": 1}
    return plotly().Scatter(x=[0, 1], y=[0, 1], name="chance: 0.500", mode="lines", line=line, hoverinfo="skip")
