"""Standard output that may be closed at the other end: `chainrule train … | head` says nothing and trains on."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any


class QuietPipe:
    """A stream that goes on as if nothing were wrong when nobody reads any more.

    Parameters
    ----------
    stream : file
        What is written to, and what is asked for everything else.

    Attributes
    ----------
    closed_there : bool
        Whether the reader is gone; what is written then is dropped.
    """

    def __init__(self, stream: Any):
        self._stream, self.closed_there = stream, False

    def write(self, text: str) -> int:
        """Write a text, or drop it."""
        if not self.closed_there:
            try:
                return self._stream.write(text)
            except BrokenPipeError:
                self.give_up()
        return len(text)

    def flush(self) -> None:
        """Bring what was written on its way."""
        if not self.closed_there:
            try:
                self._stream.flush()
            except BrokenPipeError:
                self.give_up()

    def give_up(self) -> None:
        """Send what is still in the buffer to nowhere, so that the end of the process is quiet too."""
        self.closed_there = True
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def quiet_pipes() -> Iterator[None]:
    """Make standard output and standard error quiet pipes for a while."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (stream and QuietPipe(stream) for stream in before)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, QuietPipe):
                try:
                    stream.flush()
                except (OSError, ValueError):  # told already; Python would say it again as it ends
                    stream.give_up()
        sys.stdout, sys.stderr = before
