"""From one column to numbers of a useful size: each encoder learns from the training rows and is plain data after.

A missing value has a column of its own, `age=missing`, where the training rows had any.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from chainrule.errors import ModelFileError
from chainrule.tables.as_kind import as_dates, as_numbers
from chainrule.tables.strict import take
from chainrule.tables.table import as_text, missing_in

#: Scaled numbers further out than this are drawn in to it.
CLIP = 10.0
#: The robust scale bends towards this, as RealMLP's smooth clipping does: z / sqrt(1 + (z/3)²).
BEND = 3.0
#: Numbers further out are drawn in to this, in any column: the square of a larger one overflows.
LARGEST = 1e150
DATE_PARTS = ("year", "month", "weekday", "day")


@dataclass(frozen=True)
class Encoder:
    """Base: a column's name, and whether there is a column for missing values."""

    kind: ClassVar[str]
    fields: ClassVar[dict[str, str]]
    name: str
    missing: bool

    @property
    def feature_names(self) -> list[str]:
        """What the numbers are called."""
        return [*self._names(), *([f"{self.name}=missing"] if self.missing else [])]

    def encode(self, values: np.ndarray, out: np.ndarray, notes: list[str]) -> None:
        """Write a column's numbers into `out`, (rows, features)."""
        gone = self._encode(values, out, notes)
        if self.missing:
            out[:, -1] = gone

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold."""
        return {"kind": self.kind, **asdict(self)}

    def _names(self) -> list[str]:
        raise NotImplementedError

    def _encode(self, values: np.ndarray, out: np.ndarray, notes: list[str]) -> np.ndarray:
        """Write all but the missing values' column, and return the mask for that."""
        raise NotImplementedError


@dataclass(frozen=True)
class NumberEncoder(Encoder):
    """A number z = (x − center) / scale; a missing one is `fill`.

    `method` is "standard" (mean and standard deviation, cut at ± `clip`), "robust" (median and the middle half's width,
    bent smoothly: outliers stay in order and stay small) or "quantile" (by rank, to a normal distribution, between
    `knots`).
    """

    kind = "number"
    fields: ClassVar[dict[str, str]] = {
        "name": "text",
        "missing": "flag",
        "method": "text",
        "center": "number",
        "scale": "positive",
        "clip": "positive",
        "fill": "number",
        "knots": "numbers",
        "heights": "numbers",
    }
    method: str
    center: float
    scale: float
    clip: float
    fill: float
    knots: list[float] = field(default_factory=list)
    heights: list[float] = field(default_factory=list)

    def _names(self) -> list[str]:
        return [self.name]

    def _encode(self, values, out, notes):
        X = drawn_in(as_numbers(self.name, values, notes))
        gone = np.isnan(X)
        X = np.where(gone, self.fill, X) if gone.any() else X
        if self.method == "quantile":
            out[:, 0] = np.interp(X, self.knots, self.heights)
            return gone
        Z = X - self.center
        with np.errstate(over="ignore"):  # infinity is drawn in below
            Z /= self.scale
        if self.method == "robust":
            np.clip(Z, -LARGEST, LARGEST, out=Z)
            Z /= np.sqrt(1 + (Z / BEND) ** 2)
        out[:, 0] = np.clip(Z, -self.clip, self.clip, out=Z)
        return gone


@dataclass(frozen=True)
class BooleanEncoder(Encoder):
    """One of two texts: −1 for the first, 1 for the second, 0 where it is missing or neither."""

    kind = "boolean"
    fields: ClassVar[dict[str, str]] = {"name": "text", "missing": "flag", "low": "text", "high": "text"}
    low: str
    high: str

    def _names(self) -> list[str]:
        return [f"{self.name}={self.high}"]

    def _encode(self, values, out, notes):
        texts = as_text(values)
        low, high, gone = texts == self.low, texts == self.high, missing_in(texts)
        out[:, 0] = high.astype(np.float32) - low
        _note_new(self.name, texts[~(low | high | gone)], notes)
        return gone


@dataclass(frozen=True)
class CategoryEncoder(Encoder):
    """One column for each category, 1 in the row's own.

    With `other`, which the training rows had too, rare and new categories share a column; without, a new one is 0 in
    all, since a weight that was never trained means nothing.
    """

    kind = "category"
    fields: ClassVar[dict[str, str]] = {"name": "text", "missing": "flag", "categories": "texts", "other": "flag"}
    categories: list[str]
    other: bool

    def _names(self) -> list[str]:
        names = [f"{self.name}={category}" for category in self.categories]
        return [*names, f"{self.name}=other"] if self.other else names

    def _encode(self, values, out, notes):
        texts = as_text(values)
        places = {category: i for i, category in enumerate(self.categories)}
        new = len(self.categories)
        where = np.array([-1 if text is None else places.get(text, new) for text in texts.tolist()], dtype=np.int64)
        out[:] = 0
        for i in range(new + self.other):
            out[:, i] = where == i
        if not self.other:
            _note_new(self.name, texts[where == new], notes)
        return where == -1


