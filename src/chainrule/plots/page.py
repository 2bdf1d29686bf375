"""A figure as a page: one HTML file that opens offline."""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import Any

from chainrule.errors import ArgumentError

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>html, body {{ margin: 0; background: {paper}; }}</style>
</head>
<body>
{figure}
</body>
</html>
"""


def write(figure: Any, path: str | os.PathLike) -> Path:
    """Write a figure as one HTML file that opens offline, and return the file's path.

    `figure.write_html(path)` does too; this one also colours the page around a dark figure, and whoever reads the file
    meanwhile sees the old one whole or the new one whole. Both can be given to a task queue.

    Parameters
    ----------
    figure : plotly Figure
        What any function of `chainrule.plots` returned.
    path : str or path
        Ends in .html; a file that is there is replaced.

    Raises
    ------
    ArgumentError
        If the path doesn't end in .html, or the figure is none.
    OSError
        If the folder isn't there or can't be written to.

    Examples
    --------
    >>> from chainrule import plots
    >>> write(plots.activation("relu"), "relu.svg")
    Traceback (most recent call last):
        ...
    chainrule.errors.ArgumentError: plots.write makes HTML: give a path that ends in .html; received 'relu.svg'.
    """
    target = Path(path)
    if target.suffix.lower() not in (".html", ".htm"):
        raise ArgumentError(f"plots.write makes HTML: give a path that ends in .html; received {str(path)!r}.")
    if not hasattr(figure, "to_html"):
        raise ArgumentError(
            f"plots.write takes a figure of chainrule.plots; received "
            f"{type(figure).__name__}. (A diagram writes itself: plots.network(model).write(path).)"
        )
    content = figure.to_html(full_html=False, include_plotlyjs=True, config={"responsive": True, "displaylogo": False})
    title = figure.layout.title.text or "chainrule"
    paper = figure.layout.paper_bgcolor or figure.layout.template.layout.paper_bgcolor or "#ffffff"
    page = PAGE.format(title=html.escape(html.unescape(title)), paper=paper, figure=content)
    fresh = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        fresh.write_text(page, encoding="utf-8")
        os.replace(fresh, target)
    finally:
        fresh.unlink(missing_ok=True)
    return target
