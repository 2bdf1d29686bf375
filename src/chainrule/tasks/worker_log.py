"""What a worker says and its tasks print: on standard output, or in a file that can't grow without end."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO

#: Bytes after which a log file is put aside as NAME.1, and a new one begun.
LARGEST_FILE = 16 * 1024 * 1024


class WorkerLog:
    """Takes the worker's lines and its tasks' output, from several threads.

    It never raises: a worker whose terminal is gone, or whose disk is full, goes on with its tasks.

    Parameters
    ----------
    path : path, optional
        A file to append to; without it, standard output.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None, largest: int = LARGEST_FILE):
        self._path = None if path is None else Path(path)
        self._largest = largest
        self._file: BinaryIO | None = None
        self._lock = threading.Lock()
        self._at_line_start = True

    def say(self, text: str) -> None:
        """Write a line of the worker's own, with the time."""
        line = f"{time.strftime('%H:%M:%S')} {text}\n".encode("utf-8", "backslashreplace")
        with self._lock:
            self._put(line if self._at_line_start else b"\n" + line)

    def pass_on(self, data: bytes) -> None:
        """Write what a task has printed."""
        with self._lock:
            self._put(data)

    def close(self) -> None:
        """Close the file, if it is one."""
        with self._lock, contextlib.suppress(OSError):
            if self._file is not None:
                self._file.close()
                self._file = None

    def _put(self, data: bytes) -> None:
        if not data:
            return
        self._at_line_start = data.endswith(b"\n")
        with contextlib.suppress(OSError, ValueError):
            if self._path is None:
                _to_standard_output(data)
            else:
                self._to_file(self._path, data)

    def _to_file(self, path: Path, data: bytes) -> None:
        if self._file is not None and self._file.tell() > self._largest:
            self._file.close()
            self._file = None
            path.replace(path.with_name(path.name + ".1"))
        if self._file is None:
            self._file = open(path, "ab", buffering=0)  # noqa: SIM115 - it stays open as long as the worker runs
        self._file.write(data)


def _to_standard_output(data: bytes) -> None:
    stream: Any = sys.stdout
    if stream is None:
        return
    if hasattr(stream, "buffer"):
        stream.flush()
        stream.buffer.write(data)
        stream.buffer.flush()
    else:
        stream.write(data.decode("utf-8", "replace"))


def last_line(text: str) -> str:
    r"""Return the last line of a traceback, which says what went wrong.

    Examples
    --------
    >>> last_line("Traceback:\n  File\nValueError: no such colour")
    'ValueError: no such colour'
    """
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""
