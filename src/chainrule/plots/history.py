"""Loss and metrics over the epochs, of one training or of several beside each other."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import ArgumentError, ShapeError
from chainrule.plots.frame import LONGEST_NAME, grid, number, safe, titled
from chainrule.plots.records import curves_of, gaps, thinned
from chainrule.plots.theme import DASHES, palette

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

#: The epochs, and each curve over them.
Record = tuple[np.ndarray, dict[str, np.ndarray]]
#: The height of each plot, in pixels, and how much of it lies between two.
PLOT, SPACE = 240, 70
#: A curve of positive numbers that spans more than this factor is drawn on a logarithmic axis.
WIDE = 100.0
#: Few epochs are drawn as points too.
FEW = 30
#: Words that name a curve of the rows held out.
VALIDATION = "val_"
#: So many faults are told in words; the rest is counted.
MOST_TOLD = 3


def history(*sources: Any, names: list[str] | None = None, dark: bool = False) -> Figure:
    """Draw loss and metrics over the epochs: validation dashed, several trainings in their own colours.

    When training and validation part, the network has begun to learn its rows by heart. An epoch whose number is NaN
    or infinite is a gap, and the sentence below the title says so.

    Parameters
    ----------
    *sources : History, Run or dict of str to list
        What `fit` returned, runs of `chainrule.runs`, or plain columns such as `{"loss": [0.9, 0.5]}`.
    names : list of str, optional
        One for each source; by default a run's own name, or "1", "2" and so on.
    dark : bool, default False

    Returns
    -------
    plotly Figure

    Raises
    ------
    ArgumentError
        If there is nothing to draw.
    ShapeError
        If there are not as many names as sources.

    Examples
    --------
    >>> figure = history({"loss": [0.9, 0.4]}, {"loss": [0.8, 0.6]}, names=["Adam", "SGD"])
    >>> [(curve.name, curve.y.tolist()) for curve in figure.data]
    [('Adam', [0.9, 0.4]), ('SGD', [0.8, 0.6])]
    """
    if not sources:
        raise ArgumentError("history draws at least one training: give what fit returned, or a run.")
    labels, records = _labels(sources, names), [curves_of(source) for source in sources]
    metrics = list(dict.fromkeys(name.removeprefix(VALIDATION) for _, curves in records for name in curves))
    rows = len(metrics)
    figure = grid(
        rows, 1, [], dark=dark, owner="history", shared_xaxes=True, vertical_spacing=SPACE / (PLOT * rows) / 2
    )
    for number_, (label, (epochs, curves)) in enumerate(zip(labels, records, strict=True)):
        for name, curve in curves.items():
            row = metrics.index(name.removeprefix(VALIDATION)) + 1
            _draw(figure, row, epochs, curve, _style(number_, label, name, len(sources) > 1, dark))
    for row, metric in enumerate(metrics, start=1):
        _axes(figure, row, rows, metric, records)
    entries = {trace.name for trace in figure.data if trace.showlegend}
    words = _words(labels, records)
    return titled(figure, "Training, epoch by epoch", words, dark=dark, height=120 + PLOT * rows, entries=len(entries))


def _labels(sources: tuple[Any, ...], names: list[str] | None) -> list[str]:
    """Return one name for each source, no two alike."""
    if names is None:
        names = [str(getattr(source, "name", None) or position) for position, source in enumerate(sources, start=1)]
    elif len(names) != len(sources):
        raise ShapeError(
            f"history has {len(sources)} sources and {len(names)} names: give one name for each, in the same order."
        )
    labels = [PurePath(str(name)).name or str(name) for name in names]
    return [
        f"{label} ({position})" if labels.count(label) > 1 else label for position, label in enumerate(labels, start=1)
    ]


def _style(position: int, label: str, name: str, several: bool, dark: bool) -> dict[str, Any]:
    """Return name and line of a curve: colours tell trainings apart, or training from validation if there is one."""
    held_out = name.startswith(VALIDATION)
    colours = palette(dark)
    if several:
        dash = DASHES[1] if held_out else DASHES[0]
        return {
            "name": safe(f"{label}, validation" if held_out else label),
            "legendgroup": f"{position} {held_out}",
            "line": {"color": colours.colour(position), "dash": dash, "width": 1.6 if held_out else 2},
        }
    return {
        "name": "validation" if held_out else "training",
        "legendgroup": str(held_out),
        "line": {"color": colours.colour(int(held_out)), "dash": DASHES[int(held_out)], "width": 2},
    }


def _draw(figure: Any, row: int, epochs: np.ndarray, curve: np.ndarray, style: dict[str, Any]) -> None:
    x, y = thinned(epochs, gaps(curve))
    first = all(trace.legendgroup != style["legendgroup"] for trace in figure.data)
    figure.add_scatter(
        x=x, y=y, mode="lines+markers" if len(x) <= FEW else "lines", showlegend=first, marker={"size": 5},
        hovertemplate="epoch %{x}: %{y:.4g}", row=row, col=1, **style,
    )  # fmt: skip


def _axes(
    figure: Any, row: int, rows: int, metric: str, records: list[tuple[np.ndarray, dict[str, np.ndarray]]]
) -> None:
    values = np.concatenate(
        [curve for _, curves in records for name, curve in curves.items() if name.removeprefix(VALIDATION) == metric]
    )
    values = values[np.isfinite(values)]
    wide = len(values) > 0 and values.min() > 0 and values.max() > WIDE * values.min()
    title = safe(metric.replace("_", " "), LONGEST_NAME)
    figure.update_yaxes(
        title_text=f"{title} (log)" if wide else title, type="log" if wide else "linear", row=row, col=1,
        exponentformat="power",
        **({"dtick": 1} if wide and values.max() > WIDE**2 * values.min() else {}),
    )  # fmt: skip
    longest = max(len(epochs) for epochs, _ in records)
    figure.update_xaxes(row=row, col=1, **({"dtick": 1} if longest <= 10 else {}))
    if row == rows:
        figure.update_xaxes(title_text="epoch", row=row, col=1)


def _words(labels: list[str], records: list[Record]) -> str:
    """Return what the curves can't show: where a number is missing, and how low the loss came."""
    told, several = [], len(labels) > 1
    for label, (epochs, curves) in zip(labels, records, strict=True):
        whose = f"{label[:LONGEST_NAME]}: " if several else ""
        for name, curve in curves.items():
            bad = ~np.isfinite(curve)
            # Validation every few epochs leaves gaps on purpose: None, which reads as NaN, between numbers.
            if bad.any() and (bad[-1] or not name.startswith(VALIDATION)):
                told.append(
                    f"{whose}{name} is not a finite number in {bad.sum()} of {len(curve)} epochs, first in epoch "
                    f"{epochs[int(np.argmax(bad))]}; the curve has a gap there."
                )
    if len(told) > MOST_TOLD:
        told = [*told[:MOST_TOLD], f"{len(told) - MOST_TOLD} more curves have gaps."]
    return " ".join(told) if told or several else _lowest(*records[0])


def _lowest(epochs: np.ndarray, curves: dict[str, np.ndarray]) -> str:
    """Return the epoch of the lowest loss, of the rows held out if there are any."""
    held_out = f"{VALIDATION}loss"
    name = held_out if held_out in curves else "loss"
    if name not in curves:
        return ""
    best = int(np.argmin(curves[name])) if np.isfinite(curves[name]).all() else int(np.nanargmin(curves[name]))
    which = "validation loss" if name == held_out else "loss"
    return f"The lowest {which} is {number(curves[name][best])}, in epoch {epochs[best]} of {epochs[-1]}."
