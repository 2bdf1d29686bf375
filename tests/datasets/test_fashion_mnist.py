"""Fashion-MNIST: read like MNIST, and not taken for it."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest

from chainrule import datasets
from chainrule.datasets import fashion_mnist
from chainrule.datasets.files import FILES, VARIABLE
from chainrule.errors import ArgumentError, DataError


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Put four small files of the set's names into a data folder, and let their checksums be right."""
    import hashlib

    folder = tmp_path / "fashion_mnist"
    folder.mkdir()
    sums = {}
    for remote, axes in zip(FILES["fashion_mnist"], [(3, 2, 2), (3,), (1, 2, 2), (1,)], strict=True):
        values = bytes(range(int(np.prod(axes))))
        contents = struct.pack(f">HBB{len(axes)}I", 0, 8, len(axes), *axes) + values
        sums[remote.file] = hashlib.md5(contents).hexdigest()
        (folder / remote.file).write_bytes(gzip.compress(contents))
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    monkeypatch.setattr(fashion_mnist, "CONTENTS_MD5", sums)
    return folder


def test_load_data_is_keras_form(small):
    (x_train, y_train), (x_test, y_test) = datasets.fashion_mnist.load_data()
    assert (x_train.shape, y_train.shape, x_test.shape, y_test.shape) == ((3, 2, 2), (3,), (1, 2, 2), (1,))
    assert {A.dtype for A in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    assert x_train.flags.writeable


def test_load_names_the_classes_and_takes_a_split(small):
    data = datasets.load("fashion_mnist", split="all")
    assert len(data.X) == 4 and data.class_names[9] == "Ankle boot"
    with pytest.raises(ArgumentError, match="split is 'train', 'test' or 'all'; received 'valid'"):
        datasets.load("fashion_mnist", split="valid")


def test_mnist_under_its_name_is_refused(small, monkeypatch):
    monkeypatch.setattr(fashion_mnist, "CONTENTS_MD5", dict.fromkeys(fashion_mnist.CONTENTS_MD5, "0" * 32))
    with pytest.raises(DataError, match=r"is a sound idx file, but not Fashion-MNIST's: its contents have another"):
        datasets.fashion_mnist.load_data()


def test_its_files_have_the_names_of_mnist_and_other_checksums():
    ours, theirs = FILES["fashion_mnist"], FILES["mnist"]
    assert [one.file for one in ours] == [one.file for one in theirs]
    assert not {one.checksum for one in ours} & {one.checksum for one in theirs}
