"""What a worker says and its tasks print: on standard output, or in a file that can't grow without end."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any, BinaryIO

from chainrule.errors import ArgumentError

#: Bytes after which a log file is put aside as NAME.1, and a new one begun.
LARGEST_FILE = 16 * 1024 * 1024


class WorkerLog:
    """Takes the worker's lines and its tasks' output, from several threads.

    Writing never raises: a worker whose terminal is gone, or whose disk is full, goes on with its tasks.

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

    def must_be_writable(self) -> None:
        """Refuse a file that can't be written; later on that stops nobody.

        Raises
        ------
        ArgumentError
            If it can't.
        """
        try:
            with self._lock:
                if self._path is not None:
                    self._open(self._path)
        except OSError as error:
            raise ArgumentError(f"The log {str(self._path)!r} can't be written: {error.strerror or error}.") from error

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
        self._open(path).write(data)

    def _open(self, path: Path) -> BinaryIO:
        if self._file is None:
            self._file = open(path, "ab", buffering=0)  # noqa: SIM115 - it stays open as long as the worker runs
        return self._file


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
