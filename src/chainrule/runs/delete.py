"""Deleting a run: its file, and what SQLite keeps beside it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from chainrule.errors import RunFileError
from chainrule.runs.schema import RUNNING, SUFFIX

#: What SQLite may keep beside a run.
BESIDE = ("-wal", "-shm", "-journal")


def delete(run: Any, force: bool = False) -> int:
    """Delete a run's file with what SQLite keeps beside it, and return how many bytes that freed.

    A run that is still being recorded is not deleted, unless it is forced: what it records from then on is lost.

    Parameters
    ----------
    run : Run or path
        A run, or the path of its file, which may be damaged.
    force : bool, default False
        True deletes a run that is still being recorded too.

    Raises
    ------
    RunFileError
        If the run is being recorded, the file is not there or no run's, or it can't be deleted.

    Examples
    --------
    >>> import tempfile
    >>> from chainrule.runs import Recorder, Run, list_runs
    >>> folder = tempfile.TemporaryDirectory()
    >>> with Recorder(folder.name, name="short", capture_output=False) as recorder:
    ...     recorder.epoch(0, 10, {"loss": 0.5})
    >>> delete(Run(recorder.path)) > 0, list_runs(folder.name)
    (True, [])
    >>> folder.cleanup()
    """
    path = Path(getattr(run, "path", run))
    if not path.name.endswith(SUFFIX):
        raise RunFileError(f"{path} is no run: the files of runs end in {SUFFIX}. It is not deleted.")
    if not path.is_file():
        raise RunFileError(f"There is no run {path}.")
    if not force and is_running(run):
        raise RunFileError(
            f"{path.name} is still being recorded; end its program first, or force it and lose what comes after."
        )
    try:
        freed = [_remove(one) for one in files_of(path)]
    except OSError as error:
        raise RunFileError(f"Can't delete {path}: {error.strerror or error}.") from error
    # A reader's last connection may take its own file away between the look and the removal.
    return sum(freed)


def is_running(run: Any) -> bool:
    """Tell whether a run, or the run of a path, is still being recorded; a damaged file is not."""
    if not hasattr(run, "status"):
        from chainrule.runs.reader import Run

        try:
            run = Run(run)
        except RunFileError:
            return False
    return run.status == RUNNING


def files_of(path: str | os.PathLike) -> list[Path]:
    """Return the files of a run that are there: the database first."""
    paths = [Path(path), *(Path(f"{os.fspath(path)}{ending}") for ending in BESIDE)]
    return [one for one in paths if one.exists()]


def _remove(path: Path) -> int:
    try:
        size = path.stat().st_size
        path.unlink()
    except FileNotFoundError:
        return 0
    return size
