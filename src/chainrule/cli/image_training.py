"""What `chainrule train` does with a folder of images, step by step."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from chainrule.cli import html_report
from chainrule.cli import python_code as python
from chainrule.cli.output import answering, grid, heading, paragraph
from chainrule.cli.recording import IMPORT as IMPORT_RECORDER
from chainrule.cli.recording import python_lines, recorder_of, say_recorded
from chainrule.cli.report_text import show_notes
from chainrule.cli.saving import EXAMPLE, STANDARD_INPUT, model_file
from chainrule.cli.score_text import show_scores
from chainrule.cli.training import ENGINE, UNSAID, computing_on, interrupted, told_when_lost
from chainrule.cli.wording import WrongUse
from chainrule.errors import DataError

IMPORT = "from chainrule.images import ImageModel"
#: So many classes, images that it gets wrong, and names of sheets are shown; the rest is counted.
N_CLASSES, N_WRONG, N_SHEETS = 20, 15, 4
SCORED_ON = {"test": "images that were held out", "validation": "the images that said when to stop"}


@dataclass(frozen=True)
class ImageSettings:
    """Where the images are, their form, where the model goes, how to answer."""

    folder: str
    out: str | None
    force: bool
    size: str | None
    grayscale: bool
    augment: bool | None
    show: str | None
    engine: str | None
    from_disk: bool | None
    json: bool
    record: bool = False
    report: bool = False


def is_images(file: str, target: str | None) -> bool:
    """Tell a folder of images from a table; a table needs a target.

    Raises
    ------
    WrongUse
        If there is no target, and it is not a folder.
    DataError
        If it is meant as a folder, and is an image, or not there.
    """
    if target is not None:
        return False
    if os.path.isdir(file):
        return True
    from chainrule.images.pillow import SUFFIXES

    path = Path(file)
    if path.suffix.lower() in SUFFIXES:
        raise DataError(f"{file} is an image; train takes a folder with a subfolder of images for each class.")
    if not path.suffix and file != STANDARD_INPUT and not file.startswith(EXAMPLE) and not path.exists():
        raise DataError(f"There is no folder {file}.")
    raise WrongUse("train needs '--target'. See chainrule train --help.")


def refuse_options(given: dict[str, Any], of: str, file: str) -> None:
    """Refuse the first option that was given and is for something else than this file."""
    for name, value in given.items():
        if value is not None:
            raise WrongUse(f"--{name.replace('_', '-')} is for {of}, which {file} is not; leave it out.")


def size_of(text: str | None) -> tuple[int, int] | None:
    """Return what `--size` means, as (height, width).

    Examples
    --------
    >>> size_of("28"), size_of("28x32")
    ((28, 28), (28, 32))
    """
    if text is None:
        return None
    parts = text.lower().replace("×", "x").split("x")
    if len(parts) > 2 or not all(part.strip().isdecimal() and int(part) > 0 for part in parts):
        raise WrongUse(
            f"--size is a number of pixels such as 28, or height and width such as 28x32; received {text!r}."
        )
    sides = [int(part) for part in parts]
    return sides[0], sides[-1]


def train_on_images(settings: ImageSettings, chosen: dict[str, Any], of_tables: dict[str, Any]) -> None:
    """Train on a folder as the options say, print the report, and save the model.

    Parameters
    ----------
    settings : ImageSettings
    chosen : dict
        The options that are arguments of `ImageModel.fit`; None for what the user left open.
    of_tables : dict
        The options that only a table has; one that was given is refused.
    """
    refuse_options(of_tables, "tables", settings.folder)
    given = _given(settings, chosen)
    from chainrule.images.fitting import Request, fit_images, opened_folder
    from chainrule.images.model import ImageModel
    from chainrule.images.recipe import Choices

    said = dict(given)
    choices = Choices(**{field.name: said.pop(field.name, None) for field in fields(Choices)})
    recorder = recorder_of(settings.record, settings.folder, given, "auto")
    request = Request(choices, **said, verbose="auto", callbacks=[] if recorder is None else [recorder])
    with answering(settings.json) as answer, computing_on(settings.engine):
        target_file = model_file(settings.folder, settings.out or _beside(settings.folder), settings.force)
        page = html_report.report_file(settings.report, target_file, settings.force)
        sheets = _free_folder(settings.show, settings.force)
        images = opened_folder(settings.folder, request, "--size PIXELS")
        _announce(settings.folder, images)
        with recorder or contextlib.nullcontext():
            model = ImageModel(*fit_images(images, request))
        _show(model.report, images)
        with told_when_lost():
            model.save(target_file)
        _say_saved(model, target_file)
        say_recorded(recorder, answer)
        html_report.write_report(model, page, target_file, answer)
        if sheets is not None:
            written = model.show(settings.folder, sheets)
            _say_sheets(sheets, written)
            answer["sheets"] = [str(path) for path in written]
        code = _python(settings, given, target_file, sheets, recorder)
        code = python.script(code, *html_report.python_lines(page, target_file))
        python.tell(code)
        answer |= {"model": str(target_file), **model.report, "python": code}


def _given(settings: ImageSettings, chosen: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of `ImageModel.fit` that the options say."""
    more = {
        "size": size_of(settings.size),
        "color_mode": "grayscale" if settings.grayscale else None,
        "augment": settings.augment,
        "in_memory": None if settings.from_disk is None else not settings.from_disk,
    }
    return {name: value for name, value in {**more, **chosen}.items() if value is not None}


