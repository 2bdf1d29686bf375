"""Scores as text: the score with its interval, the baselines beside it, the confusion matrix, how it was trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainrule.callbacks.progress_text import duration, short
from chainrule.cli.output import BETWEEN, WIDTH, cut, grid, heading, paragraph

#: Measures in words, in the order in which they are shown.
MEASURES = {
    "balanced_accuracy": "balanced accuracy",
    "auc": "area under the ROC curve",
    "log_loss": "log loss",
    "rmse": "root mean squared error",
    "mae": "mean absolute error",
    "mean_error": "mean error",
}
NAMES = {"accuracy": "accuracy", "r2": "R²"}
#: What the score was measured on.
SCORED_ON = {
    "test": "rows that were held out",
    "folds": "the folds of a cross-validation",
    "out_of_fold": "rows that the networks had not seen, out of fold",
}
#: Of more classes than this no confusion matrix fits the line; then those that are mixed up most are shown.
N_CLASSES, N_MIXED_UP = 10, 10
#: Of a class's name, at most so many characters head a row.
HEAD = 20


def show_scores(scores: dict[str, Any], what: str = "rows") -> None:
    """Print a score with its interval, the baselines, the other measures, and the confusion matrix.

    Parameters
    ----------
    scores : dict
        What `TableModel.evaluate` returns.
    what : str, default "rows"
        What was scored.

    Examples
    --------
    >>> score = {"name": "accuracy", "value": 0.9, "low": 0.76, "high": 0.96}
    >>> baselines = [{"name": "majority class", "score": 0.6}]
    >>> show_scores({"task": "binary", "rows": 40, "score": score, "baselines": baselines, "log_loss": 0.25})
    accuracy        90.0 %  (95 % interval 76.0 % to 96.0 %) on 40 rows
    majority class  60.0 %  as a baseline
    log loss        0.2500
    """
    score = scores["score"]
    interval = f"(95 % interval {_told(score, 'low')} to {_told(score, 'high')}) on {scores['rows']:,} {what}"
    rows = [(NAMES.get(score["name"], score["name"]), _told(score, "value"), interval)]
    rows += [
        (one["name"], _amount(score["name"], one["score"]), "as a baseline") for one in scores.get("baselines") or []
    ]
    rows += [(name, short(scores[key]), "") for key, name in MEASURES.items() if scores.get(key) is not None]
    grid(rows, right=[1])
    if scores.get("confusion"):
        print()
        show_confusion(scores["classes"], scores["confusion"])


def _told(score: dict[str, Any], key: str) -> str:
    return _amount(score["name"], score[key])


def _amount(name: str, value: float | None) -> str:
    """Return a share as per cent, any other measure as a number."""
    if value is None:
        return "unknown"
    return f"{100 * value:.1f} %" if name == "accuracy" else f"{value:.3f}"


def show_confusion(classes: Sequence[str], confusion: Sequence[Sequence[int]]) -> None:
    r"""Print how many rows of each class were predicted as which.

    Examples
    --------
    >>> show_confusion(["no", "yes"], [[21, 3], [1, 15]])
    true \ predicted  no  yes
    no                21    3
    yes                1   15
    """
    if len(classes) > N_CLASSES:
        _show_mixed_up(classes, confusion)
        return
    room = (WIDTH - HEAD) // len(classes) - len(BETWEEN)
    rows = [(r"true \ predicted", *(cut(name, room) for name in classes))]
    rows += [(cut(name, HEAD), *map(str, counts)) for name, counts in zip(classes, confusion, strict=True)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        others = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        print(BETWEEN.join([row[0].ljust(widths[0]), *others]))


def _show_mixed_up(classes: Sequence[str], confusion: Sequence[Sequence[int]]) -> None:
    pairs = [(n, classes[i], classes[j]) for i, row in enumerate(confusion) for j, n in enumerate(row) if i != j and n]
    pairs.sort(key=lambda pair: -pair[0])
    print(f"Of {len(classes)} classes, those most often taken for another:" if pairs else "No row is in a wrong class.")
    if pairs:
        grid([(f"{n:,}", true, f"taken for {said!r}") for n, true, said in pairs[:N_MIXED_UP]], right=[0])


def scores_of(report: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the scores of a report, with the baselines beside them, as `TableModel.evaluate` returns them."""
    if not report or not report.get("scores"):
        return None
    return report["scores"] | {"baselines": report.get("baselines") or []}


def show_report(report: dict[str, Any], told: Sequence[str] = ()) -> None:
    """Print what was trained and how well it does.

    Parameters
    ----------
    report : dict
        `TableModel.report`.
    told : sequence of str
        Notes that were printed before.
    """
    heading("What was trained")
    _how(report)
    for note in report["notes"]:
        if note not in told:
            paragraph(note)
    scores = scores_of(report)
    if scores is None:
        if not report.get("scoring_interrupted"):  # of that a note was shown
            paragraph("There is no score: too few rows could be held out.")
        return
    heading(f"Score on {SCORED_ON.get(report.get('scored_on') or '', 'rows held out')}")
    show_scores(scores)
    folds = report.get("folds")
    if folds:
        name = scores["score"]["name"]
        parts = ", ".join(_amount(name, value) for value in folds["scores"])
        mean, error = _amount(name, folds["mean"]), _amount(name, folds["standard_error"])
        paragraph(f"{len(folds['scores'])} folds: {parts}; mean {mean}, its standard error {error}")


def _how(report: dict[str, Any]) -> None:
    networks = report["networks"]
    task = {"binary": "two classes", "multiclass": f"{len(report['classes'] or ())} classes"}
    rows, epochs = report["rows"]["train"], sum(one["epochs"] for one in networks)
    count = "1 network" if len(networks) == 1 else f"{len(networks)} networks"
    paragraph(
        f"{report['target']!r} is {task.get(report['task'], 'a number')}. {count} on {rows:,} rows of "
        f"{report['features']:,} numbers, {epochs:,} epochs, {duration(report['seconds'])}."
    )
    several = len(report["candidates"]) > 1
    shares = {one["name"]: one for one in report["candidates"] if several}
    for setting in report["settings"]:
        paragraph(f"{setting['name']}: {_described(setting)}{_share(shares.get(setting['name']))}", "  ")
    for name, one in shares.items():
        if name not in [setting["name"] for setting in report["settings"]]:
            paragraph(f"{name} model{_share(one)}", "  ")


def _described(setting: dict[str, Any]) -> str:
    layers = " and ".join(map(str, setting["layers"]))
    shape = f"{layers} hidden units ({setting['activation']})" if layers else "no hidden layer"
    rate = "" if setting["learning_rate"] is None else f", rate {setting['learning_rate']:g}"
    return f"{shape}, batches of {setting['batch_size']}, {setting['optimizer']}{rate}"


def _share(candidate: dict[str, Any] | None) -> str:
    """Return how much a kind of network counts in the answer, where there are several."""
    share = None if candidate is None else candidate.get("share")
    return "" if share is None else f"; counts {100 * share:.0f} %"
