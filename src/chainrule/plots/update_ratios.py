"""How far a step moves each layer's weights, beside how large they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.arguments import check_number
from chainrule.errors import ArgumentError, NotReadyError
from chainrule.plots.frame import frame, number
from chainrule.plots.layer_lines import add_layers, add_steps, height_of
from chainrule.plots.spreads import by_layer, is_run, layer_of, network_of, norm_of, snapshots
from chainrule.plots.theme import palette

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

#: Where the ratio of a healthy training mostly lies; about 0.001 is usual.
SLOW, FAST = 1e-4, 1e-2


def update_ratios(
    source: Any, x: Any = None, y: Any = None, learning_rate: float | None = None, dark: bool = False
) -> Figure:
    """Draw, layer by layer, the size of a step divided by the size of the weights.

    About 0.001 is usual. Far less, and the layer hardly learns; far more, and a step undoes the last one: the learning
    rate is too high.

    Parameters
    ----------
    source : Model, TableModel, ImageModel or Run
        A compiled model with a batch; or a recorded run, where the steps are those that the optimizer took.
    x, y
        For a model: the batch, as in `fit`. The step is that of plain gradient descent: rate times gradient.
    learning_rate : float, optional
        By default the model's own.
    dark : bool, default False

    Returns
    -------
    plotly Figure

    Raises
    ------
    ArgumentError
        If a model is given without a batch, or a run has no snapshots of updates.

    Examples
    --------
    >>> from chainrule.layers import Dense
    >>> from chainrule.models import Sequential
    >>> model = Sequential([Dense(8, input_dim=4, activation="tanh"), Dense(1)], seed=0)
    >>> model.compile(loss="mse", optimizer="sgd")
    >>> len(update_ratios(model, np.ones((2, 4)), np.zeros(2)).data[0].x)
    2
    """
    palette(dark, "update_ratios")
    if is_run(source):
        return _of_run(source, dark)
    network = network_of(source, "update_ratios")
    if x is None or y is None:
        raise ArgumentError("update_ratios of a model needs a batch to compute a step of: update_ratios(model, x, y).")
    rate = _rate(network, learning_rate)
    weights = by_layer({name: weight.numpy() for name, weight in network.named_weights(trainable_only=True)})
    steps = by_layer(network.gradients(x, y))
    names = list(steps)
    ratios = np.array([_ratio(rate * _norm(steps[name]), _norm(weights[name])) for name in names])
    words = f"At a learning rate of {number(rate)}. {_words(names, ratios)}"
    figure = frame("A step beside the weights", words, dark=dark)
    colours = palette(dark)
    figure.add_hrect(y0=SLOW, y1=FAST, fillcolor=colours.colour(2), opacity=0.12, line_width=0, layer="below")
    # Plotly takes the place of words on a logarithmic axis as an exponent.
    figure.add_annotation(
        x=0, xref="paper", y=np.log10(FAST), text="usual", showarrow=False, xanchor="left", yanchor="top",
        font={"color": colours.colour(2)},
    )  # fmt: skip
    add_layers(figure, names, ratios, "step / weights", dark)
    return figure


def _rate(network: Any, given: float | None) -> float:
    if given is not None:
        return check_number("update_ratios", "learning_rate", given, 0, above=True)
    optimizer = network._settle_compilation("update_ratios", needs_loss=True).optimizer
    rate = getattr(optimizer, "learning_rate", None)
    if not isinstance(rate, (int, float, np.floating)):
        raise NotReadyError("The model's learning rate is no number (a schedule?): give update_ratios learning_rate=….")
    return float(rate)


def _norm(numbers: np.ndarray) -> float:
    return float(np.linalg.norm(np.asarray(numbers, dtype=np.float64)))


def _ratio(step: float, weights: float) -> float:
    """Return a step beside weights; NaN where all weights are 0, as at the start of a bias."""
    return step / weights if weights else np.nan


def _words(names: list[str], ratios: np.ndarray) -> str:
    """Return which layers move too little or too much."""
    known = np.isfinite(ratios)
    if not known.any():
        return "No ratio can be told: the weights are all 0, or not finite."
    low, high = names[int(np.nanargmin(ratios))], names[int(np.nanargmax(ratios))]
    words = f"From {number(np.nanmin(ratios))} ({low}) to {number(np.nanmax(ratios))} ({high}); about 0.001 is usual."
    slow, fast = int((ratios[known] < SLOW).sum()), int((ratios[known] > FAST).sum())
    if fast:
        words += f" Above {FAST}: {fast} of {len(names)} layers; lower the learning rate."
    if slow:
        words += f" Below {SLOW}: {slow} of {len(names)} layers, which hardly learn."
    return words


def _of_run(run: Any, dark: bool) -> Any:
    steps, layers, updates = snapshots(run, "updates", "update_ratios")
    ratios = np.full((len(layers), len(steps)), np.nan)
    sizes: dict[tuple[int, str], list[Any]] = {}
    for one in run.histograms(kind="weights"):
        sizes.setdefault((one.step, layer_of(one.name)), []).append(one)
    for (step, layer), parts in updates.items():
        if (step, layer) in sizes:
            place = layers.index(layer), steps.index(step)
            ratios[place] = _ratio(norm_of(parts), norm_of(sizes[step, layer]))
    words = f"At the last snapshot, step {steps[-1]:,}. {_words(layers, ratios[:, -1])}"
    figure = frame("A step beside the weights, over the run", words, dark=dark, height=height_of(len(layers)))
    add_steps(figure, steps, layers, ratios, "step / weights", dark)
    return figure
