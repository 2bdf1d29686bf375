"""What the callbacks that write files share."""

from __future__ import annotations

import os
from typing import Any

from chainrule.errors import ArgumentError, ModelFileError

#: As a `save_freq`: write after each epoch. In a path: the number of the epoch.
EPOCH = "epoch"


def check_path(owner: str, argument: str, path: Any) -> str:
    """Return a path as text, or refuse what is none."""
    if not isinstance(path, (str, os.PathLike)) or not str(path):
        raise ArgumentError(f"{owner}'s {argument} is a path; received {path!r}.")
    return os.fsdecode(path)


def make_folder(owner: str, folder: str | os.PathLike) -> None:
    """Make a folder and those above it, or say why not; the empty path is the current folder."""
    try:
        os.makedirs(folder or os.curdir, exist_ok=True)
    except OSError as error:
        raise ModelFileError(
            f"{owner} can't make the folder {str(folder)!r}: {error.strerror or error}; choose another."
        ) from None
