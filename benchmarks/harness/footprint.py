"""What a library costs before it does anything: the time of its import, the room on disk."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from harness.processes import cores, environment
from harness.works import CORES, OURS

TIMED_IMPORT = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"
#: `import chainrule` loads little; what a script with a network needs is the second.
OUR_IMPORTS = (OURS, f"{OURS}.models, {OURS}.layers")
IMPORTS = ("numpy", *OUR_IMPORTS, "torch", "jax", "keras", "sklearn.neural_network")
#: What `pip install` brings besides NumPy.
DISTRIBUTIONS = {
    OURS: (OURS, "narwhals", "rich", "markdown-it-py", "mdurl", "pygments"),
    "scikit-learn with SciPy": ("scikit-learn", "scipy", "joblib", "threadpoolctl"),
}
MB = 1e6


def import_seconds(rounds: int) -> dict[str, list[float]]:
    """Return what the imports took in each round, in processes of their own, in turn; the first one warms the disk."""
    names = [name for name in IMPORTS if importlib.util.find_spec(name.split(".")[0])]
    found = {name: [] for name in names}
    for _ in range(rounds + 1):
        for name in names:
            command = [sys.executable, "-c", TIMED_IMPORT.format(name)]
            with cores(CORES):
                done = subprocess.run(command, capture_output=True, text=True, env=environment(CORES))
            if done.returncode == 0:
                found[name].append(float(done.stdout.split()[-1]))
    return {name: numbers[1:] for name, numbers in found.items() if numbers[1:]}


def installed_mb() -> dict[str, float | None]:
    """Return the room that each takes, in MB; None where a part of it is not installed."""
    found = {}
    for title, names in DISTRIBUTIONS.items():
        parts = [_bytes(name) for name in names]
        found[title] = None if None in parts else sum(parts) / MB
    return found


def _bytes(name: str) -> int | None:
    """Return the size of a distribution's files; of the package's folder and core where it is installed editably."""
    spec = importlib.util.find_spec(name) if name == OURS else None
    if spec and spec.submodule_search_locations:
        paths = [path for folder in spec.submodule_search_locations for path in Path(folder).rglob("*")]
        core = importlib.util.find_spec(f"{name}._native")
        paths += [Path(core.origin)] if core and core.origin else []
    else:
        try:
            paths = [Path(str(file.locate())) for file in metadata.files(name) or ()]
        except metadata.PackageNotFoundError:
            return None
    kept = {path.resolve() for path in paths if "__pycache__" not in path.parts and path.is_file()}
    return sum(path.stat().st_size for path in kept)
