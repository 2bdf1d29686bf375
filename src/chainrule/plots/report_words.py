"""What a report says of scores, in words and tables: the same for tables and for images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainrule.plots.report_page import Page

NAMES = {
    "accuracy": "accuracy",
    "r2": "R²",
    "balanced_accuracy": "balanced accuracy",
    "auc": "area under the ROC curve",
    "log_loss": "log loss",
    "rmse": "root mean squared error",
    "mae": "mean absolute error",
    "mean_error": "mean error",
}
#: Which rows the figures are of, and how far that can be believed.
ROWS = {
    "test": "that were held out before the training; no network has learnt from them",
    "folds": "of a cross-validation; each was answered by a model that had not learnt from it",
    "out_of_fold": "of the training, each answered by the networks that had not learnt from it",
    "validation": "that said when to stop, so that they look a little too good",
    "given": "that were given for this report; of rows that it was trained on they would be too good",
}


def share(value: float | None) -> str:
    """Return a share as per cent.

    Examples
    --------
    >>> share(0.7532), share(None)
    ('75.3 %', 'unknown')
    """
    return "unknown" if value is None else f"{100 * value:.1f} %"


def amount(name: str, value: float | None) -> str:
    """Return a measure as it is read: an accuracy as per cent, others as numbers."""
    if value is None or "accuracy" in name:
        return share(value)
    return (f"{value:.3f}" if name in ("r2", "auc") else f"{value:.4g}").replace("-", "−")


def lead(scores: dict[str, Any] | None, baselines: Sequence[dict[str, Any]], what: str) -> str:
    """Return the sentence with the score, its interval and the baselines."""
    if not scores:
        return f"There is no score: no {what} were held out."
    score = scores["score"]
    name = score["name"]
    text = (
        f"{NAMES[name][0].upper()}{NAMES[name][1:]} {amount(name, score['value'])} on {scores['rows']:,} {what} "
        f"(95 % interval {amount(name, score['low'])} to {amount(name, score['high'])})"
    )
    beside = " and ".join(f"the {one['name']} {amount(name, one['score'])}" for one in baselines)
    return f"{text}; {beside}." if beside else f"{text}."


def which_rows(on: str | None, n: int, what: str, seed: Any) -> str:
    """Return a sentence on which rows the figures are of."""
    drawn = f" They were drawn by the seed {seed}." if on in ("test", "folds", "validation") else ""
    return f"The figures below are of {n:,} {what} {ROWS[on or 'given']}.{drawn}"


def add_score(
    page: Page, scores: dict[str, Any] | None, baselines: Sequence[dict[str, Any]], on: Any, what: str, seed: Any
) -> None:
    """Add the section of the score: which rows it is of, and every measure; nothing where there is none."""
    if not scores:
        return
    page.section("Score")
    page.words(which_rows(on, scores["rows"], what, seed))
    _add_measures(page, scores, baselines)


def _add_measures(page: Page, scores: dict[str, Any], baselines: Sequence[dict[str, Any]]) -> None:
    """Add the tables of measures, and of classes."""
    name = scores["score"]["name"]
    rows = [["this model", amount(name, scores["score"]["value"])]]
    rows += [[one["name"], amount(name, one["score"])] for one in baselines]
    page.table(["", NAMES[name]], rows, numbers=[1], caption="Beside the baselines")
    others = [(key, scores[key]) for key in NAMES if scores.get(key) is not None and key != name]
    page.table(["measure", ""], [[NAMES[key], amount(key, value)] for key, value in others], numbers=[1])
    if scores.get("per_class"):
        rows = [
            [one["class"], f"{one['rows']:,}", share(one["recall"]), share(one["precision"])]
            for one in scores["per_class"]
        ]
        head = ["class", "rows", "found (recall)", "right where said (precision)"]
        page.table(head, rows, numbers=[1, 2, 3], caption="Class by class")


def add_notes(page: Page, notes: Sequence[str]) -> None:
    """Add what is to be known, a sentence each."""
    if notes:
        page.section("Notes")
        for note in notes:
            page.words(note)
