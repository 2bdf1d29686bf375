"""Finding runs: all of a folder, or the one that is meant."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from chainrule.errors import ArgumentError, RunFileError, nearest
from chainrule.runs.reader import Run
from chainrule.runs.schema import SUFFIX

#: Names the folder of runs where none is given.
FOLDER_VARIABLE = "CHAINRULE_RUNS"
FOLDER = "runs"
LAST = "last"
#: A message names so many candidates.
MOST_NAMED = 8


def default_folder() -> str:
    """Return the folder of runs: what `CHAINRULE_RUNS` says, else "runs"."""
    return os.environ.get(FOLDER_VARIABLE) or FOLDER


def list_runs(folder: str | os.PathLike | None = None, unreadable: list[RunFileError] | None = None) -> list[Run]:
    """Return the runs of a folder, the newest first; none where there is no such folder.

    Parameters
    ----------
    folder : str or path, optional
        By default what `CHAINRULE_RUNS` says, else "runs".
    unreadable : list, optional
        Takes the errors of the files that can't be read, which are left out.

    Examples
    --------
    >>> list_runs("no-such-folder")
    []
    """
    found = []
    for path in sorted(Path(folder or default_folder()).glob(f"*{SUFFIX}")):
        try:
            found.append(Run(path))
        except RunFileError as error:
            if unreadable is not None:
                unreadable.append(error)
    return sorted(found, key=lambda run: (run.started, run.path.name), reverse=True)


def find(which: str | os.PathLike, folder: str | os.PathLike | None = None) -> Run:
    """Return the run that is meant.

    Parameters
    ----------
    which : str or path
        Its id or the beginning of it, its name (of several of one name, the newest), the beginning of its file's
        name, "last" for the newest, or the path of its file.
    folder : str or path, optional
        By default what `CHAINRULE_RUNS` says, else "runs".

    Raises
    ------
    ArgumentError
        If no run is meant by it, or several are.
    RunFileError
        If it is a path whose file can't be read.
    """
    if not isinstance(which, (str, os.PathLike)) or not str(which):
        raise ArgumentError(f"A run is named by its id, its name, 'last' or its path; received {which!r}.")
    given, place = os.fsdecode(which), folder or default_folder()
    if isinstance(which, os.PathLike) or given.endswith(SUFFIX):
        return Run(given if Path(given).exists() or Path(given).parent != Path() else Path(place) / given)
    runs = list_runs(place)
    if not runs:
        raise ArgumentError(f"There is no run in {str(place)!r}: train with record=True, or name another folder.")
    if given == LAST:
        return runs[0]
    return _meant(given, runs, place)


def _meant(given: str, runs: list[Run], place: Any) -> Run:
    exact = [run for run in runs if run.id == given] or [run for run in runs if run.name == given]
    if exact:
        return exact[0]
    begun = [run for run in runs if run.id.startswith(given) or run.path.name.startswith(given)]
    if len(begun) == 1:
        return begun[0]
    if begun:
        raise ArgumentError(f"{given!r} may mean {len(begun)} runs: {_named(begun)}. Give one letter more.")
    near = nearest(given, [run.id for run in runs] + [run.name for run in runs])
    raise ArgumentError(f"There is no run {given!r} in {str(place)!r}.{near} There are: {_named(runs)}.")


def _named(runs: list[Run]) -> str:
    named = ", ".join(f"{run.id} ({run.name})" for run in runs[:MOST_NAMED])
    return f"{named} and {len(runs) - MOST_NAMED} more" if len(runs) > MOST_NAMED else named
