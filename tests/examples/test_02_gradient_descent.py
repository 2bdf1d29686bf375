"""Tutorial 2: the steps down the cost curve, held to the closed form, and the figure."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def numbers(example, tmp_path, narrow):
    found = example("02_gradient_descent").main(tmp_path / "figure.svg")
    found["printed"] = narrow()
    found["file"] = tmp_path / "figure.svg"
    return found


def test_steps_follow_the_closed_form(numbers):
    # w − 2 is multiplied by 1 − 2 · 0.03 · 14/3 = 0.72 in each step, and C = 14/3 (w − 2)².
    expected = 2 - 2 * 0.72 ** np.arange(21)
    np.testing.assert_allclose(numbers["path"], expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(numbers["costs"], 14 / 3 * (expected - 2) ** 2, rtol=1e-9)
    assert (np.diff(numbers["costs"]) < 0).all()


def test_the_library_takes_the_same_steps(numbers):
    assert numbers["difference"] < 1e-12


def test_effect_of_the_rate(numbers):
    for rate, end in numbers["ends"].items():
        assert end == pytest.approx(2 - 2 * (1 - 2 * rate * 14 / 3) ** 20, abs=1e-9)
    assert abs(numbers["ends"][0.1] - 2) < 1e-9  # near the best rate: there
    assert abs(numbers["ends"][0.22] - 2) > 2  # too large: further away than at the start


def test_figure_shows_curve_start_steps_and_minimum(numbers):
    root = ElementTree.parse(numbers["file"]).getroot()
    circles = [circle for circle in root.iter(f"{SVG}circle") if circle.get("class") == "step"]
    assert len(circles) == 21
    at = np.array([[float(circle.get("cx")), float(circle.get("cy"))] for circle in circles])
    assert (np.diff(at[:, 0]) >= 0).all() and (np.diff(at[:, 1]) >= 0).all()  # to the right, and down the page
    (least,) = [circle for circle in root.iter(f"{SVG}circle") if circle.get("class") == "least"]
    assert abs(float(least.get("cx")) - at[-1, 0]) < 1 and abs(float(least.get("cy")) - at[-1, 1]) < 1
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert "initial weight" in texts and "global minimum" in texts and "weight w" in texts and "cost C(w)" in texts
    assert "prefers-color-scheme: dark" in numbers["file"].read_text(encoding="utf-8")


def test_steps_lie_on_the_curve(numbers):
    root = ElementTree.parse(numbers["file"]).getroot()
    (curve,) = [line for line in root.iter(f"{SVG}polyline") if line.get("class") == "curve"]
    points = np.array([[float(number) for number in pair.split(",")] for pair in curve.get("points").split()])
    for circle in root.iter(f"{SVG}circle"):
        height = np.interp(float(circle.get("cx")), points[:, 0], points[:, 1])
        assert abs(height - float(circle.get("cy"))) < 0.5


def test_prints_the_table(numbers):
    assert re.search(r"^ +1 +0\.5600 +-13\.4400 +9\.6768$", numbers["printed"], re.MULTILINE)
