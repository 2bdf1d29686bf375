"""Measure chainrule beside its peers, in one run: `make bench`.

    python benchmarks/native.py [--quick] [--only step,process,narrow,wide,predict,imports,size,scaling,threads,sweep]

Every peer is a process of its own with the setting that suits it best; all start from the same weights and are checked
to reach the same loss; then all run in turn, one at a time, so that noise hits all alike. Prints the table, and writes
benchmarks/results/native.json and native.html.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from statistics import median

from harness import footprint, rounds, works
from harness.bench import NOT_INSTALLED, Bench, run
from harness.inputs import write_table, write_work
from harness.processes import PEERS_FOLDER, PeerFailedError, environment, whole
from harness.rows import Row, comparison, comparisons, time_words, verdict
from harness.works import OURS, PEERS, TIMED


class Native(Bench):
    """Tables and dense networks."""

    chores = ("step", "process", "narrow", "wide", "predict", "imports", "size", "scaling", "threads", "sweep")
    works = TIMED

    def __init__(self, folder, quick=False):
        super().__init__(folder, quick)
        self.table = write_table(folder)

    def write(self, work):
        """Write rows and initial weights."""
        return write_work(work, self.folder)

    def process(self):
        """Time the PIMA tutorial as a whole process, with the settings that were best for a step."""
        if "step" not in self.found:
            self.timed(works.STEP)
        settings = {name: mine["setting"] for name, mine in self.found["step"].items() if "setting" in mine}
        found = rounds.whole_in_turn(PEERS, settings, self.table, self.process_rounds)
        self.found["process"] = found
        self.rows += comparisons(works.PROCESS_TITLE, found, works.PROCESS_TARGETS)
        self.memory(works.PROCESS_TITLE, found)

    def imports(self):
        """Time the imports."""
        found = self.found["import"] = footprint.import_seconds(self.rounds)
        for name in footprint.OUR_IMPORTS:
            self.rows.append(self.over_numpy(name, found))
        for name in footprint.IMPORTS[3:]:
            ours, theirs = ({"rounds": found[n]} if n in found else NOT_INSTALLED for n in (OURS, name))
            self.rows.append(comparison(f"import {OURS}", name, ours, theirs))

    def over_numpy(self, name, found):
        """Return the row of what an import of ours takes longer than NumPy's."""
        row = Row(f"import {name}", "NumPy", target=f"+{works.IMPORT_TARGET} ms")
        if name not in found:
            row.ours = NOT_INSTALLED["missing"]
            return row
        ours, numpy = (1e3 * median(found[n]) for n in (name, "numpy"))
        over = [1e3 * (a - b) for a, b in zip(found[name], found["numpy"], strict=True)]
        row.ours, row.theirs, row.ratio = f"{ours:.0f} ms", f"{numpy:.0f} ms", f"{ours - numpy:+.0f} ms"
        row.spread, row.met = f"{min(over):+.0f} to {max(over):+.0f} ms", verdict(ours - numpy <= works.IMPORT_TARGET)
        return row

    def size(self):
        """Measure the room on disk."""
        found = self.found["size"] = footprint.installed_mb()
        ours, theirs = ({"rounds": [mb]} if mb else NOT_INSTALLED for mb in found.values())
        other = list(found)[1]
        title = "installed size, NumPy excluded"
        self.rows.append(comparison(title, other, ours, theirs, works.SIZE_TARGET, lambda mb: f"{mb:.1f} MB"))

    def scaling(self):
        """Measure the cost against rows, epochs and weights, and fit its exponent."""
        command = [sys.executable, str(PEERS_FOLDER / "chainrule_scaling.py")]
        done = subprocess.run(command, capture_output=True, text=True, env=environment(works.CORES), check=True)
        found = self.found["scaling"] = json.loads(done.stdout.splitlines()[-1])
        for name, points in found.items():
            slope = exponent(points)
            row = Row(f"cost against {name}", f"{points[0][0]:,} to {points[-1][0]:,}", time_words(points[0][1]))
            row.theirs, row.ratio = time_words(points[-1][1]), f"exponent {slope:.2f}"
            row.target, row.met = f"1 ± {works.LINEAR}", verdict(abs(slope - 1) <= works.LINEAR)
            self.rows.append(row)

    def threads(self):
        """Time the widest network with one thread and with two."""
        self.one_and_two_threads(works.WIDE)

    def sweep(self):
        """Time 100 networks in a pool of processes beside one of PyTorch's."""
        found = self.found["sweep"] = {OURS: {"rounds": []}, "PyTorch": {"rounds": []}}
        for _ in range(self.process_rounds):
            for name, script in ((OURS, "chainrule_sweep.py"), ("PyTorch", "pytorch_process.py")):
                if "missing" in found[name]:
                    continue
                try:
                    # In a pool each process has one thread; PyTorch's one thread and fused Adam are its best here.
                    seconds, _ = rounds_of(name, script, self.table)
                    found[name]["rounds"].append(seconds)
                except PeerFailedError as error:
                    found[name] = {"missing": f"failed: {error}"}
        title = "100 networks on PIMA, 150 epochs each"
        self.rows.append(comparison(title, "PyTorch, one of them", found[OURS], found["PyTorch"], 1))


def rounds_of(name, script, path):
    """Run ours with a thread a process on both cores, or PyTorch's program with its best setting."""
    if name == OURS:
        return whole(script, [path], works.CORES, {"CHAINRULE_NUM_THREADS": "1"})
    return whole(script, [path, "fused"], 1)


def exponent(points) -> float:
    """Return the slope of the logarithms: 1 means that the cost grows linearly."""
    x, y = ([math.log(value) for value in values] for values in zip(*points, strict=True))
    middle, level = sum(x) / len(x), sum(y) / len(y)
    return sum((a - middle) * (b - level) for a, b in zip(x, y, strict=True)) / sum((a - middle) ** 2 for a in x)


if __name__ == "__main__":
    run(Native, "native", __doc__)
