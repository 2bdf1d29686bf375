"""The tasks of the contract suite; a fixture copies this file to where a durable queue's worker finds it by name."""

from __future__ import annotations

import time
from pathlib import Path

LIMIT = 60


def give(*values, **named):
    return [list(values), named]


def mark(path, text):
    """Add a line to a file, in one write."""
    with open(path, "a", encoding="utf-8") as file:
        file.write(f"{text}\n")


def fail(word="colour"):
    raise ValueError(f"no such {word}")


def fail_once(path):
    """Raise the first time, and tell from the second time on how often it was run."""
    mark(path, "run")
    times = len(Path(path).read_text(encoding="utf-8").splitlines())
    if times == 1:
        raise ValueError("the first time")
    return times


def hold(begun, end):
    """Keep the worker until a file is there."""
    Path(begun).touch()
    limit = time.monotonic() + LIMIT
    while not Path(end).exists():
        if time.monotonic() > limit:
            raise TimeoutError(end)
        time.sleep(0.005)


def hold_and_fail(begun, end):
    hold(begun, end)
    raise ValueError("no such colour")


def draw(path, policy):
    return [path, policy]
