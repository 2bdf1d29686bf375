"""The plotting calls of `benchmarks/tasks.py`, in a module, since a worker finds a function by its module's name."""

from __future__ import annotations

import time
from pathlib import Path


def upload(path, seconds):
    """Wait for a server's answer, as an upload does."""
    time.sleep(seconds)
    Path(path).write_text("sent", encoding="utf-8")


def compute(path, loops):
    """Keep the interpreter busy."""
    total = 0
    for number in range(loops):
        total += number % 7
    Path(path).write_text(str(total), encoding="utf-8")


def nothing():
    """Do nothing: what is measured is the queue."""
