"""A run of a suite: the works one after another, the rows that they give, and at last the table, figure and file."""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from statistics import median

from harness import figure, machine, rounds, works
from harness.processes import Running, keep_to_cores
from harness.rows import Row, comparison, comparisons, table, verdict
from harness.works import OURS

RESULTS = Path(__file__).parents[1] / "results"
ROUNDS, QUICK_ROUNDS = 9, 3
PROCESS_ROUNDS, QUICK_PROCESS_ROUNDS = 5, 1
SECONDS, QUICK_SECONDS = 0.6, 0.2  # a round of one peer
NOT_INSTALLED = {"missing": "not installed"}


class Bench:
    """What was asked for, what was found, the rows. A suite derives from it and has a method for each of its chores.

    Parameters
    ----------
    folder : pathlib.Path
        Where the peers' inputs are written.
    quick : bool
        Fewer and shorter rounds.
    """

    #: What `--only` takes, in order: works by their key, and methods by their name.
    chores: tuple[str, ...] = ()
    works = ()

    def __init__(self, folder, quick=False):
        self.folder = folder
        self.rounds = QUICK_ROUNDS if quick else ROUNDS
        self.process_rounds = QUICK_PROCESS_ROUNDS if quick else PROCESS_ROUNDS
        self.seconds = QUICK_SECONDS if quick else SECONDS
        self.found = {}
        self.rows = []

    def write(self, work):
        """Write what the peers of a work are given, and return the file's path."""
        raise NotImplementedError

    def do(self, chore):
        """Do one of the chores."""
        timed = {work.key: work for work in self.works}
        self.timed(timed[chore]) if chore in timed else getattr(self, chore)()

    def timed(self, work):
        """Time a step of a work, or a prediction, and note the memory of each process."""
        also = works.SGEMM if work.beside_sgemm else ()
        found = rounds.in_turn(work, self.write(work), self.rounds, self.seconds, also)
        self.found[work.key] = found
        self.rows += comparisons(work.title, found, work.targets)
        if also:
            self.rows.append(self.share_of_sgemm(work, found))
        self.memory(work.title, found)

    def share_of_sgemm(self, work, found):
        """Return the row of our rate as a share of what the machine's matrix products reach."""
        rates = {
            peer.name: works.SGEMM_OPERATIONS / median(found[peer.name]["rounds"])
            for peer in works.SGEMM
            if "missing" not in found[peer.name]
        }
        least = work.sgemm_target
        row = Row(work.title, "share of the machine's sgemm", target=f"{least:.0%}" if least else "")
        if rates and "missing" not in found.get(OURS, NOT_INSTALLED):
            best = max(rates, key=rates.get)
            ours = work.operations / median(found[OURS]["rounds"])
            row.ours = f"{ours / 1e9:.0f} GFLOP/s"
            row.theirs = f"{rates[best] / 1e9:.0f} GFLOP/s ({best}, {found[best]['label']})"
            row.ratio = f"{ours / rates[best]:.0%}"
            row.met = verdict(ours / rates[best] >= least) if least else ""
        return row

    def memory(self, title, found):
        """Add the row of the peak memory beside PyTorch's."""
        title = f"{title.split(':')[0]}: peak memory"
        peaks = {
            name: {"rounds": [mine["peak_mb"]]} if "peak_mb" in mine else mine
            for name, mine in found.items()
            if "," not in name and not name.startswith("sgemm")
        }
        self.rows += comparisons(title, peaks, {"PyTorch": works.MEMORY_TARGET}, lambda mb: f"{mb:.0f} MB")

    def one_and_two_threads(self, work):
        """Time a work of ours with one thread and with two."""
        path = self.write(work)
        running = {count: Running(f"{OURS}_{work.kind}.py", [path], count) for count in works.THREADS}
        found = {count: {"rounds": []} for count in running}
        for process in running.values():
            process.calibrate(self.seconds)
        for _ in range(self.rounds):
            for count, process in running.items():
                found[count]["rounds"].append(process.go() / work.steps)
        for process in running.values():
            process.stop()
        self.found["threads"] = found
        title = f"{work.title}: 2 threads"
        self.rows.append(comparison(title, "1 thread", found[2], found[1], works.THREADS_TARGET))

    def tell(self, name, about):
        """Print the machine and the table, and write results/<name>.json and .html."""
        versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
        print(f"\n{about['processor']}, {about['instructions']}, {about['cores']} cores, {about['system']}")
        print(f"{versions}\n{self.rounds} rounds; ratio of medians, spread from the least to the greatest round\n")
        print(table(self.rows))
        RESULTS.mkdir(exist_ok=True)
        rows = [asdict(row) for row in self.rows]
        result = {"when": time.strftime("%Y-%m-%d"), "machine": about, "rows": rows, "found": self.found}
        (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
        drawn = figure.write(RESULTS / f"{name}.html", self.rows, self.found.get("scaling"))
        print(f"\nbenchmarks/results/{name}.json{f' and {name}.html' if drawn else ''} written")


def run(suite, name, description):
    """Run a suite as its command line asks."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--only", default=",".join(suite.chores), help="some of the works, by commas")
    options = parser.parse_args()
    asked = options.only.split(",")
    if unknown := set(asked) - set(suite.chores):
        parser.error(f"--only takes {', '.join(suite.chores)}; received {', '.join(sorted(unknown))}")
    keep_to_cores()
    about = machine.describe()
    with tempfile.TemporaryDirectory() as folder:
        bench = suite(Path(folder), options.quick)
        for chore in asked:
            print(f"… {chore}", flush=True)
            bench.do(chore)
    bench.tell(name, about)
