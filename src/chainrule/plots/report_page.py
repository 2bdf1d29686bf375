"""A page of headings, sentences, tables, pictures and figures: one HTML file that opens offline."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule._version import __version__
from chainrule.plots.png import address
from chainrule.plots.report_style import POLICY, SCRIPT, STYLE
from chainrule.plots.theme import template

#: What a figure keeps above its plot once title and sentence stand in the page's own text: more where a legend or the
#: titles of several plots stand there.
TOP, TOP_WITH_TITLES, TOP_WITH_LEGEND = 16, 36, 44
#: Signs that end a script or begin a comment in it, and what JSON writes in their place.
IN_SCRIPT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def escaped(text: Any) -> str:
    """Return a text as it may stand in a page.

    Examples
    --------
    >>> escaped("a <script>")
    'a &lt;script&gt;'
    """
    return html.escape(str(text))


def prose(text: str) -> str:
    """Return a sentence as it may stand in a page; a number stays on the line of its %."""
    return escaped(text).replace(" %", "\u00a0%")


class Page:
    """A page in the making: each call adds a part. Texts are plain: they are escaped here, and nowhere else.

    Parameters
    ----------
    title : str
    lead : str
        The most important sentence, below the title.

    Examples
    --------
    >>> page = Page("A <b>", "All is well.")
    >>> page.section("How well")
    >>> page.table(["class", "rows"], [["yes", 3]])
    >>> page.figures_shown, "<h1>A &lt;b&gt;</h1>" in page.html()
    (0, True)
    """

    def __init__(self, title: str, lead: str):
        self.title, self.lead = title, lead
        self._parts: list[str] = []
        self._sections: list[str] = []
        self._figures: dict[str, dict[str, Any]] = {}

    @property
    def figures_shown(self) -> int:
        """How many figures the page has."""
        return len(self._figures)

    def section(self, heading: str) -> None:
        """Begin a section; the page's contents name it."""
        self._sections.append(heading)
        self._parts.append(f'<h2 id="s{len(self._sections)}">{escaped(heading)}</h2>')

    def words(self, text: str, muted: bool = False) -> None:
        """Add a paragraph."""
        kind = ' class="muted"' if muted else ""
        self._parts.append(f"<p{kind}>{prose(text)}</p>")

    def code(self, text: str) -> None:
        """Add lines of code."""
        self._parts.append(f'<pre tabindex="0"><code>{escaped(text)}</code></pre>')

    def table(
        self, head: Sequence[str], rows: Sequence[Sequence[Any]], numbers: Sequence[int] = (), caption=""
    ) -> None:
        """Add a table: the first column names the rows, the columns in `numbers` end together."""
        said = f"<caption>{escaped(caption)}</caption>" if caption else ""
        heads = "".join(f'<th scope="col"{_end(i in numbers)}>{escaped(name)}</th>' for i, name in enumerate(head))
        lines = []
        for first, *others in rows:
            cells = "".join(f"<td{_end(i in numbers)}>{escaped(cell)}</td>" for i, cell in enumerate(others, start=1))
            lines.append(f'<tr><th scope="row">{escaped(first)}</th>{cells}</tr>')
        body = "\n".join(lines)
        self._parts.append(
            f'<div class="scroll" tabindex="0"><table>{said}\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n'
            "</tbody></table></div>"
        )

    def figure(self, draw: Callable[..., Any]) -> None:
        """Add what `draw(dark=…)` returns, light and dark; its title and sentence become the page's own text."""
        looks, title, words = {}, "", ""
        for look, dark in (("light", False), ("dark", True)):
            figure = draw(dark=dark)
            title, words = _texts(figure)
            looks[look] = _bare(figure)
        name, height = f"f{len(self._figures) + 1}", looks["light"]["layout"]["height"]
        self._figures[name] = looks
        self._parts.append(
            f"<figure>\n<figcaption><h3>{prose(title)}</h3>{prose(words)}</figcaption>\n"
            f'<div id="{name}" class="plot" role="img" aria-label="{escaped(f"{title}. {words}".strip())}" '
            f'style="min-height:{height}px"></div>\n</figure>'
        )

    def pictures(self, title: str, pictures: Sequence[tuple[np.ndarray, str]]) -> None:
        """Add images, each with its words."""
        tiles = "\n".join(
            f'<li><img src="{address(image)}" alt="{escaped(words)}">'
            f'<span aria-hidden="true">{escaped(words)}</span></li>'
            for image, words in pictures
        )
        self._parts.append(
            f'<figure>\n<figcaption><h3>{escaped(title)}</h3></figcaption>\n<ul class="pictures">\n{tiles}\n</ul>\n'
            "</figure>"
        )

    def html(self) -> str:
        """Return the page."""
        contents = "".join(f'<li><a href="#s{i}">{escaped(name)}</a></li>' for i, name in enumerate(self._sections, 1))
        body = "\n".join(self._parts)
        return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="chainrule {__version__}">
<title>{escaped(self.title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<header>
<h1>{escaped(self.title)}</h1>
<p class="lead">{prose(self.lead)}</p>
</header>
<nav aria-label="Contents"><ul>{contents}</ul></nav>
<noscript><p>Curves are drawn by a script, which is switched off here; what they say stands above each.</p></noscript>
{body}
<footer>Made by chainrule {__version__}. This file asks no server for anything.</footer>
</main>
{self._scripts()}
</body>
</html>
"""

    def _scripts(self) -> str:
        if not self._figures:
            return ""
        from plotly.offline import get_plotlyjs

        source = {"figures": self._figures, "templates": {"light": _template(False), "dark": _template(True)}}
        data = json.dumps(source, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        data = data.translate(str.maketrans(IN_SCRIPT))
        return (
            f'<script id="figures" type="application/json">{data}</script>\n<script>{get_plotlyjs()}</script>\n'
            f"<script>{SCRIPT}</script>"
        )


def _end(right: bool) -> str:
    return ' class="number"' if right else ""


def _template(dark: bool) -> dict[str, Any]:
    from plotly.utils import PlotlyJSONEncoder

    return json.loads(json.dumps(template(dark).to_plotly_json(), cls=PlotlyJSONEncoder))


def _texts(figure: Any) -> tuple[str, str]:
    """Return a figure's title and sentence as plain text."""
    title = figure.layout.title.text or ""
    words = figure.layout.title.subtitle.text or ""
    return tuple(html.unescape(text.replace("<br>", " ")) for text in (title, words))  # type: ignore[return-value]


def _bare(figure: Any) -> dict[str, Any]:
    """Return a figure without title and template, which the page has once."""
    parts = json.loads(figure.to_json())  # Plotly itself packs arrays, and writes NaN as null
    layout = parts["layout"]
    layout.pop("template", None)
    layout.pop("title", None)
    legend = layout.get("legend", {})
    across = bool(layout.get("showlegend")) and legend.get("yanchor") == "bottom"
    titles = bool(layout.get("annotations")) and not across
    margin, top = layout.get("margin", {}), TOP_WITH_LEGEND if across else TOP_WITH_TITLES if titles else TOP
    layout["height"] = layout.get("height", 450) - max(margin.get("t", top) - top, 0)
    layout["margin"] = {**margin, "t": top}
    return {"data": parts["data"], "layout": layout}
