"""Measure the library beside what there is to compare it with: `make bench`.

Each work is a process of its own, all of them in turn, several rounds; what is printed is the median and the spread of
each and the ratio of medians. The numbers also go to benchmarks/results/ as JSON.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
ROUNDS = 9

#: Prints the milliseconds that an import takes.
TIMED_IMPORT = "import time; t = time.perf_counter(); import {}; print(1e3 * (time.perf_counter() - t))"
#: name → command; each prints one number.
WORKS = {
    "step, bare NumPy": [HERE / "bare_numpy.py"],
    "step, reference engine": [HERE / "reference_step.py"],
    "step, reference engine, accuracy": [HERE / "reference_step.py", "accuracy"],
    "import, NumPy": ["-c", TIMED_IMPORT.format("numpy")],
    "import, chainrule": ["-c", TIMED_IMPORT.format("chainrule")],
    "import, a network": ["-c", TIMED_IMPORT.format("chainrule.models, chainrule.layers")],
}
UNITS = {"step": "µs", "import": "ms"}
#: name → what it is held against, and the most it may be: a factor, or a difference in the unit.
GOALS = {
    "step, reference engine": ("step, bare NumPy", "ratio", 1.5),
    "step, reference engine, accuracy": ("step, bare NumPy", "ratio", 1.5),
    "import, chainrule": ("import, NumPy", "difference", 50.0),
    "import, a network": ("import, NumPy", "difference", 50.0),
}


def measure(command) -> float:
    """Run one work in a process of its own and return the number it prints."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    # The machine's setting for old OpenBLAS builds slows a present NumPy down; every work here goes without it.
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, text=True, check=True, env=environment
    )
    return float(done.stdout.split()[-1])


def main(rounds=ROUNDS):
    """Measure everything in turn, print the table and write the JSON."""
    found = {name: [] for name in WORKS}
    for name in WORKS:
        measure(WORKS[name])  # once unmeasured: files come into the cache
    for _ in range(rounds):
        for name, command in WORKS.items():
            found[name].append(measure(command))
    machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
    print(f"{machine}, Python {platform.python_version()}, {rounds} rounds\n")
    print(f"{'work':<36}{'median':>10}{'spread':>18}   goal")
    for name, numbers in found.items():
        unit, median = UNITS[name.split(",")[0]], statistics.median(numbers)
        print(f"{name:<36}{median:>7.1f} {unit}{f'{min(numbers):.1f}–{max(numbers):.1f}':>18}   {verdict(name, found)}")
    grown = measure([HERE / "memory.py"])
    print(f"\nmemory grown by 10,000 predictions and 200 fits: {grown:.2f} MB")
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    result = {"when": time.strftime("%Y-%m-%d"), "rounds": rounds, "numbers": found, "memory_grown_mb": grown}
    (folder / "reference.json").write_text(json.dumps(result, indent=1) + "\n")


def verdict(name, found) -> str:
    """Say how a work stands beside what it is held against."""
    if name not in GOALS:
        return ""
    other, kind, most = GOALS[name]
    ours, theirs = statistics.median(found[name]), statistics.median(found[other])
    if kind == "ratio":
        return f"{ours / theirs:.2f}× of {other!r} (at most {most}×)"
    return f"{ours - theirs:+.0f} over {other!r} (at most +{most:.0f})"


if __name__ == "__main__":
    main()
