"""The report of an ImageModel: score, training, answers, what it gets wrong, filters, and how to use it."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from chainrule.callbacks.progress_text import duration
from chainrule.images.contract import winners
from chainrule.images.fitting import scores_of_rows, wrong_rows
from chainrule.plots.report_figures import add_of_classes, add_weights
from chainrule.plots.report_page import Page
from chainrule.plots.report_use import image_use
from chainrule.plots.report_words import add_notes, add_score, lead
from chainrule.tables.judged import Judged

UNTOLD = (
    "A model file keeps the scores and not the answers for each image: the curves of the answers need "
    "plots.report(model, path, rows=folder) with a subfolder of images for each class."
)


def image_page(model: Any, judged: Judged | None, saved: str) -> Page:
    """Return the page of a model of images."""
    report, contract = model.report, model.contract
    scores, baselines = report.get("scores"), report.get("baselines") or []
    if judged is not None and judged.on == "given":
        scores = scores_of_rows(judged.said, judged.y, contract.classes, report.get("class_shares"))
        baselines = scores["baselines"]
    page = Page(f"Images of {len(contract.classes)} classes", lead(scores, baselines, "images"))
    on = report.get("scored_on") if judged is None else judged.on
    add_score(page, scores, baselines, on, "images", report.get("seed"))
    _add_answers(page, judged, contract.classes, (scores or {}).get("confusion"))
    _add_training(page, report)
    _add_filters(page, model.network)
    add_weights(page, model.network)
    _add_contract(page, contract, report)
    page.section("Use the model")
    page.code(image_use(saved))
    add_notes(page, [*(report.get("notes") or []), *(report.get("files") or [])])
    return page


def _add_answers(page: Page, judged: Judged | None, classes: list[str], counts: Any) -> None:
    page.section("Answers")
    if judged is not None:
        add_of_classes(page, judged.y, judged.said, classes, counts)
        _add_wrong(page, judged, classes)
        return
    if counts:
        from chainrule.plots.confusion import of_counts

        page.figure(partial(of_counts, counts, classes))
    page.words(UNTOLD, muted=True)


def _add_wrong(page: Page, judged: Judged, classes: list[str]) -> None:
    said, rows = winners(judged.said), wrong_rows(judged.said, judged.y)
    if not len(rows):
        page.words("No image was taken for another class.")
        return
    pictures = [
        (
            image,
            f"{classes[judged.y[row]]} taken for {classes[said[row]]}, {100 * judged.said[row, said[row]]:.0f}\u00a0%",
        )
        for image, row in zip(judged.wrong, rows, strict=False)
    ]
    more = f"; the {len(pictures)} surest are shown" if len(pictures) < len(rows) else ""
    page.pictures(f"Wrong: {len(rows):,} of {len(judged.y):,} images{more}", pictures)


def _add_training(page: Page, report: dict[str, Any]) -> None:
    if not report.get("history"):
        return
    from chainrule.plots.history import history

    n, how = report["images"], report["settings"]
    page.section("Training")
    page.words(
        f"A convolutional network on {n['train']:,} images, with {n['validation']:,} that say when to stop: "
        f"{report['epochs']:,} epochs in {duration(report['seconds'])}, from the seed {report['seed']}. "
        f"{how['optimizer']}, batches of {how['batch_size']}, convolutions to {', '.join(map(str, how['channels']))} "
        f"channels; images are {'' if how['augment'] else 'not '}moved and turned a little."
    )
    if report.get("best_epoch"):
        page.words(f"Kept are the weights of epoch {report['best_epoch']}.")
    # What validation left out stands in the record as None.
    curves = {name: [np.nan if x is None else x for x in values] for name, values in report["history"].items()}
    page.figure(partial(history, curves))


def _add_filters(page: Page, network: Any) -> None:
    from chainrule.plots.filters import filters

    page.section("Filters")
    page.words("What the first convolution looks for: each square is a filter, three pixels high and wide.")
    page.figure(partial(filters, network))


def _add_contract(page: Page, contract: Any, report: dict[str, Any]) -> None:
    height, width, channels = contract.form.shape
    page.section("Data contract")
    colours = {1: "in gray", 3: "in colour", 4: "in colour with transparency"}[channels]
    page.words(f"Every image is brought to {height} × {width} pixels {colours}.")
    counts = report.get("class_counts") or [None] * len(contract.classes)
    rows = [[name, "" if n is None else f"{n:,}"] for name, n in zip(contract.classes, counts, strict=True)]
    page.table(["class", "images"], rows, numbers=[1])
