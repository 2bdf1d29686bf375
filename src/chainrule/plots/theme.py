"""How our figures look: two palettes, light and dark, and the Plotly templates made of them.

The colours follow Okabe and Ito's set, which the colour-blind tell apart, darkened for white and lightened for black
until each has a contrast of at least 3 to its paper. Lines also differ by dash, points by shape: no figure speaks by
colour alone.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from chainrule.arguments import check_flag
from chainrule.errors import MissingExtraError

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
TITLE_SIZE, TEXT_SIZE, SMALL_SIZE = 17, 13, 11
#: How lines differ beside their colour.
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
#: How points differ beside their colour.
SYMBOLS = ("circle", "square", "diamond", "cross", "triangle-up", "x", "star", "pentagon", "hexagon", "hourglass")


@dataclass(frozen=True)
class Palette:
    """The colours of one appearance.

    Attributes
    ----------
    paper, ink, muted, grid : str
        Background, text, text of less weight, and the lines behind a curve.
    colours : tuple of str
        For curves and classes, in this order.
    ascending : tuple of str
        From "little" (the paper) to "much".
    diverging : tuple of str
        From negative over 0 (the paper) to positive.
    warning : str
        What needs to be looked at.
    """

    paper: str
    ink: str
    muted: str
    grid: str
    colours: tuple[str, ...]
    ascending: tuple[str, ...]
    diverging: tuple[str, ...]
    warning: str

    def colour(self, number: int) -> str:
        """Return the colour of curve or class `number`; after the last they begin anew."""
        return self.colours[number % len(self.colours)]


LIGHT = Palette(
    paper="#ffffff",
    ink="#1f2328",
    muted="#59636e",
    grid="#e1e4e8",
    colours=(
        "#0072b2",
        "#d55e00",
        "#00805f",
        "#a8478b",
        "#8a6d00",
        "#5b5bd6",
        "#6b6f76",
        "#b3261e",
        "#3f7f93",
        "#7a4b1e",
    ),
    ascending=("#ffffff", "#cfe3f1", "#7fb6da", "#2f86bf", "#0a5a94", "#06365c"),
    diverging=("#0a5a94", "#6fabd3", "#ffffff", "#f0a878", "#a84300"),
    warning="#b3261e",
)  # fmt: skip
DARK = Palette(
    paper="#131416",
    ink="#e6e8eb",
    muted="#a3adb8",
    grid="#2e333a",
    colours=(
        "#56b4e9", "#ff9d3b", "#2cc295", "#e08bc0", "#f0e442",
        "#a5a5ff", "#b4bac2", "#ff8a7a", "#8fd0e0", "#d6a878",
    ),
    ascending=("#131416", "#12324a", "#1a5a8a", "#2f8fcb", "#7cc4ee", "#d8effc"),
    diverging=("#7cc4ee", "#235f8c", "#131416", "#96511c", "#ffb46b"),
    warning="#ff8a7a",
)  # fmt: skip


def palette(dark: bool = False, owner: str = "The figure") -> Palette:
    """Return the palette for white (default) or for black paper.

    Parameters
    ----------
    dark : bool, default False
    owner : str
        Whose argument it is, for the message.

    Raises
    ------
    ArgumentError
        If `dark` is neither True nor False.

    Examples
    --------
    >>> palette(dark=True).paper
    '#131416'
    """
    return DARK if check_flag(owner, "dark", dark) else LIGHT


def plotly() -> Any:
    """Return `plotly.graph_objects`; Plotly is loaded by the first figure and not before.

    Raises
    ------
    MissingExtraError
        If Plotly is not installed; the message says how to install it.
    """
    try:
        import plotly.graph_objects as graph_objects
    except ImportError as error:
        raise MissingExtraError('Figures need Plotly: pip install "chainrule[report]" brings it.') from error
    return graph_objects


def scale(colours: tuple[str, ...]) -> list[list[Any]]:
    """Return colours at equal distances, as Plotly's `colorscale` takes them."""
    return [[number / (len(colours) - 1), colour] for number, colour in enumerate(colours)]


@functools.cache
def template(dark: bool = False) -> Any:
    """Return the Plotly template of one appearance: for figures of your own that are to look like ours.

    Parameters
    ----------
    dark : bool, default False

    Examples
    --------
    >>> template().layout.paper_bgcolor
    '#ffffff'
    """
    colours = palette(dark)
    axis = {
        "gridcolor": colours.grid,
        "linecolor": colours.muted,
        "zerolinecolor": colours.grid,
        "tickcolor": colours.muted,
        "ticks": "outside",
        "ticklen": 4,
        "showline": True,
        "automargin": True,
        "title": {"font": {"size": TEXT_SIZE}, "standoff": 8},
    }
    small = {"font": {"size": TEXT_SIZE}}
    bar = {"thickness": 14, "outlinewidth": 0, "title": small, "tickfont": {"size": SMALL_SIZE}}
    return plotly().layout.Template(
        layout={
            "paper_bgcolor": colours.paper,
            "plot_bgcolor": colours.paper,
            "font": {"family": FONT, "size": TEXT_SIZE, "color": colours.ink},
            "colorway": list(colours.colours),
            "colorscale": {"sequential": scale(colours.ascending), "diverging": scale(colours.diverging)},
            "xaxis": axis,
            "yaxis": axis,
            "hoverlabel": {
                "bgcolor": colours.paper,
                "bordercolor": colours.muted,
                "font": {"color": colours.ink, "family": FONT},
            },
            "legend": {"bgcolor": "rgba(0,0,0,0)"},
            "annotationdefaults": {"font": {"color": colours.ink}},
        },
        data={kind: [{"colorbar": bar}] for kind in ("heatmap", "contour")},
    )


def __getattr__(name: str) -> Any:
    """Return `light` or `dark`, the templates: made when they are first asked for, since Plotly is loaded for them."""
    if name in ("light", "dark"):
        return template(name == "dark")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
