"""`chainrule runs show`: what a run was given, its curves and its layers."""

from __future__ import annotations

import math
import time
from typing import Any

from chainrule.callbacks.progress_text import duration, short
from chainrule.cli import python_code as python
from chainrule.cli.output import cut, grid, heading, paragraph
from chainrule.cli.runs_list import line_of
from chainrule.cli.sparkline import levels_here, sparkline

#: Lines of a part that are shown, of its output with --output, and characters of one value.
MOST_LINES, MOST_OUTPUT, MOST_VALUE = 20, 40, 100
#: Characters of a metric's or layer's name.
NAME = 20
#: Characters of the name of a setting.
SETTING = 40
#: Parts of what a run was given, in their order; the summary of its network is shown as it stands.
PARTS = ("settings", "data", "versions", "machine")
SUMMARY = "model.summary"
#: A network's whole description is for programs: --json has it.
LEFT_OUT = ("model.config",)
PLACES = ("epoch", "step", "network")


def show_run(run: Any, which: str, folder: str | None, output: bool, answer: dict[str, Any]) -> None:
    """Print a run."""
    line, epochs = line_of(run), run.epochs
    heading(f"{run.id} {run.name}: {line['status']}")
    _say_how(run, line)
    for part in PARTS:
        _show_part(part, getattr(run, part))
    _show_curves(run, epochs)
    layers = last_histograms(run)
    _show_layers(layers)
    if output:
        heading("What it printed, the end of it")
        print("\n".join(run.output.rstrip("\n").splitlines()[-MOST_OUTPUT:]))
    if run.error:
        heading("The error that ended it")
        print(run.error.rstrip())
    code = _python(which, folder)
    python.tell(code)
    given = {name: getattr(run, name) for name in (*PARTS, "seed", "reason", "error", "cost", "dropped", "trouble")}
    answer |= {**line, **given, "history": epochs, "histograms": layers}
    if output:
        answer["output"] = run.output
    answer["python"] = code


def _say_how(run: Any, line: dict[str, Any]) -> None:
    began = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(run.started))
    paragraph(f"{run.path}: begun {began}, {line['epochs']:,} epochs in {duration(run.seconds)}, seed {run.seed}.")
    if run.cost is not None and run.seconds > 0:
        paragraph(f"Recording cost {duration(run.cost)}, {100 * run.cost / run.seconds:.2g} % of it.")
    if run.reason:
        paragraph(f"Why it ended: {run.reason}")
    if run.dropped:
        paragraph(f"{run.dropped:,} numbers were let go: the file could not be written fast enough.")
    if run.trouble:
        paragraph(f"The file could not be written for a while: {run.trouble}")


def _show_part(title: str, part: dict[str, Any]) -> None:
    from chainrule.runs.flat import flat

    found = {name: value for name, value in flat(part).items() if not name.startswith(LEFT_OUT)}
    summary = found.pop(SUMMARY, [])
    if not found and not summary:
        return
    heading(title.capitalize())
    shown = list(found.items())[:MOST_LINES]
    width = min(max((len(name) for name, _ in shown), default=0), SETTING)
    for name, value in shown:
        paragraph(f"{end_of(name, width):<{width}}  {cut(str(value), MOST_VALUE)}")
    if len(found) > MOST_LINES:
        print(f"and {len(found) - MOST_LINES:,} more, which --json has")
    for line in summary if isinstance(summary, list) else ():
        print(line)


def end_of(name: str, width: int) -> str:
    """Return the end of a name that is too long: what is meant stands there.

    Examples
    --------
    >>> end_of("compile.optimizer.config.learning_rate", 22)
    '…config.learning_rate'
    """
    return name if len(name) <= width else f"…{name[1 - width :].partition('.')[2] or name[1 - width :]}"


def _show_curves(run: Any, epochs: dict[str, list]) -> None:
    """Print a line a metric: by epoch, or by step where no epoch has it."""
    rows = [_curve(name, epochs["epoch"], values, "epoch") for name, values in epochs.items() if name not in PLACES]
    by_step = {name: run.steps(name) for name in run.metrics if name not in epochs}
    rows += [_curve(name, steps, values, "step") for name, (steps, values) in by_step.items()]
    rows = [row for row in rows if row]
    if not rows:
        return
    heading("Curves (epochs are counted from 0)")
    networks = len(set(epochs.get("network", ())))
    if networks > 1:
        paragraph(f"Of {networks} networks, one after the other.")
    for name, curve, said in rows:
        print(f"{cut(name, NAME):<{NAME}}  {curve}")
        print(f"{'':<{NAME}}  {said}")


def _curve(name: str, places: list[int], values: list[float | None], by: str) -> tuple[str, str, str] | None:
    points = [(at, value) for at, value in zip(places, values, strict=True) if value is not None]
    if not points:
        return None
    numbers = [value for _, value in points]
    if len(set(numbers)) == 1:
        return name, sparkline(numbers, levels=levels_here()), f"{short(numbers[0])} throughout"
    said = f"{short(numbers[0])} to {short(numbers[-1])}"
    finite = [(value, at) for at, value in points if math.isfinite(value)]
    if finite:
        rises = numbers[-1] > numbers[0]
        end, at = max(finite, key=lambda point: (point[0], -point[1])) if rises else min(finite)
        said += f", {'most' if rises else 'least'} {short(end)} at {by} {at:,}"
    return name, sparkline(numbers, levels=levels_here()), said


def last_histograms(run: Any) -> list[dict[str, Any]]:
    """Return the numbers of the last histogram of each kind of each layer."""
    last = {(one.kind, one.name): one for one in run.histograms()}
    names = ("kind", "name", "step", "mean", "std", "min", "max", "norm", "zeros")
    return [{name: getattr(one, name) for name in names} for one in last.values()]


def _show_layers(layers: list[dict[str, Any]]) -> None:
    if not layers:
        return
    heading("Layers, when they were last looked at")
    titles = ("layer", "of", "mean", "std", "min", "max", "norm")
    cells = [
        (cut(one["name"], NAME), one["kind"], *("" if one[name] is None else short(one[name]) for name in titles[2:]))
        for one in layers
    ]
    grid([titles, *cells], right=range(2, len(titles)))


def _python(which: str, folder: str | None) -> str:
    found = python.call("find", which, **({} if folder is None else {"folder": folder}))
    lines = ("from chainrule.runs import find", "", f"run = {found}")
    return python.script(*lines, "print(run, run.settings, run.epochs)")
