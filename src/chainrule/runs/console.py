"""What a run prints is recorded, and printed all the same."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

#: The two streams that are recorded.
STREAMS = ("stdout", "stderr")
#: Of a line without an end, the last so many characters are kept.
LONGEST_LINE = 10_000
#: What moves the cursor and colours the text of a terminal.
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")


class Tee:
    """A stream that passes everything on to another, and hands what is written to a listener too.

    All else (`isatty`, `encoding`, `fileno`, …) is the other stream's. What the listener does never disturbs a write.
    """

    def __init__(self, stream: Any, name: str, listener: Callable[[str, str], None]):
        self._stream, self._name = stream, name
        self._listener: Callable[[str, str], None] | None = listener

    def write(self, text: str) -> int:
        """Write on, as the stream itself does, and then let the listener know."""
        written = self._stream.write(text)
        listener = self._listener
        if listener is not None and isinstance(text, str):
            listener(self._name, text)
        return written

    def writelines(self, lines) -> None:
        """Write lines, each as `write` does."""
        for line in lines:
            self.write(line)

    def stop(self) -> None:
        """Go on as a mere passage: who kept this object can still write."""
        self._listener = None

    @property
    def passes_only(self) -> bool:
        """True after `stop`."""
        return self._listener is None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __iter__(self):
        return iter(self._stream)


class Capture:
    """Puts a `Tee` before standard output and standard error, and takes it away again.

    Parameters
    ----------
    listener : callable
        Called with the stream's name and the text; it must return at once and never raise.
    """

    def __init__(self, listener: Callable[[str, str], None]):
        self._tees: dict[str, Tee] = {}
        for name in STREAMS:
            stream = getattr(sys, name)
            if stream is not None:  # a program without a console has none
                self._tees[name] = Tee(stream, name, listener)
                setattr(sys, name, self._tees[name])

    def stop(self) -> None:
        """Put back what was there, unless somebody has put another stream in our place since: then that one stays."""
        for name, tee in self._tees.items():
            tee.stop()
            stream = getattr(sys, name)
            # Of two recorders the outer may have ended first: its tee, which passes only, goes with ours.
            while isinstance(stream, Tee) and stream.passes_only:
                stream = stream._stream
            setattr(sys, name, stream)


class Lines:
    r"""Makes lines of what a stream writes: a line that was drawn again and again is kept as it was in the end.

    Examples
    --------
    >>> lines = Lines()
    >>> lines.feed("epoch 1 …\repoch 1: loss 0.5\nepoch 2 …")
    'epoch 1: loss 0.5\n'
    >>> lines.unfinished
    'epoch 2 …'
    """

    def __init__(self):
        #: What stands in the line that has no end yet.
        self.unfinished = ""
        self._returned = False  # whether the cursor stands at the beginning of that line

    def feed(self, text: str) -> str:
        """Take in what was written, and return the lines that it ended."""
        before = self.unfinished + "\r" * self._returned
        *ended, rest = _CONTROLS.sub("", before + text).split("\n")
        drawn = rest.rstrip("\r")
        self._returned = drawn != rest
        self.unfinished = _last_drawn(drawn)[-LONGEST_LINE:]
        return "".join(f"{_last_drawn(line.rstrip(chr(13)))}\n" for line in ended)


def _last_drawn(line: str) -> str:
    return line.rpartition("\r")[2]
