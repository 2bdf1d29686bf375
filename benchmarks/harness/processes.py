"""Peers as processes: started with a number of cores, asked for rounds, stopped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from harness.works import CORES

PEERS_FOLDER = Path(__file__).parents[1] / "peers"
#: Settings of a developer's machine that would slow some works down and not others.
UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE")
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "CHAINRULE_NUM_THREADS")


class PeerFailedError(Exception):
    """A peer's process ended without an answer; the message is the last line that it wrote."""


def environment(threads: int, extra=None) -> dict[str, str]:
    """Return the variables that a process is started with."""
    kept = {name: value for name, value in os.environ.items() if name not in (*UNSET, *THREAD_VARIABLES)}
    return {**kept, **dict.fromkeys(THREAD_VARIABLES, str(threads)), **(extra or {})}


def keep_to_cores() -> None:
    """Keep this process, and those it starts, to two cores where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


@contextmanager
def cores(threads: int):
    """Start what is started inside with this many cores: JAX and TensorFlow make as many threads."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(mine)[-threads:])
    try:
        yield
    finally:
        os.sched_setaffinity(0, mine)


class Running:
    """A peer that has prepared itself, was checked, and waits for rounds.

    Parameters
    ----------
    script : str
        The file in `peers/`.
    arguments : sequence
        Of the command line.
    threads : int
        How many it may use.
    extra : dict, optional
        More variables of the environment.
    """

    def __init__(self, script, arguments, threads, extra=None):
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed by `stop`)
        command = [sys.executable, PEERS_FOLDER / script, *arguments]
        with cores(threads):
            self.process = subprocess.Popen(
                list(map(str, command)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.errors,
                text=True,
                env=environment(threads, extra),
            )
        self.count = 1
        self.last = self._answer()
        self.check = self.last["check"]

    def _answer(self) -> dict:
        for line in self.process.stdout:
            if line.startswith("{"):
                return json.loads(line)
        self.process.wait()
        self.errors.seek(0)
        lines = self.errors.read().strip().splitlines() or ["it ended without a word"]
        raise PeerFailedError(lines[-1])

    def go(self, count=None) -> float:
        """Do the work so many times, and return the seconds each took."""
        count = count or self.count
        self.process.stdin.write(f"{count}\n")
        self.process.stdin.flush()
        self.last = self._answer()
        return self.last["seconds"] / count

    def calibrate(self, seconds: float) -> None:
        """Find how often the work fits into a round of so many seconds."""
        self.go(1)  # compiles, fills caches
        each = self.go(self.count)
        while each * self.count < seconds / 4:
            self.count = max(2 * self.count, min(16 * self.count, round(seconds / each)))
            each = self.go(self.count)
        self.count = max(1, round(seconds / each))

    def stop(self) -> None:
        """End the process."""
        self.process.stdin.close()
        self.process.wait()
        self.errors.close()


def whole(script, arguments, threads=CORES, extra=None) -> tuple[float, dict]:
    """Run a script from start to end; return the seconds of the whole process and what its last line said."""
    command = [sys.executable, str(PEERS_FOLDER / script), *map(str, arguments)]
    with cores(threads):
        begin = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, env=environment(threads, extra))
        seconds = time.perf_counter() - begin
    if done.returncode:
        raise PeerFailedError((done.stderr.strip().splitlines() or ["it ended without a word"])[-1])
    return seconds, json.loads(done.stdout.splitlines()[-1])
