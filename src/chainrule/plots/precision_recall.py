"""The precision-recall curve: how much of what is taken for a class is of it, against how much of it is found.

    recall = TP(t) / positives,   precision = TP(t) / (TP(t) + FP(t)),   for every threshold t of the score
    average precision = Σ (recallᵢ − recallᵢ₋₁) precisionᵢ

Source: Davis and Goadrich, "The relationship between precision-recall and ROC curves", 2006.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.plots.frame import HEIGHT, frame, number
from chainrule.plots.judging import probabilities
from chainrule.plots.ranking import counts_above, drawn
from chainrule.plots.roc import add_curves, chosen, legend_height, sides_of

OWNER = "plots.precision_recall"


def precision_recall(y_true: Any, scores: Any, classes: Any = None, *, dark: bool = False) -> Any:
    """Draw precision against recall, of two classes or of each of several, with the average precision.

    For a class that is rare: the many rows of the others flatter an ROC curve, and here they don't. Chance is the share
    of the class.

    Parameters
    ----------
    y_true : array of shape (n,)
        The right classes: names, or numbers from 0.
    scores : array of shape (n,) or (n, classes)
        As `roc` takes them.
    classes : sequence, optional
        The classes' names, in the order of the columns.
    dark : bool, default False

    Returns
    -------
    plotly Figure

    Raises
    ------
    ArgumentError
        If the shapes don't fit, a score is NaN, or no class has a row.
    MissingExtraError
        If Plotly is not installed.

    Examples
    --------
    >>> precision_recall([0, 1, 1], [0.2, 0.9, 0.1]).layout.title.text
    'Precision and recall: average precision 0.833'
    """
    y, P, names = probabilities(OWNER, y_true, scores, classes)
    curves = [_curve(y == side, P[:, side], str(names[side])) for side in sides_of(P) if (y == side).any()]
    if not curves:
        raise ArgumentError(f"{OWNER} needs a row of {names[1]!r}; received rows of {names[0]!r} alone.")
    mean = float(np.mean([one[3] for one in curves]))
    if P.shape[1] == 2:
        title = f"Precision and recall: average precision {mean:.3f}"
        words = f"{names[1]!s} is {number(100 * float((y == 1).mean()))} % of the rows: chance has that precision."
    else:
        title = f"Precision and recall of each class: mean average precision {mean:.3f}"
        worst = min(curves, key=lambda curve: curve[3])
        words = f"The smallest average precision is that of {worst[0]}: {worst[3]:.3f}."
        if worst[3] == 1:
            words = "Every class is told from the rest without a mistake."
    shown = chosen(curves)
    figure = frame(title, words, dark=dark, height=HEIGHT + legend_height(shown), owner=OWNER)
    add_curves(figure, shown, dark)
    figure.update_xaxes(title="recall: share of the class that is found", range=[-0.02, 1.02])
    figure.update_yaxes(title="precision", range=[-0.01, 1.03])
    return figure


def _curve(positive: np.ndarray, scores: np.ndarray, name: str) -> tuple:
    TP, FP = counts_above(positive, scores)
    recall, precision = TP[1:] / TP[-1], TP[1:] / (TP[1:] + FP[1:])
    average = float((np.diff(recall, prepend=0.0) * precision).sum())
    return name, *drawn(np.append(0.0, recall), np.append(precision[0], precision)), average
