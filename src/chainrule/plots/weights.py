"""The weights of each layer: how they are spread, and how large they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.plots.frame import frame, grid, number, safe, titled
from chainrule.plots.spreads import (
    Spread,
    by_layer,
    is_run,
    network_of,
    norm_of,
    rebinned,
    snapshots,
    spread_of,
    without_biases,
)
from chainrule.plots.theme import SMALL_SIZE, palette, scale

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

#: Up to so many layers have a histogram each; more of them are columns of one picture.
MOST_APART = 12
#: The grid of histograms, and each one's height in pixels.
COLUMNS, PLOT = 3, 170
#: Into so many stretches the common scale of weights is cut where layers are columns.
ROWS = 80


def weights(source: Any, dark: bool = False) -> Figure:
    """Draw the weights of each layer, its bias left out: a histogram each, with its norm.

    A layer whose weights are all near 0 has lost its say; one whose spread is many times that of the others does most
    of the talking; bars far from the rest are worth a look.

    Parameters
    ----------
    source : Model, TableModel, ImageModel or Run
        Of a run the last snapshot is drawn.
    dark : bool, default False

    Returns
    -------
    plotly Figure

    Raises
    ------
    ArgumentError
        If it has no weights, or the run no snapshots.

    Examples
    --------
    >>> from chainrule.layers import Dense
    >>> from chainrule.models import Sequential
    >>> model = Sequential([Dense(8, input_dim=4), Dense(1)], seed=0)
    >>> [bars.name for bars in weights(model).data]
    ['dense', 'dense_1']
    """
    palette(dark, "weights")
    if is_run(source):
        spreads, step = _last(source)
        when = f" after step {step}"
    else:
        network = network_of(source, "weights")
        arrays = {name: weight.numpy() for name, weight in network.named_weights()}
        arrays = {name: arrays[name] for name in without_biases(list(arrays))}
        spreads, when = [spread_of(name, flat) for name, flat in by_layer(arrays).items()], ""
    spreads = [spread for spread in spreads if spread.size]
    if not spreads:
        raise ArgumentError("weights has nothing to draw: no layer of this model has weights.")
    title = f"The weights of each layer{when}"
    return (_apart if len(spreads) <= MOST_APART else _together)(spreads, title, dark)


def _last(run: Any) -> tuple[list[Spread], int]:
    """Return the spreads of a run's last snapshot, a layer's arrays on common edges."""
    steps, layers, found = snapshots(run, "weights", "weights")
    kept = set(without_biases([one.name for parts in found.values() for one in parts]))
    last = [
        (layer, [one for one in found[steps[-1], layer] if one.name in kept])
        for layer in layers
        if (steps[-1], layer) in found
    ]
    return [_joined(layer, parts) for layer, parts in last], steps[-1]


def _joined(layer: str, parts: list[Any]) -> Spread:
    """Return several histograms as one, on common edges."""
    edges = np.linspace(min(p.edges[0] for p in parts), max(p.edges[-1] for p in parts), len(parts[0].counts) + 1)
    counts = np.zeros(len(edges) - 1)
    for part in parts:
        counts += rebinned(part.counts, part.edges, edges)
    size = max(int(counts.sum()), 1)
    mean = sum((p.mean or 0.0) * sum(p.counts) for p in parts) / size
    norm = norm_of(parts)
    return Spread(layer, counts, edges, norm, mean, float(np.sqrt(max(norm**2 / size - mean**2, 0.0))), size)


def _words(spreads: list[Spread]) -> str:
    """Return which layer's weights are the smallest and which the largest."""
    bad = [spread.name for spread in spreads if not np.isfinite(spread.norm)]
    if bad:
        return f"Weights that are not finite: in {', '.join(bad[:3])}{' and others' if len(bad) > 3 else ''}."
    ordered = sorted(spreads, key=lambda spread: spread.rms)
    low, high = ordered[0], ordered[-1]
    if len(spreads) == 1:
        return f"{low.size:,} numbers, typically {number(low.rms)} in size."
    return (
        f"Typical size (root of the mean square): from {number(low.rms)} in {low.name} to {number(high.rms)} in "
        f"{high.name}."
    )


def _apart(spreads: list[Spread], title: str, dark: bool) -> Any:
    columns = min(COLUMNS, len(spreads))
    rows = -(-len(spreads) // columns)
    figure = grid(
        rows, columns, [spread.name for spread in spreads], dark=dark,
        vertical_spacing=0.42 / rows if rows > 1 else 0.0, horizontal_spacing=0.08,
    )  # fmt: skip
    for position, spread in enumerate(spreads):
        figure.add_bar(
            x=(spread.edges[:-1] + spread.edges[1:]) / 2, y=spread.counts, width=np.diff(spread.edges),
            name=spread.name,
            marker={"color": palette(dark).colour(0), "line": {"width": 0}}, showlegend=False,
            hovertemplate="%{y} near %{x:.3g}<extra></extra>", row=position // columns + 1, col=position % columns + 1,
        )  # fmt: skip
        figure.update_xaxes(
            title_text=f"norm {number(spread.norm)}, {spread.size:,} numbers",
            title_font_size=SMALL_SIZE,
            title_standoff=4,
            row=position // columns + 1,
            col=position % columns + 1,
        )
    figure.update_xaxes(tickfont={"size": SMALL_SIZE}, nticks=5)
    figure.update_yaxes(tickfont={"size": SMALL_SIZE}, nticks=4, rangemode="tozero")
    return titled(figure, title, _words(spreads), dark=dark, height=110 + rows * (PLOT + 50))


def _together(spreads: list[Spread], title: str, dark: bool) -> Any:
    """Draw each layer as a column: how many of its weights lie at each height."""
    reach = max(float(np.abs(spread.edges).max()) for spread in spreads)
    edges = np.linspace(-reach, reach, ROWS + 1)
    columns = []
    for spread in spreads:
        bars = rebinned(spread.counts, spread.edges, edges)
        columns.append(bars / (bars.max() or 1.0))
    figure = frame(title, _words(spreads), dark=dark, height=460)
    figure.add_heatmap(
        x=[safe(spread.name) for spread in spreads], y=(edges[:-1] + edges[1:]) / 2, z=np.array(columns).T,
        colorscale=scale(palette(dark).ascending), zmin=0, zmax=1,
        colorbar={"title": {"text": "share"}, "tickformat": ".0%"},
        customdata=np.tile([spread.norm for spread in spreads], (ROWS, 1)),
        hovertemplate="%{x}, near %{y:.3g}: %{z:.0%} of its fullest bar<br>norm %{customdata:.3g}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(type="category", tickangle=-60, tickfont={"size": SMALL_SIZE}, nticks=30, showgrid=False)
    figure.update_yaxes(title_text="weight")
    return figure
