"""MNIST: 70,000 handwritten digits of 28 × 28 pixels, read from the original idx files.

An idx file is a magic number (two zero bytes, the type, the rank), one big-endian 32-bit size for each axis, and the
values.

Source: Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits", 1998, "File formats".
"""

from __future__ import annotations

import gzip
import hashlib
import math
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from chainrule.datasets.dataset import Dataset
from chainrule.datasets.files import FILES, find
from chainrule.errors import ArgumentError, DataError

#: The idx code of unsigned bytes, the only type that MNIST uses.
UNSIGNED_BYTE = 0x08

#: The contents of the four files after unpacking.
CONTENTS_MD5 = {
    "train-images-idx3-ubyte.gz": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte.gz": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte.gz": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte.gz": "27ae3e4e09519cfbb04c329615203637",
}

SPLITS = ("train", "test", "all")
ABOUT = "A row is a handwritten digit of 28 × 28 pixels from 0 (paper) to 255 (ink): divide by 255 before training."
SOURCE = "Y. LeCun, C. Cortes and C. Burges, 1998, made of NIST's Special Databases 1 and 3."


def load_data() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return MNIST as Keras does: `(x_train, y_train), (x_test, y_test)`.

    Returns
    -------
    tuple
        Images (60000, 28, 28) and (10000, 28, 28), labels (60000,) and (10000,) from 0 to 9, all in uint8.

    Raises
    ------
    DataError
        If a file can't be found or fetched, is damaged, or is not MNIST's.
    MissingExtraError
        If a file must be fetched and pooch is not installed.
    """
    return read_four("mnist", "MNIST", CONTENTS_MD5)


def read_four(name: str, title: str, contents_md5: dict[str, str]) -> tuple[tuple, tuple]:
    """Return the images and labels of a set of four idx files, as `load_data` does.

    Parameters
    ----------
    name : str
        A key of `FILES`, which has the files in the order train images, train labels, test images, test labels.
    title : str
        What messages call the set.
    contents_md5 : dict of str to str
        File → the MD5 of what is in it, unpacked.
    """
    x_train, y_train, x_test, y_test = (
        read_idx(find(name, remote), rank=rank, md5=contents_md5[remote.file], title=title)
        for remote, rank in zip(FILES[name], (3, 1, 3, 1), strict=True)
    )
    return (x_train, y_train), (x_test, y_test)


def load_mnist(split: str = "train") -> Dataset:
    """Return MNIST as a `Dataset`.

    Parameters
    ----------
    split : {"train", "test", "all"}
        The 60,000 images to train on, the 10,000 to test on, or all, train before test.

    Returns
    -------
    Dataset
        X (rows, 28, 28) in uint8, y (rows,).

    Raises
    ------
    ArgumentError
        If the split is none of these.
    DataError
        If a file can't be found or fetched, is damaged, or is not MNIST's.
    """
    X, y = part_of(load_data, split)
    return Dataset("mnist", X, y, None, tuple("0123456789"), "multiclass", ABOUT, SOURCE)


def part_of(load: Callable[[], tuple[tuple, tuple]], split: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the images and labels (int64) of a split, or refuse an unknown one before anything is read."""
    if split not in SPLITS:
        raise ArgumentError(f"split is {', '.join(map(repr, SPLITS[:-1]))} or {SPLITS[-1]!r}; received {split!r}.")
    train, test = load()
    parts = {"train": [train], "test": [test], "all": [train, test]}[split]
    X = np.concatenate([images for images, _ in parts])
    return X, np.concatenate([labels for _, labels in parts]).astype(np.int64)


def read_idx(file: str | Path, rank: int, md5: str | None = None, title: str = "MNIST") -> np.ndarray:
    """Return the unsigned bytes of a gzipped idx file as an array.

    Parameters
    ----------
    file : str or pathlib.Path
        The `.gz` file.
    rank : int
        How many axes it must have: 3 for images, 1 for labels.
    md5 : str, optional
        What the MD5 of the unpacked contents must be; any, if None.
    title : str, default "MNIST"
        Whose contents these are, for the message.

    Returns
    -------
    numpy.ndarray
        The values in uint8.

    Raises
    ------
    DataError
        If the file is no gzip file, has another type or rank, is too short or too long, or has another checksum.
    """
    contents = _unpack(file)
    magic = struct.pack(">HBB", 0, UNSIGNED_BYTE, rank)
    if contents[:4] != magic:
        raise DataError(
            f"{file} is no idx file of unsigned bytes with {rank} axes: it should begin with the bytes "
            f"{magic.hex(' ')}, and begins with {contents[:4].hex(' ') or 'nothing'}."
        )
    start = 4 + 4 * rank
    if len(contents) < start:
        raise DataError(f"{file} ends within its first {start} bytes: it was cut short; fetch it again.")
    shape = struct.unpack(f">{rank}I", contents[4:start])
    expected, received = math.prod(shape), len(contents) - start
    if expected != received:
        sizes = " × ".join(map(str, shape))
        raise DataError(
            f"{file} should hold {sizes} = {expected} bytes after its header, and holds {received}: "
            "it was cut short or mixed up; fetch it again."
        )
    if md5 is not None and hashlib.md5(contents, usedforsecurity=False).hexdigest() != md5:
        raise DataError(f"{file} is a sound idx file, but not {title}'s: its contents have another checksum.")
    return np.frombuffer(contents, dtype=np.uint8, offset=start).reshape(shape).copy()


def _unpack(file: str | Path) -> bytes:
    try:
        with gzip.open(file) as packed:
            return packed.read()
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{file} can't be unpacked ({error}): it is damaged; fetch it again.") from error
