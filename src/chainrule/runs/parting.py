"""Where two curves of one metric part: bit by bit, at the points that both have."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

#: Numbers nearer than this, beside the larger of them, count as alike.
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Parting:
    """Where two curves of one metric part.

    Attributes
    ----------
    metric : str
    by : str
        "step" or "epoch": what the points are counted in.
    compared : int
        Points that both have.
    last_equal : int or None
        The last of them before the curves part (None: the first already differs).
    apart : int or None
        The first of them that differs by a bit (None: none does).
    beyond : int or None
        The first of them that differs by more than the tolerance.
    ends : tuple of float
        The last value of each.
    alone : tuple of int
        Points that only the one, and only the other, has.
    """

    metric: str
    by: str
    compared: int
    last_equal: int | None
    apart: int | None
    beyond: int | None
    ends: tuple[float, float]
    alone: tuple[int, int]

    @property
    def same(self) -> bool:
        """True if the curves are the same to the last bit, at every point."""
        return self.apart is None and self.alone == (0, 0)

    def __str__(self) -> str:
        return f"{self.metric}: {self._where()}{self._alone()}{self._ends()}"

    def _where(self) -> str:
        if not self.compared:
            return f"no {self.by} in common"
        if self.apart is None:
            shared = _some(self.compared, self.by)
            same = "the same to the last bit"
            return f"{same} in the {shared} that both have" if any(self.alone) else f"{shared}, {same}"
        if self.last_equal is None:
            where = f"apart from {self.by} {self.apart:,} on, the first that both have"
        else:
            where = f"equal up to {self.by} {self.last_equal:,}, apart at {self.by} {self.apart:,}"
        if self.beyond is None:
            return f"{where}, by rounding alone"
        return where if self.beyond == self.apart else f"{where}, by more than rounding at {self.by} {self.beyond:,}"

    def _alone(self) -> str:
        said = [f"{_some(n, self.by)} only in {which}" for n, which in zip(self.alone, "ab", strict=True) if n]
        return f"; {', '.join(said)}" if said else ""

    def _ends(self) -> str:
        a, b = self.ends
        if self.same:
            return f"; ended at {a:.6g}"
        return f"; ended at {a:.6g} and {b:.6g}, {abs(a - b):.3g} apart"


def _some(n: int, unit: str) -> str:
    return f"{n:,} {unit}" if n == 1 else f"{n:,} {unit}s"


def parting(
    metric: str,
    by: str,
    a: tuple[Sequence[int], Sequence[float]],
    b: tuple[Sequence[int], Sequence[float]],
    tolerance: float = TOLERANCE,
) -> Parting | None:
    """Return where two curves, each given as its places and its values, part; None if one has no point.

    Examples
    --------
    >>> str(parting("loss", "step", ([0, 2, 4], [1.0, 0.5, 0.25]), ([0, 2, 4], [1.0, 0.5, 0.2])))
    'loss: equal up to step 2, apart at step 4; ended at 0.25 and 0.2, 0.05 apart'
    """
    of_a, of_b = ({int(at): float(value) for at, value in zip(*curve, strict=True)} for curve in (a, b))
    if not of_a or not of_b:
        return None
    common = sorted(of_a.keys() & of_b.keys())
    apart = next((at for at in common if bits(of_a[at]) != bits(of_b[at])), None)
    beyond = next((at for at in common if not _alike(of_a[at], of_b[at], tolerance)), None)
    before = [at for at in common if apart is None or at < apart]
    ends = (of_a[max(of_a)], of_b[max(of_b)])
    alone = (len(of_a) - len(common), len(of_b) - len(common))
    return Parting(metric, by, len(common), before[-1] if before else None, apart, beyond, ends, alone)


def bits(value: float) -> bytes:
    """Return the bits of a number; all NaN count as one, since a database keeps only that it was one."""
    return struct.pack("<d", math.nan if math.isnan(value) else value)


def _alike(a: float, b: float, tolerance: float) -> bool:
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return math.isclose(a, b, rel_tol=min(tolerance, 1.0), abs_tol=0.0)
