"""What `make demo` promises: a score beside a baseline, a proof, a file that gives the same bits, the Python it ran."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def demo(example):
    return example("demo")


@pytest.fixture
def run(demo, tmp_path, narrow):
    numbers = demo.main(tmp_path / "build" / "demo.safetensors")
    numbers["printed"] = narrow()
    numbers["file"] = tmp_path / "build" / "demo.safetensors"
    return numbers


def test_demo(run):
    low, high = run["interval"]
    assert run["baseline"] == pytest.approx(72 / 114)
    assert run["accuracy"] > 0.93
    assert run["baseline"] < low < run["accuracy"] < high < 1
    assert run["report"].passed and "PASSED" in run["printed"]
    assert run["same"] is True and run["file"].is_file()
    assert "predictions equal to the bit: yes" in run["printed"]
    assert "\x1b" not in run["printed"] and "\b" not in run["printed"]


def test_shows_progress_of_each_epoch(run):
    assert len(re.findall(r"loss", run["printed"])) >= 12


def test_listing_runs_on_its_own(run, demo, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    listing = demo.listing()
    assert listing in run["printed"]
    assert "say" not in listing
    scope = {}
    exec(compile(listing, "listing", "exec"), scope)
    assert scope["accuracy"] == run["accuracy"]
    assert scope["again"].predict(scope["X_test"]).tobytes() == scope["model"].predict(scope["X_test"]).tobytes()


def test_wilson_interval(demo):
    # Worked by hand for 9 of 10: z² = 3.841459; (0.9 + 0.192073) / 1.384146 = 0.788987;
    # 1.959964 / 1.384146 · √(0.009 + 0.00960365) = 1.416011 · 0.136395 = 0.193137.
    assert demo.wilson_interval(0.9, 10) == pytest.approx((0.595850, 0.982124), abs=2e-5)
    low, high = demo.wilson_interval(1.0, 114)
    assert 0.96 < low < 1 and high == pytest.approx(1.0)
