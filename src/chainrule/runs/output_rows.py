"""What a run prints, as rows: whole lines, and for each stream the line that has no end yet."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from chainrule.runs.console import STREAMS, Lines
from chainrule.runs.plain import encodable

#: So many characters from the beginning are kept for ever, and so many from the end.
HEAD, TAIL = 500_000, 500_000

INSERT = "INSERT INTO output (id, seconds, stream, text) VALUES (?, ?, ?, ?)"
DELETE = "DELETE FROM output WHERE id = ?"
Statement = tuple[str, list[tuple]]


class OutputRows:
    """Makes statements of what was printed, and keeps the table within its bounds: the first and the last of it.

    Parameters
    ----------
    head, tail : int
        How many characters are kept from the beginning and from the end.
    """

    def __init__(self, head: int = HEAD, tail: int = TAIL):
        self._lines = {name: Lines() for name in STREAMS}
        self._unfinished: dict[str, int] = {}  # the row of the line without an end, by stream
        self._last_id = 0
        self._room, self._tail_room = head, tail
        self._tail: deque[tuple[int, int]] = deque()  # row and length
        #: How many characters between beginning and end were let go.
        self.left_out = 0

    def take(self, written: Iterable[tuple[str, str]], seconds: float) -> Iterator[Statement]:
        """Yield the statements for texts of streams, in their order."""
        for stream, text in written:
            ended = self._lines[stream].feed(text)
            old = self._unfinished.pop(stream, None)
            if old is not None:
                yield DELETE, [(old,)]
            if ended:
                yield self._insert(stream, ended, seconds)
                yield from self._kept_within_bounds(len(ended))
            if self._lines[stream].unfinished:
                yield self._insert(stream, self._lines[stream].unfinished, seconds)
                self._unfinished[stream] = self._last_id

    def _insert(self, stream: str, text: str, seconds: float) -> Statement:
        self._last_id += 1
        return INSERT, [(self._last_id, seconds, stream, encodable(text))]

    def _kept_within_bounds(self, length: int) -> Iterator[Statement]:
        if length <= self._room:
            self._room -= length
            return
        self._room = 0  # the beginning has no gap
        self._tail.append((self._last_id, length))
        self._tail_room -= length
        while self._tail_room < 0 and len(self._tail) > 1:
            row, dropped = self._tail.popleft()
            self._tail_room += dropped
            self.left_out += dropped
            yield DELETE, [(row,)]
