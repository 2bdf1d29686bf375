"""Measure chainrule beside its peers, in one run: `make bench`.

    python benchmarks/native.py [--quick] [--only step,process,narrow,wide,predict,import,size,scaling,threads,sweep]

Every peer is a process of its own with the setting that suits it best; all start from the same weights and are checked
to reach the same loss; then all run in turn, one at a time, so that noise hits all alike. Prints the table, and writes
benchmarks/results/native.json and native.html.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from statistics import median

from harness import figure, footprint, machine, rounds, works
from harness.inputs import write_table, write_work
from harness.processes import PEERS_FOLDER, PeerFailedError, Running, environment, keep_to_cores, whole
from harness.rows import Row, comparison, comparisons, table, time_words, verdict
from harness.works import OURS, PEERS, TIMED

RESULTS = Path(__file__).parent / "results"
ROUNDS, QUICK_ROUNDS = 9, 3
PROCESS_ROUNDS, QUICK_PROCESS_ROUNDS = 5, 1
SECONDS, QUICK_SECONDS = 0.6, 0.2  # a round of one peer
CHORES = ("step", "process", "narrow", "wide", "predict", "import", "size", "scaling", "threads", "sweep")
NOT_INSTALLED = {"missing": "not installed"}


class Bench:
    """One run: what was asked for, what was found, the rows."""

    def __init__(self, folder, quick=False):
        self.folder = folder
        self.table = write_table(folder)
        self.rounds = QUICK_ROUNDS if quick else ROUNDS
        self.process_rounds = QUICK_PROCESS_ROUNDS if quick else PROCESS_ROUNDS
        self.seconds = QUICK_SECONDS if quick else SECONDS
        self.found = {}
        self.rows = []

    def timed(self, work):
        """Time a step of a work, or a prediction, and note the memory of each process."""
        also = works.SGEMM if work is works.WIDE else ()
        found = rounds.in_turn(work, write_work(work, self.folder), self.rounds, self.seconds, also)
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
        row = Row(work.title, "share of the machine's sgemm", target=f"{works.SGEMM_TARGET:.0%}")
        if rates and "missing" not in found.get(OURS, NOT_INSTALLED):
            best = max(rates, key=rates.get)
            ours = work.operations / median(found[OURS]["rounds"])
            row.ours = f"{ours / 1e9:.0f} GFLOP/s"
            row.theirs = f"{rates[best] / 1e9:.0f} GFLOP/s ({best}, {found[best]['label']})"
            row.ratio = f"{ours / rates[best]:.0%}"
            row.met = verdict(ours / rates[best] >= works.SGEMM_TARGET)
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
        path = write_work(works.WIDE, self.folder)
        running = {count: Running("chainrule_train.py", [path], count) for count in works.THREADS}
        found = {count: {"rounds": []} for count in running}
        for process in running.values():
            process.calibrate(self.seconds)
        for _ in range(self.rounds):
            for count, process in running.items():
                found[count]["rounds"].append(process.go() / works.WIDE.steps)
        for process in running.values():
            process.stop()
        self.found["threads"] = found
        title = f"{works.WIDE.title}: 2 threads"
        self.rows.append(comparison(title, "1 thread", found[2], found[1], works.THREADS_TARGET))

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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--only", default=",".join(CHORES), help="some of the works, by commas")
    options = parser.parse_args()
    asked = options.only.split(",")
    if unknown := set(asked) - set(CHORES):
        parser.error(f"--only takes {', '.join(CHORES)}; received {', '.join(sorted(unknown))}")
    keep_to_cores()
    about = machine.describe()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), options.quick)
        timed = {work.key: work for work in TIMED}
        for key in asked:
            print(f"… {key}", flush=True)
            bench.timed(timed[key]) if key in timed else getattr(bench, "imports" if key == "import" else key)()
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    print(f"\n{about['processor']}, {about['instructions']}, {about['cores']} cores, {about['system']}")
    print(f"{versions}\n{bench.rounds} rounds; ratio of medians, spread from the least to the greatest round\n")
    print(table(bench.rows))
    RESULTS.mkdir(exist_ok=True)
    rows = [asdict(row) for row in bench.rows]
    result = {"when": time.strftime("%Y-%m-%d"), "machine": about, "rows": rows, "found": bench.found}
    (RESULTS / "native.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    drawn = figure.write(RESULTS / "native.html", bench.rows, bench.found.get("scaling"))
    print(f"\nbenchmarks/results/native.json{' and native.html' if drawn else ''} written")


if __name__ == "__main__":
    main()
