"""The gradient certificate: what was checked, how far off it was, and whether it passed."""

from __future__ import annotations

import html
import textwrap
from dataclasses import dataclass, field

#: What the notes beside a verdict mean; printed under the table where one stands.
NOTES = {
    "kink": "the slope jumps here (as a ReLU's does at exactly 0), so the gradient was checked a little beside it.",
    "zero": "the gradient is 0 everywhere, so training does not move it: dead units, saturation, or a part that "
    "is not used.",
    "rounding": "the loss is so large, or the slope so small, that rounding hides the slope from the check.",
}
#: The width of the sentences under the table.
WIDTH = 80


@dataclass(frozen=True)
class Checked:
    """One gradient beside its numeric value.

    Attributes
    ----------
    layer, quantity, mode : str
        "dense_1", "kernel" (or "input"), "training" or "use". The loss itself comes last, as "loss" with
        "prediction", or with "logits" where it is one operation with the last activation.
    shape : tuple of int
    absolute : float
        The largest error found, over several directions and single entries.
    relative : float
        The same as a share of the largest slope found.
    worst : tuple of int or None
        The entry, of those looked at, that was furthest off.
    passed : bool
    note : str
        A key of `NOTES`, or "".
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


@dataclass(frozen=True, repr=False)
class Report:
    """The certificate of a layer or a model.

    Attributes
    ----------
    subject : str
        What was checked.
    rows : list of Checked
        In the order of the network; first all of training, then all of use where it differs.
    """

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

    @property
    def culprit(self) -> str | None:
        """The layer to look at, None where all passed.

        The chain rule runs backwards, so a wrong gradient spoils those of all layers before it: the last that fails
        is the cause.
        """
        return self.failures[-1].layer if self.failures else None

    def _cells(self):
        for row in self.rows:
            worst = "" if row.worst is None else ",".join(str(number) for number in row.worst)
            verdict = "WRONG" if not row.passed else f"ok ({row.note})" if row.note else "ok"
            yield f"{row.layer}/{row.quantity}", row.mode, f"{row.absolute:.1e}", f"{row.relative:.1e}", worst, verdict

    def _verdict(self) -> str:
        count = len(self.rows)
        if self.passed:
            return f"PASSED: all {count} gradients agree with their numeric values."
        return (
            f"FAILED: {len(self.failures)} of {count} gradients disagree; look at {self.culprit!r} first (the "
            "last in the network: what lies before it inherits its error)."
        )

    def _notes(self) -> list[str]:
        return [f"{note}: {text}" for note, text in NOTES.items() if any(row.note == note for row in self.rows)]

    def __str__(self) -> str:
        head = ("gradient of", "mode", "error", "relative", "worst", "")
        cells = [head, *self._cells()]
        widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
        ]
        rule = "─" * max(len(line) for line in lines)
        sentences = [textwrap.fill(text, WIDTH, break_long_words=False) for text in (self._verdict(), *self._notes())]
        return "\n".join(
            [f"Gradient certificate of {self.subject}", rule, lines[0], rule, *lines[1:], rule, *sentences]
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in self._cells()
        )
        head = "".join(
            f"<th>{title}</th>" for title in ("gradient of", "mode", "error", "relative", "worst", "verdict")
        )
        foot = "".join(f"<p>{html.escape(text)}</p>" for text in self._notes())
        caption = html.escape(f"Gradient certificate of {self.subject}. {self._verdict()}")
        return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{foot}"
