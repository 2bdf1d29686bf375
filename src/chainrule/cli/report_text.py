"""What the reader decided, what each column is, and what could not be read: as text of 80 columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chainrule.cli.output import cut, grid, heading, paragraph
from chainrule.tables.profile import ColumnDecision
from chainrule.tables.table import Reject

#: So many columns, and so many rejected rows, are shown one by one; the rest is counted.
N_COLUMNS, N_REJECTS = 60, 20


def show_notes(notes: Sequence[str]) -> None:
    """Print what the reader decided, a sentence a line."""
    for note in notes:
        paragraph(note)


def show_rejects(rejects: Sequence[Reject]) -> None:
    """Print the rows that could not be read, by line.

    Examples
    --------
    >>> from chainrule.tables import Reject
    >>> show_rejects([Reject(7, "1,2,3,4", "It has 4 values instead of 3.")])
    1 row could not be read and is left out:
      line 7: It has 4 values instead of 3.  1,2,3,4
    """
    if not rejects:
        return
    one = len(rejects) == 1
    print(f"{len(rejects):,} row{' ' if one else 's '}could not be read and {'is' if one else 'are'} left out:")
    for reject in rejects[:N_REJECTS]:
        paragraph(f"line {reject.line:,}: {reject.reason}  {cut(reject.text, 40)}".rstrip(), "  ")
    if len(rejects) > N_REJECTS:
        others = rejects[N_REJECTS:]
        lines = ", ".join(f"{reject.line}" for reject in others)
        paragraph(f"and {len(others):,} more, in lines {lines}", "  ")


def show_decisions(decisions: Sequence[ColumnDecision]) -> None:
    """Print what was decided about each column; those that are left out say so.

    Examples
    --------
    >>> from chainrule.tables import profile, read_table
    >>> show_decisions(profile(read_table({"age": [31, 50, 9], "ward": ["B", "B", "B"]})))
    age   number              3 different numbers from 9 to 50.
    ward  constant  not used  Every row has the same value, 'B'.
    """
    if decisions:
        shown = decisions[:N_COLUMNS]
        grid([(one.name, one.kind, "" if one.use else "not used", one.why) for one in shown])
    if len(decisions) > N_COLUMNS:
        kinds = ", ".join(sorted({one.kind for one in decisions[N_COLUMNS:]}))
        print(f"and {len(decisions) - N_COLUMNS:,} more columns ({kinds})")


def show_sampled(report: dict[str, Any]) -> None:
    """Print what was decided about the columns of a table on disk: from a sample, so it is known after the training."""
    heading("Columns, as the sample has them")
    show_decisions([ColumnDecision(**decision) for decision in report["columns"]])


def show_contract(contract: Any) -> None:
    """Print the columns that a model takes, and how many numbers each becomes."""
    encoders = contract.encoders[:N_COLUMNS]
    grid([(encoder.name, encoder.kind, _numbers(len(encoder.feature_names))) for encoder in encoders])
    if len(contract.encoders) > N_COLUMNS:
        print(f"and {len(contract.encoders) - N_COLUMNS:,} more columns")


def _numbers(n: int) -> str:
    return "1 number" if n == 1 else f"{n} numbers"


def show_findings(findings: Sequence[dict[str, Any]]) -> None:
    """Print what the doctor found, a sentence a line.

    Examples
    --------
    >>> show_findings([])
    <BLANKLINE>
    ── What to look at ─────────────────────────────────────────────────────────────
    Nothing found.
    """
    heading("What to look at")
    for finding in findings:
        paragraph(finding["text"])
    if not findings:
        print("Nothing found.")
