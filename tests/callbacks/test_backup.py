"""BackupAndRestore: a run that died goes on to the same bits."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest

from chainrule.callbacks import (
    BackupAndRestore,
    Callback,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from chainrule.callbacks.backup import BACKUP_FILE
from chainrule.errors import ArgumentError, ModelFileError, NonFiniteLoss
from chainrule.layers import Dense
from chainrule.models import Sequential

EPOCHS = 12


class Killed(Exception):
    """What a test raises in place of kill -9."""


def killer(epoch, hook="on_epoch_begin"):
    """Return a callback that ends the process, so to say, in the given epoch."""

    def kill(number, logs):
        if number == epoch:
            raise Killed

    return LambdaCallback(**{hook: kill})


def watchers(folder):
    """Return callbacks with counters of their own: they end and change the run."""
    return [
        EarlyStopping("loss", patience=5),
        ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=0.02),
        CSVLogger(folder / "log.csv"),
    ]


def fit(network, folder, *more, backup=None, epochs=EPOCHS):
    folder.mkdir(exist_ok=True)
    model = network.make()
    keeper = BackupAndRestore(folder / "backup") if backup is None else backup
    history = model.fit(
        network.X, network.Y, epochs=epochs, batch_size=3, verbose=0, callbacks=[keeper, *watchers(folder), *more]
    )
    return model, history


def same(first, second):
    """Hold two runs to the same bits: weights, optimizer, History, log."""
    for one, other in zip(first[0].get_weights(), second[0].get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    states = first[0].optimizer.get_state(), second[0].optimizer.get_state()
    for name, array in states[0].items():
        np.testing.assert_array_equal(array, states[1][name])
    assert first[1].history == second[1].history and first[1].epoch == second[1].epoch
    assert first[1].stopped == second[1].stopped


@pytest.mark.parametrize("hook", ["on_epoch_begin", "on_epoch_end"])
@pytest.mark.parametrize("epoch", [1, 2, 4])
def test_a_killed_run_gives_the_bits_of_one_that_never_stopped(network, tmp_path, epoch, hook):
    whole = fit(network, tmp_path / "whole")
    assert whole[1].stopped and 4 < len(whole[1].epoch) < EPOCHS  # early stopping and the rate's changes are in play
    assert len(set(whole[1].history["learning_rate"])) > 1
    with pytest.raises(Killed):
        fit(network, tmp_path / "killed", killer(epoch, hook))
    same(whole, fit(network, tmp_path / "killed"))
    assert (tmp_path / "whole" / "log.csv").read_bytes() == (tmp_path / "killed" / "log.csv").read_bytes()


def test_killed_within_an_epoch_and_twice(network, tmp_path):
    whole = fit(network, tmp_path / "whole")
    for epoch in (1, 3):  # killed twice, each time within an epoch
        seen = []
        note = LambdaCallback(on_epoch_begin=lambda number, logs, seen=seen: seen.append(number))

        def kill(batch, logs, seen=seen, epoch=epoch):
            if seen[-1] == epoch and batch == 1:
                raise Killed

        with pytest.raises(Killed):
            fit(network, tmp_path / "killed", note, LambdaCallback(on_train_batch_end=kill))
    same(whole, fit(network, tmp_path / "killed"))


def test_ctrl_c_within_an_epoch_keeps_the_backup(network, tmp_path):
    whole = fit(network, tmp_path / "whole")
    model, file = network.make(), tmp_path / "stopped" / "backup" / BACKUP_FILE
    seen = []

    def interrupt(batch, logs):
        if seen[-1] == 2 and batch == 0:
            model.history.interrupted = True
            model.stop("Stopped by Ctrl-C.")

    extra = [
        LambdaCallback(on_epoch_begin=lambda epoch, logs: seen.append(epoch)),
        LambdaCallback(on_train_batch_end=interrupt),
    ]
    file.parent.parent.mkdir()
    model.fit(
        network.X, network.Y, epochs=EPOCHS, batch_size=3, verbose=0,
        callbacks=[BackupAndRestore(file.parent), *watchers(tmp_path / "stopped"), *extra],
    )  # fmt: skip
    assert file.exists()
    same(whole, fit(network, tmp_path / "stopped"))


def test_the_backup_goes_when_training_is_over(network, tmp_path):
    fit(network, tmp_path / "run")
    assert not (tmp_path / "run" / "backup" / BACKUP_FILE).exists()


@pytest.mark.parametrize("quietly", [False, True])
def test_the_backup_stays_where_the_loss_became_nan(network, tmp_path, quietly):
    def spoil(epoch, logs):
        if epoch == 2:
            model.layers[0].kernel.value[...] = np.nan

    model, more = network.make(), [TerminateOnNaN()] if quietly else []
    callbacks = [BackupAndRestore(tmp_path), LambdaCallback(on_epoch_begin=spoil), *more]
    with nullcontext() if quietly else pytest.raises(NonFiniteLoss):
        model.fit(network.X, network.Y, epochs=4, verbose=0, callbacks=callbacks)
    assert (tmp_path / BACKUP_FILE).exists()
    again = network.make()
    again.fit(network.X, network.Y, epochs=3, verbose=0, callbacks=[BackupAndRestore(tmp_path)])
    assert again.history.epoch == [0, 1, 2] and not (tmp_path / BACKUP_FILE).exists()


def test_the_backup_goes_when_lbfgs_has_arrived(tmp_path):
    pytest.importorskip("scipy")
    model = Sequential([Dense(1, input_dim=1)], seed=1)
    model.compile(loss="mse", optimizer="lbfgs")
    history = model.fit([[1.0], [2.0]], [1.0, 3.0], epochs=500, verbose=0, callbacks=[BackupAndRestore(tmp_path)])
    assert 1 < len(history.epoch) < 500 and not (tmp_path / BACKUP_FILE).exists()


def test_the_backup_stays_where_asked_and_the_same_script_ends_the_same(network, tmp_path):
    kept = tmp_path / "run" / "backup"
    first = fit(network, tmp_path / "run", backup=BackupAndRestore(kept, delete_checkpoint=False))
    assert (kept / BACKUP_FILE).exists()
    same(first, fit(network, tmp_path / "run", backup=BackupAndRestore(kept, delete_checkpoint=False)))


def test_every_so_many_epochs(network, tmp_path):
    written = []

    class Note(Callback):
        comes_last = True

        def on_epoch_end(self, epoch, logs=None):
            written.append((tmp_path / "b" / BACKUP_FILE).exists())

    network.make().fit(
        network.X, network.Y, epochs=4, verbose=0, callbacks=[BackupAndRestore(tmp_path / "b", save_freq=3), Note()]
    )
    assert written == [False, False, True, True]


def test_one_callback_more_does_not_shift_the_others(network, tmp_path):
    whole = fit(network, tmp_path / "whole")
    with pytest.raises(Killed):
        fit(network, tmp_path / "killed", killer(3))
    model, keeper = network.make(), BackupAndRestore(tmp_path / "killed" / "backup")
    callbacks = [Callback(), LambdaCallback(), *watchers(tmp_path / "killed"), keeper]
    same(whole, (model, model.fit(network.X, network.Y, epochs=EPOCHS, batch_size=3, verbose=0, callbacks=callbacks)))


def test_a_state_that_does_not_fit_is_refused(network, tmp_path):
    with pytest.raises(Killed):
        fit(network, tmp_path / "killed", killer(3))

    class EarlyStopping(Callback):  # another class of the same name
        def set_state(self, state):
            raise KeyError("patience")

    model = network.make()
    with pytest.raises(
        ModelFileError, match=r"The backup .* does not fit EarlyStopping \(.*\): delete the backup to start anew\."
    ):
        model.fit(
            network.X,
            network.Y,
            verbose=0,
            callbacks=[BackupAndRestore(tmp_path / "killed" / "backup"), EarlyStopping()],
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"backup_dir": None}, r"BackupAndRestore's backup_dir is a path; received None\."),
        ({"save_freq": 0}, r"BackupAndRestore's save_freq is a whole number of at least 1; received 0\."),
        ({"delete_checkpoint": 1}, r"BackupAndRestore's delete_checkpoint is True or False; received 1\."),
    ],
)
def test_refused_arguments(arguments, message):
    with pytest.raises(ArgumentError, match=message):
        BackupAndRestore(**{"backup_dir": "b"} | arguments)


def test_a_folder_that_cannot_be_made(network, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelFileError, match=r"BackupAndRestore can't make the folder .*; choose another\."):
        network.make().fit(network.X, network.Y, verbose=0, callbacks=[BackupAndRestore(tmp_path / "file" / "b")])
