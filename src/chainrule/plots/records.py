"""What is drawn over epochs, whoever recorded it: a History, a Run, or a plain dict of lists."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.plots.frame import MOST_POINTS

#: Columns of a run's epochs that say when, or of which network, and are no curve.
WHEN = ("epoch", "step", "seconds", "network")


def curves_of(source: Any) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return the epochs, counted from 1, and each curve's numbers; what is missing is NaN.

    Parameters
    ----------
    source : History, Run or dict of str to list

    Raises
    ------
    ArgumentError
        If it is none of these, or holds no epoch.

    Examples
    --------
    >>> curves_of({"loss": [0.5, None]})
    (array([1, 2]), {'loss': array([0.5, nan])})
    """
    columns, epochs = _columns(source)
    curves = {}
    for name, values in columns.items():
        if name not in WHEN:
            curve = _numbers(name, values)
            if curve is not None:
                curves[name] = curve
    n = max((len(curve) for curve in curves.values()), default=0)
    if not n:
        raise ArgumentError(f"There is no epoch to draw in {_shown(source)}: train first, for at least one epoch.")
    if len(epochs) < n:
        epochs = np.arange(1, n + 1)
    return epochs[:n], {name: _filled(curve, n) for name, curve in curves.items()}


def _columns(source: Any) -> tuple[Mapping[str, Any], np.ndarray]:
    """Return the columns by name and the epochs counted from 1, where the source knows them."""
    history, epochs = getattr(source, "history", None), getattr(source, "epochs", None)
    if isinstance(history, Mapping):
        return history, np.asarray(getattr(source, "epoch", ()), dtype=np.int64) + 1
    columns = epochs if isinstance(epochs, Mapping) else source
    if not isinstance(columns, Mapping):
        raise ArgumentError(
            "history draws what fit returned, a run of chainrule.runs, or a dict such as {'loss': [0.9, 0.5]}; "
            f"received {_shown(source)}."
        )
    # As a History and a run do, a dict counts its epochs from 0.
    return columns, np.asarray(columns.get("epoch", ()), dtype=np.int64) + 1


def _numbers(name: str, values: Any) -> np.ndarray | None:
    """Return a column of numbers, or None for what can't be drawn, such as an array an epoch."""
    try:
        curve = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    except (TypeError, ValueError):
        return None
    return curve if curve.ndim == 1 else None


def _filled(curve: np.ndarray, n: int) -> np.ndarray:
    """Return a curve of n epochs: a column that began late lacks its first ones."""
    return np.concatenate([np.full(n - len(curve), np.nan), curve])


def _shown(source: Any) -> str:
    return f"an object of type {type(source).__name__}" if not isinstance(source, (str, int, float)) else repr(source)


def gaps(curve: np.ndarray) -> np.ndarray:
    """Return a curve with infinity as NaN too: both are drawn as a gap."""
    return np.where(np.isfinite(curve), curve, np.nan)


def thinned(x: np.ndarray, y: np.ndarray, most: int = MOST_POINTS) -> tuple[np.ndarray, np.ndarray]:
    """Return at most about `most` points that look the same: of each stretch its lowest, its highest and any gap.

    Examples
    --------
    >>> x = np.arange(10_000)
    >>> y = np.sin(x / 500.0)
    >>> y[5000] = 9.0  # one peak must stay
    >>> kept, values = thinned(x, y)
    >>> len(kept) <= 1000, bool(9.0 in values)
    (True, True)
    """
    if len(x) <= most:
        return x, y
    kept = {0, len(x) - 1}
    edges = np.linspace(0, len(x), (most - 2) // 3 + 1).astype(int)
    for start, stop in itertools.pairwise(edges):
        stretch = y[start:stop]
        missing = np.isnan(stretch)
        if missing.any():
            kept.add(int(start + np.argmax(missing)))
        if not missing.all():
            kept |= {int(start + np.nanargmin(stretch)), int(start + np.nanargmax(stretch))}
    chosen = np.array(sorted(kept))
    return x[chosen], y[chosen]
