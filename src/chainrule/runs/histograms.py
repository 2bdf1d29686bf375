"""Histograms of weights, gradients, activations and updates, as a run's file holds them."""

from __future__ import annotations

import operator
from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from chainrule.errors import ArgumentError, unknown_name
from chainrule.runs.plain import encodable
from chainrule.runs.raw import COUNTS, FLOATS, from_bytes, to_bytes
from chainrule.runs.schema import KINDS, STATISTICS

MOST_COUNTED = 2**32 - 1


@dataclass(frozen=True)
class Histogram:
    """How the numbers of one layer were spread at one step.

    Attributes
    ----------
    id : int
        Its place in the file; later ones have higher numbers.
    step : int
    kind : {"weights", "gradients", "activations", "updates"}
    name : str
        The layer, or layer/weight.
    counts : list of int
        How many numbers lie between `edges[i]` and `edges[i + 1]`.
    edges : list of float
        One more than there are counts.
    mean, std, min, max, norm, zeros : float or None
        Of the same numbers; `zeros` is how many are exactly 0. None: not recorded.
    """

    id: int
    step: int
    kind: str
    name: str
    counts: list[int]
    edges: list[float]
    mean: float | None = None
    std: float | None = None
    min: float | None = None
    max: float | None = None
    norm: float | None = None
    zeros: float | None = None


def row_of(step: int, name: str, kind: str, counts: Iterable[Any], edges: Iterable[Any], more: dict) -> tuple:
    """Return a histogram as the row of its table, or refuse it.

    Raises
    ------
    ArgumentError
        If the kind isn't known, counts and edges don't fit each other, or a statistic isn't known.
    """
    if kind not in KINDS:
        raise unknown_name("kind of histogram", kind, KINDS)
    for statistic in more:
        if statistic not in STATISTICS:
            raise unknown_name("statistic of a histogram", statistic, STATISTICS)
    try:
        # A count may be a float of NumPy's, if it is whole.
        whole = array(COUNTS, [min(operator.index(int(count)), MOST_COUNTED) for count in counts])
        floats = array(FLOATS, [float(edge) for edge in edges])
        statistics = [None if (value := more.get(one)) is None else float(value) for one in STATISTICS]
    except (TypeError, ValueError, OverflowError) as error:
        raise ArgumentError(
            f"A histogram takes counts of at least 0 and edges that are numbers; received of {name!r}: {error}."
        ) from None
    if len(floats) != len(whole) + 1:
        raise ArgumentError(
            f"A histogram has one edge more than counts; received {len(whole)} counts and {len(floats)} edges "
            f"of {name!r}: give both as numpy.histogram returns them."
        )
    return (step, kind, encodable(str(name)), to_bytes(whole), to_bytes(floats), *statistics)


def from_row(row: tuple) -> Histogram:
    """Return the histogram of a row that begins with the id."""
    number, step, kind, name, counts, edges, *statistics = row
    whole, floats = from_bytes(COUNTS, counts), from_bytes(FLOATS, edges)
    return Histogram(number, step, kind, name, whole, floats, *statistics)
