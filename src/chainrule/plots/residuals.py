"""Predicted numbers against true ones, and how far they are apart.

residual = predicted − true;   R² = 1 − Σ residual² / Σ (true − mean)²
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.plots.frame import HEIGHT, grid, number, titled
from chainrule.plots.judging import numbers, same_length
from chainrule.plots.theme import palette, plotly

OWNER = "plots.residuals"
#: More points than this hide each other; then every so-many-th is drawn. The histogram has all.
MOST_DRAWN = 2_000
#: Bars of the histogram: √n of them, but not fewer or more than these.
LEAST_BARS, MOST_BARS = 8, 60
#: Fainter points show where many lie.
OPACITY = 0.65
#: The room around the points, as a share of their range.
ROOM = 0.04
#: Residuals that differ by less than this share of them are the same.
ROUNDING = 1e-6


def residuals(y_true: Any, y_pred: Any, *, dark: bool = False) -> Any:
    """Draw predicted numbers against true ones, and the histogram of predicted − true.

    For a model of numbers. Points on the diagonal are right; a bend, a cloud that opens, or a histogram that does not
    stand on 0 is what the model has not learnt.

    Parameters
    ----------
    y_true, y_pred : array of shape (n,) or (n, 1)
        In the target's own unit.
    dark : bool, default False

    Returns
    -------
    plotly Figure

    Raises
    ------
    ArgumentError
        If there are no rows, more of one than of the other, or a value is NaN or infinite.
    MissingExtraError
        If Plotly is not installed.

    Examples
    --------
    >>> residuals([1.0, 2.0, 3.0], [1.0, 2.0, 4.0]).layout.title.text
    'Residuals: R² 0.500, typical error 0.577'
    """
    y, said = numbers(OWNER, "y_true", y_true), numbers(OWNER, "y_pred", y_pred)
    same_length(OWNER, y_true=y, y_pred=said)
    error = said - y
    figure = grid(2, 1, [], dark=dark, owner=OWNER, row_heights=[0.66, 0.34], vertical_spacing=0.16)
    _add_points(figure, y, said, dark)
    _add_histogram(figure, error, dark)
    figure.update_layout(bargap=0.04)
    figure.update_xaxes(title="true", row=1, col=1)
    figure.update_yaxes(title="predicted", row=1, col=1)
    figure.update_xaxes(title="residual: predicted − true", row=2, col=1)
    figure.update_yaxes(title="rows", row=2, col=1, rangemode="tozero")
    return titled(figure, _title(y, error), _words(y, error), dark=dark, height=HEIGHT + 200)


def _title(y: np.ndarray, error: np.ndarray) -> str:
    spread, typical = float(((y - y.mean()) ** 2).sum()), float(np.sqrt((error**2).mean()))
    share = f"R² {number(1 - float((error**2).sum()) / spread)}" if spread > 0 else "all true values are the same"
    share = f"R² {1 - float((error**2).sum()) / spread:.3f}".replace("-", "−") if spread > 0 else share
    return f"Residuals: {share}, typical error {number(typical)}"


def _words(y: np.ndarray, error: np.ndarray) -> str:
    mean, half = float(error.mean()), float(np.median(np.abs(error)))
    side = "too high" if mean > 0 else "too low"
    words = f"On average {number(abs(mean))} {side}; half of the rows are within {number(half)} of the true value."
    if len(y) > MOST_DRAWN:
        words += f" {MOST_DRAWN:,} of {len(y):,} rows are drawn as points."
    return words


def _add_points(figure: Any, y: np.ndarray, said: np.ndarray, dark: bool) -> None:
    colours = palette(dark)
    low, high = float(min(y.min(), said.min())), float(max(y.max(), said.max()))
    room = ROOM * (high - low) or 1.0
    ends = [low - room, high + room]
    line = {"color": colours.muted, "dash": "dot", "width": 1}
    figure.add_trace(plotly().Scatter(x=ends, y=ends, mode="lines", hoverinfo="skip", line=line), row=1, col=1)
    rows = np.linspace(0, len(y) - 1, min(len(y), MOST_DRAWN)).astype(np.int64)
    figure.add_trace(
        plotly().Scatter(
            x=y[rows],
            y=said[rows],
            mode="markers",
            marker={"size": 6, "color": colours.colour(0), "opacity": OPACITY},
            hovertemplate="true %{x:.4g}<br>predicted %{y:.4g}<extra></extra>",
        ),
        row=1,
        col=1,
    )
    figure.update_xaxes(range=ends, row=1, col=1)
    figure.update_yaxes(range=ends, row=1, col=1)


def _range(error: np.ndarray) -> tuple[float, float]:
    """Return the histogram's ends: apart even where all residuals are the same but for rounding."""
    low, high = float(error.min()), float(error.max())
    room = max(abs(low), abs(high)) * ROUNDING
    return (low, high) if high - low > room else (low - (room or 1.0), high + (room or 1.0))


def _add_histogram(figure: Any, error: np.ndarray, dark: bool) -> None:
    bars = int(np.clip(np.sqrt(len(error)), LEAST_BARS, MOST_BARS))
    counts, edges = np.histogram(error, bins=bars, range=_range(error))
    told = [f"{n:,} rows from {a:.3g} to {b:.3g}" for n, a, b in zip(counts, edges[:-1], edges[1:], strict=True)]
    figure.add_trace(
        plotly().Bar(
            x=(edges[:-1] + edges[1:]) / 2,
            y=counts,
            width=np.diff(edges),
            marker={"color": palette(dark).colour(1)},
            hovertext=told,
            hoverinfo="text",
        ),
        row=2,
        col=1,
    )
    figure.add_vline(x=0, line={"color": palette(dark).muted, "dash": "dot", "width": 1}, row=2, col=1)
