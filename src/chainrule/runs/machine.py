"""On what a run was computed: versions, machine, command, and the commit of the user's own code."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Any

#: Folders above the current one that are searched for a repository.
HIGHEST = 40
#: A file of git that is longer than this is not what we look for.
LONGEST = 1_000_000
#: Packages whose version is recorded where the program has loaded them.
PACKAGES = ("numpy", "scipy", "pandas", "polars", "pyarrow", "sklearn", "torch")


def versions() -> dict[str, str]:
    """Return the versions of Python, chainrule, SQLite and of the known packages that are loaded.

    Examples
    --------
    >>> sorted(versions())[:2]
    ['chainrule', ...]
    """
    import sqlite3

    from chainrule._version import __version__

    found = {"python": platform.python_version(), "chainrule": __version__, "sqlite": sqlite3.sqlite_version}
    for name in PACKAGES:
        version = getattr(sys.modules.get(name), "__version__", None)
        if version is not None:
            found[name] = str(version)
    return found


def machine() -> dict[str, Any]:
    """Return the machine, the command that runs, where it runs, and the commit of the code there."""
    return {
        "host": platform.node(),
        "system": f"{platform.system()} {platform.release()}",
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "command": list(sys.argv),
        "folder": _current_folder(),
        "git": git_commit(),
    }


def _current_folder() -> str | None:
    try:
        return os.getcwd()
    except OSError:
        return None  # it was deleted under us


def git_commit(folder: str | os.PathLike | None = None) -> dict[str, str | None] | None:
    """Return commit and branch of the repository around a folder, or None; its files are read, no git is run.

    Whether files were changed since that commit is not known: finding out would read them all.
    """
    start = _current_folder() if folder is None else folder
    if start is None:
        return None
    place = Path(start).absolute()
    for above in [place, *place.parents][:HIGHEST]:
        if (above / ".git").exists():
            return _head(above / ".git")
    return None


def _head(git: Path) -> dict[str, str | None] | None:
    if git.is_file():  # a worktree or submodule: the file says where
        said = _text(git)
        if not said.startswith("gitdir:"):
            return None
        git = git.parent / said.removeprefix("gitdir:").strip()
    head = _text(git / "HEAD")
    if not head.startswith("ref:"):
        return {"commit": head, "branch": None} if head else None
    reference = head.removeprefix("ref:").strip()
    common = git / (_text(git / "commondir") or ".")
    commit = _text(git / reference) or _text(common / reference) or _packed(common / "packed-refs", reference)
    return {"commit": commit, "branch": reference.removeprefix("refs/heads/")}


def _packed(file: Path, reference: str) -> str | None:
    for line in _text(file).splitlines():
        commit, _, name = line.partition(" ")
        if name == reference:
            return commit
    return None


def _text(file: Path) -> str:
    """Return a small file's text, or "" where there is none."""
    try:
        if not file.is_file() or file.stat().st_size > LONGEST:
            return ""
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except (OSError, ValueError):
        return ""
