"""A plane coloured by class: the deeper the colour the surer the answer, a line where it changes."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.plots.theme import SYMBOLS, palette

#: How deep the colour is of a probability of 1.
DEEPEST = 0.55
#: So many rows are drawn at most, taken evenly.
MOST_ROWS = 2000


def add_map(figure: Any, x: np.ndarray, y: np.ndarray, P: np.ndarray, classes: list[str], dark: bool) -> None:
    """Add the most probable class at each place, and the line where it changes.

    Parameters
    ----------
    x, y : ndarray
        The places along both axes.
    P : ndarray, shape (len(y), len(x), classes)
    """
    colours, best = palette(dark), P.argmax(axis=2)
    surest, least = P.max(axis=2), 1 / P.shape[2]
    for number, name in enumerate(classes):
        sure = np.where(best == number, surest, np.nan).astype(np.float32)
        figure.add_heatmap(
            x=x, y=y, z=sure, zmin=least, zmax=1, showscale=False, hoverongaps=False, zsmooth=False,
            colorscale=[[0, colours.paper], [1, _mixed(colours.paper, colours.colour(number))]],
            hovertemplate=f"{name}: %{{z:.1%}}<extra></extra>",
        )  # fmt: skip
    for number in range(len(classes) if len(classes) > 2 else 1):
        rest = np.delete(P, number, axis=2).max(axis=2)
        figure.add_contour(
            x=x, y=y, z=P[:, :, number] - rest, showscale=False, hoverinfo="skip", name="boundary", showlegend=False,
            contours={"start": 0, "end": 0, "size": 1, "coloring": "none"}, line={"color": colours.ink, "width": 1.6},
        )  # fmt: skip


def add_points(figure: Any, x: np.ndarray, y: np.ndarray, numbers: np.ndarray, classes: list[str], dark: bool) -> None:
    """Add the rows, each class with a colour and a shape of its own."""
    colours = palette(dark)
    kept = np.arange(len(x)) if len(x) <= MOST_ROWS else np.linspace(0, len(x) - 1, MOST_ROWS).astype(int)
    for number, name in enumerate(classes):
        rows = kept[numbers[kept] == number]
        figure.add_scatter(
            x=x[rows], y=y[rows], name=name, mode="markers", hovertemplate="%{x:.3g}, %{y:.3g}",
            marker={
                "color": colours.colour(number), "symbol": SYMBOLS[number % len(SYMBOLS)], "size": 7,
                "line": {"color": colours.paper, "width": 1},
            },
        )  # fmt: skip


def _mixed(paper: str, colour: str) -> str:
    """Return a colour laid over the paper as deep as `DEEPEST` says."""
    parts = [(int(paper[k : k + 2], 16), int(colour[k : k + 2], 16)) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(under + DEEPEST * (over - under)):02x}" for under, over in parts)
