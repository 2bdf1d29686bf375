"""The page of figures: every figure has an entry with a picture, made by the code above it."""

from __future__ import annotations

import base64
import importlib.util
import json
import re
from pathlib import Path

import pytest

from chainrule import plots
from chainrule.layers import Dense
from chainrule.models import Sequential

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "guide" / "figures.md").read_text(encoding="utf-8")
#: What draws no single figure: it has words on the page, and no picture of its own.
WITHOUT_PICTURE = {"report", "template"}


@pytest.fixture(scope="module")
def generator():
    spec = importlib.util.spec_from_file_location("generate_figures", DOCS / "_generate_figures.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_figure_is_drawn_on_the_page(generator):
    drawn = "".join(code for code, name in generator.blocks(TEXT) if name)
    figures = {name for name in plots.__all__ if not name.startswith("write")} - WITHOUT_PICTURE
    assert {name for name in figures if not re.search(rf"figure = plots\.{name}\(", drawn)} == set()


def test_every_picture_of_the_page_is_made(generator):
    made = [name for _, name in generator.blocks(TEXT) if name]
    assert made == re.findall(r":file: \.\./figures/(\w+)\.html", TEXT)
    assert len(set(made)) == len(made)


def test_the_last_statement_is_run_light_and_dark(generator):
    code = "x = 1\nfigure = plots.activation(\n    'relu'\n)\n"
    assert generator.in_two(code, dark=True) == ("x = 1", "figure = plots.activation('relu', dark=True)")
    with pytest.raises(SystemExit, match=r"ends in figure = plots\.…\(…\); this one ends in x = 2"):
        generator.in_two("x = 2", dark=False)


def test_a_drawing_is_two_images(generator):
    light, dark = (plots.network(Sequential([Dense(2, input_dim=2)]), dark=dark) for dark in (False, True))
    images = re.findall(
        r'<img class="only-(\w+)" .*src="data:image/svg\+xml;base64,([^"]+)">', generator.drawing(light, dark)
    )
    assert [(name, base64.b64decode(content).decode()) for name, content in images] == [
        ("light", light.svg),
        ("dark", dark.svg),
    ]


def test_a_fragment_holds_both_appearances_and_words(generator):
    light, dark = (plots.history({"</script>": [1.0]}, dark=dark) for dark in (False, True))
    made = generator.fragment("history", light, dark)
    assert made.count("</script>") == 1, "a name in the data ends the script"
    both = json.loads(re.findall(r"<script[^>]*>(.*)</script>", made, re.DOTALL)[0])
    papers = [both[name]["layout"]["template"]["layout"]["paper_bgcolor"] for name in ("light", "dark")]
    assert papers == ["#ffffff", "#131416"]
    assert 'aria-label="Training, epoch by epoch."' in made
