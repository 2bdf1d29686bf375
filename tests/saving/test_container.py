"""The bytes of the file, held to the safetensors package."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from chainrule.errors import ModelFileError
from chainrule.saving.container import DTYPES, arrays_of, header_length, pack, read_header


def unpack(data: bytes):
    length = header_length(data[:8], len(data))
    header = read_header(data[8 : 8 + length], len(data) - 8 - length)
    return arrays_of(header, memoryview(data)[8 + length :]), header.metadata


def test_by_hand():
    # A header of one text and one tensor, with spaces up to a multiple of 8; then 1.0 and 2.0 as float32.
    data = pack({"a": np.array([1, 2], np.float32)}, {"k": "v"})
    text = b'{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    padded = text + b" " * (-len(text) % 8)
    assert data == len(padded).to_bytes(8, "little") + padded + bytes([0, 0, 128, 63, 0, 0, 0, 64])


def test_wide_numbers_come_first_so_that_all_are_aligned():
    data = pack({"b": np.array([True]), "f": np.zeros(3, np.float32), "d": np.zeros(2)}, {})
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    assert [header[name]["data_offsets"] for name in "dfb"] == [[0, 16], [16, 28], [28, 29]]
    assert (8 + length) % 8 == 0


any_array = st.sampled_from(sorted(DTYPES)).flatmap(
    lambda name: arrays(DTYPES[name], array_shapes(min_dims=0, max_side=4))
)


@given(any_array)
def test_what_we_write_the_package_reads_and_back(A):
    safetensors = pytest.importorskip("safetensors.numpy")
    theirs = safetensors.load(pack({"x/y": A, "z": A}, {"k": "v"}))["x/y"]
    ours, metadata = unpack(safetensors.save({"x/y": np.array(A, order="C")}, {"k": "v"}))
    for B in (theirs, ours["x/y"]):
        assert B.dtype == A.dtype and B.shape == A.shape and B.tobytes() == A.tobytes()
    assert metadata == {"k": "v"}


def test_any_layout_in_memory_gives_the_same_bytes():
    A = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert pack({"a": np.asfortranarray(A)}, {}) == pack({"a": A}, {}) == pack({"a": A.astype(">f4")}, {})


def test_empty_arrays_pass():
    data = pack({"a": np.zeros((0, 3)), "b": np.ones(1)}, {})
    assert unpack(data)[0]["a"].shape == (0, 3)


def test_arrays_look_into_the_file():
    found, _ = unpack(pack({"a": np.ones(3)}, {}))
    assert not found["a"].flags.owndata and not found["a"].flags.writeable


def test_refuses_to_write_other_dtypes():
    with pytest.raises(
        ModelFileError, match="'a' is of dtype complex128, which a model file can't hold; it holds float64"
    ):
        pack({"a": np.zeros(1, complex)}, {})


def entry(dtype="F32", shape=(2,), offsets=(0, 8)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"a": entry(), "b": entry()}, "overlaps another or leaves a gap"),
        ({"a": entry(), "b": entry(offsets=(4, 12))}, "overlaps another or leaves a gap"),
        ({"a": entry(offsets=(4, 12))}, "overlaps another or leaves a gap"),
        ({"a": entry(shape=(3,))}, "does not fill the bytes"),
        ({"a": entry(shape=(2**62, 2**62))}, "does not fill the bytes"),
        ({"a": entry(shape=(0, 2**62), offsets=(0, 0))}, "does not fill the bytes"),
        ({"a": entry(shape=(-2,))}, "damaged shape or place"),
        ({"a": entry(shape=(True, 2))}, "damaged shape or place"),
        ({"a": entry(shape=(2.0,))}, "damaged shape or place"),
        ({"a": entry(shape=(1,) * 40 + (2,))}, "damaged shape or place"),
        ({"a": entry(offsets=(0,))}, "damaged shape or place"),
        ({"a": entry(dtype="BF16")}, "of the dtype 'BF16'"),
        ({"a": entry(dtype=["F32"])}, "of the dtype"),
        ({"a": entry() | {"more": 1}}, "entry for the tensor 'a' is damaged"),
        ({"a": 3}, "entry for the tensor 'a' is damaged"),
        ({"__metadata__": {"a": 3}, "a": entry()}, "metadata is not made of texts"),
        ({"__metadata__": [], "a": entry()}, "metadata is not made of texts"),
        ([], "no JSON object"),
        ({}, "bytes too many"),
    ],
)
def test_refuses_damaged_headers(header, said):
    with pytest.raises(ModelFileError, match=said):
        read_header(json.dumps(header).encode(), 8)


@pytest.mark.parametrize(
    ("start", "size", "said"),
    [
        (b"", 0, "it is empty"),
        (b"\x10\0\0", 3, "not a safetensors file"),
        ((2**63).to_bytes(8, "little"), 100, "not a safetensors file, or its start is damaged"),
        ((93).to_bytes(8, "little"), 100, "cut off: its header has 93 bytes, and the file 100 in all"),
        (b"\x89HDF\r\n\x1a\n", 100, "HDF5 file, perhaps of Keras"),
        (b"PK\x03\x04abcd", 100, "zip archive"),
        (b"\x80\x04\x95abcde", 100, "not a safetensors file"),
    ],
)
def test_refuses_files_by_their_start(start, size, said):
    with pytest.raises(ModelFileError, match=said):
        header_length(start, size)


def test_sizes_are_counted_without_overflow():
    # 2^32 · 2^32 numbers are 2^64: 0 in 64 bits, which would "fill" a tensor of no bytes.
    assert math.prod((2**32, 2**32)) == 2**64
    with pytest.raises(ModelFileError, match="does not fill"):
        read_header(json.dumps({"a": entry(shape=(2**32, 2**32), offsets=(0, 0))}).encode(), 0)
