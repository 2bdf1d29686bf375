"""What our own drawings are made of: SVG elements as text, and a style that follows the reader's light or dark page."""

from __future__ import annotations

import html
from typing import Any

from chainrule.plots.theme import DARK, FONT, LIGHT, Palette

#: How wide a letter is on average, as a share of the font's size; drawings are laid out without a browser.
LETTER = 0.56


def element(tag: str, content: str = "", **attributes: Any) -> str:
    """Return an SVG element; underscores in names stand for hyphens, and attributes that are None are left out.

    Examples
    --------
    >>> element("line", x1=0, x2=1.50, stroke_width=2, class_="link")
    '<line x1="0" x2="1.5" stroke-width="2" class="link"/>'
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{html.escape(_number(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{written}>{content}</{tag}>" if content else f"<{tag}{written}/>"


def _number(value: Any) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def text(words: str, x: float, y: float, **attributes: Any) -> str:
    """Return a line of text, escaped."""
    return element("text", html.escape(words), x=x, y=y, **attributes)


def hint(words: str) -> str:
    """Return what shows where the pointer rests on an element."""
    return f"<title>{html.escape(words)}</title>"


def width_of(words: str, size: float) -> float:
    """Return about how wide a text is, in the font size's unit."""
    return LETTER * size * len(words)


def fitted(words: str, size: float, width: float) -> str:
    """Return a text cut to a width, with an ellipsis where something is missing.

    Examples
    --------
    >>> fitted("convolution", 10, 40)
    'convol…'
    """
    n = int(width / (LETTER * size))
    return words if len(words) <= n else words[: max(n - 1, 1)] + "…"


def document(body: str, width: float, height: float, title: str, dark: bool | None) -> str:
    """Return a whole SVG drawing; with `dark=None` it follows what the reader's page or system prefers."""
    return element(
        "svg",
        hint(title)
        + element("style", _style(dark))
        + element("rect", class_="paper", width="100%", height="100%")
        + body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=f"{width:.0f}",
        height=f"{height:.0f}",
        role="img",
        font_family=FONT.replace('"', "'"),
    )


def _style(dark: bool | None) -> str:
    if dark is not None:
        return _rules(DARK if dark else LIGHT)
    return f"{_rules(LIGHT)}@media(prefers-color-scheme:dark){{{_rules(DARK)}}}"


def _rules(palette: Palette) -> str:
    positive, negative = palette.colours[0], palette.colours[1]
    return (
        f".paper{{fill:{palette.paper}}}text{{fill:{palette.ink}}}.quiet{{fill:{palette.muted}}}"
        f".box{{fill:{palette.grid};fill-opacity:.45;stroke:{palette.muted}}}.strong{{stroke:{palette.ink}}}"
        f".edge{{fill:none;stroke:{palette.muted};stroke-width:1.5}}.arrow{{fill:{palette.muted}}}"
        f".plus{{stroke:{positive}}}.minus{{stroke:{negative};stroke-dasharray:5 3}}"
        f".unit{{fill:{palette.paper};stroke:{palette.ink};stroke-width:1.3}}"
    )
