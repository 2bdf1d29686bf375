"""The room as a whole: names, the theme, pages, names for a durable queue, and what an import loads."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys

import pytest

from chainrule import plots
from chainrule.errors import ArgumentError, MissingExtraError
from chainrule.plots import theme
from chainrule.plots.frame import safe
from chainrule.tasks import TaskQueue
from chainrule.tasks.naming import name_of, resolve

#: What WCAG asks of lines and shapes, and of text.
OF_LINES, OF_TEXT = 3.0, 4.5


def luminance(colour: str) -> float:
    """Return WCAG's relative luminance of "#rrggbb"."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_of_black_and_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("palette", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_colours_are_readable_on_their_paper(palette):
    assert min(contrast(colour, palette.paper) for colour in (palette.ink, palette.muted, palette.warning)) >= OF_TEXT
    assert min(contrast(colour, palette.paper) for colour in palette.colours) >= OF_LINES
    assert len(set(palette.colours)) == len(palette.colours) == len(theme.SYMBOLS)


@pytest.mark.parametrize("dark", [False, True])
def test_a_figure_has_the_template_of_its_appearance(dark):
    figure = plots.activation("relu", dark=dark)
    assert figure.layout.template.layout.paper_bgcolor == theme.palette(dark).paper
    assert figure.layout.template.layout == getattr(theme, "dark" if dark else "light").layout


def test_dark_is_true_or_false():
    with pytest.raises(ArgumentError, match="history's dark is True or False; received 'yes'"):
        plots.history({"loss": [1.0]}, dark="yes")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", plots.__all__)
def test_every_name_is_a_function_with_words_of_help(name):
    importlib.import_module(f"chainrule.plots.{plots._HOMES[name]}")  # binds the file where the function is looked for
    function = getattr(plots, name)
    assert callable(function), f"plots.{name} is {function!r}"
    assert function.__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'histroy'"):
        plots.histroy  # noqa: B018
    assert "history" in dir(plots)


def test_importing_the_room_and_its_files_loads_neither_plotly_nor_a_database():
    code = (
        "import sys, chainrule.plots as p\n"
        "[getattr(p, name) for name in p.__all__]\n"
        "print([name for name in ('plotly', 'sqlite3', 'PIL', 'pandas') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert ended.stdout.strip() == "[]"


def test_without_plotly_a_figure_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    with pytest.raises(MissingExtraError, match=r'Figures need Plotly: pip install "chainrule\[report\]" brings it\.'):
        theme.plotly()


def test_names_are_text_and_not_html():
    assert safe("<a href='x'>loss</a> & more") == "&lt;a href='x'&gt;loss&lt;/a&gt; &amp; more"
    assert len(safe("x" * 100)) == 28
    assert safe("x" * 100).endswith("…")


def test_a_page_opens_offline_and_replaces_the_old_one(tmp_path):
    target = tmp_path / "loss.html"
    target.write_text("old", encoding="utf-8")
    assert plots.write(plots.history({"loss": [0.9, 0.5]}, dark=True), target) == target
    page = target.read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "<title>Training, epoch by epoch</title>" in page
    assert "background: #131416" in page
    assert "<script src" not in page
    assert "http" not in re.sub(r"(<script[^>]*>).*?</script>", r"\1", page, flags=re.DOTALL)
    assert len(page) > 1_000_000, "Plotly's own script is not in the page"
    assert [path.name for path in tmp_path.iterdir()] == ["loss.html"]


@pytest.mark.parametrize(
    ("figure", "path", "message"),
    [
        ("relu", "loss.png", r"plots\.write makes HTML: give a path that ends in \.html; received 'loss\.png'\."),
        (None, "loss.html", r"plots\.write takes a figure of chainrule\.plots; received NoneType\."),
    ],
)
def test_what_write_refuses(figure, path, message):
    with pytest.raises(ArgumentError, match=message):
        plots.write(figure and plots.activation(figure), path)


def test_a_failed_write_leaves_nothing_behind(tmp_path):
    with pytest.raises(OSError):
        plots.write(plots.activation("relu"), tmp_path / "no such folder" / "loss.html")
    assert list(tmp_path.iterdir()) == []


def test_figures_go_through_the_queue(tmp_path):
    figure = plots.history({"loss": [0.9, 0.5]})
    with TaskQueue(num_workers=1) as queue:
        done = [
            queue.add_task(figure.write_html, str(tmp_path / "own.html")),
            queue.add_task(plots.write, figure, tmp_path / "ours.html"),
        ]
        queue.join(timeout=60)
    assert [task.exception for task in done] == [None, None]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ours.html", "own.html"]


@pytest.mark.parametrize("name", ["write_gradient_flow", "write_history", "write_update_ratios", "write_weights"])
def test_figures_of_a_run_can_be_named_for_a_durable_queue(name):
    function = getattr(plots, name)
    assert name_of(function) == f"chainrule.plots.from_run:{name}"
    assert resolve(name_of(function), ["chainrule.plots"]) is function
