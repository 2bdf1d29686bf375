"""Draw docs/_static/report.svg: four figures of a report, as Plotly draws them, without a screenshot.

Plotly draws in a browser. Chromium opens a page of the four figures, each is turned into SVG there, and what the page
then holds is read back: `python docs/make_report_picture.py`, where Chromium is installed.
"""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from plotly.offline import get_plotlyjs

from chainrule import plots
from chainrule.tables import TableModel

HERE = Path(__file__).parent
PICTURE = HERE / "_static" / "report.svg"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
#: A figure's size, and the time in milliseconds that the browser gives the page.
WIDTH, HEIGHT, PATIENCE = 520, 440, 20_000
#: What is left free above a plot for its title, and at its right.
ABOVE, BESIDE = 52, 32
PAGE = """<meta charset="utf-8"><body><script>{plotly}</script><script>
(async () => {{
  for (const figure of [{figures}]) {{
    const address = await Plotly.toImage(figure, {{ format: "svg", width: {width}, height: {height} }});
    const part = document.createElement("pre");
    part.textContent = "PICTURE:" + btoa(unescape(encodeURIComponent(
      decodeURIComponent(address.slice(address.indexOf(",") + 1)))));
    document.body.append(part);
  }}
}})();
</script>"""


def figures() -> list:
    """Return the four figures: of two classes, of three, and of numbers."""
    cells = TableModel.fit("example:breast_cancer", restarts=1)
    flowers = TableModel.fit("example:iris", restarts=1)
    patients = TableModel.fit("example:diabetes", restarts=1)
    found = [
        plots.confusion(flowers.judged.y, flowers.judged.said.argmax(axis=1), flowers.contract.classes),
        plots.roc(cells.judged.y, cells.judged.said, cells.contract.classes),
        plots.calibration(cells.judged.y, cells.judged.said, cells.contract.classes),
        plots.residuals(patients.judged.y, patients.judged.said),
    ]
    for figure in found:
        # The sentence below the title is too wide for half a picture.
        figure.update_layout(width=WIDTH, height=HEIGHT, title_subtitle_text="", margin={"t": ABOVE, "r": BESIDE})
    return found


def drawn(found: list) -> list[str]:
    """Return each figure as SVG."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise SystemExit(f"This needs a browser: {', '.join(BROWSERS)}.")
    as_json = ",".join(figure.to_json().replace("</", "<\\/") for figure in found)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        text = PAGE.format(plotly=get_plotlyjs(), figures=as_json, width=WIDTH, height=HEIGHT)
        page.write_text(text, encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", f"--virtual-time-budget={PATIENCE}", "--dump-dom"]
        shown = subprocess.run([browser, *options, page.as_uri()], capture_output=True, text=True, check=True).stdout
    parts = [base64.b64decode(part).decode() for part in re.findall(r"<pre>PICTURE:([\w+/=]+)</pre>", shown)]
    if len(parts) != len(found):
        raise SystemExit(f"The browser drew {len(parts)} of {len(found)} figures; give it more time with PATIENCE.")
    return parts


def together(parts: list[str]) -> str:
    """Return SVGs as one, two in a row; the names inside each are made its own."""
    placed = []
    for number, part in enumerate(parts):
        own = re.sub(r'((?:id="|url\(["\']?(?:&quot;)?#|href="#))', rf"\1p{number}-", part)
        x, y = number % 2 * WIDTH, number // 2 * HEIGHT
        placed.append(own.replace("<svg ", f'<svg x="{x}" y="{y}" ', 1))
    width, height = 2 * WIDTH, -(-len(parts) // 2) * HEIGHT
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="Confusion '
        f'matrix, ROC curve, calibration and residuals">\n{"".join(placed)}\n</svg>\n'
    )


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    target.write_text(together(drawn(figures())), encoding="utf-8")
