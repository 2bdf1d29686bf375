"""Measure what recording a run costs it, and that it never waits for the run's file.

    python benchmarks/recording.py [--quick] [--only narrow,wide,locked]

The same training with and without `record=True`, in turn in one process, each other pair the other way round. Then
single steps, timed one by one, while another process holds the run's database locked for three seconds. Prints the
table, and writes benchmarks/results/recording.json.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from statistics import median

import numpy as np
from harness import machine
from harness.processes import keep_to_cores
from harness.rows import Row, table, time_words, verdict

from chainrule.callbacks import Callback, RunRecorder
from chainrule.layers import Dense
from chainrule.models import Sequential
from chainrule.runs import Run

RESULTS = Path(__file__).parent / "results"
SECONDS, QUICK_SECONDS = 11.0, 3.0  # a training run without a record
PAIRS, QUICK_PAIRS = 7, 2
MOST_COST = 0.02
LOCKED, UNLOCKED = 3.0, 1.0  # seconds that the lock is held, and that training goes on after
LOCK_ROUNDS, QUICK_LOCK_ROUNDS = 7, 3
MOST_WAIT = 5e-3
PROBE_EPOCHS = 2

#: Holds a database's lock to write, or waits as long without; says when it begins.
HOLDER = """
import sqlite3, sys, time
path, locks, seconds = sys.argv[1], sys.argv[2] == "True", float(sys.argv[3])
database = sqlite3.connect(path, timeout=30, isolation_level=None)
if locks:
    database.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
time.sleep(seconds)
"""


def narrow():
    """Return the PIMA network, and rows like PIMA's."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(768, 8)).astype("f")
    y = (X[:, :1] + 0.5 * rng.normal(size=(768, 1)) > 0).astype("f")
    model = Sequential([Dense(12, "relu", input_dim=8), Dense(8, "relu"), Dense(1, "sigmoid")], seed=0)
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"], engine="native")
    return model, X, y, 10


def wide():
    """Return 784-512-512-10, and rows like MNIST's."""
    rng = np.random.default_rng(0)
    X = rng.uniform(size=(12_800, 784)).astype("f")
    y = rng.integers(0, 10, size=12_800)
    layers = [Dense(512, "relu", input_dim=784), Dense(512, "relu"), Dense(10, "softmax")]
    model = Sequential(layers, seed=0)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], engine="native")
    return model, X, y, 128


NETWORKS = {"narrow": ("8-12-8-1, batches of 10", narrow), "wide": ("784-512-512-10, batches of 128", wide)}


def train(make, epochs, record):
    """Train a new model; return the seconds of `fit`, and the record's file."""
    model, X, y, batch_size = make()
    model.prepare_training()
    gc.collect()
    began = time.perf_counter()
    history = model.fit(X, y, epochs=epochs, batch_size=batch_size, verbose=0, record=record)
    return time.perf_counter() - began, history.run


def cost(name, folder, pairs, seconds):
    """Return the row of what recording costs one network, and the numbers."""
    title, make = NETWORKS[name]
    train(make, PROBE_EPOCHS, False)
    epochs = PROBE_EPOCHS
    while (took := train(make, epochs, False)[0]) < seconds / 10:
        epochs *= 4
    epochs = max(1, round(epochs * seconds / took))
    found, told = {True: [], False: []}, []
    for number in range(pairs):
        for recorded in (True, False) if number % 2 else (False, True):
            took, path = train(make, epochs, folder if recorded else False)
            found[recorded].append(took)
            if recorded:
                told.append(Run(path).cost / took)
    each = [a / b - 1 for a, b in zip(found[True], found[False], strict=True)]
    value = median(found[True]) / median(found[False]) - 1
    row = Row(
        f"recording {title}, {epochs:,} epochs", "without", *(time_words(median(found[k])) for k in (True, False))
    )
    row.ratio, row.spread = f"{value:+.2%}", f"{min(each):+.2%} to {max(each):+.2%}"
    row.target, row.met, row.value = f"< {MOST_COST:.0%}", verdict(value < MOST_COST), value
    print(f"  the record itself says that it cost {median(told):.2%}", flush=True)
    return row, {"with": found[True], "without": found[False], "told": told, "epochs": epochs}


