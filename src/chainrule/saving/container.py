"""The bytes of a `.safetensors` file: named tensors and named texts.

    8 bytes    n, the length of the header, little-endian
    n bytes    JSON: {"__metadata__": {name: text}, tensor name: {"dtype", "shape", "data_offsets": [begin, end]}, …}
    the rest   the tensors' numbers, one after the other, little-endian, without gaps

We write and read it ourselves: the `safetensors` package shuffles the metadata from run to run (here the same model is
the same file) and reads metadata only by mapping a path into memory. The tests hold both to each other.

Source: the format's description in the README of huggingface/safetensors.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule.saving.faults import Fault
from chainrule.saving.limits import MAX_HEADER_BYTES
from chainrule.saving.strict_json import parse

#: safetensors' names of number formats, and NumPy's.
DTYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
_NAMES = {np.dtype(code): name for name, code in DTYPES.items()}

LENGTH_BYTES = 8
METADATA = "__metadata__"
#: The first tensor starts at a multiple of this, so that arrays can be used where they lie.
ALIGNMENT = 8
#: NumPy's limits. (A shape with a 0 in it takes no memory, and must not make NumPy stumble over its other sizes.)
MAX_AXES, MAX_ENTRIES = 32, 2**48


@dataclass
class Tensor:
    """What the header says of a tensor."""

    dtype: np.dtype
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass
class Header:
    """What is in a file, without the numbers."""

    metadata: dict[str, str] = field(default_factory=dict)
    tensors: dict[str, Tensor] = field(default_factory=dict)


def pack(tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> bytes:
    """Return tensors and texts as the bytes of a file.

    Raises
    ------
    Fault
        If an array is of a dtype that the format doesn't know, or the header would be too long.
    """
    # Wide numbers first, so that each tensor starts at a multiple of its own width.
    arrays = [(name, _little_endian(name, array)) for name, array in tensors.items()]
    arrays.sort(key=lambda one: -one[1].itemsize)
    header: dict[str, Any] = {METADATA: metadata}
    position = 0
    for name, array in arrays:
        offsets = [position, position + array.nbytes]
        header[name] = {"dtype": _NAMES[array.dtype], "shape": list(array.shape), "data_offsets": offsets}
        position += array.nbytes
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    text += b" " * (-len(text) % ALIGNMENT)
    if len(text) > MAX_HEADER_BYTES:
        raise Fault(f"what is saved beside the weights takes {len(text):,} bytes; at most {MAX_HEADER_BYTES:,} fit")
    return b"".join([len(text).to_bytes(LENGTH_BYTES, "little"), text, *(array.tobytes() for _, array in arrays)])


def _little_endian(name: str, array: np.ndarray) -> np.ndarray:
    A = np.asarray(array)
    wanted = A.dtype.newbyteorder("<")
    if wanted not in _NAMES:
        known = ", ".join(np.dtype(code).name for code in DTYPES.values())
        raise Fault(f"The array {name!r} is of dtype {A.dtype}, which a model file can't hold; it holds {known}")
    return A.astype(wanted, copy=False)


def header_length(start: bytes, size: int) -> int:
    """Return the length of the header from a file's first bytes.

    Raises
    ------
    Fault
        If the file is shorter than it says, or the header longer than any real one.
    """
    if size == 0:
        raise Fault("it is empty")
    if start.startswith(b"\x89HDF"):
        raise Fault("it is an HDF5 file, perhaps of Keras; chainrule reads its own .safetensors files only")
    if start.startswith(b"PK"):
        raise Fault("it is a zip archive, perhaps of Keras or PyTorch; chainrule reads its own .safetensors files only")
    length = int.from_bytes(start[:LENGTH_BYTES], "little")
    if size < LENGTH_BYTES or length < len("{}") or length > MAX_HEADER_BYTES:
        raise Fault("it is not a safetensors file, or its start is damaged")
    if length > size - LENGTH_BYTES:
        raise Fault(f"it is cut off: its header has {length:,} bytes, and the file {size:,} in all")
    return length


def read_header(text: bytes, n_numbers: int) -> Header:
    """Return what a header says, and see that its tensors fill the bytes after it exactly.

    Parameters
    ----------
    text : bytes
    n_numbers : int
        How many bytes follow the header.

    Raises
    ------
    Fault
        If it is damaged, or tensors overlap, leave gaps or go beyond the file.
    """
    try:
        entries = parse(text.decode("utf-8"), "its header")
    except UnicodeDecodeError:
        raise Fault("it is not a safetensors file, or its header is damaged: not UTF-8") from None
    if not isinstance(entries, dict):
        raise Fault("it is not a safetensors file: its header is no JSON object")
    metadata = entries.pop(METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise Fault("its metadata is not made of texts")
    tensors = {name: _tensor(name, entry) for name, entry in entries.items()}
    position = 0
    for name, tensor in sorted(tensors.items(), key=lambda one: (one[1].begin, one[1].end)):
        if tensor.begin != position:
            raise Fault(f"its tensor {name!r} overlaps another or leaves a gap")
        position = tensor.end
    if position != n_numbers:
        raise Fault(
            f"it is cut off or has bytes too many: its tensors take {position:,} bytes, and {n_numbers:,} are there"
        )
    return Header(metadata, tensors)


def _tensor(name: str, entry: Any) -> Tensor:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise Fault(f"its entry for the tensor {name!r} is damaged")
    if not isinstance(entry["dtype"], str) or entry["dtype"] not in DTYPES:
        raise Fault(f"its tensor {name!r} is of the dtype {entry['dtype']!r}; known: {', '.join(DTYPES)}")
    shape, offsets = entry["shape"], entry["data_offsets"]
    if not _whole_numbers(shape) or len(shape) > MAX_AXES or not _whole_numbers(offsets) or len(offsets) != 2:
        raise Fault(f"its tensor {name!r} has a damaged shape or place")
    dtype = np.dtype(DTYPES[entry["dtype"]])
    size = math.prod(shape) * dtype.itemsize
    if offsets[1] - offsets[0] != size or math.prod(max(axis, 1) for axis in shape) > MAX_ENTRIES:
        raise Fault(f"its tensor {name!r} does not fill the bytes that it has")
    return Tensor(dtype, tuple(shape), *offsets)


def _whole_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(type(number) is int and number >= 0 for number in value)


def arrays_of(header: Header, numbers: bytes | memoryview) -> dict[str, np.ndarray]:
    """Return the tensors as read-only arrays that look into the bytes after the header, without copying them."""
    found = {}
    for name, tensor in header.tensors.items():
        count = math.prod(tensor.shape)
        flat = np.frombuffer(numbers, tensor.dtype, count, tensor.begin) if count else np.empty(0, tensor.dtype)
        found[name] = flat.reshape(tensor.shape)
    return found
