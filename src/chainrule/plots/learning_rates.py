"""The learning-rate finder's picture: the loss against the rate, with the rate it suggests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.plots.frame import frame, number
from chainrule.plots.records import gaps
from chainrule.plots.theme import DASHES, palette

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

#: Above the smoothed loss' first value, this share of its whole fall is shown: where it blows up it leaves the picture.
HEADROOM = 0.6
#: What the finder recorded at each step.
PARTS = ("rates", "losses", "smoothed")


def learning_rates(found: Any, dark: bool = False) -> Figure:
    """Draw what `lr_find` saw: each step's loss, the smoothed loss, and the rate that it suggests.

    Read it from left to right: flat, where the rate is too low to move anything; falling, where learning works best;
    then rising steeply, where the rate is too high. The suggestion is where the curve falls fastest.

    Parameters
    ----------
    found : LearningRates
        The result of `chainrule.lr_find`.
    dark : bool, default False

    Returns
    -------
    plotly Figure

    Raises
    ------
    ArgumentError
        If it is not such a result.

    Examples
    --------
    >>> from chainrule import lr_find
    >>> from chainrule.layers import Dense
    >>> from chainrule.models import Sequential
    >>> model = Sequential([Dense(1, input_dim=1)], seed=0)
    >>> model.compile(loss="mse", optimizer="sgd")
    >>> X = np.linspace(-1, 1, 64)[:, None]
    >>> [curve.name for curve in learning_rates(lr_find(model, X, 3 * X)).data]
    ['each step', 'smoothed']
    """
    if not all(hasattr(found, name) for name in (*PARTS, "suggestion")):
        raise ArgumentError(
            f"learning_rates draws the result of chainrule.lr_find(model, x, y); received {type(found).__name__}."
        )
    colours = palette(dark, "learning_rates")
    rates, losses, smoothed = (
        np.asarray(part, dtype=np.float64) for part in (found.rates, found.losses, found.smoothed)
    )
    words = (
        f"The loss falls fastest at a learning rate of {number(found.suggestion)}, the suggestion; "
        f"tried from {number(rates[0])} to {number(rates[-1])} in {len(rates)} steps."
    )
    figure = frame("Loss against the learning rate", words, dark=dark, entries=2)
    figure.add_scatter(
        x=rates,
        y=gaps(losses),
        name="each step",
        mode="markers",
        marker={"color": colours.muted, "size": 4},
        opacity=0.6,
    )
    figure.add_scatter(
        x=rates, y=gaps(smoothed), name="smoothed", mode="lines", line={"color": colours.colour(0), "width": 2.5}
    )
    figure.update_traces(hovertemplate="rate %{x:.3g}: loss %{y:.4g}")
    figure.add_vline(x=found.suggestion, line={"color": colours.colour(1), "width": 2, "dash": DASHES[1]})
    # Plotly takes the place of words on a logarithmic axis as an exponent, and that of a line as a number.
    figure.add_annotation(
        x=np.log10(found.suggestion), y=1, yref="paper", text=number(found.suggestion), showarrow=False,
        xanchor="left", yanchor="top", xshift=4, font={"color": colours.colour(1)},
    )  # fmt: skip
    figure.update_xaxes(type="log", title_text="learning rate (log)", dtick=1, exponentformat="power")
    figure.update_yaxes(title_text="loss", range=_shown(smoothed))
    return figure


def _shown(smoothed: np.ndarray) -> list[float]:
    """Return the losses that are shown: from the lowest to somewhat above the first."""
    finite = smoothed[np.isfinite(smoothed)]
    first, low = float(finite[0]), float(finite.min())
    fall = (first - low) or abs(first) or 1.0
    return [low - 0.1 * fall, first + HEADROOM * fall]
