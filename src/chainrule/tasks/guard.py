"""No orphan: the process that runs tasks ends when the worker that started it is gone.

The pipe from the worker closes when the worker dies, however it dies. A thread of the child sees that, on every system.
A task that computes in C and never lets go of the interpreter's lock starves that thread; so on Linux a small process
watches the pipe too.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys

#: The exit code of a child whose worker is gone.
ORPHANED = 70


def end_group() -> None:
    """End this process at once, with the programs that its task has started."""
    _kill_group(os.getpid())
    os._exit(ORPHANED)


def watch(pipe: int) -> None:
    """Start, on Linux, a process that ends this one's group when the other end of a pipe is closed.

    Parameters
    ----------
    pipe : int
        The descriptor of the end that this process reads. It is watched, never read.
    """
    if sys.platform != "linux":
        return  # elsewhere `poll` doesn't promise to tell a hang-up alone
    child = os.getpid()
    between = os.fork()
    if between:
        os.waitpid(between, 0)
        return
    # The watcher is nobody's child, so that a task which waits for all its children never waits for it.
    if os.fork():
        os._exit(0)
    with contextlib.suppress(BaseException):
        _close_all_but(pipe)
        hung_up = select.poll()
        hung_up.register(pipe, 0)  # 0: woken by a hang-up alone, not by what there is to read
        hung_up.poll()
        _kill_group(child)
    os._exit(0)


def _close_all_but(pipe: int) -> None:
    """Hold no other descriptor, so that nobody waits for the end of a pipe that only the watcher still holds."""
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        if descriptor != pipe:
            with contextlib.suppress(OSError):  # the one that listed them is closed by now
                os.close(descriptor)


def _kill_group(leader: int) -> None:
    """Kill the group that a process leads; a group that it only belongs to is somebody else's."""
    if not hasattr(os, "killpg"):
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.getpgid(0) == leader:
            os.killpg(leader, signal.SIGKILL)
