"""The figures of a report that are the same for tables and for images."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from chainrule.plots.confusion import of_counts
from chainrule.plots.report_page import Page

#: Of more classes than this the matrix is not drawn: no one reads it.
MOST_CLASSES = 50


def add_of_classes(page: Page, y: np.ndarray, P: np.ndarray, classes: list[str], counts: Any) -> None:
    """Add confusion, ROC, precision and recall, and calibration of probabilities."""
    from chainrule.plots.calibration import calibration
    from chainrule.plots.precision_recall import precision_recall
    from chainrule.plots.roc import roc

    if counts:
        page.figure(partial(of_counts, np.asarray(counts), classes))
    if len(np.unique(y)) > 1:  # of rows of one class no order can be told
        page.figure(partial(roc, y, P, classes))
        page.figure(partial(precision_recall, y, P, classes))
    # In float32 a row's probabilities need not sum to 1 exactly.
    page.figure(partial(calibration, y, P / P.sum(axis=1, keepdims=True), classes))


def add_weights(page: Page, network: Any) -> None:
    """Add the weights of a network."""
    from chainrule.plots.weights import weights

    page.section("Weights")
    page.words(f"The network has {network.count_params():,} parameters.")
    page.figure(partial(weights, network))
