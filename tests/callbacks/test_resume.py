"""Resumed within one process: every optimizer, a drawn seed, long histories; what does not fit is refused."""

from __future__ import annotations

import json
import logging

import numpy as np
import pytest

from chainrule import optimizers, schedules
from chainrule.callbacks import BackupAndRestore, CallbackList, CSVLogger, History, LambdaCallback
from chainrule.callbacks.backup import BACKUP_FILE
from chainrule.errors import ModelFileError
from chainrule.layers import BatchNormalization, Dense, Dropout, GaussianNoise
from chainrule.models import Sequential

EPOCHS, KILLED_IN = 5, 3
X = np.linspace(-1, 1, 60, dtype=np.float32).reshape(20, 3)
Y = (X.sum(axis=1) > 0).astype(np.float32)

OPTIMIZERS = {
    "momentum": lambda: optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    "adam": lambda: optimizers.Adam(schedules.StepDecay(0.1, decay_steps=5, decay_rate=0.5), amsgrad=True),
    "adamw": lambda: optimizers.AdamW(0.05, clipnorm=0.5),
    "rmsprop": lambda: optimizers.RMSprop(0.05, momentum=0.5, centered=True),
    "adagrad": lambda: optimizers.Adagrad(0.1),
    "adadelta": lambda: optimizers.Adadelta(1.0),
    "adamax": lambda: optimizers.Adamax(0.05),
    "nadam": lambda: optimizers.Nadam(0.05),
    "lion": lambda: optimizers.Lion(0.01),
    "average": lambda: optimizers.SGD(0.1, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=4),
}


class Killed(Exception):
    """What a test raises in place of kill -9."""


def kill(epoch, logs):
    """End the process, so to say."""
    if epoch == KILLED_IN:
        raise Killed


def network(optimizer="adam", seed=4, units=4):
    layers = [
        *(Dense(units, input_dim=3, activation="tanh"), BatchNormalization()),
        *(GaussianNoise(0.1), Dropout(0.2), Dense(1, activation="sigmoid")),
    ]
    model = Sequential(layers, seed=seed)
    model.compile(loss="binary_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    return model


def fit(model, *callbacks, epochs=EPOCHS):
    model.fit(X, Y, epochs=epochs, batch_size=4, validation_split=0.25, verbose=0, callbacks=list(callbacks))
    return model


def die(model, folder):
    with pytest.raises(Killed):
        fit(model, BackupAndRestore(folder), LambdaCallback(on_epoch_begin=kill))


def assert_same(model, whole):
    for one, other in zip(model.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    state, expected = model.optimizer.get_state(), whole.optimizer.get_state()
    assert state.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(state[name], array, err_msg=name)
    assert model.history.history == whole.history.history and model.history.epoch == whole.history.epoch


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_every_optimizer_resumes_to_the_same_bits(tmp_path, make):
    whole = fit(network(make()))
    die(network(make()), tmp_path)
    assert_same(fit(network(make()), BackupAndRestore(tmp_path)), whole)


def test_a_drawn_seed_comes_back_and_with_it_the_rows_held_out(tmp_path):
    # Three models of three seeds, as three runs of a script that gives none.
    whole, killed, resumed = (network(seed=seed) for seed in (11, 11, 12))
    die(killed, tmp_path)
    assert_same(fit(resumed, BackupAndRestore(tmp_path)), fit(whole))
    assert resumed.seed == 11


def test_more_epochs_go_on_from_a_kept_backup(tmp_path):
    for epochs in (3, EPOCHS):
        model = fit(network(), BackupAndRestore(tmp_path, delete_checkpoint=False), epochs=epochs)
    assert_same(model, fit(network()))


def test_lbfgs_goes_on_from_its_last_point(tmp_path):
    pytest.importorskip("scipy")
    model = Sequential([Dense(1, input_dim=3, activation="sigmoid")], seed=1)
    model.compile(loss="binary_crossentropy", optimizer="lbfgs")
    die(model, tmp_path)
    before = model.history.history["loss"]
    resumed = Sequential([Dense(1, input_dim=3, activation="sigmoid")], seed=2)
    resumed.compile(loss="binary_crossentropy", optimizer="lbfgs")
    fit(resumed, BackupAndRestore(tmp_path))
    assert resumed.history.epoch == list(range(EPOCHS)) and resumed.history.history["loss"][:KILLED_IN] == before
    assert resumed.history.history["loss"][-1] < before[-1]


def test_says_in_the_log_that_it_resumed(tmp_path, caplog):
    caplog.set_level(logging.INFO, logger="chainrule")
    die(network(), tmp_path)
    assert not caplog.messages
    fit(network(), BackupAndRestore(tmp_path))
    assert caplog.messages == [f"resumed after epoch 3 from {tmp_path / BACKUP_FILE}"]


def test_a_history_of_a_hundred_thousand_epochs_can_be_kept(tmp_path):
    model, long, found, keeper = fit(network(), epochs=1), History(), History(), BackupAndRestore(tmp_path)
    long.epoch = list(range(100_000))
    numbers = np.linspace(0.1, 1, 100_000).tolist()
    long.history = {name: numbers for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
    CallbackList([long, keeper], model).on_epoch_end(99_999, {})
    CallbackList([found, keeper], model).on_train_begin({})
    assert len(long.epoch) == 100_001 and model._resume_from_epoch == 100_000
    assert found.history == long.history and found.epoch == long.epoch
    json.dumps(found.history)  # plain numbers again


def test_a_backup_of_another_network_or_optimizer_is_refused(tmp_path):
    die(network(), tmp_path)
    before = (tmp_path / BACKUP_FILE).read_bytes()
    for other, message in ((network(units=5), "has shape"), (network("sgd"), "it is of the optimizer 'Adam'")):
        weights = other.get_weights()
        with pytest.raises(ModelFileError, match=message):
            fit(other, BackupAndRestore(tmp_path))
        assert all(map(np.array_equal, other.get_weights(), weights))
    assert (tmp_path / BACKUP_FILE).read_bytes() == before


def test_a_damaged_backup_is_refused_in_a_sentence(tmp_path):
    die(network(), tmp_path)
    file = tmp_path / BACKUP_FILE
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(ModelFileError, match=r"backup\.safetensors"):
        fit(network(), BackupAndRestore(tmp_path))


def test_a_log_that_was_lost_begins_anew(tmp_path):
    log = tmp_path / "log.csv"
    with pytest.raises(Killed):
        fit(network(), BackupAndRestore(tmp_path), CSVLogger(log), LambdaCallback(on_epoch_begin=kill))
    log.unlink()
    fit(network(), BackupAndRestore(tmp_path), CSVLogger(log))
    assert [line.split(",")[0] for line in log.read_text().splitlines()] == ["epoch", "3", "4"]
