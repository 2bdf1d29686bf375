"""The losses of several networks, one plot for each kind of them: how each learnt, and where it stopped."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.plots.frame import grid, number, safe, titled
from chainrule.plots.records import gaps, thinned
from chainrule.plots.theme import DASHES, palette

OWNER = "plots.training_curves"
LOSS, HELD_OUT = "loss", "val_loss"
#: Height of a plot and of what stands around it, in pixels; fainter lines where several networks lie on each other.
PLOT, AROUND, FAINT = 270, 120, 0.55


def training_curves(networks: list[dict[str, Any]], *, dark: bool = False) -> Any:
    """Draw the training and validation loss of the networks that a model was chosen from, a plot for each kind.

    For `TableModel.report["networks"]`; of a single training `history` says more.

    Parameters
    ----------
    networks : list of dict
        Each with "candidate" (its kind), "history" ("loss" and perhaps "val_loss", a number an epoch) and "best_epoch".
    dark : bool, default False

    Returns
    -------
    plotly Figure

    Raises
    ------
    MissingExtraError
        If Plotly is not installed.

    Examples
    --------
    >>> one = {"candidate": "deep", "history": {"loss": [0.9, 0.5], "val_loss": [0.8, 0.6]}, "best_epoch": 2}
    >>> training_curves([one]).layout.title.text
    'Loss of 1 network, epoch by epoch'
    """
    kinds = list(dict.fromkeys(one["candidate"] for one in networks))
    height = PLOT * len(kinds) + AROUND
    figure = grid(len(kinds), 1, [], dark=dark, owner=OWNER, vertical_spacing=60 / height)
    for row, kind in enumerate(kinds, start=1):
        members = [one for one in networks if one["candidate"] == kind]
        for one in members:
            _draw(figure, row, one, FAINT if len(members) > 1 else 1.0, dark)
        figure.update_yaxes(title=f"loss: {safe(kind)}" if len(kinds) > 1 else "loss", row=row, col=1)
        figure.update_xaxes(rangemode="tozero", row=row, col=1)
    figure.update_xaxes(title="epoch", row=len(kinds), col=1)
    entries = {trace.name for trace in figure.data if trace.showlegend}
    n = len(networks)
    title = f"Loss of {n} network{'' if n == 1 else 's'}, epoch by epoch"
    return titled(figure, title, _words(networks), dark=dark, height=height, entries=len(entries))


def _draw(figure: Any, row: int, network: dict[str, Any], opacity: float, dark: bool) -> None:
    colours = palette(dark)
    for place, (key, name) in enumerate(((LOSS, "training"), (HELD_OUT, "validation"))):
        values = network["history"].get(key)
        if not values:
            continue
        x, y = thinned(np.arange(1, len(values) + 1), gaps(np.asarray(values, np.float64)))
        figure.add_scatter(
            x=x,
            y=y,
            name=name,
            legendgroup=name,
            showlegend=all(trace.name != name for trace in figure.data),
            mode="lines+markers" if len(x) == 1 else "lines",
            opacity=opacity,
            line={"color": colours.colour(place), "dash": DASHES[place], "width": 2},
            hovertemplate="epoch %{x}: %{y:.4g}",
            row=row,
            col=1,
        )
    best, held_out = network.get("best_epoch"), network["history"].get(HELD_OUT)
    if best and held_out:
        figure.add_scatter(
            x=[best],
            y=[held_out[best - 1]],
            name="kept",
            legendgroup="kept",
            showlegend=all(trace.name != "kept" for trace in figure.data),
            mode="markers",
            marker={"size": 8, "color": colours.ink, "symbol": "circle-open", "line": {"width": 2}},
            hovertemplate="kept: epoch %{x}, %{y:.4g}",
            row=row,
            col=1,
        )


def _words(networks: list[dict[str, Any]]) -> str:
    held = [one for one in networks if one.get("best_epoch") and one["history"].get(HELD_OUT)]
    if not held:
        last = [one["history"][LOSS][-1] for one in networks if one["history"].get(LOSS)]
        return f"The loss ends at {number(float(np.mean(last)))} on average; no rows said when to stop." if last else ""
    low = [one["history"][HELD_OUT][one["best_epoch"] - 1] for one in held]
    epochs = [one["best_epoch"] for one in held]
    if len(held) == 1:
        return f"Kept is epoch {epochs[0]}, where the validation loss is {number(low[0])}."
    return (
        f"Each keeps the epoch with its smallest validation loss: epochs {min(epochs)} to {max(epochs)}, losses "
        f"{number(min(low))} to {number(max(low))}."
    )
