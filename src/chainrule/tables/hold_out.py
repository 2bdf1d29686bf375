"""One pass over a large table: rows to test on, rows that say when to stop, and a sample to learn a contract from.

What becomes of a row depends on its number and the seed alone, by SplitMix64's mixing of the two:

    z ← key + (row + 1) · γ,  z ← (z ⊕ z ≫ 30) · a,  z ← (z ⊕ z ≫ 27) · b,  u = ((z ⊕ z ≫ 31) ≫ 11) · 2⁻⁵³

    u < test   ·   u < test + validation   ·   u < test + validation + sample, learnt from too   ·   learnt from

so that no list of rows is kept, and each epoch finds the same rows anew.

Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from chainrule.random import Stream
from chainrule.tables.large import SAMPLE_ROWS, LargeTable
from chainrule.tables.splits import MOST_HELD, PARTS
from chainrule.tables.table import Table, missing_in
from chainrule.tables.target import MAX_CLASSES

#: More test rows than this narrow the score's interval by less than a tenth of a per cent.
MOST_TESTED = 50_000
#: So many numbers of a kind (test, validation, sample) are kept at most: 80 MB of float64.
MOST_NUMBERS = 10_000_000
_GAMMA, _A, _B = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def draws(first: int, last: int, seed: int) -> np.ndarray:
    """Return a number in [0, 1) for each row from `first` up to, not including, `last`.

    Examples
    --------
    >>> bool((draws(0, 9, seed=1)[4:] == draws(4, 9, seed=1)).all())
    True
    """
    key = Stream(seed, "split", 3).bits(1)[0]
    z = np.arange(first + 1, last + 1, dtype=np.uint64) * _GAMMA + key
    z = (z ^ (z >> np.uint64(30))) * _A
    z = (z ^ (z >> np.uint64(27))) * _B
    return ((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53


@dataclass(frozen=True)
class Shares:
    """Which shares of the rows are tested on, say when to stop, and are the contract's sample."""

    test: float
    validation: float
    sample: float
    seed: int

    def learnt(self, first: int, last: int) -> np.ndarray:
        """Return a mask of the rows that are learnt from."""
        return draws(first, last, self.seed) >= self.test + self.validation


def shares_for(n_rows: int, n_columns: int, test: float, validation: float | None, seed: int) -> Shares:
    """Return the shares for a table; each kind is bounded in rows and in numbers.

    Parameters
    ----------
    n_rows, n_columns : int
    test : float
        The share asked for.
    validation : float, optional
        The share asked for of the rest; by default one part of five.
    seed : int
    """
    bound = MOST_NUMBERS / n_columns
    tested = min(test, min(MOST_TESTED, bound) / n_rows)
    asked = 1 / PARTS if validation is None else validation
    held = min((1 - tested) * asked, min(MOST_HELD, bound) / n_rows)
    return Shares(tested, held, min(SAMPLE_ROWS, bound) / n_rows, seed)


@dataclass(eq=False)
class HeldOut:
    """What one pass found.

    Attributes
    ----------
    test, validation, sample : Table
        Raw rows that have a target.
    n_learnt : int
        How many rows are learnt from; the sample is among them.
    without_target : int
        How many rows have no target.
    targets : ndarray
        The target's different values in all rows, as many as can be classes: a rare one may not be in the sample.
    """

    test: Table
    validation: Table
    sample: Table
    n_learnt: int
    without_target: int
    targets: np.ndarray


@dataclass(eq=False)
class _Found:
    """The target's different values, up to as many as can be classes."""

    values: dict[object, None] = field(default_factory=dict)

    def add(self, values: np.ndarray) -> None:
        if len(self.values) > MAX_CLASSES:
            return
        distinct = np.unique(values).tolist() if values.dtype.kind == "f" else dict.fromkeys(values.tolist())
        for value in distinct:
            if len(self.values) <= MAX_CLASSES:
                self.values[value] = None


def hold_out(table: LargeTable, target: str, shares: Shares) -> HeldOut:
    """Read the table once, block by block, and keep the rows that are held out and the sample."""
    ends = np.cumsum([shares.test, shares.validation, shares.sample])
    kept: list[list[Table]] = [[], [], []]
    n_learnt = without_target = 0
    found, values = _Found(), np.empty(0)
    for first, last in table.blocks.tolist():
        block = table.read(first, last)
        values = block[target]
        known = ~missing_in(values)
        without_target += int((~known).sum())
        if values.dtype.kind != "M":
            found.add(values[known])
        kind = np.searchsorted(ends, draws(first, last, shares.seed), side="right")
        n_learnt += int((known & (kind >= 2)).sum())
        for number, parts in enumerate(kept):
            parts.append(block.rows(np.flatnonzero(known & (kind == number))))
    distinct = np.array(list(found.values), dtype=values.dtype)
    test, validation, sample = map(joined, kept)
    return HeldOut(test, validation, sample, n_learnt, without_target, distinct)


def joined(tables: Sequence[Table]) -> Table:
    """Return tables of the same columns one below the other."""
    columns = {name: np.concatenate([table.columns[name] for table in tables]) for name in tables[0].names}
    return Table(columns, [], tables[0].notes, tables[0].source)
