"""A number a layer: over the layers of a model, or over layers and steps of a run."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.plots.frame import safe
from chainrule.plots.theme import SMALL_SIZE, palette, scale

#: A layer's row in a picture of layers and steps, in pixels, and the least height of such a picture.
ROW, LEAST = 15, 200
#: Few layers are named at their points, more of them are named at some.
MOST_NAMED = 30
#: More names than that stand slanted.
MOST_LEVEL = 5


def add_layers(figure: Any, names: list[str], values: np.ndarray, what: str, dark: bool, **place: Any) -> None:
    """Add a line over the layers, on a logarithmic axis; 0 and NaN, which have no place there, are gaps."""
    colours = palette(dark)
    figure.add_scatter(
        x=[safe(name) for name in names], y=np.where(np.isfinite(values) & (values > 0), values, np.nan), name=what,
        mode="lines+markers", line={"color": colours.colour(0), "width": 2}, marker={"size": 7}, showlegend=False,
        hovertemplate="%{x}: %{y:.3g}<extra></extra>", **place,
    )  # fmt: skip
    figure.update_xaxes(
        type="category",
        tickfont={"size": SMALL_SIZE},
        tickangle=angle_of(names),
        nticks=MOST_NAMED,
        **place,
    )
    figure.update_yaxes(type="log", title_text=f"{what} (log)", exponentformat="power", nticks=6, **place)


def add_steps(figure: Any, steps: list[int], names: list[str], values: np.ndarray, what: str, dark: bool) -> None:
    """Add a picture of layers (rows, the first on top) and snapshots (columns), coloured by the power of ten."""
    with np.errstate(all="ignore"):
        powers = np.where(np.isfinite(values) & (values > 0), np.log10(values), np.nan)
    shown = powers[np.isfinite(powers)]
    low, high = (np.floor(shown.min()), np.ceil(shown.max())) if len(shown) else (-1, 0)
    ticks = np.arange(low, max(high, low + 1) + 1, max(1, (high - low) // 6))
    figure.add_heatmap(
        x=[f"{step:,}" for step in steps], y=[safe(name) for name in names], z=powers, customdata=values,
        xgap=1, ygap=1,
        colorscale=scale(palette(dark).ascending[1:]), zmin=low, zmax=max(high, low + 1),
        colorbar={
            "title": {"text": what},
            "tickvals": ticks, "ticktext": [f"10<sup>{tick:.0f}</sup>" for tick in ticks],
        },
        hovertemplate="%{y}, step %{x}: %{customdata:.3g}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(type="category", title_text="step of the snapshot", showgrid=False)
    figure.update_yaxes(type="category", autorange="reversed", tickfont={"size": SMALL_SIZE}, showgrid=False)


def angle_of(names: list[str]) -> int:
    """Return how the layers' names stand at an axis: turned where there are many."""
    return -45 if len(names) > MOST_LEVEL else 0


def height_of(n_layers: int) -> int:
    """Return the height of a picture of layers and steps."""
    return max(LEAST, ROW * n_layers) + 130