class Timed(Callback):
    """Times every step; as training begins, lets another process hold the run's file, or not."""

    comes_last = True

    def __init__(self, locks):
        self.locks, self.longest, self.holder = locks, 0.0, None

    def on_train_begin(self, logs=None):
        """Start the other process, and wait until it holds the file."""
        command = [sys.executable, "-c", HOLDER, self.model.history.run, str(self.locks), str(LOCKED)]
        self.holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.holder.stdout.readline()
        self.until = time.perf_counter() + LOCKED + UNLOCKED
        self.last = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        """Note the longest step."""
        now = time.perf_counter()
        self.longest, self.last = max(self.longest, now - self.last), now
        if now > self.until:
            self.model.stop("long enough")

    def on_train_end(self, logs=None):
        """Let the other process end."""
        self.holder.communicate()


def slowest(folder, locks):
    """Return the longest step of a recorded run of some seconds."""
    model, X, y, batch_size = narrow()
    timed = Timed(locks)
    gc.collect()
    gc.disable()  # a collection of all that the benchmark holds is no part of a step
    try:
        callbacks = [RunRecorder(folder), timed]
        history = model.fit(X, y, epochs=10**6, batch_size=batch_size, verbose=0, callbacks=callbacks)
    finally:
        gc.enable()
    run = Run(history.run)
    if run.dropped or len(run.epochs["epoch"]) != len(history.epoch):
        raise SystemExit("a locked file lost something")
    return timed.longest


def locked(folder, rounds):
    """Return the row of the slowest step while the file is locked, and the numbers."""
    found = {True: [], False: []}
    for number in range(rounds):
        for locks in (True, False) if number % 2 else (False, True):
            found[locks].append(slowest(folder, locks))
    slower = median(found[True]) - median(found[False])
    title = f"slowest step while the run's file is locked for {LOCKED:g} s"
    row = Row(title, "not locked", *(time_words(median(found[k])) for k in (True, False)))
    each = [1e3 * (a - b) for a, b in zip(found[True], found[False], strict=True)]
    row.ratio, row.spread = f"{1e3 * slower:+.2f} ms", f"{min(each):+.2f} to {max(each):+.2f} ms"
    row.target, row.met, row.value = f"≤ +{1e3 * MOST_WAIT:g} ms", verdict(slower <= MOST_WAIT), slower
    return row, {"locked": found[True], "not locked": found[False]}


def main():
    """Measure what was asked for, print the table, and write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--only", default="narrow,wide,locked", help="some of the works, by commas")
    options = parser.parse_args()
    asked = options.only.split(",")
    if unknown := set(asked) - {*NETWORKS, "locked"}:
        parser.error(f"--only takes narrow, wide, locked; received {', '.join(sorted(unknown))}")
    pairs, seconds = (QUICK_PAIRS, QUICK_SECONDS) if options.quick else (PAIRS, SECONDS)
    rows, numbers = [], {}
    keep_to_cores()
    about = machine.describe()
    with tempfile.TemporaryDirectory() as folder:
        for name in asked:
            print(f"… {name}", flush=True)
            if name == "locked":
                row, numbers[name] = locked(folder, QUICK_LOCK_ROUNDS if options.quick else LOCK_ROUNDS)
            else:
                row, numbers[name] = cost(name, folder, pairs, seconds)
            rows.append(row)
    print(f"\n{about['processor']}, {about['cores']} cores, {pairs} pairs; medians, spread of the pairs\n")
    print(table(rows))
    result = {"when": time.strftime("%Y-%m-%d"), "machine": about, "rows": list(map(asdict, rows)), "found": numbers}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "recording.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
