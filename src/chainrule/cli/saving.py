"""Where a command may write: never over a file that is there, and known before the work begins."""

from __future__ import annotations

import os
from pathlib import Path

from chainrule.errors import DataError
from chainrule.saving.paths import target_of

STANDARD_INPUT, EXAMPLE = "-", "example:"
#: What hides behind a name with two suffixes, such as table.csv.gz.
PACKED = ".gz"


def model_file(file: str, out: str | None, force: bool) -> Path:
    """Return where the model goes: `out`, else beside the data under the data's name.

    Raises
    ------
    DataError
        If a file is there and `force` is not given, or nothing can be written there.
    """
    # Before the suffix is added: `--out folder` means the folder, and `--out /dev/null` the device, not a new file.
    if out is not None and Path(out).suffix == "" and os.path.exists(out) and not os.path.isfile(out):
        kind = "a folder" if os.path.isdir(out) else "no ordinary file"
        raise DataError(f"{out} is {kind}; --out names a file.")
    return free_file(str(target_of(out or _beside(file))), force)


def _beside(file: str) -> str:
    if file == STANDARD_INPUT:
        return "model.safetensors"
    if file.startswith(EXAMPLE):
        return file.removeprefix(EXAMPLE) + ".safetensors"
    path = Path(file)
    path = path.with_suffix("") if path.suffix == PACKED else path
    return str(path.with_suffix(".safetensors"))


def free_file(file: str, force: bool) -> Path:
    """Return the path of a file that can be written, or refuse it before any work is done.

    Raises
    ------
    DataError
        If a file is there and `force` is not given, or nothing can be written there.
    """
    path = Path(file)
    folder = path.parent
    try:
        if path.is_dir():
            raise DataError(f"{file} is a folder; --out names a file.")
        if path.exists() and not force:
            raise DataError(f"There is a file {file}; --force writes over it, --out names another.")
        if not folder.is_dir():
            raise DataError(f"There is no folder {folder}; make it first, or name another with --out.")
    except OSError as error:  # too long a name
        raise DataError(f"{file[:100]!r} is no name of a file ({error.strerror}).") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise DataError(f"You have no permission to write in {folder.resolve()}; name another place with --out.")
    return path
