"""How much of the gradient reaches each layer: whether it vanishes, or explodes, on its way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.plots.frame import frame, grid, number, safe, titled
from chainrule.plots.layer_lines import MOST_NAMED, add_layers, add_steps, angle_of, height_of
from chainrule.plots.spreads import by_layer, is_run, network_of, norm_of, size_of, snapshots
from chainrule.plots.theme import SMALL_SIZE, palette, scale

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

#: The first layer's gradient as a share of the last one's: below it vanishes, above it explodes.
VANISHING, EXPLODING = 1e-3, 1e3
#: The picture of single gradients reaches so many powers of ten below the largest, and has so many rows for each.
POWERS, ROWS_A_POWER = 24, 4


def gradient_flow(source: Any, x: Any = None, y: Any = None, dark: bool = False) -> Figure:
    """Draw how large the gradient is in each layer, from the inputs (left) to the outputs (right).

    A level line is healthy. One that falls to the left by powers of ten is a gradient that vanishes: the first layers
    don't learn. One that rises to the left explodes. The sentence below the title says which.

    Parameters
    ----------
    source : Model, TableModel, ImageModel or Run
        A compiled model with a batch; or a recorded run, which is drawn over its snapshots.
    x, y
        For a model: the batch, as in `fit`.
    dark : bool, default False

    Returns
    -------
    plotly Figure

    Raises
    ------
    ArgumentError
        If a model is given without a batch, or a run has no snapshots of gradients.

    Examples
    --------
    >>> from chainrule.layers import Dense
    >>> from chainrule.models import Sequential
    >>> model = Sequential([Dense(8, input_dim=4, activation="tanh"), Dense(1)], seed=0)
    >>> model.compile(loss="mse")
    >>> figure = gradient_flow(model, np.ones((2, 4)), np.zeros(2))
    >>> list(figure.data[0].x)
    ['dense', 'dense_1']
    """
    palette(dark, "gradient_flow")
    if is_run(source):
        return _of_run(source, dark)
    network = network_of(source, "gradient_flow")
    if x is None or y is None:
        raise ArgumentError(
            "gradient_flow of a model needs a batch to compute gradients of: gradient_flow(model, x, y)."
        )
    gradients = by_layer(network.gradients(x, y))
    if not gradients:
        raise ArgumentError("gradient_flow has nothing to draw: the model has no trainable weights.")
    return _of_model(gradients, dark)


def verdict(names: list[str], sizes: np.ndarray) -> str:
    """Return in words how the gradient fares between the last layer and the first.

    Examples
    --------
    >>> verdict(["a", "b"], np.array([1e-6, 1e-1]))
    'The gradient vanishes: in a, the first layer, it is 1e−05 of what it is in b, the last.'
    """
    bad = [name for name, size in zip(names, sizes, strict=True) if not np.isfinite(size)]
    if bad:
        return f"The gradient is not finite in {_and_more(bad)}."
    without = [name for name, size in zip(names, sizes, strict=True) if size == 0]
    if without:
        return f"No gradient reaches {_and_more(without)}: what comes after is dead or saturated."
    if len(names) == 1:
        return f"The gradient's typical size is {number(sizes[0])}."
    share = float(sizes[0] / sizes[-1])
    times = "of" if share < 1 else "times"
    where = f"in {names[0]}, the first layer, it is {number(share)} {times} what it is in {names[-1]}, the last"
    if share < VANISHING:
        return f"The gradient vanishes: {where}."
    if share > EXPLODING:
        return f"The gradient explodes: {where}."
    return f"The gradient reaches every layer: {where}."


def _and_more(names: list[str]) -> str:
    """Return the layer nearest to the outputs, and how many others there are."""
    others = len(names) - 1
    return f"{names[-1]}{f' and {others} more layer' if others else ''}{'s' if others > 1 else ''}"


def _of_model(gradients: dict[str, np.ndarray], dark: bool) -> Any:
    names = list(gradients)
    sizes = np.array([float(np.sqrt(np.mean(np.square(flat, dtype=np.float64)))) for flat in gradients.values()])
    figure = grid(2, 1, [], dark=dark, shared_xaxes=True, vertical_spacing=0.06, row_heights=[0.5, 0.5])
    add_layers(figure, names, sizes, "typical size", dark, row=1, col=1)
    powers, shares = _powers(gradients)
    figure.add_heatmap(
        x=[safe(name) for name in names], y=10.0**powers, z=shares, zmin=0, zmax=1, name="single gradients",
        colorscale=scale(palette(dark).ascending), showscale=False,
        hovertemplate="%{x}: %{z:.0%} of the fullest bar near %{y:.1e}<extra></extra>", row=2, col=1,
    )  # fmt: skip
    figure.update_xaxes(
        type="category", nticks=MOST_NAMED, tickfont={"size": SMALL_SIZE}, tickangle=angle_of(names),
        showgrid=False, row=2, col=1,
    )  # fmt: skip
    figure.update_yaxes(
        type="log", title_text="each gradient (log)", exponentformat="power", nticks=6, showgrid=False, row=2, col=1
    )
    return titled(figure, "The gradient in each layer", verdict(names, sizes), dark=dark, height=560)


def _powers(gradients: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return powers of ten, and for each layer how many gradients are of that size, as a share of the fullest bar."""
    with np.errstate(all="ignore"):
        logs = [np.log10(np.abs(flat.astype(np.float64))) for flat in gradients.values()]
    logs = [one[np.isfinite(one)] for one in logs]
    top = max((float(one.max()) for one in logs if len(one)), default=0.0)
    bottom = max(min((float(one.min()) for one in logs if len(one)), default=-1.0), top - POWERS)
    low, high = np.floor(bottom), np.ceil(top) if np.ceil(top) > np.floor(bottom) else np.floor(bottom) + 1
    edges = np.linspace(low, high, int(high - low) * ROWS_A_POWER + 1)
    columns = [np.histogram(one, edges)[0] for one in logs]
    shares = np.array([bars / max(bars.max(), 1) for bars in columns]).T
    return (edges[:-1] + edges[1:]) / 2, shares


def _of_run(run: Any, dark: bool) -> Any:
    steps, layers, found = snapshots(run, "gradients", "gradient_flow")
    sizes = np.full((len(layers), len(steps)), np.nan)
    for row, layer in enumerate(layers):
        for column, step in enumerate(steps):
            parts = found.get((step, layer))
            if parts:
                sizes[row, column] = norm_of(parts) / max(size_of(parts), 1) ** 0.5
    words = f"At the last snapshot, step {steps[-1]:,}. {verdict(layers, sizes[:, -1])}"
    figure = frame("The gradient in each layer, over the run", words, dark=dark, height=height_of(len(layers)))
    add_steps(figure, steps, layers, sizes, "typical size", dark)
    return figure
