"""`chainrule runs export` and `chainrule runs delete`: what is done with the files of runs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from chainrule.cli import python_code as python
from chainrule.cli.output import paragraph
from chainrule.cli.wording import WrongUse

#: What `--failed` means.
FAILED = ("failed", "killed")
KILOBYTE, MEGABYTE = 1e3, 1e6


def export_run(which: str, out: str, folder: str | None, steps: bool, force: bool) -> None:
    """Write a run's numbers into a file, and say so."""
    from chainrule.errors import DataError
    from chainrule.runs import export, find

    run = find(which, folder)
    if Path(out).exists() and not force:
        raise DataError(f"There is a file {out}; --force writes over it, or name another.")
    path = export(run, out, steps=steps, overwrite=force)
    paragraph(f"{path}: {'steps' if steps else 'epochs'} of {run.id} {run.name}, {size(path.stat().st_size)}.")
    where = {} if folder is None else {"folder": folder}
    more = {name: True for name, said in (("steps", steps), ("overwrite", force)) if said}
    call = python.call("export", python.Name(python.call("find", which, **where)), out, **more)
    python.tell(python.script("from chainrule.runs import export, find", "", call))


def delete_runs(which: list[str], folder: str | None, older_than: str | None, failed: bool, force: bool) -> None:
    """Delete the runs that are named, or all that are failed or old, and say what that freed."""
    from chainrule.errors import RunFileError
    from chainrule.runs import delete

    by_state = failed or older_than is not None
    if bool(which) == by_state:
        received = "both" if which else "neither"
        raise WrongUse(f"delete takes the names of runs, or --failed and --older-than; received {received}.")
    chosen = _that_are(folder, older_than, failed) if by_state else _named(which, folder)
    freed, n, refused = 0, 0, []
    for run in chosen:
        try:
            freed += delete(run, force)
            n += 1
        except RunFileError as error:
            if not by_state and len(chosen) == 1:
                raise
            refused.append(str(error))
    print(f"{n:,} run{'' if n == 1 else 's'} deleted, {size(freed)} freed.")
    for sentence in refused:
        paragraph(f"Left: {sentence}")
    if refused and not by_state:
        raise RunFileError(f"{len(refused)} of {len(chosen)} runs could not be deleted.")


def _named(which: list[str], folder: str | None) -> list[Any]:
    """Return the runs that are named, each once; a damaged one by its path. All are found before one is deleted."""
    from chainrule.errors import RunFileError
    from chainrule.runs import find

    chosen: dict[Path, Any] = {}
    for name in which:
        try:
            run = find(name, folder)
        except RunFileError:
            if not Path(name).is_file():
                raise
            run = Path(name)
        chosen[(run if isinstance(run, Path) else Path(run.path)).resolve()] = run
    return list(chosen.values())


def _that_are(folder: str | None, older_than: str | None, failed: bool) -> list[Any]:
    """Return the runs of a folder that are failed, old, or both where both are asked for; never one that runs."""
    from chainrule.cli.durations import seconds_of
    from chainrule.runs import list_runs

    latest = None if older_than is None else time.time() - seconds_of(older_than)
    ended = [(run, run.status) for run in list_runs(folder)]
    return [
        run
        for run, status in ended
        if status != "running" and (latest is None or run.started < latest) and (not failed or status in FAILED)
    ]


def size(n: float) -> str:
    """Return a number of bytes in words.

    Examples
    --------
    >>> size(512), size(36_864), size(2_500_000)
    ('512 bytes', '36.9 kB', '2.5 MB')
    """
    if n < KILOBYTE:
        return f"{n:.0f} bytes"
    return f"{n / KILOBYTE:.1f} kB" if n < MEGABYTE else f"{n / MEGABYTE:.1f} MB"