@dataclass(frozen=True)
class DateEncoder(Encoder):
    """Year, month, day of the week (0 Monday) and days since 1970, each standardised; 0 where it is missing."""

    kind = "date"
    fields: ClassVar[dict[str, str]] = {
        "name": "text",
        "missing": "flag",
        "parts": "texts",
        "means": "numbers",
        "scales": "numbers",
    }
    parts: list[str]
    means: list[float]
    scales: list[float]

    def _names(self) -> list[str]:
        return [f"{self.name}.{part}" for part in self.parts]

    def _encode(self, values, out, notes):
        dates = as_dates(self.name, values)
        gone = np.isnat(dates)
        there = date_parts(np.where(gone, np.datetime64(0, "s"), dates))
        for i, (part, mean, scale) in enumerate(zip(self.parts, self.means, self.scales, strict=True)):
            out[:, i] = np.where(gone, 0.0, np.clip((there[part] - mean) / scale, -CLIP, CLIP))
        return gone


ENCODERS: dict[str, type[Encoder]] = {c.kind: c for c in (NumberEncoder, BooleanEncoder, CategoryEncoder, DateEncoder)}


def encoder_from_dict(data: Any) -> Encoder:
    """Return the encoder that `to_dict` described, every value checked.

    Raises
    ------
    ModelFileError
        If it is none.
    """
    kind = data.get("kind") if isinstance(data, dict) else None
    if not isinstance(kind, str) or kind not in ENCODERS:
        raise ModelFileError(f"The data contract is damaged: there is no encoder of the kind {str(kind)[:60]!r}.")
    cls = ENCODERS[kind]
    values = take({k: v for k, v in data.items() if k != "kind"}, f"an encoder of the kind {kind}", cls.fields)
    return _consistent(cls(**values))


def _consistent(encoder: Encoder) -> Encoder:
    """Refuse values that don't fit each other."""
    good = True
    if isinstance(encoder, NumberEncoder):
        knots = encoder.knots
        good = encoder.method in ("standard", "robust", "quantile") and len(knots) == len(encoder.heights)
        rising = all(a < b for a, b in pairwise(knots))
        good = good and rising and (len(knots) > 0) == (encoder.method == "quantile")
    elif isinstance(encoder, DateEncoder):
        lengths = {len(encoder.parts), len(encoder.means), len(encoder.scales)}
        good = len(lengths) == 1 and set(encoder.parts) <= set(DATE_PARTS) and all(s > 0 for s in encoder.scales)
    elif isinstance(encoder, CategoryEncoder):
        good = len(set(encoder.categories)) == len(encoder.categories)
    if not good:
        raise ModelFileError(f"The data contract is damaged: the encoder of {encoder.name!r} contradicts itself.")
    return encoder


def date_parts(dates: np.ndarray) -> dict[str, np.ndarray]:
    """Return year, month from 1, day of the week from Monday 0, and days since 1970 of dates without NaT.

    Examples
    --------
    >>> {part: numbers.tolist() for part, numbers in date_parts(np.array(["2024-03-01"], "datetime64[s]")).items()}
    {'year': [2024], 'month': [3], 'weekday': [4], 'day': [19783]}
    """
    day = dates.astype("datetime64[D]").astype(np.int64)
    month = dates.astype("datetime64[M]").astype(np.int64)
    thursday = 3  # the first of January 1970
    return {"year": month // 12 + 1970, "month": month % 12 + 1, "weekday": (day + thursday) % 7, "day": day}


def _note_new(name: str, texts: np.ndarray, notes: list[str]) -> None:
    if len(texts):
        shown = ", ".join(map(repr, list(dict.fromkeys(texts.tolist()))[:3]))
        rows = "1 row has a value" if len(texts) == 1 else f"{len(texts):,} rows have values"
        notes.append(f"Column {name!r}: {rows} that the training rows did not have ({shown}).")


def drawn_in(X: np.ndarray) -> np.ndarray:
    """Return numbers whose squares don't overflow; almost always the same array."""
    with np.errstate(invalid="ignore"):
        outside = len(X) and (np.fmax.reduce(X) > LARGEST or np.fmin.reduce(X) < -LARGEST)
    return np.clip(X, -LARGEST, LARGEST) if outside else X
