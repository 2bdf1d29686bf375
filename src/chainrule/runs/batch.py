"""What producers have handed in, made into rows: the statements of one transaction.

Statements that couldn't be written wait here, together with those that come after them, so that a file that is locked
for a while loses nothing and keeps the order.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

from chainrule.runs.epochs import A_BLOCK, BLOCK, block_of
from chainrule.runs.histograms import STATISTICS
from chainrule.runs.output_rows import OutputRows, Statement
from chainrule.runs.plain import encodable
from chainrule.runs.thinning import Thinning

#: While so many rows wait to be written, steps, histograms and output that come are let go; epochs never are.
MOST_ROWS = 100_000
#: The largest whole number that SQLite holds.
LARGEST = 2**63 - 1

EPOCH = "INSERT INTO epoch (id, number, step, seconds) VALUES (?, ?, ?, ?)"
EPOCH_VALUE = "INSERT INTO epoch_value (epoch, metric, value) VALUES (?, ?, ?)"
HISTOGRAM = (
    f"INSERT INTO histogram (step, kind, name, counts, edges, {', '.join(STATISTICS)}) "
    f"VALUES ({', '.join('?' * (5 + len(STATISTICS)))})"
)


class Batch:
    """Collects rows until they are on the disk.

    Parameters
    ----------
    most_rows : int
        The bound on what waits.
    """

    def __init__(self, most_rows: int = MOST_ROWS):
        self.statements: list[Statement] = []
        self.thinning = Thinning()
        #: Values of steps, and histograms, that were let go since too many waited.
        self.dropped = 0
        self.output = OutputRows()
        self._most_rows = most_rows
        self._rows = 0
        self._metrics: dict[str, int] = {}
        self._strides: dict[str, int] = {}
        self._epochs = 0
        self._makers = {
            "epoch": self._epoch, "epochs": self._many_epochs, "step": self._step, "stretch": self._stretch,
            "histogram": self._histogram, "note": self._note, "about": self._about, "output": self._output,
        }  # fmt: skip
        self._points: dict[str, dict[int, float]] = {}
        self._epoch_rows: list[tuple] = []
        self._epoch_values: list[tuple] = []
        self._printed: list[tuple[str, str]] = []

    def take(self, items: Iterable[tuple[str, Any]], seconds: float) -> None:
        """Make rows of items: pairs of a kind and what belongs to it."""
        for kind, content in items:
            try:
                self._makers[kind](content)
            except Exception:  # checked when it was handed in; were there a gap, one item must not end the record
                self.dropped += 1
        self._write_points()
        self._write_epochs()
        if self._printed and self._has_room():
            for sql, rows in self.output.take(_joined(self._printed), seconds):
                self._add(sql, rows)
        self._printed = []

    def written(self) -> None:
        """Forget the statements: they are on the disk."""
        self.statements, self._rows = [], 0

    def _add(self, sql: str, rows: list[tuple]) -> None:
        self.statements.append((sql, rows))
        self._rows += len(rows)

    def _has_room(self) -> bool:
        return self._rows < self._most_rows

    def _step(self, content: tuple[int, dict[str, float]]) -> None:
        step, values = content
        if abs(step) > LARGEST:
            self.dropped += len(values)
            return
        for name, value in values.items():
            self._of(str(name))[step] = value

    def _stretch(self, content: tuple[int, int, str, Sequence[float]]) -> None:
        first, stride, name, values = content
        self._of(name)
        now = self.thinning.make_room(name, range(first, first + stride * len(values)))
        # Both strides are powers of two, of which the newer is the greater; most of a long stretch is left out here.
        skipped = -first % now
        numbers: Any = values[skipped // stride :: now // stride]
        numbers = numbers.tolist() if hasattr(numbers, "tolist") else map(float, numbers)
        self._of(name).update(zip(itertools.count(first + skipped, now), numbers))

    def _of(self, name: str) -> dict[int, float]:
        """Return the points of a metric that has just been named: metrics stand in the order they first came."""
        if name not in self._points:
            self._metric(name)
            self._points[name] = {}
        return self._points[name]

    def _write_points(self) -> None:
        for name, points in self._points.items():
            if not self._has_room():
                self.dropped += len(points)
                continue
            stride, metric = self.thinning.add(name, points), self._metric(name)
            if stride != self._strides[name]:
                self._strides[name] = stride
                self._add("UPDATE metric SET stride = ? WHERE id = ?", [(stride, metric)])
                self._add("DELETE FROM step WHERE metric = ? AND step % ? <> 0", [(metric, stride)])
            rows = [(metric, step, value) for step, value in points.items() if step % stride == 0]
            if rows:
                self._add("INSERT OR REPLACE INTO step (metric, step, value) VALUES (?, ?, ?)", rows)
        self._points = {}

    def _metric(self, name: str) -> int:
        if name not in self._metrics:
            self._metrics[name] = len(self._metrics) + 1
            self._strides[name] = 1
            self._add(
                "INSERT INTO metric (id, name, stride) VALUES (?, ?, 1)", [(self._metrics[name], encodable(name))]
            )
        return self._metrics[name]

    def _epoch(self, content: tuple[int, int, float, dict[str, float]]) -> None:
        number, step, seconds, values = content
        self._many_epochs(((number,), (step,), (seconds,), {name: (value,) for name, value in values.items()}))

    def _many_epochs(self, content: tuple[Sequence[int], Sequence[int], Sequence[float], dict]) -> None:
        numbers, steps, seconds, columns = content
        columns = {self._metric(str(name)): values for name, values in columns.items()}
        first = self._epochs + 1
        self._epochs += len(numbers)
        if len(numbers) >= A_BLOCK:
            self._add(BLOCK, [block_of(first, (numbers, steps, seconds, columns))])
            return
        rows = range(first, first + len(numbers))
        self._epoch_rows += zip(rows, numbers, steps, seconds, strict=True)
        for metric, values in columns.items():
            self._epoch_values += zip(rows, itertools.repeat(metric), values)

    def _write_epochs(self) -> None:
        """Write all epochs by one statement: a small network has thousands in a second."""
        if self._epoch_rows:
            self._add(EPOCH, self._epoch_rows)
            self._add(EPOCH_VALUE, self._epoch_values)
        self._epoch_rows, self._epoch_values = [], []

    def _histogram(self, row: tuple) -> None:
        if self._has_room():
            self._add(HISTOGRAM, [row])
        else:
            self.dropped += 1

    def _note(self, row: tuple[float, str, str]) -> None:
        self._add("INSERT INTO note (seconds, key, value) VALUES (?, ?, ?)", [row])

    def _about(self, row: tuple[str, str]) -> None:
        self._add("INSERT OR REPLACE INTO about (key, value) VALUES (?, ?)", [row])

    def _output(self, content: tuple[str, str]) -> None:
        self._printed.append(content)


def _joined(printed: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return texts with those of one stream that follow each other made one: fewer rows."""
    joined: list[tuple[str, list[str]]] = []
    for stream, text in printed:
        if not joined or joined[-1][0] != stream:
            joined.append((stream, []))
        joined[-1][1].append(text)
    return [(stream, "".join(texts)) for stream, texts in joined]
