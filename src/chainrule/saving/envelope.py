"""A chainrule file as a whole: which texts it holds, and what kind of file it is."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chainrule._version import __version__
from chainrule.saving.container import LENGTH_BYTES, Header, arrays_of, header_length, pack, read_header
from chainrule.saving.disk import read_whole, write_atomically
from chainrule.saving.faults import Fault, explained_loading, explained_saving
from chainrule.saving.limits import FORMAT
from chainrule.saving.strict_json import parse, write

#: What stands before the name of each of our texts.
PREFIX = "chainrule."
#: The texts, and what messages call them. Each is JSON.
TEXTS = {
    "format": "the format's number",
    "kind": "the kind of file",
    "versions": "the versions",
    "model": "the model's description",
    "compile": "the compile settings",
    "data_contract": "the data contract",
    "scores": "the scores",
    "checkpoint": "the checkpoint",
}
KINDS = ("model", "weights", "checkpoint")
#: How many foreign tensors a message names.
SHOWN_TENSORS = 3


@dataclass
class Contents:
    """What a file holds: its kind, its texts as parsed JSON, its tensors."""

    kind: str
    texts: dict[str, Any]
    header: Header
    arrays: dict[str, np.ndarray]


def write_file(path: Path, kind: str, texts: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
    """Write a file of a kind; texts that are None are left out."""
    versions = {"chainrule": __version__, "numpy": np.__version__, "python": platform.python_version()}
    texts = {"format": FORMAT, "kind": kind, "versions": versions} | texts
    with explained_saving(path):
        metadata = {PREFIX + name: write(text, TEXTS[name]) for name, text in texts.items() if text is not None}
        data = pack(arrays, metadata)
        read_header(data[LENGTH_BYTES : LENGTH_BYTES + header_length(data[:LENGTH_BYTES], len(data))], _length(arrays))
    write_atomically(path, data)


def _length(arrays: dict[str, np.ndarray]) -> int:
    return sum(np.asarray(array).nbytes for array in arrays.values())


def read_file(path: Path, *, header_only: bool = False) -> Contents:
    """Return what a file holds; it is read once, from the path given, and nothing else is opened.

    Raises
    ------
    ModelFileError
        If it can't be read, is damaged, or is not one of ours.
    """
    with explained_loading(path):
        if header_only:
            start, size = read_whole(path, LENGTH_BYTES)
            length = header_length(start, size)
            data, _ = read_whole(path, LENGTH_BYTES + length)
        else:
            data, size = read_whole(path)
            length = header_length(data[:LENGTH_BYTES], size)
        header = read_header(data[LENGTH_BYTES : LENGTH_BYTES + length], size - LENGTH_BYTES - length)
        texts = _texts(header)
        arrays = {} if header_only else arrays_of(header, memoryview(data)[LENGTH_BYTES + length :])
        return Contents(texts["kind"], texts, header, arrays)


def _texts(header: Header) -> dict[str, Any]:
    """Return our texts, parsed, or refuse a file that is another's, newer, or holds texts that we don't know."""
    metadata = header.metadata
    if PREFIX + "format" not in metadata:
        names = ", ".join(repr(name[:40]) for name in list(header.tensors)[:SHOWN_TENSORS]) or "no tensors"
        raise Fault(f"it is a safetensors file, but not one of chainrule's; it holds {names}")
    number = parse(metadata[PREFIX + "format"], TEXTS["format"])
    if type(number) is not int or number < 1:
        raise Fault(f"its format is {number!r}; known: {FORMAT}")
    if number > FORMAT:
        raise Fault(f"it was written by a newer chainrule (format {number}; this one reads {FORMAT}): update chainrule")
    unknown = [name for name in metadata if name.removeprefix(PREFIX) not in TEXTS or not name.startswith(PREFIX)]
    if unknown:
        raise Fault(f"it holds an unknown text {unknown[0][:40]!r}; known: {PREFIX}{{{', '.join(TEXTS)}}}")
    texts = {name: parse(metadata[PREFIX + name], what) for name, what in TEXTS.items() if PREFIX + name in metadata}
    if texts.get("kind") not in KINDS:
        raise Fault(f"its kind is {texts.get('kind')!r}; known: {', '.join(KINDS)}")
    return texts
