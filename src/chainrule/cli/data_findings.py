"""What `doctor` finds in a table before anything is trained on it. It changes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.tables.profile import ColumnDecision, profile
from chainrule.tables.table import Table, as_text, missing_in
from chainrule.tables.target import detect_task

#: Fewer rows than this leave a wide interval; a class with fewer rows can't be learnt.
FEW_ROWS, FEW_OF_A_CLASS = 100, 10
#: A class is rare below this share of the rows.
RARE = 0.1
#: So much of a column may be missing before it is said.
MUCH_MISSING = 0.5
#: A single column that tells so much of the target may have been written down after it was known.
LEAK = 0.995
#: A value must come so often on average, or it tells the class by chance.
ROWS_A_VALUE = 5

Finding = dict[str, Any]


def data_findings(table: Table, target: str | None = None) -> tuple[list[ColumnDecision], list[Finding]]:
    """Return what each column is, and what to look at.

    Parameters
    ----------
    table : Table
    target : str, optional
        The column to predict; with it, its classes and columns that give it away are looked at too.

    Returns
    -------
    decisions : list of ColumnDecision
    findings : list of dict
        "about" (a column, or "rows"), "kind" and "text", one sentence.

    Examples
    --------
    >>> from chainrule.tables import read_table
    >>> table = read_table({"age": [31, 50, 31, 20], "sex": ["f", "m", "f", "m"]})
    >>> for finding in data_findings(table)[1]:
    ...     print(finding["kind"], "-", finding["text"])
    few rows - There are 4 rows; scores of so few are very uncertain.
    duplicates - 1 row is there twice or more, the first of them row 3; copies can fall on both sides of the test.
    """
    decisions = profile(table, target)
    findings = _of_rows(table)
    findings += [
        _finding(one.name, "missing", f"{one.missing / table.n_rows:.0%} of {one.name!r} is missing.")
        for one in decisions
        if MUCH_MISSING <= one.missing / table.n_rows < 1
    ]
    findings += [_finding(one.name, "zeros", one.hint) for one in decisions if one.hint]
    findings += _same_columns(table, [one.name for one in decisions if one.use])
    return decisions, findings + ([] if target is None else _of_target(table, target, decisions))


def _finding(about: str, kind: str, text: str) -> Finding:
    return {"about": about, "kind": kind, "text": text}


def _codes(values: np.ndarray) -> np.ndarray:
    """Return a whole number for each different value of a column; all missing ones have the same."""
    if values.dtype.kind == "O":
        places: dict[Any, int] = {}
        return np.array([places.setdefault(value, len(places)) for value in values.tolist()], dtype=np.int64)
    return np.unique(values, return_inverse=True)[1].reshape(-1)


def _of_rows(table: Table) -> list[Finding]:
    found = []
    if table.rejects:
        text = f"{_rows(len(table.rejects))} can't be read, the first in line {table.rejects[0].line}."
        found.append(_finding("rows", "rejected", text))
    if table.n_rows < FEW_ROWS:
        text = f"There {_are(table.n_rows)} {_rows(table.n_rows)}; scores of so few are very uncertain."
        found.append(_finding("rows", "few rows", text))
    codes = np.stack([_codes(values) for values in table.columns.values()], axis=1)
    _, first, counts = np.unique(codes, axis=0, return_index=True, return_counts=True)
    copies = len(codes) - len(counts)
    if copies:
        row = int(np.setdiff1d(np.arange(len(codes)), first)[0]) + 1
        text = (
            f"{_rows(copies)} {_are(copies)} there twice or more, the first of them row {row}; copies can fall on both "
            "sides of the test."
        )
        found.append(_finding("rows", "duplicates", text))
    return found


def _rows(n: int) -> str:
    return "1 row" if n == 1 else f"{n:,} rows"


def _are(n: int) -> str:
    return "is" if n == 1 else "are"


def _same_columns(table: Table, used: list[str]) -> list[Finding]:
    seen: dict[bytes, str] = {}
    found = []
    for name in used:
        key = _first_seen(_codes(table[name])).tobytes()
        if key in seen:
            text = f"{name!r} says the same in every row as {seen[key]!r}; one of them is enough."
            found.append(_finding(name, "same column", text))
        seen.setdefault(key, name)
    return found


def _first_seen(codes: np.ndarray) -> np.ndarray:
    """Return codes numbered in the order in which they first come, so that columns of other words compare equal."""
    _, first, places = np.unique(codes, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[places.reshape(-1)]


def _of_target(table: Table, target: str, decisions: list[ColumnDecision]) -> list[Finding]:
    values = table[target]
    gone = missing_in(values)
    found = []
    if gone.any():
        n = int(gone.sum())
        text = f"{_rows(n)} {'has' if n == 1 else 'have'} no {target!r}; training leaves them out."
        found.append(_finding(target, "target missing", text))
    table, values = table.rows(~gone), values[~gone]
    if len(values) == 0 or (values == values[0]).all():
        text = f"{target!r} has no two different values, so there is nothing to learn."
        return [*found, _finding(target, "target constant", text)]
    if detect_task(values) == "number":
        return found + _leaks_of_number(table, target, decisions)
    return found + _of_classes(target, values) + _leaks_of_classes(table, target, decisions)


def _of_classes(target: str, values: np.ndarray) -> list[Finding]:
    names, counts = np.unique(as_text(values).astype(str), return_counts=True)
    name, count = str(names[counts.argmin()]), int(counts.min())
    if count < FEW_OF_A_CLASS:
        return [_finding(target, "imbalance", f"Class {name!r} has {_rows(count)}: too few to be learnt or tested.")]
    if count < RARE * len(values):
        text = (
            f"Class {name!r} is {count / len(values):.1%} of the rows: accuracy says little of it; look at the "
            "confusion matrix."
        )
        return [_finding(target, "imbalance", text)]
    return []


def _leaks_of_number(table: Table, target: str, decisions: list[ColumnDecision]) -> list[Finding]:
    found = []
    y = table[target]
    for one in decisions:
        x = table[one.name]
        there = ~missing_in(x)
        if one.kind != "number" or there.sum() < FEW_ROWS or np.ptp(y[there]) == 0 or np.ptp(x[there]) == 0:
            continue
        r = float(np.corrcoef(x[there], y[there])[0, 1])
        if abs(r) > LEAK:
            text = f"{one.name!r} alone says {target!r} (correlation {r:.3f}): is it known before {target!r} is?"
            found.append(_finding(one.name, "leak", text))
    return found


def _leaks_of_classes(table: Table, target: str, decisions: list[ColumnDecision]) -> list[Finding]:
    found = []
    y = _codes(as_text(table[target]))
    usual = np.bincount(y).max() / len(y)
    for one in decisions:
        if not one.use or usual >= LEAK:
            continue
        told = _share_told(table[one.name], y)
        if told is not None and told > LEAK:
            text = f"{one.name!r} alone says {target!r} in {told:.1%} of the rows: is it known before {target!r} is?"
            found.append(_finding(one.name, "leak", text))
    return found


def _share_told(values: np.ndarray, y: np.ndarray) -> float | None:
    """Return in what share of the rows a column alone says the class; None where its groups are too small to tell."""
    codes = _codes(values)
    if len(y) >= ROWS_A_VALUE * (codes.max() + 1):
        pairs = np.zeros((codes.max() + 1, y.max() + 1), dtype=np.int64)
        np.add.at(pairs, (codes, y), 1)
        return float(pairs.max(axis=1).sum() / len(y))
    if values.dtype.kind == "O":
        return None
    # Along the sorted column the class has to change once for each class after the first; each change more is a doubt.
    sorted_classes = y[np.lexsort((y, codes))]
    changes = int((sorted_classes[1:] != sorted_classes[:-1]).sum())
    return 1 - max(changes - int(y.max()), 0) / len(y)
