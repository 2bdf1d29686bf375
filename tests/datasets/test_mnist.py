"""MNIST: Keras' form, published counts, and idx files that are none."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest

from chainrule import datasets
from chainrule.datasets import mnist
from chainrule.datasets.files import FILES, VARIABLE
from chainrule.errors import ArgumentError, DataError

#: Two images of 2 × 3 pixels: the pixels 0 to 11 in order.
TINY = struct.pack(">HBB3I", 0, 8, 3, 2, 2, 3) + bytes(range(12))


@pytest.fixture
def packed(tmp_path):
    """Return a function that packs bytes into a .gz file."""

    def pack(contents):
        file = tmp_path / "images.gz"
        file.write_bytes(gzip.compress(contents))
        return file

    return pack


def test_load_data_is_keras_form_with_the_published_counts(data_folder):
    (x_train, y_train), (x_test, y_test) = datasets.mnist.load_data()
    assert (x_train.shape, x_test.shape) == ((60000, 28, 28), (10000, 28, 28))
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    assert np.bincount(y_train).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert x_train.max() == 255
    assert x_train.flags.writeable
    # The known mean and standard deviation of the train pixels, as fractions of 255.
    assert x_train.mean() / 255 == pytest.approx(0.1307, abs=5e-5)
    assert x_train.std() / 255 == pytest.approx(0.3081, abs=5e-5)


def test_load_takes_a_split(data_folder):
    both = datasets.load("mnist", split="all")
    test = datasets.load("mnist", split="test")
    assert len(both.X) == 70000
    assert np.array_equal(both.X[60000:], test.X)
    assert np.array_equal(both.y[60000:], test.y)
    assert repr(test).startswith("Dataset 'mnist': 10000 rows of 28 × 28 pixels, multiclass ('0' 980, ")


def test_an_unknown_split_is_refused():
    with pytest.raises(ArgumentError) as refused:
        datasets.load("mnist", split="valid")
    assert str(refused.value) == "split is 'train', 'test' or 'all'; received 'valid'."


def test_read_idx_by_hand(packed):
    assert mnist.read_idx(packed(TINY), rank=3).tolist() == [[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]]


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (
            struct.pack(">HBB", 0, 8, 1) + TINY[4:],
            " is no idx file of unsigned bytes with 3 axes: it should begin with the bytes 00 00 08 03, "
            "and begins with 00 00 08 01.",
        ),
        (
            b"\x89PNG" + TINY[4:],
            " with 3 axes: it should begin with the bytes 00 00 08 03, and begins with 89 50 4e 47.",
        ),
        (b"", " with 3 axes: it should begin with the bytes 00 00 08 03, and begins with nothing."),
        (TINY[:9], " ends within its first 16 bytes: it was cut short; fetch it again."),
        (
            TINY[:-1],
            " should hold 2 × 2 × 3 = 12 bytes after its header, and holds 11: "
            "it was cut short or mixed up; fetch it again.",
        ),
        (
            TINY + b"\0",
            " should hold 2 × 2 × 3 = 12 bytes after its header, and holds 13: "
            "it was cut short or mixed up; fetch it again.",
        ),
    ],
)
def test_a_file_that_is_no_idx_file_is_refused(packed, contents, message):
    file = packed(contents)
    with pytest.raises(DataError) as refused:
        mnist.read_idx(file, rank=3)
    assert str(refused.value).startswith(str(file))
    assert str(refused.value).endswith(message)


@pytest.mark.parametrize(
    "damage", [lambda whole: whole[:-12], lambda whole: b"not gzip", lambda whole: whole[:12] + b"\xff" * 9]
)
def test_a_file_that_cannot_be_unpacked_is_refused(packed, damage):
    file = packed(TINY)
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(DataError, match=r"can't be unpacked \(.+\): it is damaged; fetch it again\."):
        mnist.read_idx(file, rank=3)


def test_a_sound_file_of_another_set_is_refused(tmp_path, monkeypatch):
    folder = tmp_path / "mnist"
    folder.mkdir()
    (folder / FILES["mnist"][0].file).write_bytes(gzip.compress(TINY))
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(DataError) as refused:
        datasets.mnist.load_data()
    assert str(refused.value).endswith("is a sound idx file, but not MNIST's: its contents have another checksum.")
