"""Measure the task queue: `python benchmarks/tasks.py [--quick] [--only add,plotting,durable,backlog]`.

add       what `add_task` costs the program, beside `put` of Python's own queue
plotting  gradient descent with plots that would double its time: blocking, queued, drawn by a worker
durable   tasks a second put and run through a file, each on the disk before `add_task` returns
backlog   what a claim costs with 1,000,000 waiting tasks, beside 1,000

Rounds of what is compared run in turn, so that noise hits all alike. Prints the table, and writes
benchmarks/results/tasks.json.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
import timeit
from dataclasses import asdict
from pathlib import Path
from statistics import median

# One thread for NumPy: what else runs beside the descent is to be the plots alone.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from harness import machine, plots_to_call
from harness.rows import Row, factor_words, table, time_words, verdict

from chainrule.tasks import TaskQueue, status
from chainrule.tasks.rows import NewTask
from chainrule.tasks.store import Store

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
CHORES = ("add", "plotting", "durable", "backlog")
LIMIT = 600.0  # seconds after which what is waited for is taken for hung

ADD_TARGET = 2e-6  # seconds
ADDS = 20_000
PLOTTING_TARGET = 0.01
STEPS, PLOTS, ROWS, WEIGHTS = 4000, 20, 10_000, 60
LOOPS = 200_000  # by which the plot that computes is made as long as it has to be
DURABLE_TARGET = 100  # tasks a second
BACKLOG_TARGET = 2.0
FEW, MANY, BATCH, CLAIMS = 1_000, 1_000_000, 20_000, 25


class Tasks:
    """What was asked for, what was found, the rows; a method for each chore.

    Parameters
    ----------
    folder : pathlib.Path
        For databases and plots; on a disk, since the disk is part of what is measured.
    quick : bool
        Fewer and shorter rounds, and a tenth of the backlog.
    """

    def __init__(self, folder, quick=False):
        self.folder, self.rounds = folder, 3 if quick else 9
        self.steps, self.many, self.puts = (STEPS // 4, MANY // 10, 100) if quick else (STEPS, MANY, 500)
        self.found, self.rows = {}, []

    # add

    def add(self):
        """Time `add_task` while the queue's thread is busy, and while it sleeps and has to be woken."""
        found = self.found["add"] = {"ours": [], "queue.Queue": [], "asleep": []}
        for _ in range(self.rounds):
            found["ours"].append(self.adds())
            plain = queue.Queue()
            found["queue.Queue"].append(timeit.timeit(lambda p=plain: p.put((int, (), {})), number=ADDS) / ADDS)
            found["asleep"].append(self.adds_asleep())
        ours = median(found["ours"])
        row = self.row("add_task", "queue.Queue.put", found["ours"], found["queue.Queue"])
        row.target, row.met = f"< {time_words(ADD_TARGET)}", verdict(ours < ADD_TARGET)
        self.rows.append(Row("add_task that wakes a thread", "", time_words(median(found["asleep"]))))

    def adds(self):
        """Return seconds an `add_task` while the thread is busy."""
        gate = threading.Event()
        with TaskQueue(max_waiting=ADDS + 1) as tasks:
            tasks.add_task(gate.wait)
            seconds = timeit.timeit(lambda: tasks.add_task(int), number=ADDS) / ADDS
            gate.set()
        return seconds

    def adds_asleep(self, times=200):
        """Return the median seconds of an `add_task` whose thread sleeps."""
        found = []
        with TaskQueue() as tasks:
            for _ in range(times):
                tasks.join()
                time.sleep(0.001)
                begun = time.perf_counter()
                tasks.add_task(int)
                found.append(time.perf_counter() - begun)
        return median(found)

    # plotting

    def plotting(self):
        """Time gradient descent with plots that, called by itself, would double its time."""
        self.descend(lambda: None)  # NumPy wakes up
        pause = min(self.descend(lambda: None) for _ in range(3)) / PLOTS
        loops = round(LOOPS * pause / min(timeit.repeat(self.compute, number=1, repeat=5)))
        self.plotted("plots that wait for a server", plots_to_call.upload, pause)
        self.plotted("plots that compute in Python", plots_to_call.compute, loops)

    def compute(self):
        """Compute as a plot does, to find out how long it takes."""
        plots_to_call.compute(self.folder / "calibration", LOOPS)

    def plotted(self, title, function, amount):
        """Measure the ways to call for one kind of plot."""
        file = self.folder / f"{function.__name__}.db"
        path = self.folder / "plot"
        found = self.found[title] = {name: [] for name in ("none", "blocking", "queued", "worker")}
        with TaskQueue() as threads, TaskQueue(file) as durable, worker(file):
            ways = {
                "none": lambda: None,
                "blocking": lambda: function(path, amount),
                "queued": lambda: threads.add_task(function, path, amount),
                "worker": lambda: durable.add_task(function, path, amount, durable=False),
            }
            for _ in range(self.rounds):
                for name, way in ways.items():
                    found[name].append(self.descend(way))
                    threads.join()
                    durable.join(LIMIT)
        for name in ("blocking", "queued", "worker"):
            row = self.row(f"descent, {title}: {name}", "no plots", found[name], found["none"], added=True)
            if name == "queued" and function is plots_to_call.upload:
                over = min(found[name]) / min(found["none"]) - 1
                row.target, row.met = f"< +{PLOTTING_TARGET:.0%}", verdict(over < PLOTTING_TARGET)

    def descend(self, plot):
        """Return the seconds of a linear regression that calls for plots on its way."""
        random = np.random.default_rng(7)
        X = random.normal(size=(ROWS, WEIGHTS))
        y = X @ random.normal(size=WEIGHTS)
        w, every = np.zeros(WEIGHTS), self.steps // PLOTS
        begun = time.perf_counter()
        for step in range(1, self.steps + 1):
            w -= 0.1 / ROWS * (X.T @ (X @ w - y))
            if step % every == 0:
                plot()
        return time.perf_counter() - begun

    # durable

    def durable(self):
        """Count tasks a second: put alone, and put while a worker runs them until the last has ended."""
        found = self.found["durable"] = {"put": [], "put and run": []}
        for number in range(self.rounds):
            file = self.folder / f"durable-{number}.db"
            with TaskQueue(file) as tasks:
                found["put"].append(self.puts / self.seconds_of_puts(tasks))
                with worker(file):
                    tasks.join(LIMIT)
                    begun = time.perf_counter()
                    self.seconds_of_puts(tasks)
                    tasks.join(LIMIT)
                    found["put and run"].append(self.puts / (time.perf_counter() - begun))
        for name, rates in found.items():
            row = Row(f"durable tasks a second: {name}", "each on the disk", f"{median(rates):,.0f}")
            row.spread = f"{min(rates):,.0f}–{max(rates):,.0f}"
            row.target, row.met = f"≥ {DURABLE_TARGET}", verdict(median(rates) >= DURABLE_TARGET)
            self.rows.append(row)

    def seconds_of_puts(self, tasks):
        """Return the seconds of some hundred puts, one after the other."""
        begun = time.perf_counter()
        for _ in range(self.puts):
            tasks.add_task(plots_to_call.nothing)
        return time.perf_counter() - begun

    # backlog

    def backlog(self):
        """Time a claim with few and with many tasks waiting, in turn, on the disk and without waiting for it."""
        stores = {waiting: self.filled(waiting) for waiting in (FEW, self.many)}
        found = self.found["backlog"] = {waiting: [] for waiting in stores}
        for _ in range(self.rounds):
            for waiting, store in stores.items():
                found[waiting].append(claim_seconds(store))
        for store in stores.values():
            store.close()
        row = self.row(f"claim, {self.many:,} waiting", f"{FEW:,} waiting", found[self.many], found[FEW])
        slower = median(found[self.many]) / median(found[FEW])
        row.target, row.met = f"< {BACKLOG_TARGET:.0f}×", verdict(slower < BACKLOG_TARGET)

    def filled(self, waiting):
        """Return a store in which so many tasks wait, of mixed priorities, some of them for their time."""
        store = Store(self.folder / f"{waiting}.db")
        for first in range(0, waiting, BATCH):
            numbers = range(first, min(first + BATCH, waiting))
            store.put([NewTask("tasks:plot", "[[],{}]", priority=n % 3, delay=3600.0 * (n % 5 == 0)) for n in numbers])
        return store

    def row(self, work, against, ours, theirs, added=False):
        """Add the row of two lists of rounds: how many times theirs ours takes, or by how much more.

        What is added to the descent may be less than the noise of its rounds: there the least rounds are compared,
        since noise only adds.
        """
        each = [a / b for a, b in zip(ours, theirs, strict=True)]
        typical, words = (min, lambda ratio: f"{ratio - 1:+.1%}") if added else (median, factor_words)
        whole = typical(ours) / typical(theirs)
        row = Row(work, against, time_words(typical(ours)), time_words(typical(theirs)), words(whole))
        row.spread = f"{words(min(each))} to {words(max(each))}"
        self.rows.append(row)
        return row


