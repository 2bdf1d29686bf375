"""How a peer's script talks with the runner: a JSON line when it is ready, then one for each round it is asked for."""

import json
import resource
import sys
import time
from types import SimpleNamespace

import numpy as np


def read_work(path):
    """Return what the runner wrote: X, y, batch, check_epochs, and the initial weights `W` and `b`, a list each."""
    with np.load(path) as file:
        stored = {name: file[name] for name in file.files}
    layers = range(sum(name[0] == "W" for name in stored))
    return SimpleNamespace(
        X=stored["X"],
        y=stored["y"],
        batch=int(stored["batch"]),
        check_epochs=int(stored["check_epochs"]),
        binary=bool(stored["binary"]),
        W=[stored[f"W{n}"] for n in layers],
        b=[stored[f"b{n}"] for n in layers],
    )


def read_images(path):
    """Return what the runner wrote of images: X (N, H, W, C), y, network, batch, check_epochs, initial `kernels`."""
    with np.load(path) as file:
        stored = {name: file[name] for name in file.files}
    return SimpleNamespace(
        X=stored["X"],
        y=stored["y"],
        network=str(stored["network"]),
        batch=int(stored["batch"]),
        check_epochs=int(stored["check_epochs"]),
        kernels=[stored[name] for name in sorted(stored) if name[0] == "K"],
    )


def peak_mb() -> float:
    """Return the most memory that this process has held, in MB."""
    try:
        # Linux: ru_maxrss would start from what the runner held before it became this process.
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) / 1024
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most / 2**20 if sys.platform == "darwin" else most / 1024


def say(**facts) -> None:
    """Send one line to the runner."""
    print(json.dumps({**facts, "peak_mb": peak_mb()}), flush=True)


def serve(work, check) -> None:
    """Say what the check gave; then do `work(count)` for each count that comes, and say how long it took."""
    say(check=float(check))
    for line in sys.stdin:
        begin = time.perf_counter()
        work(int(line))
        say(seconds=time.perf_counter() - begin)