def _beside(folder: str) -> str:
    path = Path(folder)
    return f"{path if path.name else Path(os.path.abspath(folder))}.safetensors"


def _free_folder(folder: str | None, force: bool) -> Path | None:
    """Return where the sheets go, or refuse a folder that has files already, before any work is done."""
    if folder is None:
        return None
    path = Path(folder)
    if path.exists() and not path.is_dir():
        raise DataError(f"{folder} is no folder; --show names one for the sheets.")
    if path.is_dir() and any(path.iterdir()) and not force:
        raise DataError(f"The folder {folder} has files; --force writes over them, --show names another.")
    return path


def _announce(folder: str, images: Any) -> None:
    listing, form = images.listing, images.store.form
    height, width = form.size
    colours = {"grayscale": "in gray", "rgb": "in colour", "rgba": "in colour with transparency"}[form.color_mode]
    n, classes = len(listing.files), len(listing.class_names)
    heading(f"{folder}: {n:,} images of {classes} classes, {height} × {width} {colours}")
    counts = list(zip(listing.class_names, listing.counts(), strict=True))
    grid([(name, f"{count:,}") for name, count in counts[:N_CLASSES]], right=[1])
    if len(counts) > N_CLASSES:
        print(f"and {len(counts) - N_CLASSES:,} more classes")
    from chainrule.images.findings import sentences

    show_notes(sentences(images.findings))
    if images.store.images is None:
        paragraph("They are decoded anew in each epoch, ahead of the training, since they don't fit into memory.")
    heading("Training")


def _show(report: dict[str, Any], images: Any) -> None:
    """Print what was trained, how well it does, and what it gets wrong."""
    from chainrule.callbacks.progress_text import duration
    from chainrule.cli.score_text import scores_of
    from chainrule.images.findings import sentences

    heading("What was trained")
    n, how = report["images"], report["settings"]
    best = "" if report["best_epoch"] is None else f"; the best was epoch {report['best_epoch']}"
    epochs = "1 epoch" if report["epochs"] == 1 else f"{report['epochs']} epochs"
    paragraph(
        f"A convolutional network on {n['train']:,} images, with {n['validation']:,} that say when to stop: "
        f"{epochs} in {duration(report['seconds'])}{best}."
    )
    blocks = " and ".join(map(str, how["channels"]))
    rate = "" if how["learning_rate"] is None else f", rate {how['learning_rate']:g}"
    moved = ", images moved and turned" if how["augment"] else ""
    paragraph(
        f"3 × 3 convolutions to {blocks} channels, each followed by pooling; batches of {how['batch_size']}, "
        f"{how['optimizer']}{rate}{moved}",
        "  ",
    )
    show_notes(report["notes"])
    show_notes([one for one in report["files"] if one not in sentences(images.findings)])
    scores = scores_of(report)
    if scores is None:
        return
    heading(f"Score on {SCORED_ON[report['scored_on']]}")
    show_scores(scores, "images")
    show_wrong(report["wrong"], report["n_wrong"])


def show_wrong(wrong: Sequence[dict[str, Any]], n_wrong: int) -> None:
    """Print the images that were taken for another class, the surest first.

    Examples
    --------
    >>> show_wrong([{"file": "cat/7.png", "true": "cat", "predicted": "dog", "probability": 0.91}], 1)
    <BLANKLINE>
    ── The images it gets wrong ────────────────────────────────────────────────────
    cat/7.png  cat  taken for 'dog'  91 %
    """
    heading("The images it gets wrong")
    if not wrong:
        print("None.")
        return
    rows = [
        (one["file"], one["true"], f"taken for {one['predicted']!r}", f"{100 * one['probability']:.0f} %")
        for one in wrong[:N_WRONG]
    ]
    grid(rows, right=[3])
    if n_wrong > len(rows):
        print(f"and {n_wrong - len(rows):,} more")


def _say_saved(model: Any, file: Path) -> None:
    heading("The model")
    size = file.stat().st_size
    paragraph(f"{file}: {model.network.count_params():,} parameters, {size:,} bytes, with all that an image needs.")
    if interrupted(model):
        paragraph("Training was stopped by Ctrl-C; the model saved is the best one up to then.")


def _say_sheets(folder: Path, written: Sequence[Path]) -> None:
    names = ", ".join(path.name for path in written[:N_SHEETS])
    more = f" and {len(written) - N_SHEETS:,} more for pairs of classes" if len(written) > N_SHEETS else ""
    paragraph(f"{folder}: {names}{more}")


def _python(settings: ImageSettings, given: dict[str, Any], file: Path, sheets: Path | None, recorder: Any) -> str:
    said = {name: value for name, value in given.items() if UNSAID.get(name) != value}
    lines = [IMPORT, ""]
    if recorder is not None:
        lines, said = [IMPORT_RECORDER, *lines], {**said, "callbacks": python.Name("[recorder]")}
    if settings.engine is not None:
        lines = ["import os", "", f'os.environ["{ENGINE}"] = {python.written(settings.engine)}', "", *lines]
    if settings.report:
        lines = [html_report.IMPORT, *lines]
    lines += python_lines(recorder, f"model = {python.call('ImageModel.fit', settings.folder, **said)}")
    lines.append(python.call("model.save", str(file)))
    if sheets is not None:
        lines.append(python.call("model.show", settings.folder, str(sheets)))
    return python.script(*lines)
