"""From PIMA's file to a saved model, whole processes: `chainrule train` beside a scikit-learn script.

    python benchmarks/tables_train.py [rounds]

Two of ours: without a flag (ten networks), and the script's own work (8-12-8-1, 150 epochs, batches of 10). Also the
time of `chainrule --help`. Without the folder that `CHAINRULE_DATA` names the rows are random ones of PIMA's shape.
"""

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

from harness.inputs import write_table

HERE = Path(__file__).parent


def seconds(command) -> float:
    """Run a process and return its seconds."""
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):  # settings for old BLAS builds; nobody's users have them
        environment.pop(name, None)
    begin = time.perf_counter()
    subprocess.run([sys.executable, *map(str, command)], check=True, capture_output=True, env=environment)
    return time.perf_counter() - begin


def main(rounds=7):
    """Measure in turn; print medians, spreads and ratios."""
    with tempfile.TemporaryDirectory() as folder:
        file = write_table(Path(folder))
        ours = ["-m", "chainrule", "train", file, "--target", "last", "--out", f"{folder}/m.safetensors", "--force"]
        same = ["--layers", "12,8", "--activation", "relu", "--epochs", "150", "--batch-size", "10"]
        works = {
            "scikit-learn's script": [HERE / "tables_sklearn.py", file, f"{folder}/m.joblib"],
            "chainrule train": ours,
            "chainrule train, the same network": [*ours, *same],
            "chainrule --help": ["-m", "chainrule", "--help"],
        }
        found = {name: [] for name in works}
        for _ in range(rounds + 1):
            for name, command in works.items():
                found[name].append(seconds(command))
    theirs = statistics.median(found["scikit-learn's script"][1:])
    for name, (_, *numbers) in found.items():  # the first round warms the disk
        median = statistics.median(numbers)
        print(
            f"{name:<36}{median:6.2f} s  ({min(numbers):.2f}–{max(numbers):.2f})  {median / theirs:.2f} of the script's"
        )


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt), warnings.catch_warnings():
        main(*(int(argument) for argument in sys.argv[1:]))
