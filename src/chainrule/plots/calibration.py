"""The reliability diagram: whether 80 % of the rows that were given 80 % are of the class.

    bins b of equal width;  said_b = mean probability,  true_b = share that is of the class,  n_b rows
    expected calibration error = Σ n_b / n · |true_b − said_b|

Sources: DeGroot and Fienberg, 1983; Guo et al., "On calibration of modern neural networks", 2017.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.arguments import check_whole
from chainrule.plots.frame import HEIGHT, grid, safe, titled
from chainrule.plots.judging import checked_probabilities, probabilities
from chainrule.plots.theme import palette, plotly

OWNER = "plots.calibration"
#: The diagram's share of the height; below it stand the counts.
DIAGRAM = 0.72
#: A difference that small is said to be none.
EVEN = 0.005


@dataclass(frozen=True)
class Bins:
    """Rows by what was said of them.

    Attributes
    ----------
    edges : ndarray, shape (bins + 1,)
    counts : ndarray, shape (bins,)
    said, true : ndarray
        Of each bin: the mean probability, and the share of rows for which it was right (NaN where there is none).
    """

    edges: np.ndarray
    counts: np.ndarray
    said: np.ndarray
    true: np.ndarray

    @property
    def error(self) -> float:
        """The expected calibration error."""
        there = self.counts > 0
        gaps = np.abs(self.true[there] - self.said[there])
        return float((self.counts[there] * gaps).sum() / self.counts.sum())


def binned(probability: np.ndarray, right: np.ndarray, bins: int) -> Bins:
    """Return rows in bins of equal width; the last has 1 itself.

    Examples
    --------
    >>> found = binned(np.array([0.1, 0.3, 0.9, 1.0]), np.array([False, True, True, True]), bins=2)
    >>> found.counts.tolist(), found.true.tolist(), round(found.error, 3)
    ([2, 2], [0.5, 1.0], 0.175)
    """
    edges = np.linspace(0, 1, bins + 1)
    place = np.minimum((probability * bins).astype(np.int64), bins - 1)
    counts = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        said = np.bincount(place, weights=probability, minlength=bins) / counts
        true = np.bincount(place, weights=right.astype(np.float64), minlength=bins) / counts
    return Bins(edges, counts, said, true)


def calibration(y_true: Any, probabilities: Any, classes: Any = None, *, bins: int = 10, dark: bool = False) -> Any:
    """Draw how far probabilities can be believed: what was said against what was so, with the rows in each bin.

    For a model whose probabilities are used, not its classes alone. Points on the diagonal are calibrated; below it
    the model is too sure. A bar spans the 95 % interval of its bin: few rows tell little. Of several classes the
    probability is that of the predicted class.

    Parameters
    ----------
    y_true : array of shape (n,)
        The right classes: names, or numbers from 0.
    probabilities : array of shape (n,) or (n, classes)
        One column is that of the second of two classes.
    classes : sequence, optional
        The classes' names, in the order of the columns.
    bins : int, default 10
        Of equal width.
    dark : bool, default False

    Returns
    -------
    plotly Figure

    Raises
    ------
    ArgumentError
        If the shapes don't fit, or the numbers are no probabilities.
    MissingExtraError
        If Plotly is not installed.

    Examples
    --------
    >>> figure = calibration([0, 0, 1, 1], [0.1, 0.3, 0.7, 0.9])
    >>> figure.layout.title.text
    'Calibration: expected error 0.200'
    """
    bins = check_whole(OWNER, "bins", bins, 2, 100)
    y, P, names = _taken(y_true, probabilities, classes)
    binary = P.shape[1] == 2
    found = binned(P[:, 1], y == 1, bins) if binary else binned(P.max(axis=1), P.argmax(axis=1) == y, bins)
    what = f"probability of {safe(names[1])}" if binary else "probability of the predicted class"
    figure = grid(
        2,
        1,
        [],
        dark=dark,
        owner=OWNER,
        shared_xaxes=True,
        row_heights=[DIAGRAM, 1 - DIAGRAM],
        vertical_spacing=0.06,
    )
    _add_points(figure, found, dark)
    _add_counts(figure, found, dark)
    figure.update_xaxes(range=[-0.01, 1.01])
    figure.update_xaxes(title=what, row=2, col=1)
    figure.update_yaxes(title=f"share of {safe(names[1])}" if binary else "share right", range=[-0.03, 1.03], row=1)
    figure.update_yaxes(title="rows", row=2, col=1, rangemode="tozero", nticks=3)
    title = f"Calibration: expected error {found.error:.3f}"
    return titled(figure, title, _words(found), dark=dark, height=HEIGHT + 80)


def _taken(y_true: Any, given: Any, classes: Any) -> tuple[np.ndarray, np.ndarray, list[Any]]:
    y, P, names = probabilities(OWNER, y_true, given, classes)
    checked_probabilities(OWNER, P)
    return y, P, names


def _words(found: Bins) -> str:
    n = found.counts.sum()
    there = found.counts > 0
    gap = float((found.counts[there] * (found.said[there] - found.true[there])).sum() / n)
    tells = "neither too high nor too low on the whole"
    if abs(gap) >= EVEN:
        tells = f"on the whole {abs(gap):.3f} too {'high' if gap > 0 else 'low'}"
    return f"Of {n:,} rows, probabilities are {tells}; by bins they are {found.error:.3f} from what was so."


def _add_points(figure: Any, found: Bins, dark: bool) -> None:
    from chainrule.tables.scores import wilson

    colours, there = palette(dark), np.flatnonzero(found.counts)
    figure.add_trace(
        plotly().Scatter(
            x=[0, 1], y=[0, 1], mode="lines", hoverinfo="skip", line={"color": colours.muted, "dash": "dot", "width": 1}
        ),
        row=1,
        col=1,
    )
    counts, true = found.counts[there], found.true[there]
    ends = np.array([wilson(round(n * share), int(n)) for n, share in zip(counts, true, strict=True)])
    told = [
        f"{n:,} rows from {found.edges[b]:.2f} to {found.edges[b + 1]:.2f}<br>said {found.said[b]:.3f}, so "
        f"{found.true[b]:.3f}"
        for b, n in zip(there, counts, strict=True)
    ]
    figure.add_trace(
        plotly().Scatter(
            x=found.said[there],
            y=true,
            mode="lines+markers",
            marker={"size": 9, "color": colours.colour(0)},
            line={"color": colours.colour(0), "width": 2},
            error_y={
                "array": np.maximum(ends[:, 1] - true, 0),
                "arrayminus": np.maximum(true - ends[:, 0], 0),
                "width": 3,
                "thickness": 1,
                "color": colours.muted,
            },
            hovertext=told,
            hoverinfo="text",
        ),
        row=1,
        col=1,
    )


def _add_counts(figure: Any, found: Bins, dark: bool) -> None:
    middles = (found.edges[:-1] + found.edges[1:]) / 2
    figure.add_trace(
        plotly().Bar(
            x=middles,
            y=found.counts,
            width=0.94 / len(found.counts),
            marker={"color": palette(dark).colour(1)},
            hovertemplate="%{y:,} rows<extra></extra>",
        ),
        row=2,
        col=1,
    )
