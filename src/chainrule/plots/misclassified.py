"""The images that a model took for another class, each with its right class and what it was taken for."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import check_whole
from chainrule.plots.frame import frame, safe
from chainrule.plots.judging import class_numbers, column, names_of, numbers, same_length
from chainrule.plots.png import address, as_bytes
from chainrule.plots.theme import SMALL_SIZE

OWNER = "plots.misclassified"
#: Images in a row, the height of a row in pixels, and what is left above it for words, as a share.
ACROSS, ROW, WORDS = 6, 132, 0.3
#: Of a class's name, so many signs stand above an image.
SHORT = 14


def misclassified(
    images: Any,
    y_true: Any,
    y_pred: Any,
    classes: Any = None,
    *,
    probabilities: Any = None,
    most: int = 24,
    dark: bool = False,
) -> Any:
    """Draw the images that were taken for another class.

    For what a model of images stumbles over: look for a pattern, and for labels that are wrong themselves.

    Parameters
    ----------
    images : array of shape (n, height, width), or with 1, 3 or 4 channels
        Bytes, or numbers from 0 to 1.
    y_true : array of shape (n,)
        The right classes: names, or numbers from 0.
    y_pred : array of shape (n,) or (n, classes)
        The predicted classes, or the probability of each, which `predict` returns.
    classes : sequence, optional
        The classes' names, in the order of the numbers.
    probabilities : array of shape (n,), optional
        That of the predicted class; then the surest mistakes come first, else they stand in their order. By default
        the largest of `y_pred`, where it has probabilities.
    most : int, default 24
        How many are drawn at most.
    dark : bool, default False

    Returns
    -------
    plotly Figure

    Raises
    ------
    ArgumentError
        If the shapes don't fit each other.
    MissingExtraError
        If Plotly is not installed.

    Examples
    --------
    >>> X = np.zeros((3, 8, 8))
    >>> misclassified(X, [0, 1, 1], [0, 0, 1], ["cat", "dog"]).layout.title.text
    'Wrong: 1 of 3 images'
    """
    X, most = as_bytes(OWNER, images), check_whole(OWNER, "most", most)
    y_pred = np.asarray(y_pred)
    if y_pred.ndim == 2 and y_pred.shape[1] > 1:
        probabilities = y_pred.max(axis=1) if probabilities is None else probabilities
        classes = range(y_pred.shape[1]) if classes is None else classes
        y_pred = y_pred.argmax(axis=1)
    labels, said = column(OWNER, "y_true", y_true), column(OWNER, "y_pred", y_pred)
    same_length(OWNER, images=X, y_true=labels, y_pred=said)
    names = names_of(OWNER, classes, labels, said)
    y, taken = class_numbers(OWNER, "y_true", labels, names), class_numbers(OWNER, "y_pred", said, names)
    wrong = np.flatnonzero(y != taken)
    sure = None
    if probabilities is not None:
        sure = numbers(OWNER, "probabilities", probabilities)
        same_length(OWNER, images=X, probabilities=sure)
        wrong = wrong[np.argsort(-sure[wrong], kind="stable")]
    shown = wrong[:most]
    rows = max(-(-len(shown) // ACROSS), 1)
    words = "Above each image: its class, and what it was taken for."
    if len(shown) < len(wrong):
        words += f" {len(shown)} of {len(wrong):,} are shown."
    title = f"Wrong: {len(wrong):,} of {len(X):,} images"
    figure = frame(title, words if len(wrong) else "", dark=dark, height=ROW * rows + 90, owner=OWNER)
    for place, row in enumerate(shown):
        text = f"{safe(names[y[row]], SHORT)}<br>→ {safe(names[taken[row]], SHORT)}"
        text += "" if sure is None else f" {100 * sure[row]:.0f} %"
        _add(figure, X[row], text, place % ACROSS, place // ACROSS)
    figure.update_xaxes(visible=False, range=[0, ACROSS], fixedrange=True)
    figure.update_yaxes(visible=False, range=[rows, 0], fixedrange=True)
    figure.update_layout(margin={"l": 12, "r": 12, "b": 8})
    return figure


def _add(figure: Any, image: np.ndarray, text: str, across: int, down: int) -> None:
    figure.add_layout_image(
        source=address(image),
        xref="x",
        yref="y",
        x=across + 0.5,
        y=down + 1,
        sizex=0.92,
        sizey=1 - WORDS,
        xanchor="center",
        yanchor="bottom",
        layer="above",
    )
    figure.add_annotation(
        x=across + 0.5,
        y=down + WORDS - 0.02,
        text=text,
        showarrow=False,
        yanchor="bottom",
        font={"size": SMALL_SIZE},
    )
