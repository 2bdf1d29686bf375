"""Arrays among the arguments and results of tasks: one .npz a task, in a folder beside the database.

The JSON names the file alone, never a path, and begins with that name: whoever removes a task finds its file at once.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from chainrule.errors import ArgumentError, TaskError, TasksFileError

#: How JSON with arrays begins.
START = '{"arrays":"'
_NAME = re.compile(r"[0-9a-f]{32}\.npz")
#: Bytes of the arrays of one task.
MOST_BYTES = 2 << 30
#: Seconds after which a file that no task names counts as left behind.
ORPHAN_AGE = 3600.0


def arrays_folder(path: str | os.PathLike[str]) -> Path:
    """Return the folder of the arrays that belong to a file of tasks."""
    return Path(f"{os.fspath(path)}.arrays")


def named_in(text: str | None) -> str | None:
    """Return the file that JSON of ours names, or None.

    Examples
    --------
    >>> named_in('{"arrays":"../secret.npz","args":[]}') is None
    True
    """
    if text is None or not text.startswith(START):
        return None
    found = _NAME.match(text, len(START))
    return found[0] if found and text[found.end()] == '"' else None


def save(arrays: Sequence[Any], folder: str | os.PathLike[str]) -> str:
    """Write arrays, so that they are on the disk, and return the name of their file.

    Raises
    ------
    ArgumentError
        If they are larger than 2 GiB together.
    TasksFileError
        If they can't be written.
    """
    import numpy as np

    size = sum(array.nbytes for array in arrays)
    if size > MOST_BYTES:
        raise ArgumentError(
            f"The arrays of one task are 2 GiB at most; received {size / (1 << 30):.1f} GiB: write them to a file of "
            "yours, and give its path."
        )
    name = f"{uuid.uuid4().hex}.npz"
    target, partial = Path(folder, name), Path(folder, f"{name}.part")
    try:
        os.makedirs(folder, exist_ok=True)
        with open(partial, "xb") as file:
            np.savez(file, *arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, target)
        for place in (folder, os.path.dirname(folder) or os.curdir):
            _sync_folder(place)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise TasksFileError(
            f"The arrays of a task can't be written into {os.fspath(folder)!r}: {error.strerror or error}; the task "
            "was not accepted."
        ) from error
    return name


def load(name: Any, folder: str | os.PathLike[str]) -> list[Any]:
    """Read the arrays that `save` wrote.

    Raises
    ------
    TaskError
        If the name is none that `save` gives, or the file can't be read.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise TaskError(f"A task names its arrays by {name!r}, which is no file of ours; nothing was read.")
    import numpy as np

    try:
        with np.load(Path(folder, name), allow_pickle=False) as file:
            return [file[f"arr_{index}"] for index in range(len(file.files))]
    except Exception as error:  # zip, zlib, ValueError, OSError, KeyError: whatever a damaged file makes of it
        raise TaskError(f"The arrays of a task can't be read ({Path(folder, name)}): {error}.") from error


def touch(text: str, folder: str | os.PathLike[str]) -> None:
    """Show that the arrays of a task which isn't put yet are needed."""
    name = named_in(text)
    if name is not None:
        os.utime(Path(folder, name))


def remove(folder: Path, name: str | None) -> None:
    """Remove a file of arrays; one that is gone already is no error."""
    if name is not None:
        with contextlib.suppress(OSError):
            (folder / name).unlink()


def remove_orphans(folder: Path, in_use: Callable[[], set[str]]) -> None:
    """Remove files that no task names, which a program left that died before its task was accepted."""
    old = time.time() - ORPHAN_AGE
    with contextlib.suppress(OSError):
        found = {entry.name for entry in os.scandir(folder) if entry.stat().st_mtime < old}
        found = {name for name in found if _NAME.fullmatch(name.removesuffix(".part"))}
        for name in found - in_use() if found else ():
            remove(folder, name)


def _sync_folder(folder: str | os.PathLike[str]) -> None:
    """Bring a folder's entries to the disk; Windows has no such call."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
