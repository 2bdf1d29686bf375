"""The report of a TableModel: score, training, answers, weights, columns, contract, and how to use it."""

from __future__ import annotations

from functools import partial
from typing import Any

from chainrule.callbacks.progress_text import duration
from chainrule.plots.report_figures import add_of_classes, add_weights
from chainrule.plots.report_page import Page
from chainrule.plots.report_words import add_notes, add_score, lead
from chainrule.tables.answers import score
from chainrule.tables.judged import Judged

#: A table of so many columns at most is listed one by one, and so many categories of a column are named.
MOST_LISTED, MOST_CATEGORIES = 200, 12
UNTOLD = (
    "A model file keeps the scores and not the answers for each row: the curves of the answers need "
    "plots.report(model, path, rows=table) with rows whose answer is known."
)


def table_page(model: Any, judged: Judged | None, saved: str) -> Page:
    """Return the page of a model of tables."""
    report, contract = model.report, model.contract
    scores, baselines = report.get("scores"), report.get("baselines") or []
    if judged is not None and judged.on == "given":
        scores, baselines = score(contract, judged.y, judged.said), []
    n = len(contract.columns)
    page = Page(
        f"{contract.target.name}, predicted from {n} column{'' if n == 1 else 's'}", lead(scores, baselines, "rows")
    )
    on = report.get("scored_on") if judged is None else judged.on
    add_score(page, scores, baselines, on, "rows", report.get("seed"))
    _add_answers(page, model, judged, scores)
    if report.get("networks"):
        _add_training(page, report)
    add_weights(page, model.network)
    _add_columns(page, report.get("columns") or [])
    _add_contract(page, contract)
    _add_use(page, contract, saved)
    add_notes(page, report.get("notes") or [])
    return page


def _add_answers(page: Page, model: Any, judged: Judged | None, scores: dict[str, Any] | None) -> None:
    page.section("Answers")
    counts = (scores or {}).get("confusion")
    if judged is None:
        if counts:
            from chainrule.plots.confusion import of_counts

            page.figure(partial(of_counts, counts, scores["classes"] if scores else []))
        page.words(UNTOLD, muted=True)
    elif model.contract.task == "number":
        from chainrule.plots.residuals import residuals

        page.figure(partial(residuals, judged.y, judged.said))
    else:
        add_of_classes(page, judged.y, judged.said, list(model.contract.classes), counts)


def _add_training(page: Page, report: dict[str, Any]) -> None:
    from chainrule.plots.training_curves import training_curves

    page.section("Training")
    rows = report["rows"]
    n = len(report["networks"])
    page.words(
        f"{'One network' if n == 1 else f'{n} networks'} on {rows['train']:,} rows of {report['features']:,} numbers, "
        f"in {duration(report['seconds'])}, from the seed {report['seed']}."
    )
    told = [
        [
            one["name"],
            ", ".join(map(str, one["layers"])) or "none",
            one["activation"],
            one["optimizer"],
            "its own" if one["learning_rate"] is None else f"{one['learning_rate']:g}",
            one["batch_size"],
        ]
        for one in report["settings"]
    ]
    page.table(["kind", "hidden units", "activation", "optimizer", "rate", "batch"], told, numbers=[4, 5])
    several = [one for one in report["candidates"] if one.get("share") is not None]
    if len(several) > 1:
        parts = ", ".join(f"{one['name']} {100 * one['share']:.0f} %" for one in several)
        page.words(f"The answer is put together of: {parts}.")
    if any(one["history"].get("loss") for one in report["networks"]):
        page.figure(partial(training_curves, report["networks"]))


def _add_columns(page: Page, columns: list[dict[str, Any]]) -> None:
    if not columns:
        return
    page.section("What was decided about each column")
    rows = [
        [one["name"], one["kind"], "yes" if one["use"] else "no", " ".join(filter(None, (one["why"], one.get("hint"))))]
        for one in columns[:MOST_LISTED]
    ]
    page.table(["column", "kind", "used", "why"], rows)
    if len(columns) > MOST_LISTED:
        page.words(f"and {len(columns) - MOST_LISTED:,} more columns.")


def _add_contract(page: Page, contract: Any) -> None:
    page.section("Data contract")
    page.words(
        f"What a raw row becomes: {len(contract.feature_names):,} numbers. Scales and categories were learnt from the "
        "training rows alone, and are in the model's file."
    )
    rows = [[one.name, one.kind, _becomes(one)] for one in contract.encoders[:MOST_LISTED]]
    target = contract.target
    classes = list(contract.classes or [])
    said = _named(classes) if classes else f"a number, about {target.mean:.4g} give or take {target.scale:.4g}"
    page.table(["column", "kind", "becomes"], [*rows, [f"{target.name} (predicted)", target.task, said]])
    if len(contract.encoders) > MOST_LISTED:
        page.words(f"and {len(contract.encoders) - MOST_LISTED:,} more columns.")


def _becomes(encoder: Any) -> str:
    """Return what an encoder makes of a value, in words."""
    missing = "; a missing value is told too" if encoder.missing else ""
    if encoder.kind == "number":
        how = "its rank among the training rows" if encoder.method == "quantile" else (
            f"(value {'+' if encoder.center < 0 else '−'} {abs(encoder.center):.4g}) / {encoder.scale:.4g}"
        )  # fmt: skip
        return f"{how}{missing}"
    if encoder.kind == "boolean":
        return f"0 for {encoder.low!r}, 1 for {encoder.high!r}{missing}"
    if encoder.kind == "category":
        other = ", or another" if encoder.other else ""
        return f"one of {_named(encoder.categories)}{other}{missing}" if encoder.categories else "whether one is there"
    n = len(encoder.feature_names)
    return f"{n} number{'' if n == 1 else 's'}{missing}"


def _named(names: list[str]) -> str:
    more = f" and {len(names) - MOST_CATEGORIES:,} more" if len(names) > MOST_CATEGORIES else ""
    return ", ".join(map(str, names[:MOST_CATEGORIES])) + more


def _add_use(page: Page, contract: Any, saved: str) -> None:
    from chainrule.plots.report_use import table_use

    page.section("Use the model")
    page.words("A row needs these columns, by name and in any order; what else it has is not used.")
    page.code(table_use(saved, list(contract.columns)))
