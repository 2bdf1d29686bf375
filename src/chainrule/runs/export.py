"""A run's numbers as a file that other programs read."""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from chainrule.errors import ArgumentError, RunFileError
from chainrule.runs.checked_run import check_run

SUFFIXES = (".json", ".csv")
#: What is written first, and gets its name when it is whole.
UNFINISHED = ".part"
#: What a JSON file says of the run before its numbers.
ABOUT = ("id", "name", "status", "started", "seconds", "seed", "settings", "data", "versions", "machine", "error")


def export(run: Any, path: str | os.PathLike, steps: bool = False, overwrite: bool = False) -> Path:
    """Write a run's numbers into a file: a table (.csv), or all that is known of the run (.json).

    Use it to hand a run to a spreadsheet or to a program that doesn't know chainrule. Numbers keep every bit. It is
    written row by row, and appears under its name only when it is whole.

    Parameters
    ----------
    run : Run
        From `Run(path)`, `list_runs` or `find`.
    path : str or path
        Ends in .csv or .json. In JSON, NaN and infinity become null.
    steps : bool, default False
        True writes the recorded steps: in CSV in place of the epochs, in JSON beside them.
    overwrite : bool, default False
        True writes over a file that is there.

    Returns
    -------
    Path
        Where it is.

    Raises
    ------
    ArgumentError
        If it is no run, or the file's name ends otherwise.
    RunFileError
        If a file is there, or it can't be written.

    Examples
    --------
    >>> import tempfile
    >>> from chainrule.runs import Recorder, Run
    >>> folder = tempfile.TemporaryDirectory()
    >>> with Recorder(folder.name, name="short", capture_output=False) as recorder:
    ...     recorder.epoch(0, 10, {"loss": 0.5})
    ...     recorder.epoch(1, 20, {"loss": 0.25})
    >>> print(export(Run(recorder.path), f"{folder.name}/short.csv").read_text(), end="")
    epoch,step,loss
    0,10,0.5
    1,20,0.25
    >>> folder.cleanup()
    """
    check_run("export", run)
    target = Path(path)
    if target.suffix.lower() not in SUFFIXES:
        raise ArgumentError(f"export writes files that end in .csv or .json; received {str(path)!r}.")
    if target.exists() and not overwrite:
        raise RunFileError(f"There is a file {path}; overwrite=True writes over it, or name another.")
    unfinished = target.with_name(f".{target.name}.{os.getpid()}{UNFINISHED}")
    write = _write_csv if target.suffix.lower() == ".csv" else _write_json
    try:
        with open(unfinished, "w", encoding="utf-8", newline="") as file:
            write(run, file, steps)
        os.replace(unfinished, target)
    except OSError as error:
        raise RunFileError(f"Can't write {str(path)!r}: {error.strerror or error}; name another place.") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return target


def _write_csv(run: Any, file: TextIO, steps: bool) -> None:
    writer = csv.writer(file, lineterminator="\n")
    names, rows = step_rows(run) if steps else epoch_rows(run)
    writer.writerow(names)
    writer.writerows(rows)


def epoch_rows(run: Any) -> tuple[list[str], Iterator[Sequence[Any]]]:
    """Return the names of a run's columns, and its epochs one after the other; None where there is no value."""
    columns = run.epochs
    return list(columns), zip(*columns.values(), strict=True)


def step_rows(run: Any) -> tuple[list[str], Iterator[Sequence[Any]]]:
    """Return "step" and the names of a run's metrics, and the recorded steps in their order."""
    names = list(run.metrics)
    curves = {name: dict(zip(*map(list, run.steps(name)), strict=True)) for name in names}
    names = [name for name in names if curves[name]]
    places = sorted({at for name in names for at in curves[name]})
    return ["step", *names], ([int(at), *(curves[name].get(at) for name in names)] for at in places)


def _write_json(run: Any, file: TextIO, steps: bool) -> None:
    file.write("{\n")
    for name in ABOUT:
        file.write(f'  "{name}": {_json(getattr(run, name))},\n')
    _write_rows("epochs", *epoch_rows(run), file)
    if steps:
        file.write(",\n")
        _write_rows("steps", *step_rows(run), file)
    file.write("\n}\n")


def _write_rows(name: str, names: list[str], rows: Iterator[Sequence[Any]], file: TextIO) -> None:
    """Write rows as a list of objects, one a line; what a row has no value of is left out."""
    file.write(f'  "{name}": [')
    for number, row in enumerate(rows):
        cells = {key: value for key, value in zip(names, row, strict=True) if value is not None}
        file.write(f"{',' if number else ''}\n    {_json(cells)}")
    file.write("\n  ]")


def _json(value: Any) -> str:
    return json.dumps(finite(value), ensure_ascii=False, allow_nan=False, default=str)


def finite(value: Any) -> Any:
    """Return a value as JSON has it: NaN and infinity become null, NumPy's numbers Python's.

    Examples
    --------
    >>> finite({"loss": [0.5, float("nan")], "epoch": 3})
    {'loss': [0.5, None], 'epoch': 3}
    """
    if isinstance(value, dict):
        return {str(key): finite(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(part) for part in value]
    if hasattr(value, "tolist"):
        return finite(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value
