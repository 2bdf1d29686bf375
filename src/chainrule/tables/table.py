"""A table in memory: columns by name, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule.errors import DataError, nearest

#: So many names does a message list.
N_NAMED = 12


@dataclass(frozen=True)
class Reject:
    """A row that could not be read.

    Attributes
    ----------
    line : int
        Its line in the file, counted from 1.
    text : str
        The line as it stands, cut where it is long.
    reason : str
        Why it was left out.
    """

    line: int
    text: str
    reason: str


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """Columns by name, in order, each a NumPy array of one of three kinds.

    Numbers are float64, NaN where missing. Text (and yes or no, as "true" and "false") is an object array of str, None
    where missing. Dates are datetime64[s], NaT where missing.

    Attributes
    ----------
    columns : dict of str to numpy.ndarray
        The columns, all of the same length.
    rejects : list of Reject
        The rows that could not be read, by line.
    notes : list of str
        What the reader decided, one sentence each: encoding, delimiter, header, decimal comma, renamed columns.
    source : str
        Where the table came from, as messages call it.

    Examples
    --------
    >>> Table({"age": np.array([31.0, 50.0]), "sex": np.array(["f", None], dtype=object)})
    Table of 2 rows: age (number), sex (text)
    """

    columns: dict[str, np.ndarray]
    rejects: list[Reject] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    source: str = "the table"

    def __post_init__(self):
        lengths = {name: len(values) for name, values in self.columns.items()}
        if len(set(lengths.values())) > 1:
            raise DataError(
                f"The columns of {self.source} have different lengths: {lengths}; each needs one value a row."
            )

    @property
    def n_rows(self) -> int:
        """How many rows were read."""
        return len(next(iter(self.columns.values()), ()))

    @property
    def names(self) -> list[str]:
        """The columns' names, in order."""
        return list(self.columns)

    def __len__(self) -> int:
        return self.n_rows

    def __getitem__(self, name: str) -> np.ndarray:
        return self.columns[self.name_of(name)]

    def name_of(self, column: str | int) -> str:
        """Return the column's name that a name, a number from 0 (also as text) or "last" means.

        Raises
        ------
        DataError
            If there is no such column; the message names the nearest.
        """
        if column in self.columns:
            return str(column)
        text, names = str(column), self.names
        if text == "last":
            return names[-1]
        if text.lstrip("-").isdigit() and -len(names) <= int(text) < len(names):
            return names[int(text)]
        listed = ", ".join(names[:N_NAMED]) + (", …" if len(names) > N_NAMED else "")
        raise DataError(f"{self.source} has no column {text!r}.{nearest(text, names)} Its columns: {listed}.")

    def rows(self, which) -> Table:
        """Return the table of some rows: an index array, a mask or a slice."""
        columns = {name: values[which] for name, values in self.columns.items()}
        return Table(columns, self.rejects, self.notes, self.source)

    def without(self, names: Iterable[str]) -> Table:
        """Return the table without some columns."""
        left_out = set(names)
        columns = {name: values for name, values in self.columns.items() if name not in left_out}
        return Table(columns, self.rejects, self.notes, self.source)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name} ({kind_of(values)})" for name, values in self.columns.items())
        return f"Table of {self.n_rows} rows: {shown}"


def kind_of(values: np.ndarray) -> str:
    """Return "number", "text" or "date": what a column holds."""
    return {"f": "number", "M": "date"}.get(values.dtype.kind, "text")


def missing_in(values: np.ndarray) -> np.ndarray:
    """Return a mask of the missing values of a column."""
    if values.dtype.kind == "f":
        return np.isnan(values)
    if values.dtype.kind == "M":
        return np.isnat(values)
    nothing: Any = None
    return np.equal(values, nothing).astype(bool)


def as_text(values: np.ndarray) -> np.ndarray:
    """Return a column as text: 1.0 is "1", a date is its ISO form, a missing value None.

    Examples
    --------
    >>> as_text(np.array([1.0, 0.5, np.nan])).tolist()
    ['1', '0.5', None]
    """
    if values.dtype.kind not in "fM":
        return values
    distinct, places = np.unique(values, return_inverse=True)
    write = _number_text if values.dtype.kind == "f" else str
    texts = np.array([write(value) for value in distinct], dtype=object)
    written = texts[places.reshape(-1)] if len(values) else np.array([], dtype=object)
    written[missing_in(values)] = None
    return written


def _number_text(value: float) -> str:
    return str(int(value)) if np.isfinite(value) and value == int(value) and abs(value) < 1e16 else repr(float(value))
