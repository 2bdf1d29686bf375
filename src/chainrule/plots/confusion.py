"""The confusion matrix: a row is a class, a column what it was taken for."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.plots.frame import HEIGHT, LONGEST_NAME, frame, safe
from chainrule.plots.judging import class_numbers, column, names_of, same_length
from chainrule.plots.theme import SMALL_SIZE, TEXT_SIZE, palette, plotly, scale

OWNER = "plots.confusion"
#: In the cells of more classes than this no numbers fit; each class has so many pixels.
MOST_NUMBERED, CELL = 24, 34
#: Of many classes, names at the sides are cut to so many signs.
SHORT = 12


def confusion(y_true: Any, y_pred: Any, classes: Any = None, *, dark: bool = False) -> Any:
    """Draw how many rows of each class were predicted as which.

    For what a model of classes mixes up. A cell has its count; its colour is the share of its row, so that a rare class
    is seen as well as a frequent one. All that is off the diagonal is wrong.

    Parameters
    ----------
    y_true, y_pred : array of shape (n,)
        The right and the predicted classes: names, or numbers from 0.
    classes : sequence, optional
        The classes' names, in the order of the numbers; by default those that are there, sorted.
    dark : bool, default False
        Whether to draw on black.

    Returns
    -------
    plotly Figure

    Raises
    ------
    ArgumentError
        If there are no rows, more of one than of the other, or a class that is not among `classes`.
    MissingExtraError
        If Plotly is not installed.

    Examples
    --------
    >>> figure = confusion(["cat", "cat", "dog"], ["cat", "dog", "dog"])
    >>> figure.layout.title.text, figure.data[0].text
    ('Confusion matrix: 2 of 3 right (66.7 %)', (['1', '1'], ['0', '1']))
    """
    labels, said = column(OWNER, "y_true", y_true), column(OWNER, "y_pred", y_pred)
    same_length(OWNER, y_true=labels, y_pred=said)
    names = names_of(OWNER, classes, labels, said)
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    places = (class_numbers(OWNER, "y_true", labels, names), class_numbers(OWNER, "y_pred", said, names))
    np.add.at(counts, places, 1)
    return of_counts(counts, names, dark=dark)


def of_counts(counts: np.ndarray, names: list[Any], *, dark: bool = False) -> Any:
    """Draw a matrix that was counted before: a model's report keeps it."""
    counts = np.asarray(counts)
    n, right = int(counts.sum()), int(counts.diagonal().sum())
    title = f"Confusion matrix: {right:,} of {n:,} right ({100 * right / max(n, 1):.1f} %)"
    figure = frame(title, mixed_up(counts, names), dark=dark, height=max(HEIGHT, CELL * len(names) + 150), owner=OWNER)
    figure.add_trace(_cells(counts, names, dark))
    places = list(range(len(names)))
    longest = LONGEST_NAME if len(names) <= SHORT else SHORT
    named = {"tickvals": places, "ticktext": [safe(name, longest) for name in names], "showgrid": False, "ticks": ""}
    if len(names) > MOST_NUMBERED:
        named["tickfont"] = {"size": SMALL_SIZE - 2}
    figure.update_xaxes(title="predicted", side="bottom", **named)
    figure.update_yaxes(title="true", autorange="reversed", **named)
    return figure


def _cells(counts: np.ndarray, names: list[Any], dark: bool) -> Any:
    colours = palette(dark)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    texts = [[f"{count:,}" for count in row] for row in counts.tolist()]
    told = [
        [
            f"{count:,} of the true {safe(true)}<br>predicted as {safe(said)}<br>{share:.1%} of them"
            for said, count, share in zip(names, row, part, strict=True)
        ]
        for true, row, part in zip(names, counts.tolist(), shares.tolist(), strict=True)
    ]
    return plotly().Heatmap(
        z=shares,
        text=texts,
        texttemplate="%{text}" if len(names) <= MOST_NUMBERED else None,
        textfont={"size": TEXT_SIZE if len(names) <= SHORT else SMALL_SIZE},
        hovertext=told,
        hoverinfo="text",
        colorscale=scale(colours.ascending),
        zmin=0,
        zmax=1,
        xgap=2,
        ygap=2,
        showscale=False,
    )


def mixed_up(counts: np.ndarray, names: list[Any]) -> str:
    """Return a sentence on what is mixed up most.

    Examples
    --------
    >>> mixed_up(np.array([[9, 1], [3, 7]]), ["no", "yes"])
    "Most often mixed up: 'yes' taken for 'no', 3 rows of 10."
    """
    wrong = counts - np.diag(counts.diagonal())
    if not wrong.any():
        return "No row was taken for another class."
    true, said = np.unravel_index(int(wrong.argmax()), wrong.shape)
    n, of = int(wrong[true, said]), int(counts[true].sum())
    rows = "1 row" if n == 1 else f"{n:,} rows"
    return f"Most often mixed up: {str(names[true])!r} taken for {str(names[said])!r}, {rows} of {of:,}."
