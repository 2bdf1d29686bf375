"""Who writes a run, and whether that process still lives: how a run that was killed is told from one that goes on."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path
from typing import Any

#: A writer tells that it lives at least so often, in seconds.
BEAT_EVERY = 2.0
#: Where the process itself can't be looked at, silence of so many seconds means that it is gone.
SILENCE = 60.0


def this_process() -> dict[str, Any]:
    """Return what tells this process from every other, on this machine and elsewhere.

    A number of a process is given again to another: with the time it started, since which start of the machine, and
    in which container, it is not.
    """
    pid = os.getpid()
    return {
        "pid": pid,
        "host": platform.node(),
        "started": _started(pid),
        "boot": _read("/proc/sys/kernel/random/boot_id"),
        "namespace": _namespace(),
    }


def lives(process: dict[str, Any], last_beat: float) -> bool:
    """Tell whether the process that writes a run still lives.

    Parameters
    ----------
    process : dict
        What `this_process` said there.
    last_beat : float
        When it last told that it lives, in seconds since 1970.
    """
    here = this_process()
    pid = process.get("pid")
    fresh = abs(time.time() - last_beat) < SILENCE  # a clock set back must not make it young for ever
    if process.get("host") != here["host"] or not isinstance(pid, int) or pid <= 0:
        return fresh
    if here["boot"] and process.get("boot") == here["boot"]:
        # Another container has numbers of its own: only its signs of life can be seen from here.
        return _started(pid) == process.get("started") if process.get("namespace") == here["namespace"] else fresh
    if here["boot"] and process.get("boot"):
        return False  # the machine has been started anew since
    return fresh and _is_there(pid)


def _started(pid: int) -> str | None:
    """Return when a process started, in the kernel's ticks; None where this can't be known, or there is none."""
    stat = _read(f"/proc/{pid}/stat")
    if stat is None:
        return None
    fields = stat.rpartition(")")[2].split()  # the name, in brackets, may hold spaces
    state, start = fields[0], fields[19]
    return None if state in "ZX" else start  # a dead child that its parent has not asked after is dead


def _is_there(pid: int) -> bool:
    if os.name != "posix":
        return True  # on Windows a signal 0 is Ctrl-C: the signs of life alone must do
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # somebody else's
    return True


def _namespace() -> str | None:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return None


def _read(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None
