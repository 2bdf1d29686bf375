"""What each column of a table is, whether it is used, and why: one sentence each, to be shown."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from chainrule.tables.table import Table, missing_in

#: A category with fewer rows than this is put with the others.
MIN_ROWS = 5
#: At most so many categories of a column are told apart.
MAX_CATEGORIES = 100
#: Categories told apart must hold so many of the rows, or the column is taken for free text.
COVERED = 0.5
#: Fewer rows than this are too few to call a column whose values all differ an identifier.
FEW_ROWS = 20
#: Of an identifier's values, so many differ.
DISTINCT = 0.95
#: Whether a text is there is worth knowing if at least this share of the rows have one, and this share have none.
PRESENCE = 0.05
#: Zeros may stand for missing values where so many are there, so many other numbers, the next number is so many usual
#: steps away, and even the low ones of the others are this share of the middle one.
ZEROS, OTHERS, STEPS, LOW_TO_MIDDLE = 3, 10, 5, 0.2
#: Of a column of more numbers, an evenly spread sample of this size is counted and ranked.
LARGE = 100_000
#: Texts of so many words are sentences or names.
WORDS = 3

BOOLEANS = (("false", "true"), ("no", "yes"), ("n", "y"), ("f", "t"), ("off", "on"), ("0", "1"))
_IDENTIFIER = re.compile(
    r"(^|[_\s-])(id|ids|uuid|guid|index|idx|key|row|rowid|no|nr|number|unnamed: 0)$", re.IGNORECASE
)
_CAMEL_ID = re.compile(r"[a-z](Id|ID|Nr|No|Key|Index)$")


@dataclass(frozen=True)
class ColumnDecision:
    """What was decided about a column.

    Attributes
    ----------
    name : str
        The column.
    kind : str
        "number", "category", "boolean", "date", "constant", "identifier", "text" or "empty".
    use : bool
        Whether a network gets it.
    why : str
        One sentence for the user.
    missing, distinct : int
        How many values are missing, and how many different ones there are (of a large column, in a sample of it).
    hint : str
        What the user may want to look at; nothing was changed.
    """

    name: str
    kind: str
    use: bool
    why: str
    missing: int
    distinct: int
    hint: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def profile(table: Table, target: str | int | None = None) -> list[ColumnDecision]:
    """Return what each column is and whether to use it, in the table's order.

    Parameters
    ----------
    table : Table
        What `read_table` returned.
    target : str or int, optional
        A column that is left out of the list: what is to be predicted.

    Raises
    ------
    DataError
        If there is no such target.

    Examples
    --------
    >>> from chainrule.tables import read_table
    >>> for decision in profile(read_table({"age": [31, 50, 8, None], "ward": ["B"] * 4})):
    ...     print(decision.name, decision.kind, decision.why)
    age number 3 different numbers from 8 to 50; 1 missing.
    ward constant Every row has the same value, 'B'.
    """
    left_out = None if target is None else table.name_of(target)
    return [_decide(name, values) for name, values in table.columns.items() if name != left_out]


def _decide(name: str, values: np.ndarray) -> ColumnDecision:
    gone = missing_in(values)
    there, n_missing = values[~gone], int(gone.sum())
    if not len(there):
        return ColumnDecision(name, "empty", False, "Every value is missing.", n_missing, 0)
    distinct, counts = distinct_of(there)
    if len(distinct) == 1 and not n_missing:
        shown = _shown(distinct[0])
        return ColumnDecision(name, "constant", False, f"Every row has the same value, {shown}.", n_missing, 1)
    decide = {"f": _number, "M": _date}.get(values.dtype.kind, _text)
    kind, use, why, hint = decide(name, there, distinct, counts, n_missing)
    if n_missing and use:
        why = f"{why[:-1]}; {n_missing:,} missing."
    return ColumnDecision(name, kind, use, why, n_missing, len(distinct), hint)


def distinct_of(there: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the different values of a column without missing ones, sorted, and how often each comes.

    Of more than `LARGE` numbers, those of a sample, with the least and the greatest of all.
    """
    if there.dtype.kind != "O":
        ends = [there.min(), there.max()] if len(there) > LARGE else []
        return np.unique(np.append(spread(there), np.array(ends, there.dtype)), return_counts=True)
    counts: dict[str, int] = {}
    for value in there.tolist():
        counts[value] = counts.get(value, 0) + 1
    names = sorted(counts)
    return np.array(names, dtype=object), np.array([counts[name] for name in names])


