"""The name and the first rows of a run's file."""

from __future__ import annotations

import os
import re
import secrets
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chainrule.errors import ArgumentError, RunFileError
from chainrule.runs import database, machine, schema
from chainrule.runs.plain import as_json
from chainrule.runs.process import this_process
from chainrule.runs.writer import FIRST_MARKS, mark

#: Ids are made of letters and digits that can't be mistaken for each other.
ID_LETTERS, ID_LENGTH = "23456789abcdefghjkmnpqrstuvwxyz", 4
#: So many letters of a run's name are in the name of its file.
LONGEST_NAME = 40
#: So often another id is tried where a file of that name is there already.
TRIES = 20


def make_file(folder: Any, name: Any, seed: Any, parts: Mapping[str, Any]) -> tuple[Path, str]:
    """Make a run's file, and return its path and the run's id.

    Raises
    ------
    ArgumentError
        If folder, name or a part can't be used.
    RunFileError
        If the file can't be made there.
    """
    place, called = _folder(folder), _name(name)
    about = _about(called, seed, parts)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    for _ in range(TRIES):
        number = "".join(secrets.choice(ID_LETTERS) for _ in range(ID_LENGTH))
        path = place / f"{stamp}-{_slug(called)}-{number}{schema.SUFFIX}"
        try:
            database.make(path, about | {"id": as_json(number)})
        except FileExistsError:
            continue  # the same second, name and id: four letters more
        return path, number
    raise RunFileError(f"Found no free name for a run in {str(place)!r}; name another folder.")


def _about(name: str, seed: Any, parts: Mapping[str, Any]) -> dict[str, str]:
    for part, value in parts.items():
        if value is not None and not isinstance(value, Mapping):
            raise ArgumentError(f"Recorder's {part} is a dict; received {value!r}.")
    given = {part: dict(value or {}) for part, value in parts.items()}
    told = {
        "name": name,
        "started": time.time(),
        "settings": given["settings"],
        "data": given["data"],
        "seed": seed,
        "versions": machine.versions() | given["versions"],
        "machine": machine.machine() | given["machine"],
        "process": this_process(),
        "error": None,
    }
    marks = FIRST_MARKS | {"beat": {"time": told["started"], "seconds": 0.0}}
    return {key: as_json(value) for key, value in told.items()} | {key: mark(value) for key, value in marks.items()}


def _folder(folder: Any) -> Path:
    if not isinstance(folder, (str, os.PathLike)) or not str(folder):
        raise ArgumentError(f"Recorder's folder is a path; received {folder!r}.")
    place = Path(os.fsdecode(folder)).absolute()  # a program may change its folder while it records
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFileError(
            f"Can't record a run in the folder {str(folder)!r}: {error.strerror or error}; name another folder."
        ) from None
    return place


def _name(name: Any) -> str:
    if name is None:
        script = Path(sys.argv[0] if sys.argv else "")
        return script.stem if script.suffix == ".py" and script.stem != "__main__" else "run"
    if not isinstance(name, str) or not name.strip():
        raise ArgumentError(f"Recorder's name is a text that isn't empty; received {name!r}.")
    return " ".join(name.split())


def _slug(name: str) -> str:
    """Return a name as a part of a file's name: letters and digits of ASCII, and - between them."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-")[:LONGEST_NAME].strip("-") or "run"
