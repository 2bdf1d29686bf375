"""What an encoder learns from the training rows: scales of numbers, categories of texts, the spread of dates."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from chainrule.tables.encoders import (
    CLIP,
    DATE_PARTS,
    BooleanEncoder,
    CategoryEncoder,
    DateEncoder,
    Encoder,
    NumberEncoder,
    date_parts,
    drawn_in,
)
from chainrule.tables.profile import FEW_ROWS, MAX_CATEGORIES, MIN_ROWS, ColumnDecision, distinct_of, is_boolean, spread
from chainrule.tables.table import missing_in

#: With a number so many standard deviations from the mean, "auto" takes the scale that outliers don't move.
OUTLIER = 6.0
#: A deviation this small beside the mean is what rounding leaves of equal numbers.
ROUNDING = 1e-14
#: Knots of a quantile scale, and the outermost share that they stand for.
KNOTS, TAIL = 101, 0.001
#: The middle half of a normal distribution is so many standard deviations wide.
NORMAL_MIDDLE = 1.3489795003921634


def learn_encoder(decision: ColumnDecision, values: np.ndarray, numbers: str) -> Encoder:
    """Return the encoder that a column's training rows ask for.

    Parameters
    ----------
    decision : ColumnDecision
        What `profile` said of it.
    values : numpy.ndarray
        The column.
    numbers : str
        "auto", "standard", "robust" or "quantile".
    """
    gone = missing_in(values)
    there, missing = values[~gone] if gone.any() else values, bool(gone.any())
    if values.dtype.kind == "f":
        return _learn_number(decision.name, there, missing, numbers)
    if values.dtype.kind == "M":
        return _learn_date(decision.name, there, missing)
    return _learn_text(decision.name, there, missing)


def _learn_number(name: str, there: np.ndarray, missing: bool, numbers: str) -> NumberEncoder:
    there = drawn_in(there)
    low, high = float(there.min()), float(there.max())
    sample = spread(there)
    median = float(np.median(sample))
    mean, deviation = float(there.mean()), float(there.std())
    if deviation <= abs(mean) * ROUNDING:  # one value, or numbers so small that their squares are zero
        mean, deviation = median, (high / 2 - low / 2) or 1.0
    if numbers == "auto":
        numbers = "robust" if max(high - mean, mean - low) > OUTLIER * deviation else "standard"
    if len(two := np.unique(there[:FEW_ROWS])) <= 2 and len(two := np.unique(there)) == 2:
        center, scale = low / 2 + high / 2, high / 2 - low / 2  # −1 and 1, whichever is rare
        return NumberEncoder(name, missing, "standard", center, scale, CLIP, float(two[np.argmin(abs(two - median))]))
    if numbers == "quantile" and high > low:
        return _learn_quantiles(name, there, missing, median)
    if numbers == "robust":
        quarter, three = np.quantile(sample, [0.25, 0.75])
        width = float(three - quarter) / NORMAL_MIDDLE
        # Where more than half of the rows are equal, the middle half has no width.
        return NumberEncoder(name, missing, "robust", median, width if width > 0 else deviation, CLIP, median)
    return NumberEncoder(name, missing, "standard", mean, deviation, CLIP, median)


def _learn_quantiles(name: str, there: np.ndarray, missing: bool, median: float) -> NumberEncoder:
    levels = np.linspace(TAIL, 1 - TAIL, KNOTS)
    heights = np.array([NormalDist().inv_cdf(level) for level in levels])
    knots, first = np.unique(np.quantile(spread(there), levels), return_inverse=True)
    # A value that many rows share gets the middle of the ranks it fills.
    middles = np.array([heights[first == i].mean() for i in range(len(knots))])
    return NumberEncoder(name, missing, "quantile", median, 1.0, CLIP, median, knots.tolist(), middles.tolist())


def _learn_date(name: str, there: np.ndarray, missing: bool) -> DateEncoder:
    found = {part: numbers.astype(np.float64) for part, numbers in date_parts(there).items()}
    used = [part for part in DATE_PARTS if found[part].std() > 0]
    means, scales = [float(found[p].mean()) for p in used], [float(found[p].std()) for p in used]
    return DateEncoder(name, missing, used, means, scales)


def _learn_text(name: str, there: np.ndarray, missing: bool) -> Encoder:
    distinct, counts = distinct_of(there)
    if len(distinct) == 2 and (counts.min() >= MIN_ROWS or len(there) < FEW_ROWS):
        low, high = distinct.tolist()
        if is_boolean(distinct) and low.lower() in ("on", "true", "yes", "y", "t"):
            low, high = high, low
        return BooleanEncoder(name, missing, low, high)
    least = MIN_ROWS if len(there) >= FEW_ROWS else 1
    ranked = sorted(range(len(distinct)), key=lambda i: -counts[i])
    kept = sorted(distinct[i] for i in ranked[:MAX_CATEGORIES] if counts[i] >= least)
    # Where no category is frequent, all that is told is whether one is there.
    other = len(kept) < len(distinct) and (bool(kept) or not missing)
    return CategoryEncoder(name, missing, kept, other)
