"""A training run in a process of its own, to be killed: `python killed_run.py FOLDER [HOW MOMENT COUNT]`.

It writes a byte to standard output at every moment of the run (`MOMENTS`), so that who started it can kill it there; or
it ends itself (HOW: a signal's name, or "exit" for os._exit) when MOMENT has come COUNT times. A run that comes to its
end leaves `result.npz` in the folder.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from chainrule.callbacks import (
    BackupAndRestore,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    ModelCheckpoint,
    ReduceLROnPlateau,
)
from chainrule.layers import BatchNormalization, Dense, Dropout
from chainrule.models import Sequential
from chainrule.random import Stream
from chainrule.saving import disk

#: Hooks of training, and the steps of writing a file: half written, whole but not synced, synced, renamed.
MOMENTS = ("train_begin", "epoch_begin", "batch", "epoch_end", "half", "written", "synced", "renamed", "train_end")
EXIT_CODE = 9
EPOCHS, ROWS, COLUMNS = 14, 40, 3


class Moments:
    """Counts moments, says each, and ends the process at the one that was asked for."""

    def __init__(self, how="", moment="", count=0):
        self.how, self.last, self.counts = how, (moment, int(count)), Counter()

    def __call__(self, moment):
        self.counts[moment] += 1
        os.write(sys.stdout.fileno(), b".")
        if (moment, self.counts[moment]) == self.last:
            if self.how == "exit":
                os._exit(EXIT_CODE)
            os.kill(os.getpid(), signal.Signals[self.how])


def watch_the_disk(come):
    """Have the steps of a write said as they are made."""
    write, fsync, replace = disk._write_and_sync, os.fsync, os.replace

    def write_twice(path, data):
        with open(path, "xb") as file:
            file.write(data[: len(data) // 2])
        come("half")
        path.unlink()
        write(path, data)

    def said_fsync(descriptor):
        come("written")
        fsync(descriptor)
        come("synced")

    def said_replace(source, target):
        replace(source, target)
        come("renamed")

    disk._write_and_sync, os.fsync, os.replace = write_twice, said_fsync, said_replace


def callbacks(folder, come):
    """Return callbacks that steer the run, each with a state of its own."""
    return [
        EarlyStopping(patience=4),
        ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=0.02),
        CSVLogger(folder / "log.csv"),
        ModelCheckpoint(folder / "best.safetensors", monitor="loss", save_best_only=True),
        BackupAndRestore(folder / "backup"),
        LambdaCallback(
            on_train_begin=lambda logs: come("train_begin"),
            on_epoch_begin=lambda epoch, logs: come("epoch_begin"),
            on_train_batch_end=lambda batch, logs: come("batch"),
            on_epoch_end=lambda epoch, logs: come("epoch_end"),
            on_train_end=lambda logs: come("train_end"),
        ),
    ]


def network():
    """Return a network with all that draws random numbers or keeps a state."""
    layers = [Dense(5, input_dim=COLUMNS, activation="tanh"), BatchNormalization(momentum=0.5), Dropout(0.2), Dense(1)]
    model = Sequential(layers, seed=5)
    model.compile(loss="mse", optimizer="adam", metrics=["mae"])
    model.optimizer.learning_rate = 0.05
    return model


def main(folder, how="", moment="", count=0):
    """Train, or go on training."""
    folder, come = Path(folder), Moments(how, moment, count)
    watch_the_disk(come)
    X = Stream(1, "dataset").normal((ROWS, COLUMNS)).astype(np.float32)
    Y = X[:, :1] * X[:, 1:2] + X[:, 2:]
    model = network()
    history = model.fit(
        X, Y, epochs=EPOCHS, batch_size=8, validation_split=0.2, verbose=0, callbacks=callbacks(folder, come)
    )
    if history.interrupted:
        print(history.stopped)
        return
    record = {"history": history.history, "epoch": history.epoch, "stopped": history.stopped}
    weights = {f"weight{number}": array for number, array in enumerate(model.get_weights())}
    state = {f"state/{name}": array for name, array in model.optimizer.get_state().items()}
    np.savez(folder / "result.npz", record=np.array(json.dumps(record)), **weights, **state)


if __name__ == "__main__":
    main(*sys.argv[1:])
