"""Write docs/figures/*.html: each figure of docs/guide/figures.md, light and dark, made by the very code on the page.

The page's Python blocks are run in order. Where a block is followed by a picture, its last statement is
`figure = plots.…(…)`, which is run with dark=False and with dark=True. All figures share one copy of
Plotly's own script.
"""

from __future__ import annotations

import ast
import base64
import html
import os
import re
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAGE, PICTURES, SCRIPT = HERE / "guide" / "figures.md", HERE / "figures", HERE / "_static" / "plotly.min.js"
#: A block of Python, and the picture below it, if there is one.
BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```$(?:\s*^```\{raw\} html\n:file: \.\./figures/(?P<name>\w+)\.html\n```$)?",
    re.DOTALL | re.MULTILINE,
)
FRAGMENT = """<div data-figure="{name}" role="img" aria-label="{words}" style="min-height: {height}px"></div>
<script type="application/json">{{"light": {light}, "dark": {dark}}}</script>
"""


def blocks(text: str) -> list[tuple[str, str | None]]:
    """Return each block of Python of the page, with the name of the picture below it or None."""
    return [(match["code"], match["name"]) for match in BLOCK.finditer(text)]


def in_two(code: str, dark: bool) -> tuple[str, str]:
    """Return the beginning of a block, and its last statement, `figure = plots.…(…)`, with dark among its arguments."""
    *before, last = ast.parse(code).body
    if not isinstance(last, ast.Assign) or not isinstance(last.value, ast.Call):
        raise SystemExit(f"A block with a picture ends in figure = plots.…(…); this one ends in {ast.unparse(last)}")
    last.value.keywords.append(ast.keyword("dark", ast.Constant(dark)))
    return ast.unparse(ast.Module(before, [])), ast.unparse(last)


def drawing(light: Any, dark: Any) -> str:
    """Return the HTML of a drawing that is SVG of our own: as images, so that their styles stay within."""
    parts = []
    for kind, one in (("only-light", light), ("only-dark", dark)):
        content = base64.b64encode(one.svg.encode()).decode()
        parts.append(
            f'<img class="{kind}" alt="A drawing of a network." width="{one.width:.0f}" '
            f'src="data:image/svg+xml;base64,{content}">'
        )
    return "\n".join(parts) + "\n"


def fragment(name: str, light: Any, dark: Any) -> str:
    """Return the HTML of one picture."""
    if hasattr(light, "svg"):
        return drawing(light, dark)
    title = light.layout.title
    words = re.sub(r"<[^>]+>", " ", f"{title.text}. {title.subtitle.text or ''}")
    # Within a script element no text may look like its end.
    as_json = [figure.to_json().replace("</", "<\\/") for figure in (light, dark)]
    escaped = html.escape(html.unescape(words).strip())
    return FRAGMENT.format(name=name, words=escaped, height=light.layout.height, light=as_json[0], dark=as_json[1])


def run(code: str, namespace: dict[str, Any]) -> dict[str, Any]:
    """Run code of the page, and return the names that it has."""
    exec(compile(code, "guide/figures.md", "exec"), namespace)
    return namespace


def main(folder: Path = PICTURES) -> None:
    """Run the page's code and write its pictures; files that the page itself writes go elsewhere."""
    folder.mkdir(exist_ok=True)
    folder, namespace, here = folder.resolve(), {"__name__": "figures"}, Path.cwd()
    with tempfile.TemporaryDirectory() as elsewhere:
        os.chdir(elsewhere)
        try:
            for code, name in blocks(PAGE.resolve().read_text(encoding="utf-8")):
                if name is None:
                    run(code, namespace)
                    continue
                before, light_one = in_two(code, dark=False)
                run(before, namespace)
                made = [run(last, namespace)["figure"] for last in (light_one, in_two(code, dark=True)[1])]
                (folder / f"{name}.html").write_text(fragment(name, *made), encoding="utf-8")
        finally:
            os.chdir(here)


if __name__ == "__main__":
    from plotly.offline import get_plotlyjs

    SCRIPT.write_text(get_plotlyjs(), encoding="utf-8")
    main()
