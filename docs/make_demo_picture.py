"""Run the demo and draw what it printed as docs/_static/demo.svg, the picture in the README.

python docs/make_demo_picture.py
"""

from __future__ import annotations

import html
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "_static" / "demo.svg"
#: The parts of the demo that are shown, by how their titles begin, and the look of a terminal.
SHOWN = ("── 2", "── 4", "── 5", "── The gradient")
LINE, LETTER, MARGIN = 17, 8.0, 16
INK, PAPER, TITLE, GOOD = "#d7dae0", "#16181d", "#7aa2f7", "#9ece6a"


def shown_lines(text: str) -> list[str]:
    """Return the lines of the parts that are shown."""
    lines, show = [], False
    for line in text.splitlines():
        if line.startswith("── "):
            show = line.startswith(SHOWN)
        if show:
            lines.append(line)
    return lines


def picture(lines: list[str]) -> str:
    """Return the lines as SVG text."""
    width = round(max(len(line) for line in lines) * LETTER) + 2 * MARGIN
    height = len(lines) * LINE + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">',
        f'<rect width="{width}" height="{height}" rx="8" fill="{PAPER}"/>',
        '<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13" xml:space="preserve">',
    ]
    for number, line in enumerate(lines):
        colour = TITLE if line.startswith("── ") else GOOD if line.startswith("PASSED") else INK
        # Each line gets its length, so that rules and columns meet whatever font there is.
        place = f'x="{MARGIN}" y="{MARGIN + (number + 0.8) * LINE:.0f}" textLength="{len(line) * LETTER:.0f}"'
        if line.strip():
            parts.append(f'<text {place} fill="{colour}">{html.escape(line)}</text>')
    return "\n".join([*parts, "</g>", "</svg>", ""])


if __name__ == "__main__":
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "demo.py"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    PICTURE.write_text(picture(shown_lines(done.stdout)), encoding="utf-8")
