"""`chainrule train --record`: whether it is recorded, under which name, and what is said of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chainrule.callbacks import SeriesRecorder

#: What the Python that does the same needs.
IMPORT = "from chainrule.callbacks import SeriesRecorder"


def recorder_of(record: bool, file: str, given: Mapping[str, Any], snapshots: str | bool) -> Any:
    """Return the recorder that a command asked for, or None: `CHAINRULE_RUNS` asks for one too.

    Parameters
    ----------
    record : bool
        Whether `--record` was given.
    file : str
        What is learnt from; the run is called by it.
    given : dict
        The command's options, which become settings of the run.
    snapshots : {"auto", True, False}
        Histograms of each network.
    """
    from chainrule.runs.listing import FOLDER_VARIABLE

    if not record and not os.environ.get(FOLDER_VARIABLE):
        return None
    return SeriesRecorder(None, name_of(file), {"file": file, **given}, given.get("seed", 0), snapshots)


def name_of(file: str) -> str:
    """Return what a run is called by the data it learns from.

    Examples
    --------
    >>> name_of("data/patients.csv.gz"), name_of("example:iris"), name_of("-")
    ('patients', 'iris', 'table')
    """
    if file == "-":
        return "table"
    return Path(os.path.abspath(file.rpartition(":")[2])).name.partition(".")[0] or "run"


def say_recorded(recorder: Any, answer: dict[str, Any]) -> None:
    """Print where the run is, and the commands that look at it."""
    from chainrule.cli.output import heading, paragraph

    if recorder is None or recorder.path is None:
        return
    heading("The run")
    print(os.path.relpath(recorder.path) if _is_default(recorder.path) else recorder.path)
    folder = "" if _is_default(recorder.path) else f" --folder {Path(recorder.path).parent}"
    paragraph("To look at it, and to hold it against another:")
    print(f"  chainrule runs show {recorder.id}{folder}\n  chainrule runs diff {recorder.id} OTHER{folder}")
    answer["run"] = recorder.path


def _is_default(path: str) -> bool:
    from chainrule.runs import default_folder

    return Path(path).parent.resolve() == Path(default_folder()).resolve()


def python_lines(recorder: Any, fit: str) -> list[str]:
    """Return the lines that train under a recorder; without one, the call alone."""
    from textwrap import indent

    from chainrule.cli.python_code import call

    if recorder is None:
        return [fit]
    more = {"snapshots": recorder.snapshots} if recorder.snapshots else {}
    return [f"with {call('SeriesRecorder', name=recorder.name, seed=recorder.seed, **more)} as recorder:",
            indent(fit, "    ")]  # fmt: skip
