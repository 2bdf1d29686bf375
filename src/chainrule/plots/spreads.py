"""How the numbers of each layer are spread, of a model or of a run's snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError

#: The fewest and the most bars of a histogram.
FEWEST, MOST = 8, 64
#: The part of a layer that is left out where it has others: biases begin at 0, and would be a peak of their own.
BIAS = "bias"


@dataclass(frozen=True, eq=False)
class Spread:
    """One layer's numbers as a histogram.

    Attributes
    ----------
    name : str
    counts, edges : ndarray
        Edges are one more.
    norm, mean, std : float
    size : int
    """

    name: str
    counts: np.ndarray
    edges: np.ndarray
    norm: float
    mean: float
    std: float
    size: int

    @property
    def rms(self) -> float:
        """The root of the mean square: the norm, whatever the layer's size."""
        return self.norm / self.size**0.5


def spread_of(name: str, numbers: np.ndarray) -> Spread:
    """Return the spread of an array; numbers that are not finite are left out of the bars, and the norm is then NaN."""
    flat = np.asarray(numbers, dtype=np.float64).ravel()
    finite = flat[np.isfinite(flat)]
    bins = bars(len(finite))
    counts, edges = np.histogram(finite, bins) if len(finite) else (np.zeros(bins, int), np.linspace(-1, 1, bins + 1))
    return Spread(name, counts, edges, float(np.linalg.norm(flat)), float(flat.mean()), float(flat.std()), len(flat))


def bars(count: int) -> int:
    """Return how many bars so many numbers have, by Rice's rule: twice the cube root."""
    return int(np.clip(np.ceil(2 * count ** (1 / 3)), FEWEST, MOST))


def without_biases(names: list[str]) -> list[str]:
    """Return the weights' names, the biases of layers that have other weights left out.

    Examples
    --------
    >>> without_biases(["dense/kernel", "dense/bias", "alone/bias"])
    ['dense/kernel', 'alone/bias']
    """
    others = {layer_of(name) for name in names if name.rpartition("/")[2] != BIAS}
    return [name for name in names if name.rpartition("/")[2] != BIAS or layer_of(name) not in others]


def rebinned(counts: Any, edges: Any, others: np.ndarray) -> np.ndarray:
    """Return a histogram's counts between other edges, as if each bar's numbers lay evenly in it.

    Examples
    --------
    >>> rebinned([4, 2], [0.0, 1.0, 2.0], np.array([0.0, 0.5, 2.0]))
    array([2., 4.])
    """
    below = np.concatenate([[0.0], np.cumsum(counts, dtype=np.float64)])
    return np.diff(np.interp(others, np.asarray(edges, dtype=np.float64), below))


def by_layer(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return one flat array a layer, of arrays by "layer/weight".

    Examples
    --------
    >>> by_layer({"dense/kernel": np.ones((1, 2)), "dense/bias": np.zeros(1)})
    {'dense': array([1., 1., 0.])}
    """
    parts: dict[str, list[np.ndarray]] = {}
    for name, array in arrays.items():
        parts.setdefault(layer_of(name), []).append(np.ravel(array))
    return {name: np.concatenate(several) for name, several in parts.items()}


def layer_of(name: str) -> str:
    """Return the layer of "layer/weight"; a name without a weight is the layer's already."""
    return name.rpartition("/")[0] or name


def is_run(source: Any) -> bool:
    """Return whether a source is a run that was recorded, rather than a model."""
    return callable(getattr(source, "histograms", None))


def network_of(source: Any, figure: str) -> Any:
    """Return the network of a model, or of a table's or an image folder's model, or refuse what has none."""
    network = getattr(source, "network", source)
    if not hasattr(network, "named_weights"):
        raise ArgumentError(f"{figure} takes a model or a run of chainrule.runs; received {type(source).__name__}.")
    network.require_built()
    return network


def snapshots(run: Any, kind: str, figure: str) -> tuple[list[int], list[str], dict[tuple[int, str], list[Any]]]:
    """Return the steps and the layers of a run's snapshots, and the histograms of each pair of them.

    Raises
    ------
    ArgumentError
        If the run has none of that kind.
    """
    found: dict[tuple[int, str], list[Any]] = {}
    for one in run.histograms(kind=kind):
        found.setdefault((one.step, layer_of(one.name)), []).append(one)
    if not found:
        raise ArgumentError(
            f"Run {run.id} has no snapshot of {kind}, which {figure} draws: record with "
            "RunRecorder(snapshots=True), or give a model."
        )
    return sorted({step for step, _ in found}), list(dict.fromkeys(layer for _, layer in found)), found


def norm_of(histograms: list[Any]) -> float:
    """Return the norm over several weights of a layer; NaN where one was not recorded."""
    return float(np.sqrt(sum(np.nan if one.norm is None else one.norm**2 for one in histograms)))


def size_of(histograms: list[Any]) -> int:
    """Return how many numbers the histograms count."""
    return sum(sum(one.counts) for one in histograms)
