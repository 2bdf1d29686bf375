"""The table: a row for each work and peer, with the ratio of medians, its spread, and whether the target is met."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import median

from harness.works import OURS

HEADS = ("work", "against", "ours", "theirs", "ratio", "spread", "target", "met")
UNITS = ((1.0, 1.0, "s"), (1e-3, 1e3, "ms"), (0.0, 1e6, "µs"))


@dataclass
class Row:
    """A line of the table, in words; `value` is the ratio as a number, `aim` the target."""

    work: str
    against: str
    ours: str = ""
    theirs: str = ""
    ratio: str = ""
    spread: str = ""
    target: str = ""
    met: str = ""
    value: float | None = None
    aim: float | None = None

    def cells(self) -> list[str]:
        """Return the words of the line."""
        return [str(value) for name, value in asdict(self).items() if name in HEADS]


def time_words(seconds: float) -> str:
    """Return a time with the unit that suits it."""
    factor, unit = next((factor, unit) for least, factor, unit in UNITS if seconds >= least)
    return f"{seconds * factor:.3g} {unit}"


def factor_words(ratio: float) -> str:
    """Return a ratio with as many digits as it deserves."""
    return f"{ratio:.2f}×" if ratio < 10 else f"{ratio:,.0f}×"


def verdict(good: bool) -> str:
    """Return a verdict in one word."""
    return "yes" if good else "no"


def comparison(title, peer, ours, theirs, target=None, words=time_words) -> Row:
    """Return the row of a peer beside us; each is a dictionary with its rounds, or says why it is missing."""
    row = Row(title, peer, target=f"{target:,}×" if target else "", aim=target)
    if "missing" not in ours:
        row.ours = words(median(ours["rounds"]))
    if "missing" in theirs:
        row.theirs = theirs["missing"]
        return row
    row.theirs = words(median(theirs["rounds"])) + (f" ({theirs['label']})" if theirs.get("label") else "")
    if "missing" in ours:
        row.ours = ours["missing"]
        return row
    each = [b / a for a, b in zip(ours["rounds"], theirs["rounds"], strict=True)]
    row.value = median(theirs["rounds"]) / median(ours["rounds"])
    row.ratio, row.spread = factor_words(row.value), f"{factor_words(min(each))[:-1]}–{factor_words(max(each))}"
    row.met = verdict(row.value >= target) if target else ""
    return row


def comparisons(title, found, targets, words=time_words) -> list[Row]:
    """Return the rows of all peers of a work; "best" among the targets is the fastest of them."""
    ours = found.get(OURS, {"missing": "not installed"})
    others = {name: mine for name, mine in found.items() if name != OURS and not name.startswith("sgemm")}
    timed = {name: mine for name, mine in others.items() if "missing" not in mine}
    best = min(timed, key=lambda name: median(timed[name]["rounds"]), default=None) if "best" in targets else None
    return [
        comparison(title, name, ours, mine, targets["best"] if name == best else targets.get(name), words)
        for name, mine in others.items()
    ]


def table(rows) -> str:
    """Return the rows as a table that reads well as text and in Markdown."""
    lines = [list(HEADS), *(row.cells() for row in rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(HEADS))]
    padded = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in lines]
    drawn = [f"| {' | '.join(line)} |" for line in padded]
    drawn.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(drawn)
