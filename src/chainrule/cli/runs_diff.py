"""`chainrule runs diff`: two runs side by side."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from chainrule.cli import python_code as python
from chainrule.cli.output import cut, heading, paragraph
from chainrule.cli.runs_show import end_of

#: Differences of one part that are shown; characters of a name and of a value: together a line of 80.
MOST_LINES, SETTING, MOST_VALUE = 20, 32, 22
#: Characters before the first difference of two texts that are shown with it.
BEFORE = 12


def show_diff(a: str, b: str, folder: str | None, tolerance: float, answer: dict[str, Any]) -> None:
    """Print in what two runs differ."""
    from chainrule.runs import diff, find

    one, other = find(a, folder), find(b, folder)
    found = diff(one, other, tolerance)
    heading(f"{one.id} {one.name} (a) beside {other.id} {other.name} (b)")
    paragraph(found.verdict())
    if not found.given:
        paragraph("They were given the same: settings, data, versions, machine, seed.")
    for part, pairs in found.given.items():
        heading(f"What differs: {part}")
        _show_pairs(pairs)
    if found.steps or found.epochs:
        heading("Curves")
    for curve in (*found.steps, *found.epochs):
        paragraph(str(curve))
    for which, names in zip("ab", found.only, strict=True):
        if names:
            paragraph(f"only in {which}: {', '.join(names)}")
    code = _python(a, b, folder, tolerance)
    python.tell(code)
    curves = {by: [asdict(curve) for curve in getattr(found, by)] for by in ("steps", "epochs")}
    answer |= {"a": found.a, "b": found.b, "same": found.same, "verdict": found.verdict(), "given": found.given}
    answer |= {**curves, "only": found.only, "python": code}


def _show_pairs(pairs: dict[str, tuple[Any, Any]]) -> None:
    shown = list(pairs.items())[:MOST_LINES]
    width = min(max(len(name) for name, _ in shown), SETTING)
    for name, (a, b) in [("", ("a", "b")), *shown]:
        one, other = _side_by_side(str(a), str(b))
        print(f"{end_of(name, width):<{width}}  {one:<{MOST_VALUE}}  {other}".rstrip())
    if len(pairs) > MOST_LINES:
        print(f"and {len(pairs) - MOST_LINES:,} more, which --json has")


def _side_by_side(a: str, b: str) -> tuple[str, str]:
    """Return two texts cut to their width: where their beginnings are the same, from a little before they differ.

    Examples
    --------
    >>> _side_by_side("adam", "adamw")
    ('adam', 'adamw')
    >>> _side_by_side("train --epochs 5 --record --seed 1", "train --epochs 5 --record --seed 2")
    ('…cord --seed 1', '…cord --seed 2')
    """
    one, other = cut(a, MOST_VALUE), cut(b, MOST_VALUE)
    if one == other:
        same = next((at for at, pair in enumerate(zip(a, b, strict=False)) if len(set(pair)) > 1), min(len(a), len(b)))
        start = max(same - BEFORE, 0)
        one, other = (cut(f"…{text[start:]}", MOST_VALUE) for text in (a, b))
    return one, other


def _python(a: str, b: str, folder: str | None, tolerance: float) -> str:
    where = {} if folder is None else {"folder": folder}
    finds = [python.Name(python.call("find", which, **where)) for which in (a, b)]
    call = python.call("diff", *finds, tolerance=tolerance)
    return python.script("from chainrule.runs import diff, find", "", f"print({call})")
