"""A task that prints a gigabyte can't fill a disk: the first and the last part are kept, the rest is counted."""

from __future__ import annotations

from collections.abc import Callable

#: Bytes of a task's output that are kept of its beginning, and as many of its end.
KEPT = 64 * 1024


class OutputLimit:
    r"""Passes a task's output on, up to a limit; at the task's end it gives the last part of what went beyond.

    Parameters
    ----------
    write : callable
        Is given the bytes to keep.
    kept : int, default 65,536
        Bytes of the beginning that are kept, and as many of the end.

    Examples
    --------
    >>> limit = OutputLimit(lambda data: print(data.decode()), kept=4)
    >>> limit.feed(b"beginning, middle and end")
    begi
    >>> limit.end()
    <BLANKLINE>
    … 17 bytes of output left out …
    <BLANKLINE>
     end
    """

    def __init__(self, write: Callable[[bytes], object], kept: int = KEPT):
        self._write, self._kept = write, kept
        self._passed = self._beyond = 0
        self._tail = b""

    def feed(self, data: bytes) -> None:
        """Take what the task has written."""
        room = max(self._kept - self._passed, 0)
        now, later = data[:room], data[room:]
        if now:
            self._passed += len(now)
            self._write(now)
        if later:
            self._beyond += len(later)
            self._tail = (self._tail + later)[-self._kept :]

    def end(self) -> None:
        """Give what was held back; the next task begins anew."""
        left_out = self._beyond - len(self._tail)
        if left_out:
            self._write(f"\n… {left_out:,} bytes of output left out …\n".encode())
        if self._tail:
            self._write(self._tail)
        self._passed = self._beyond = 0
        self._tail = b""
