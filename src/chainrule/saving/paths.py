"""Where a model is written: always into a `.safetensors` file, whatever the script calls it."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

from chainrule.errors import ModelFileError

SUFFIX = ".safetensors"
#: Suffixes of other libraries' formats, which scripts bring along.
FOREIGN_SUFFIXES = (".h5", ".hdf5", ".keras", ".ckpt", ".npz", ".pb", ".pickle", ".pkl", ".pt", ".pth", ".tf")


def checked_path(path: Any) -> Path:
    """Return a path as `Path`, or refuse what is none."""
    if not isinstance(path, (str, os.PathLike)) or not str(path) or "\0" in str(path):
        raise ModelFileError(f"A model file is named by a path, such as 'model{SUFFIX}'; received {path!r}.")
    return Path(os.fsdecode(path))


def target_of(path: Any, *, warn: bool = False) -> Path:
    """Return the `.safetensors` path that a path means.

    Parameters
    ----------
    path : str or path
        "m.safetensors" stays; "m.h5" and "m.keras" become "m.safetensors"; "m" too.
    warn : bool, default False
        Say so where another library's suffix was changed.

    Examples
    --------
    >>> target_of("pima.weights.h5").name, target_of("model_v1.2").name
    ('pima.weights.safetensors', 'model_v1.2.safetensors')
    """
    given = checked_path(path)
    if given.suffix.lower() == SUFFIX:
        return given
    if given.suffix.lower() not in FOREIGN_SUFFIXES:
        return given.with_name(given.name + SUFFIX) if given.name else given
    target = given.with_suffix(SUFFIX)
    if warn:
        warnings.warn(
            f"chainrule writes its own format, in which nothing can run: {given.name!r} becomes {target.name!r}.",
            UserWarning,
            stacklevel=4,
        )
    return target


def source_of(path: Any) -> Path:
    """Return the file that a path means for reading: where it was written to, else the path itself."""
    target, given = target_of(path), checked_path(path)
    return given if given.exists() and not target.exists() else target
