"""What `chainrule train` does, step by step."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainrule.cli import html_report
from chainrule.cli import python_code as python
from chainrule.cli.options import on_disk, opened, reading_arguments
from chainrule.cli.output import answering, heading, paragraph
from chainrule.cli.recording import IMPORT as IMPORT_RECORDER
from chainrule.cli.recording import python_lines, recorder_of, say_recorded
from chainrule.cli.report_text import show_decisions, show_notes, show_rejects, show_sampled
from chainrule.cli.saving import model_file
from chainrule.cli.score_text import show_report
from chainrule.cli.wording import WrongUse
from chainrule.errors import DataError

ENGINE = "CHAINRULE_ENGINE"
#: What the options are without being said: they are left out of the Python.
UNSAID = {"test": 0.2, "seed": 0}


@dataclass(frozen=True)
class Settings:
    """Where the table is, what to predict, where the model goes, how to answer."""

    file: str
    target: str
    out: str | None
    force: bool
    without: str | None
    engine: str | None
    header: bool | None
    delimiter: str | None
    from_disk: bool | None
    json: bool
    record: bool = False
    report: bool = False


def train_and_save(settings: Settings, chosen: dict[str, Any]) -> None:
    """Train on a table as the options say, print the report, and save the model.

    Parameters
    ----------
    settings : Settings
    chosen : dict
        The options that are arguments of `TableModel.fit`; None for what the user left open.
    """
    given = checked({name: value for name, value in chosen.items() if value is not None})
    with answering(settings.json) as answer, computing_on(settings.engine):
        target_file = model_file(settings.file, settings.out, settings.force)
        page = html_report.report_file(settings.report, target_file, settings.force)
        table = opened(settings.file, settings.header, settings.delimiter, settings.from_disk)
        target = column(table, settings.target, "--target")
        left_out = [column(table, name, "--without") for name in names(settings.without)]
        if target in left_out:
            raise WrongUse(f"--without leaves out {target!r}, which is the --target; leave out other columns.")
        table = table.without(left_out)
        _announce(table, target)
        from chainrule.tables import TableModel

        # Of one network there are histograms too; of ten small ones nobody would look at them.
        snapshots = "auto" if on_disk(table) else False
        recorder = recorder_of(settings.record, settings.file, {"target": target, **given}, snapshots)
        with recorder or contextlib.nullcontext():
            model = TableModel.fit(table, target=target, verbose="auto", callbacks=recorder, **given)
        if on_disk(table):
            show_sampled(model.report)
        show_report(model.report, table.notes)
        with told_when_lost():
            model.save(target_file)
        _say_saved(model, target_file)
        say_recorded(recorder, answer)
        html_report.write_report(model, page, target_file, answer)
        code = _python(settings, given, target, left_out, target_file, on_disk(table), recorder)
        code = python.script(code, *html_report.python_lines(page, target_file))
        python.tell(code)
        answer |= {"model": str(target_file), "target": target, **model.report, "notes": table.notes}
        answer |= {"rejects": [vars(one) for one in table.rejects], "python": code}


def checked(given: dict[str, Any]) -> dict[str, Any]:
    """Return the options as `fit` takes them, with names and layers looked at before the data are read.

    Examples
    --------
    >>> checked({"layers": "12,8", "epochs": 5})
    {'layers': [12, 8], 'epochs': 5}
    """
    from dataclasses import fields

    from chainrule.tables.recipe import Choices

    if "layers" in given:
        given = given | {"layers": _units(given["layers"])}
    Choices(**{field.name: given[field.name] for field in fields(Choices) if field.name in given})
    return given


def _units(text: str) -> list[int]:
    if text.strip().lower() in ("none", "0", ""):
        return []
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise WrongUse(f"--layers is the units of each hidden layer, such as 12,8, or none; received {text!r}.")
    return [int(part) for part in parts]


def names(text: str | None) -> list[str]:
    """Return the names in a text, between commas."""
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def column(table: Any, name: str, option: str) -> str:
    """Return the column that an option means; another is wrong use."""
    try:
        return table.name_of(name)
    except DataError as error:
        raise WrongUse(f"{option}: {error}") from None


@contextlib.contextmanager
def computing_on(engine: str | None) -> Iterator[None]:
    """Let an engine compute, as the environment's `CHAINRULE_ENGINE` would."""
    if engine is None:
        yield
        return
    from chainrule.engines.choice import requested

    requested(engine)
    before = os.environ.get(ENGINE)
    os.environ[ENGINE] = engine
    try:
        yield
    finally:
        os.environ.pop(ENGINE)
        if before is not None:
            os.environ[ENGINE] = before


def _announce(table: Any, target: str) -> None:
    from chainrule.tables import profile

    heading(f"{table.source}: {table.n_rows:,} rows of {len(table.names)} columns, to predict {target!r}")
    show_notes(table.notes)
    show_rejects(table.rejects)
    if on_disk(table):
        paragraph(
            "It is trained from disk: one network reads the file in each epoch, columns and scales are learnt from a "
            "sample, and test rows are drawn by row number. --in-memory reads it whole."
        )
    else:
        show_decisions(profile(table, target))
    heading("Training")


@contextlib.contextmanager
def told_when_lost() -> Iterator[None]:
    """Say what a failed save means: the same seed brings the same model again."""
    from chainrule.errors import ModelFileError

    try:
        yield
    except ModelFileError as error:
        raise ModelFileError(f"{error} The model is not saved; the same command trains the same one again.") from error


def _say_saved(model: Any, file: Path) -> None:
    heading("The model")
    size = file.stat().st_size
    paragraph(f"{file}: {model.network.count_params():,} parameters, {size:,} bytes, with all that a raw row needs.")
    if interrupted(model):
        paragraph("Training was stopped by Ctrl-C; the model saved is the best one up to then.")


def interrupted(model: Any) -> bool:
    """Tell whether Ctrl-C ended the training."""
    return bool(model.report.get("interrupted"))


def _python(
    settings: Settings, given: dict[str, Any], target: str, left_out: list[str], file: Path, disk: bool, recorder: Any
) -> str:
    said = {name: value for name, value in given.items() if UNSAID.get(name) != value}
    lines = python.table_lines(reading_arguments(settings.file, settings.header, settings.delimiter), disk)
    if recorder is not None:
        lines, said = [IMPORT_RECORDER, *lines], {**said, "callbacks": python.Name("recorder")}
    if left_out:
        lines.append(f"table = table.without({python.written(left_out)})")
    if settings.engine is not None:
        lines = ["import os", "", f'os.environ["{ENGINE}"] = {python.written(settings.engine)}', "", *lines]
    if settings.report:
        lines = [html_report.IMPORT, *lines]
    fit = f"model = {python.call('TableModel.fit', python.Name('table'), target=target, **said)}"
    lines += python_lines(recorder, fit)
    return python.script(*lines, python.call("model.save", str(file)))
