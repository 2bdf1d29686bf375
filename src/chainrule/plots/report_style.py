"""How a report's page looks, and the script that draws its figures: texts that go into the page as they stand."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1f2328; --muted: #59636e; --line: #d8dde3; --soft: #f5f7f9;
  --accent: #0072b2; }
@media (prefers-color-scheme: dark) { :root { --paper: #131416; --ink: #e6e8eb; --muted: #a3adb8; --line: #2e333a;
  --soft: #1c1f23; --accent: #56b4e9; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI",
  Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 52rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.8rem; line-height: 1.2; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.02rem; margin: 0 0 .15rem; }
p { margin: .5rem 0; max-width: 46rem; overflow-wrap: anywhere; }
.lead { font-size: 1.1rem; }
.muted, figcaption, caption { color: var(--muted); }
figcaption h3 { color: var(--ink); }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; padding: 0; margin: 1rem 0 0; list-style: none; }
a { color: var(--accent); }
figure { margin: 1.25rem 0 2rem; }
figcaption { font-size: .92rem; max-width: 46rem; overflow-wrap: anywhere; }
.plot { width: 100%; }
.scroll { overflow-x: auto; margin: .75rem 0 1.5rem; }
table { border-collapse: collapse; font-size: .92rem; }
caption { text-align: left; white-space: nowrap; padding-bottom: .35rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem 1.4rem .35rem 0; border-bottom: 1px solid var(--line);
  overflow-wrap: break-word; }
th { font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 400; white-space: normal; overflow-wrap: anywhere; min-width: 6rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem; overflow-x: auto;
  font: .87rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(7rem, 1fr)); gap: 1rem; padding: 0;
  margin: .75rem 0; list-style: none; }
.pictures img { display: block; width: 100%; max-height: 9rem; object-fit: contain; background: var(--soft);
  image-rendering: pixelated; }
.pictures span { display: block; font-size: .82rem; line-height: 1.35; overflow-wrap: anywhere; }
@media (max-width: 34rem) { th { white-space: normal; } }
footer { margin-top: 3rem; font-size: .87rem; color: var(--muted); }
@media print {
  :root { color-scheme: light; --paper: #ffffff; --ink: #000000; --muted: #444444; --line: #cccccc; --soft: #f5f5f5; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  figure, tr, .pictures li { break-inside: avoid; }
  h2, caption { break-after: avoid; }
  .scroll { overflow: visible; }
  pre { white-space: pre-wrap; }
}
"""

#: Draws each figure as the reader's light or dark appearance asks, anew when that changes, and light on paper.
SCRIPT = """
(function () {
  const source = JSON.parse(document.getElementById("figures").textContent);
  const night = window.matchMedia("(prefers-color-scheme: dark)");
  const paperWidth = 680;
  function draw(dark, width) {
    const look = dark ? "dark" : "light";
    for (const [id, looks] of Object.entries(source.figures)) {
      const figure = structuredClone(looks[look]);
      figure.layout.template = structuredClone(source.templates[look]);
      figure.layout.width = width;
      figure.layout.autosize = !width;
      Plotly.react(id, figure.data, figure.layout, { responsive: true, displayModeBar: false });
    }
  }
  draw(night.matches);
  night.addEventListener("change", () => draw(night.matches));
  window.addEventListener("beforeprint", () => draw(false, paperWidth));
  window.addEventListener("afterprint", () => draw(night.matches));
})();
"""

#: The page asks no host for anything, whatever stands in it: the browser sees to that.
POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