def spread(there: np.ndarray) -> np.ndarray:
    """Return a column, or of a large one `LARGE` values evenly spread over it."""
    return there if len(there) <= LARGE else there[np.linspace(0, len(there) - 1, LARGE).astype(np.int64)]


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return repr(value if len(value) <= 40 else value[:40] + "…")
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number(name: str, there: np.ndarray, distinct: np.ndarray, counts: np.ndarray, n_missing: int) -> tuple:
    whole = bool((distinct == np.round(distinct)).all())
    if len(distinct) == 1:
        return "boolean", True, f"{_shown(distinct[0])} or missing.", ""
    if len(distinct) == 2:
        return "boolean", True, f"Two numbers, {_shown(distinct[0])} and {_shown(distinct[1])}.", ""
    all_differ = len(there) >= FEW_ROWS and len(distinct) >= min(len(there), LARGE) and whole
    if all_differ and (_named_identifier(name) or _counts_up(there)):
        return (
            "identifier",
            False,
            "Every row has its own whole number: it names the row, and says nothing about it.",
            "",
        )
    least = "At least " if len(there) > LARGE else ""
    why = f"{least}{len(distinct):,} different numbers from {distinct[0]:g} to {distinct[-1]:g}."
    return "number", True, why, _zeros_hint(name, there, distinct, counts)


def _named_identifier(name: str) -> bool:
    return bool(_IDENTIFIER.search(name.strip()) or _CAMEL_ID.search(name.strip()))


def _counts_up(there: np.ndarray) -> bool:
    """Tell row numbers: 1, 2, 3 …, or those in another order."""
    if (np.diff(there) == 1).all():
        return True
    return there.min() in (0, 1) and bool((np.diff(np.sort(there)) == 1).all())


def _zeros_hint(name: str, there: np.ndarray, distinct: np.ndarray, counts: np.ndarray) -> str:
    """Say where zeros may stand for missing values: a blood pressure of 0."""
    if distinct[0] != 0 or counts[0] < ZEROS or len(distinct) < OTHERS:
        return ""
    low, middle = np.quantile(np.repeat(distinct[1:], counts[1:]), [0.05, 0.5])
    step = np.median(np.diff(distinct[1:]))
    if distinct[1] < STEPS * step or low < LOW_TO_MIDDLE * middle:
        return ""
    return (
        f"{int((there == 0).sum()):,} values of {name} are 0 and the next is {distinct[1]:g}: if 0 means missing, "
        "leave those cells blank."
    )


def _date(name: str, there: np.ndarray, distinct: np.ndarray, counts: np.ndarray, n_missing: int) -> tuple:
    first, last = (str(day.astype("datetime64[D]")) for day in (distinct[0], distinct[-1]))
    why = f"Dates from {first} to {last}: year, month, day of the week and number of the day are used."
    return "date", True, why, ""


def _text(name: str, there: np.ndarray, distinct: np.ndarray, counts: np.ndarray, n_missing: int) -> tuple:
    if len(distinct) <= 2 and is_boolean(distinct):
        return "boolean", True, f"{' or '.join(map(_shown, distinct))}.", ""
    frequent = int((counts >= MIN_ROWS).sum())
    covered = np.sort(counts[counts >= MIN_ROWS])[::-1][:MAX_CATEGORIES].sum() / len(there)
    few_rows = len(there) < FEW_ROWS and len(distinct) < len(there)
    if covered >= COVERED or few_rows:
        rare = len(distinct) - min(frequent, MAX_CATEGORIES)
        kept = f"; the {rare:,} rarest count as one" if rare and not few_rows else ""
        return "category", True, f"{len(distinct):,} categories, the first {_shown(distinct[0])}{kept}.", ""
    what = _why_no_category(name, there, distinct)
    share = n_missing / (n_missing + len(there))
    if PRESENCE <= share <= 1 - PRESENCE:
        return "category", True, f"{what[1]} Only whether it is filled in is used.", ""
    return what[0], False, what[1], ""


def _why_no_category(name: str, there: np.ndarray, distinct: np.ndarray) -> tuple[str, str]:
    words = np.mean([len(value.split()) for value in distinct[:1000].tolist()])
    if len(distinct) >= DISTINCT * len(there) and (words < WORDS or _named_identifier(name)):
        return "identifier", f"Nearly every row has its own text ({len(distinct):,} different): it names the row."
    return "text", f"{len(distinct):,} different texts, too many to be categories; free text is not used."


def is_boolean(distinct: np.ndarray) -> bool:
    """Tell yes and no, in any of the usual words."""
    given = {value.lower() for value in distinct.tolist()}
    return len(distinct) <= 2 and any(given <= set(pair) for pair in BOOLEANS)
