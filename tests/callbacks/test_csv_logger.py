"""CSVLogger: lines that read back to the bit, on the disk as soon as the epoch is over."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from chainrule.callbacks import CSVLogger, LambdaCallback
from chainrule.errors import ArgumentError


def test_lines(dictated, tmp_path):
    path = tmp_path / "made" / "log.csv"
    dictated.Model().run([CSVLogger(path)], dictated.losses(0.1 + 0.2, np.float64(1e-9)))
    assert path.read_bytes() == b"epoch,loss,val_loss\n0,1.0,0.30000000000000004\n1,1.0,1e-09\n"


def test_separator_and_arrays(dictated, tmp_path):
    path = tmp_path / "log.csv"
    dictated.Model().run([CSVLogger(path, separator=";")], dictated.losses(np.eye(2), name="cm"))
    assert list(csv.reader(path.read_text().splitlines(), delimiter=";")) == [
        ["epoch", "loss", "cm"],
        ["0", "1.0", "[[1.0, 0.0], [0.0, 1.0]]"],
    ]


def test_each_line_is_there_after_its_epoch(dictated, tmp_path):
    path, sizes = tmp_path / "log.csv", []
    note = LambdaCallback(on_epoch_end=lambda epoch, logs: sizes.append(len(path.read_text().splitlines())))
    dictated.Model().run([CSVLogger(path), note], dictated.losses(1, 2, 3))
    assert sizes == [2, 3, 4]


def test_append_and_replace(dictated, tmp_path):
    path = tmp_path / "log.csv"
    for append in (False, True, True):
        dictated.Model().run([CSVLogger(path, append=append)], dictated.losses(1))
    assert path.read_text().splitlines() == ["epoch,loss,val_loss"] + 3 * ["0,1.0,1"]
    dictated.Model().run([CSVLogger(path)], dictated.losses(2))
    assert path.read_text().splitlines() == ["epoch,loss,val_loss", "0,1.0,2"]


def test_a_file_with_other_columns_is_not_appended_to(dictated, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss\n0,1.0\n")
    with pytest.raises(
        ArgumentError, match=r"it has no column 'val_loss', but loss\. Choose another file, or append=False\."
    ):
        dictated.Model().run([CSVLogger(path, append=True)], dictated.losses(1))
    assert path.read_text() == "epoch,loss\n0,1.0\n"


def test_the_old_file_stays_until_the_first_epoch_is_over(dictated, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("old\n")
    dictated.Model().run([CSVLogger(path)], [])
    assert path.read_text() == "old\n"


def test_validation_of_every_second_epoch_has_its_column(dictated, tmp_path):
    path = tmp_path / "log.csv"
    epochs = [{"loss": 1.0}, {"loss": 0.5, "val_loss": 2.0}]
    dictated.Model().run([CSVLogger(path)], epochs, params={"validation_freq": 2})
    assert path.read_text().splitlines() == ["epoch,loss,val_loss", "0,1.0,", "1,0.5,2.0"]


def test_fit_writes_what_the_history_has(network, tmp_path):
    path, model = tmp_path / "log.csv", network.make()
    history = model.fit(network.X, network.Y, epochs=3, verbose=0, callbacks=[CSVLogger(path)])
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [float(row["loss"]) for row in rows] == history.history["loss"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"filename": 3}, r"CSVLogger's filename is a path, such as 'log\.csv'; received 3\."),
        ({"separator": ", "}, r"CSVLogger's separator is one character, such as ',' or ';'; received ', '\."),
        ({"append": "yes"}, r"CSVLogger's append is True or False; received 'yes'\."),
    ],
)
def test_refused_arguments(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        CSVLogger(**{"filename": "log.csv"} | arguments)


def test_a_file_that_cannot_be_written_is_refused_before_training(dictated, tmp_path):
    with pytest.raises(ArgumentError, match=r"CSVLogger can't write '.*': Is a directory\."):
        dictated.Model().run([CSVLogger(tmp_path)], dictated.losses(1))
