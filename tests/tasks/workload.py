"""The tasks that the tests of the worker run; a fixture copies this file into the folder where the worker looks."""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

PRINTED = 50_000_000


def add(a, b=1):
    return a + b


def total(array):
    return float(array.sum())


def mark(path, text="ran"):
    """Add a line to a file, in one write."""
    with open(path, "a", encoding="utf-8") as file:
        file.write(f"{text}\n")


def process():
    return [os.getpid(), os.getppid(), os.getcwd()]


def begin_and_wait(begun, end):
    """Say in a file that it runs and where, and wait for another file."""
    Path(begun).write_text(str(os.getpid()), encoding="utf-8")
    limit = time.monotonic() + 60
    while not Path(end).exists():
        if time.monotonic() > limit:
            raise TimeoutError(end)
        time.sleep(0.01)
    return "waited"


def mark_and_outlast(path, seconds, text="begun"):
    mark(path, text)
    time.sleep(seconds)


def fail():
    raise ValueError("no such colour: \ud800")


def leave_process():
    os._exit(3)


def leave_python():
    sys.exit("enough")


def interrupt():
    raise KeyboardInterrupt


def out_of_memory():
    raise MemoryError("as if")


def segfault():
    ctypes.string_at(0)


def kill_itself():
    os.kill(os.getpid(), signal.SIGKILL)


def hang():
    time.sleep(600)


def no_json():
    return object()


def too_large():
    return "x" * 200_000_000


def deep():
    return deep()


def close_all():
    os.closerange(3, 64)


def write_everywhere(text="nonsense"):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, f"{text}\n".encode())
        except OSError:
            continue


def fork_and_return():
    """Both processes come back from here; only one may be heard."""
    return os.fork() and "parent"


def close_output():
    sys.stdout.close()
    os.close(1)
    os.close(2)


def print_much():
    os.write(1, b"the beginning\n")
    for _ in range(PRINTED // 1_000_000):
        os.write(1, b"x" * 999_999 + b"\n")
    os.write(2, b"the end\n")


def change_folder():
    os.chdir("/")
    print("changed", flush=True)


def start_program(begun):
    """Start a program and wait for it; write both process numbers."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as program:
        Path(begun).write_text(f"{os.getpid()} {program.pid}", encoding="utf-8")


def hold_the_lock(begun):
    """Compute for ages in C, without letting another thread of Python's run."""
    Path(begun).write_text(f"{os.getpid()} {os.getpid()}", encoding="utf-8")
    re.match("(a+)+b", "a" * 60)
