"""The gradient certificate: what was checked, how far off it was, and whether it passed."""

from __future__ import annotations

import html
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Checked:
    """One gradient beside its numeric value.

    Attributes
    ----------
    layer, quantity, mode : str
        "dense_1", "kernel" (or "input"), "training" or "use".
    shape : tuple of int
    absolute, relative : float
        The largest error found, over random directions and single entries.
    worst : tuple of int or None
        The entry that was furthest off.
    passed : bool
    note : str
        "at a kink" where the two one-sided slopes differ and the gradient lies between them; "zero" where it is 0 everywhere.
    """

    layer: str
    quantity: str
    mode: str
    shape: tuple[int, ...]
    absolute: float
    relative: float
    worst: tuple[int, ...] | None
    passed: bool
    note: str = ""


@dataclass(frozen=True)
class Report:
    """The certificate of a layer or a model: `passed`, and a table when printed."""

    subject: str
    rows: list[Checked] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """True if every gradient agrees with its numeric value."""
        return bool(self.rows) and all(row.passed for row in self.rows)

    @property
    def failures(self) -> list[Checked]:
        """The rows that failed, in the order of the network."""
        return [row for row in self.rows if not row.passed]

    def _cells(self):
        for row in self.rows:
            worst = "" if row.worst is None else "[" + ", ".join(str(number) for number in row.worst) + "]"
            verdict = ("ok" if row.passed else "WRONG") + (f" ({row.note})" if row.note else "")
            yield f"{row.layer}/{row.quantity}", row.mode, f"{row.absolute:.1e}", f"{row.relative:.1e}", worst, verdict

    def _verdict(self) -> str:
        if self.passed:
            return f"PASSED: all {len(self.rows)} gradients agree with their numeric values."
        return f"FAILED: {len(self.failures)} of {len(self.rows)} gradients disagree; the first is {self._first_failure()}."

    def _first_failure(self) -> str:
        # The loss is differentiated from the end, so an error shows in its own layer and in all before it: the last is the cause.
        row = self.failures[-1]
        return f"{row.layer}/{row.quantity} (the last in the network; what lies before it inherits its error)"

    def __str__(self) -> str:
        head = ("gradient of", "mode", "absolute", "relative", "worst at", "")
        cells = [head, *self._cells()]
        widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
        rule = "─" * max(len(line) for line in lines)
        return "\n".join([f"Gradient certificate of {self.subject}", rule, lines[0], rule, *lines[1:], rule, self._verdict()])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in self._cells())
        head = "<tr><th>gradient of</th><th>mode</th><th>absolute</th><th>relative</th><th>worst at</th><th></th></tr>"
        return f"<table><caption>{html.escape(self._verdict())}</caption><thead>{head}</thead><tbody>{rows}</tbody></table>"
