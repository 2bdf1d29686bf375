"""The tutorials' pages show what the scripts print, and include the scripts themselves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGES = Path(__file__).resolve().parents[2] / "docs" / "tutorials"
NAMES = (
    "01_forward_pass",
    "02_gradient_descent",
    "03_pima_five_steps",
    "04_network_from_scratch",
    "05_linear_regression_sgd",
    "06_chain_rule_by_hand",
    "07_task_queue",
)
EXACT = tuple(name for name in NAMES if name not in ("03_pima_five_steps", "07_task_queue"))  # one rounds, one measures


def shown(name):
    """Return the lines of output that a page shows."""
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```text\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines() if line]


def test_every_tutorial_has_a_page_and_every_page_a_script(examples):
    assert sorted(page.stem for page in PAGES.glob("*.md")) == sorted(NAMES)
    assert sorted(script.stem for script in examples.glob("0*.py")) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_page_includes_its_script(name):
    assert f"```{{literalinclude}} ../../examples/{name}.py\n" in (PAGES / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EXACT)
def test_page_shows_what_the_script_prints(example, name, tmp_path, capsys):
    example(name).main(*([tmp_path / "figure.svg"] if name == "02_gradient_descent" else []))
    printed = [line for line in capsys.readouterr().out.splitlines() if line]
    lines = shown(name)
    assert len(lines) > 1
    assert [line for line in lines if line not in printed] == []


def test_figure_of_the_page_is_the_one_that_is_drawn(example, tmp_path, capsys):
    example("02_gradient_descent").main(tmp_path / "figure.svg")
    pages, drawn = PAGES / "cost_against_weight.svg", tmp_path / "figure.svg"
    assert pages.read_text(encoding="utf-8") == drawn.read_text(encoding="utf-8")


def test_pima_page(example, data_folder, capsys):
    # After 11,550 steps, how a machine rounds shows in the second decimal and in a living unit more or less: the words
    # are compared exactly, and the numbers nearly.
    number = re.compile(r"\d+(?:\.\d+)?")
    example("03_pima_five_steps").main()
    printed = {number.sub("#", line): number.findall(line) for line in capsys.readouterr().out.splitlines()}
    lines = shown("03_pima_five_steps")
    assert len(lines) > 4
    for line in lines:
        for page, script in zip(number.findall(line), printed[number.sub("#", line)], strict=True):
            assert float(page) == pytest.approx(float(script), abs=0.03 if "." in page else 3)
