"""The drawing of a network: SVG of our own, with no program beside Python."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from chainrule.errors import ArgumentError, NotReadyError, unknown_name
from chainrule.plots.network_boxes import boxes_of
from chainrule.plots.network_layers import draw_layers
from chainrule.plots.network_units import MOST_LAYERS, MOST_UNITS, dense_layers, draw_units
from chainrule.plots.svg import document

DETAILS = ("auto", "layers", "units")


@dataclass(frozen=True)
class Diagram:
    """A drawing in SVG: it shows itself in a notebook, and `write` makes a file of it that any browser opens.

    Attributes
    ----------
    svg : str
        The whole document, self-contained.
    width, height : float
        In pixels of CSS.
    """

    svg: str
    width: float
    height: float

    def write(self, path: str | os.PathLike) -> None:
        """Write the drawing to a file; it can be given to a task queue: `queue.add_task(diagram.write, "net.svg")`.

        Raises
        ------
        ArgumentError
            If the path doesn't end in .svg.
        """
        if not os.fspath(path).lower().endswith(".svg"):
            raise ArgumentError(f"A diagram is written as SVG: give a path that ends in .svg; received {str(path)!r}.")
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.svg)

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<Diagram: {self.width:.0f} × {self.height:.0f} pixels; .write('network.svg') keeps it>"


def network(model: Any, detail: str = "auto", dark: bool | None = None) -> Diagram:
    """Draw a network: what is joined to what, and the sizes on the way.

    A small chain of dense layers is drawn unit by unit, each weight a line: blue for positive, orange and dashed for
    negative, wide for large. Any other network is drawn layer by layer; layers without weights stand in the box of the
    layer whose numbers they change. Resting on something with the pointer tells its name and number.

    Parameters
    ----------
    model : Model
        Built, so that the shapes are known.
    detail : {"auto", "layers", "units"}, default "auto"
        "units" is for dense layers of at most 16 units.
    dark : bool, optional
        Paper black or white; by default it follows what the reader prefers.

    Returns
    -------
    Diagram
        `.svg`, `.write(path)`; it shows itself in a notebook.

    Raises
    ------
    NotReadyError
        If the input shape is not known yet.
    ArgumentError
        If an argument can't be used, or the units of this network can't be drawn.

    Examples
    --------
    >>> from chainrule.layers import Dense
    >>> from chainrule.models import Sequential
    >>> network(Sequential([Dense(3, input_dim=2, activation="tanh"), Dense(1)]))
    <Diagram: 460 × 273 pixels; .write('network.svg') keeps it>
    """
    if detail not in DETAILS:
        raise unknown_name("detail of a diagram", detail, DETAILS)
    if dark not in (None, True, False):
        raise ArgumentError(f"network's dark is True, False, or None to follow the reader; received {dark!r}.")
    inner = getattr(model, "network", model)  # of a TableModel
    if not hasattr(inner, "calls"):
        raise ArgumentError(f"network draws a chainrule model; received {type(model).__name__}.")
    if not inner.built:
        raise NotReadyError(f"{inner.name!r} has no shapes yet: give its first layer an input_shape, or call fit.")
    layers = None if detail == "layers" else dense_layers(inner)
    if detail == "units" and layers is None:
        raise ArgumentError(
            f"The units of {inner.name!r} can't be drawn: that takes a chain of at most {MOST_LAYERS} dense layers of "
            f"at most {MOST_UNITS} units. detail='layers' draws any network."
        )
    title = f"{inner.name}: {inner.count_params():,} parameters"
    drawn = draw_units(inner, layers, title) if layers else draw_layers(boxes_of(inner), title)
    return Diagram(document(*drawn, title, dark), drawn[1], drawn[2])