def claim_seconds(store):
    """Return the median seconds of a claim; each task is ended, so that none is claimed twice."""
    found = []
    for _ in range(CLAIMS):
        begun = time.perf_counter()
        claimed = store.claim("bench")
        found.append(time.perf_counter() - begun)
        store.finish(claimed, "null")
    return median(found)


@contextlib.contextmanager
def worker(file):
    """Run a worker of a file beside the block."""
    command = [sys.executable, "-m", "chainrule", "worker", str(file), "--allow", plots_to_call.__name__]
    log = file.with_suffix(".log")
    with open(log, "wb") as said:
        process = subprocess.Popen(command, cwd=HERE, stdout=said, stderr=said)
        try:
            while not status(file).workers:
                if process.poll() is not None:
                    raise RuntimeError(log.read_text(encoding="utf-8"))
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.wait(LIMIT)


def main():
    """Do what the command line asks, print the table, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--only", default=",".join(CHORES), help="some of the works, by commas")
    options = parser.parse_args()
    asked = options.only.split(",")
    if unknown := set(asked) - set(CHORES):
        parser.error(f"--only takes {', '.join(CHORES)}; received {', '.join(sorted(unknown))}")
    about = machine.describe()
    with tempfile.TemporaryDirectory() as folder:
        bench = Tasks(Path(folder), options.quick)
        for chore in asked:
            print(f"… {chore}", flush=True)
            getattr(bench, chore)()
    print(f"\n{about['processor']}, {about['cores']} cores, {about['system']}, load {about['load']}")
    print(f"{bench.rounds} rounds; ratio of medians (descent: of the least rounds), spread from least to greatest\n")
    print(table(bench.rows))
    RESULTS.mkdir(exist_ok=True)
    rows = [asdict(row) for row in bench.rows]
    result = {"when": time.strftime("%Y-%m-%d"), "machine": about, "rows": rows, "found": bench.found}
    (RESULTS / "tasks.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print("\nbenchmarks/results/tasks.json written")


if __name__ == "__main__":
    main()
