"""What every figure has: its paper, its title, and a sentence below it that says what is to be seen."""

from __future__ import annotations

import html
import textwrap
from typing import Any

from chainrule.plots.theme import SMALL_SIZE, TEXT_SIZE, TITLE_SIZE, palette, plotly, template

#: A figure's height, and that of a line of text above it, in pixels.
HEIGHT, TITLE_LINE, TEXT_LINE, LEGEND_LINE = 420, 34, 18, 28
#: So many signs stand in a line below the title: a figure is drawn as narrow as a column of a page.
SIGNS = 88
#: A name longer than that is cut in a legend or at an axis.
LONGEST_NAME = 28
#: A legend of more entries stands at the side.
MOST_ACROSS = 6
#: No figure draws more points of one curve than that.
MOST_POINTS = 1000


def safe(text: object, longest: int = LONGEST_NAME) -> str:
    """Return a name as Plotly may draw it: what looks like HTML stays text, and a very long one is cut.

    Examples
    --------
    >>> safe("<b>loss</b>")
    '&lt;b&gt;loss&lt;/b&gt;'
    """
    text = str(text)
    return html.escape(text if len(text) <= longest else f"{text[: longest - 1]}…", quote=False)


def wrapped(words: str) -> str:
    """Return a sentence in lines that fit a narrow figure."""
    return "<br>".join(html.escape(line, quote=False) for line in textwrap.wrap(words, SIGNS))


def number(value: float) -> str:
    """Return a number as a sentence has it: three digits, and a true minus."""
    return f"{value:.3g}".replace("-", "−")


def frame(title: str, words: str = "", *, dark: bool = False, height: int = HEIGHT, entries: int = 0, owner="") -> Any:
    """Return an empty figure with our template, a title and a sentence.

    Parameters
    ----------
    title, words : str
        Plain text: escaped and wrapped here.
    dark : bool, default False
    height : int, default 420
        In pixels; the width follows the page.
    entries : int, default 0
        How many entries the legend has: a few stand above the plot, many beside it.
    owner : str
        Whose figure it is, for messages about `dark`.
    """
    palette(dark, owner or "The figure")
    figure = plotly().Figure()
    return titled(figure, title, words, dark=dark, height=height, entries=entries)


def grid(rows: int, columns: int, titles: list[str], *, dark: bool = False, owner: str = "", **spacing: Any) -> Any:
    """Return a figure of several plots, each with a small title; `titled` is to follow."""
    palette(dark, owner or "The figure")
    plotly()
    from plotly.subplots import make_subplots

    figure = make_subplots(rows=rows, cols=columns, subplot_titles=[safe(title) for title in titles], **spacing)
    figure.update_annotations(font={"size": TEXT_SIZE})
    return figure


def titled(
    figure: Any, title: str, words: str = "", *, dark: bool = False, height: int = HEIGHT, entries: int = 0
) -> Any:
    """Give a figure its template, title, sentence and margins, and return it."""
    lines = wrapped(words)
    n_lines = lines.count("<br>") + 1 if lines else 0
    above, beside = 1 < entries <= MOST_ACROSS, entries > MOST_ACROSS
    small_titles = any(annotation.text and annotation.y == 1 for annotation in figure.layout.annotations)
    top = TITLE_LINE + TEXT_LINE * (n_lines + 1 + small_titles) + (LEGEND_LINE if above else 0)
    legend = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom"} if above else {"y": 1}
    figure.update_layout(
        template=template(dark),
        height=height + TEXT_LINE * (n_lines + small_titles),
        margin={"t": top, "l": 60, "r": 24, "b": 56},
        title={
            "text": html.escape(title, quote=False),
            "font": {"size": TITLE_SIZE},
            "subtitle": {"text": lines, "font": {"size": TEXT_SIZE, "color": palette(dark).muted}},
            "x": 0,
            "xref": "paper",
            "xanchor": "left",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 12},
        },
        showlegend=above or beside,
        legend={**legend, "font": {"size": SMALL_SIZE + 1}},
    )
    return figure
