"""`chainrule runs list`: a line a run."""

from __future__ import annotations

import math
import time
from typing import Any

from chainrule.cli import python_code as python
from chainrule.cli.output import cut, grid, heading, paragraph

TITLES = ("id", "started", "name", "status", "epochs", "loss", "best", "score", "seconds")
NUMBERS = (4, 5, 6, 7, 8)
#: Characters of a name and of a number that are shown.
NAME, NUMBER = 10, 6
#: Numbers from here to there are written without an exponent.
SMALLEST_PLAIN, LARGEST_PLAIN = 1e-3, 1e5
#: Of an epoch, what is no metric.
NO_METRICS = ("epoch", "step", "learning_rate", "network")
LOSS, VALIDATION = "loss", "val_"
NOTHING = "—"


def show_list(folder: str | None, answer: dict[str, Any]) -> None:
    """Print the runs of a folder as a table, with the files that can't be read below it."""
    from chainrule.errors import RunFileError
    from chainrule.runs import default_folder, list_runs

    place = folder or default_folder()
    unreadable: list[RunFileError] = []
    lines = []
    for run in list_runs(place, unreadable):
        try:
            lines.append(line_of(run))
        except RunFileError as error:  # what it says of itself is whole, its numbers are not
            unreadable.append(error)
    heading(f"{place}: {len(lines):,} run{'' if len(lines) == 1 else 's'}")
    if lines:
        grid([TITLES, *map(_cells, lines)], right=NUMBERS)
    elif not unreadable:
        paragraph("None is there: train with --record, or fit(record=True); --folder names another folder.")
    for error in unreadable:
        paragraph(f"Unreadable: {error}")
    code = python.script("from chainrule.runs import list_runs", "", f"print({python.call('list_runs', place)})")
    python.tell(code)
    answer |= {"folder": place, "runs": lines, "unreadable": [str(error) for error in unreadable], "python": code}


def line_of(run: Any) -> dict[str, Any]:
    """Return what the list says of a run: where it stands, and its last and best numbers."""
    epochs = run.epochs
    last = {name: _last(values) for name, values in epochs.items() if name not in NO_METRICS}
    judged = VALIDATION + LOSS if VALIDATION + LOSS in last else LOSS
    known = [value for value in epochs.get(judged, ()) if value is not None and math.isfinite(value)]
    scores = [name for name in last if not name.endswith(LOSS)]
    score = next((name for name in scores if name.startswith(VALIDATION)), scores[0] if scores else None)
    return {
        "id": run.id,
        "name": run.name,
        "status": run.status,
        "started": run.started,
        "seconds": run.seconds,
        "epochs": len(epochs["epoch"]),
        "loss": last.get(LOSS),
        "best": min(known, default=None),
        "best_of": judged if known else None,
        "score": None if score is None else last[score],
        "score_of": score,
        "path": str(run.path),
    }


def _last(values: list[float | None]) -> float | None:
    return next((value for value in reversed(values) if value is not None), None)


def _cells(line: dict[str, Any]) -> tuple[str, ...]:
    return (
        line["id"],
        time.strftime("%m-%d %H:%M", time.localtime(line["started"])),
        cut(line["name"], NAME),
        line["status"],
        str(line["epochs"]),
        *(brief(line[name]) for name in ("loss", "best", "score")),
        f"{line['seconds']:,.1f}",
    )


def brief(value: float | None) -> str:
    """Return a number in six characters.

    Examples
    --------
    >>> [brief(value) for value in (0.48213, 12.0, 31415.9, 3.2e-7, float("nan"), None)]
    ['0.4821', '12.000', '31415', '3e-07', 'nan', '—']
    """
    if value is None:
        return NOTHING
    if value == 0 or SMALLEST_PLAIN <= abs(value) < LARGEST_PLAIN:
        return f"{value:.4f}"[:NUMBER].rstrip(".")
    return f"{value:.0e}"
