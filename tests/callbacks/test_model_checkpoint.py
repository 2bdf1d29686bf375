"""ModelCheckpoint: which epochs are written, and where."""

from __future__ import annotations

import math
import os

import numpy as np
import pytest

from chainrule.callbacks import ModelCheckpoint
from chainrule.errors import ArgumentError, ModelFileError
from chainrule.models import load_model


def test_each_epoch_is_written_into_the_path_filled_in(dictated, tmp_path):
    model = dictated.Model()
    model.run([ModelCheckpoint(tmp_path / "deep" / "{epoch:02d}-{val_loss:.2f}.safetensors")], dictated.losses(5, 3))
    folder = tmp_path / "deep"
    assert folder.is_dir()
    assert model.written == [("model", str(folder / f"{name}.safetensors")) for name in ("01-5.00", "02-3.00")]


@pytest.mark.parametrize(
    ("arguments", "values", "epochs"),
    [
        ({}, (5, 3, 4, 3, 2), (1, 2, 5)),  # 3 again is not better than 3
        ({"mode": "max"}, (5, 3, 6), (1, 3)),
        ({"initial_value_threshold": 3.5}, (5, 3, 4), (2,)),
        ({}, (math.nan, 3, math.nan, 2), (2, 4)),
        ({}, (math.inf, 3), (2,)),
    ],
)
def test_the_best_only(dictated, tmp_path, arguments, values, epochs):
    model = dictated.Model()
    model.run([ModelCheckpoint(tmp_path / "{epoch}", save_best_only=True, **arguments)], dictated.losses(*values))
    assert [os.path.basename(path) for _, path in model.written] == [str(epoch) for epoch in epochs]


def test_nan_never_overwrites_a_good_file(dictated, tmp_path):
    model = dictated.Model()
    epochs = [{"loss": 1.0, "val_loss": 1.0}, {"loss": math.nan, "val_loss": 1.0}, {"loss": 1.0, "val_loss": math.nan}]
    model.run([ModelCheckpoint(tmp_path / "m")], epochs)
    assert len(model.written) == 1


def test_weights_only_every_so_many_batches(dictated, tmp_path):
    model = dictated.Model()
    callback = ModelCheckpoint(tmp_path / "{epoch}", save_weights_only=True, save_freq=3)
    # 2 epochs of 4 batches: after the 3rd (epoch 1) and the 6th (epoch 2)
    model.run([callback], dictated.losses(5, 4), batches=4)
    assert [(kind, os.path.basename(path)) for kind, path in model.written] == [("weights", "1"), ("weights", "2")]


def test_says_what_it_wrote(dictated, tmp_path, capsys):
    dictated.Model().run([ModelCheckpoint(tmp_path / "m", verbose=1)], dictated.losses(5))
    assert capsys.readouterr().out == f"epoch 1: wrote {tmp_path / 'm.safetensors'}\n"


def test_says_the_file_that_is_there(network, tmp_path, capsys):
    with pytest.warns(UserWarning, match="'m.h5' becomes 'm.safetensors'"):
        callbacks = [ModelCheckpoint(tmp_path / "m.h5", verbose=1)]
        network.make().fit(network.X, network.Y, epochs=1, verbose=0, callbacks=callbacks)
    assert os.listdir(tmp_path) == ["m.safetensors"]
    assert capsys.readouterr().out == f"epoch 1: wrote {tmp_path / 'm.safetensors'}\n"


def test_the_file_holds_the_best_epoch(network, tmp_path):
    model, path = network.make(), tmp_path / "best.safetensors"
    weights = []
    callback = ModelCheckpoint(path, monitor="loss", save_best_only=True)
    note = type("Note", (ModelCheckpoint,), {"_save": lambda self, epoch, logs: weights.append(model.get_weights())})
    history = model.fit(
        network.X, network.Y, epochs=6, batch_size=4, verbose=0, callbacks=[callback, note(path, save_freq="epoch")]
    )
    best = int(np.argmin(history.history["loss"]))
    for written, then in zip(load_model(path).get_weights(), weights[best], strict=True):
        np.testing.assert_array_equal(written, then)
    assert callback.best == min(history.history["loss"])


@pytest.mark.parametrize("pattern", ["{val_los:.2f}", "{}", "{epoch:q}", "{epoch"])
def test_a_path_that_cannot_be_filled_in(dictated, tmp_path, pattern):
    with pytest.raises(
        ArgumentError,
        match=r"ModelCheckpoint can't fill in its path .*; it may name epoch, loss, val_loss, as in {epoch:02d}\.",
    ):
        dictated.Model().run([ModelCheckpoint(tmp_path / pattern)], dictated.losses(5))


def test_a_folder_that_cannot_be_made(dictated, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelFileError, match=r"ModelCheckpoint can't make the folder .*; choose another\."):
        dictated.Model().run([ModelCheckpoint(tmp_path / "file" / "m")], dictated.losses(5))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"filepath": 3}, r"ModelCheckpoint's filepath is a path; received 3\."),
        ({"save_freq": 0}, r"ModelCheckpoint's save_freq is a whole number of at least 1; received 0\."),
        ({"save_freq": "batch"}, r"ModelCheckpoint's save_freq is a whole number of at least 1; received 'batch'\."),
        ({"save_best_only": "yes"}, r"ModelCheckpoint's save_best_only is True or False; received 'yes'\."),
        ({"mode": "lowest"}, r"no mode of ModelCheckpoint named 'lowest'\."),
        (
            {"initial_value_threshold": math.nan},
            r"ModelCheckpoint's initial_value_threshold is a finite number; received nan\.",
        ),
    ],
)
def test_refused_arguments(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        ModelCheckpoint(**{"filepath": "m"} | arguments)


def test_best_only_needs_its_monitor(dictated, tmp_path):
    with pytest.raises(
        ArgumentError,
        match=r"ModelCheckpoint watches 'val_mae', which this fit doesn't measure; there is: loss, val_loss\.",
    ):
        dictated.Model().run([ModelCheckpoint(tmp_path / "m", "val_mae", save_best_only=True)], dictated.losses(5))


def test_best_survives_a_resume(dictated, tmp_path):
    first, second = (ModelCheckpoint(tmp_path / "{epoch}", save_best_only=True) for _ in range(2))
    dictated.Model().run([first], dictated.losses(3))
    second.set_state(first.get_state())
    model = dictated.Model()
    model.run([second], dictated.losses(4, 2))
    assert len(model.written) == 1
