"""From a DuckDB query to NumPy arrays, batch by batch, so that no second copy of the table is ever in memory.

DuckDB's own `fetchnumpy` holds the whole result twice. It also gives an Arrow stream, whose layout in memory is three
small C structures (the Arrow C data interface): `ctypes` reads them without any package. Only the layouts that our
queries ask for are read: float64 and int64 without missing values, and UTF-8 text.

References
----------
.. [1] The Arrow C data interface, https://arrow.apache.org/docs/format/CDataInterface.html
.. [2] The Arrow C stream interface, https://arrow.apache.org/docs/format/CStreamInterface.html
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import Any

import numpy as np

_P = ctypes.c_void_p


class _Schema(ctypes.Structure):
    pass


class _Array(ctypes.Structure):
    pass


class _Stream(ctypes.Structure):
    pass


_Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", _P),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(_Schema))),
    ("dictionary", _P),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Schema))),
    ("private_data", _P),
]
_Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(_P)),
    ("children", ctypes.POINTER(ctypes.POINTER(_Array))),
    ("dictionary", _P),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Array))),
    ("private_data", _P),
]
_Stream._fields_ = [
    ("get_schema", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Schema))),
    ("get_next", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Array))),
    ("get_last_error", ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.POINTER(_Stream))),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Stream))),
    ("private_data", _P),
]


class StreamError(RuntimeError):
    """The query failed while its rows were read; the message is DuckDB's."""


def batches(relation: Any) -> Iterator[list[np.ndarray]]:
    """Yield the rows of a query in batches: each a list of columns, float64, int64 or object (str and None).

    The arrays of a batch are its own: they stay valid when the next one is read.
    """
    capsule = relation.__arrow_c_stream__()
    stream = ctypes.cast(_pointer(capsule, b"arrow_array_stream"), ctypes.POINTER(_Stream))
    formats = _formats(stream)
    memo: dict[bytes, str] = {}
    while True:
        batch = _Array()
        _check(stream, stream.contents.get_next(stream, ctypes.byref(batch)))
        if not batch.release:
            return
        try:
            yield [_column(batch.children[i].contents, kind, memo) for i, kind in enumerate(formats)]
        finally:
            batch.release(ctypes.byref(batch))


def _pointer(capsule: Any, name: bytes) -> int:
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = _P, [ctypes.py_object, ctypes.c_char_p]
    return get(capsule, name)


def _formats(stream: Any) -> list[bytes]:
    schema = _Schema()
    _check(stream, stream.contents.get_schema(stream, ctypes.byref(schema)))
    try:
        return [schema.children[i].contents.format for i in range(schema.n_children)]
    finally:
        schema.release(ctypes.byref(schema))


def _check(stream: Any, code: int) -> None:
    if code:
        message = stream.contents.get_last_error(stream) or b"the query failed"
        raise StreamError(message.decode("utf-8", "replace"))


def _column(array: Any, kind: bytes, memo: dict[bytes, str]) -> np.ndarray:
    """Copy one column of a batch."""
    if kind in (b"g", b"l"):
        return _view(array.buffers[1], array.offset, array.length, "f8" if kind == b"g" else "i8").copy()
    if kind in (b"u", b"U"):
        return _texts(array, "i4" if kind == b"u" else "i8", memo)
    raise StreamError(f"a column has Arrow's format {kind!r}, and only float64, int64 and text are read")


def _view(address: int | None, offset: int, length: int, dtype: str) -> np.ndarray:
    size = np.dtype(dtype).itemsize
    if not length or not address:
        return np.empty(0, dtype)
    memory: Any = (ctypes.c_char * (length * size)).from_address(address + offset * size)
    return np.frombuffer(memory, dtype)


def _texts(array: Any, dtype: str, memo: dict[bytes, str]) -> np.ndarray:
    """Return text as str; a text that came before is the same object, so that categories cost 8 bytes a row."""
    n = array.length
    values = np.empty(n, object)
    if not n:
        return values
    ends = _view(array.buffers[1], array.offset, n + 1, dtype)
    data = ctypes.string_at(array.buffers[2], int(ends[-1])) if ends[-1] else b""
    places = ends.tolist()
    if len(memo) > MEMO_SIZE:
        memo.clear()
    for i in range(n):
        raw = data[places[i] : places[i + 1]]
        text = memo.get(raw)
        if text is None:
            text = memo[raw] = raw.decode("utf-8", "replace")
        values[i] = text
    if array.buffers[0]:
        bits = _view(array.buffers[0], 0, (array.offset + n + 7) // 8, "u1")
        there = np.unpackbits(bits, bitorder="little")[array.offset : array.offset + n].astype(bool)
        values[~there] = None
    return values


#: So many different texts are remembered.
MEMO_SIZE = 100_000


class _Growing:
    """A column that fills by batches, in memory that was asked for at once: what is not written costs nothing."""

    def __init__(self, dtype: str, capacity: int):
        self._values, self._n = np.empty(capacity, dtype), 0

    def add(self, batch: np.ndarray) -> None:
        needed = self._n + len(batch)
        if needed > len(self._values):
            self._values.resize(max(needed, self._n + self._n // 4), refcheck=False)
        self._values[self._n : needed] = batch
        self._n = needed

    def done(self) -> np.ndarray:
        self._values.resize(self._n, refcheck=False)
        return self._values


def columns(relation: Any, dtypes: list[str], capacity: int = 0) -> list[np.ndarray]:
    """Return the columns of a query.

    Parameters
    ----------
    relation : duckdb.DuckDBPyRelation
        The query.
    dtypes : list of str
        "f8", "i8" or "O" for each of its columns.
    capacity : int
        How many rows are expected; more may come.
    """
    growing = [_Growing(dtype, capacity) for dtype in dtypes]
    for batch in batches(relation):
        for column, part in zip(growing, batch, strict=True):
            column.add(part)
    return [column.done() for column in growing]
