"""`chainrule train --report`: the page beside the model, and what it refuses before training."""

from __future__ import annotations

import contextlib
import io
import json
import sys

import numpy as np
import pytest

from chainrule.cli.main import DONE, FAILED

pytest.importorskip("plotly", reason='figures need chainrule["report"]')

QUICK = ("--target", "ill", "--layers", "3", "--epochs", "2", "--restarts", "1")


def test_the_report_is_beside_the_model_and_its_size_is_told(call, table):
    code, out, err = call("train", table, "--report", *QUICK)
    page = table.with_name("patients.report.html")
    assert (code, err) == (DONE, "")
    assert f"{page.stat().st_size / 1e6:.1f} MB, one file that opens in a browser" in " ".join(out.split())
    assert f"TableModel.load(&quot;{table.with_suffix('.safetensors')}&quot;)" in page.read_text(encoding="utf-8")


def test_json_names_the_report_and_the_python_writes_the_same(call, table):
    code, out, _ = call("train", table, "--report", "--json", "--out", "m.model", *QUICK)
    answer = json.loads(out)
    page = table.with_name("m.model.report.html")
    assert (code, answer["report"]) == (DONE, "m.model.report.html")
    before = page.read_bytes()
    page.unlink()
    with contextlib.redirect_stdout(io.StringIO()):
        exec(answer["python"], {"__name__": "example"})
    assert without_seconds(page.read_bytes()) == without_seconds(before)


def without_seconds(page: bytes) -> bytes:
    """Return a page without the sentence that says how long training took."""
    import re

    return re.sub(rb"numbers, in [^,]+,", b"", page)


def test_a_report_that_is_there_is_kept_and_known_before_training(call, table):
    page = table.with_name("patients.report.html")
    page.write_text("mine")
    code, out, err = call("train", table, "--report", *QUICK)
    assert code == FAILED and "Training" not in out
    assert f"There is a file {page}; --force writes over it" in err
    assert page.read_text() == "mine" and not table.with_suffix(".safetensors").exists()
    assert call("train", table, "--report", "--force", *QUICK).code == DONE
    assert page.stat().st_size > 1e6


def test_without_plotly_it_is_told_before_training(call, table, monkeypatch):
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    code, out, err = call("train", table, "--report", *QUICK)
    assert code == FAILED and "Training" not in out
    assert 'pip install "chainrule[report]"' in err
    assert not table.with_suffix(".safetensors").exists()


def test_without_the_option_there_is_no_report(call, table):
    assert call("train", table, *QUICK).code == DONE
    assert not list(table.parent.glob("*.html"))


def test_a_folder_of_images_has_a_report_too(call, tmp_path):
    Image = pytest.importorskip("PIL.Image", reason='images need chainrule["images"]')
    for name, shade in (("dark", 30), ("light", 160)):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(12):
            X = np.random.default_rng([shade, number]).integers(0, 90, (6, 8)) + shade
            Image.fromarray(X.astype(np.uint8)).save(tmp_path / "photos" / name / f"{number:02d}.png")
    code, out, _ = call("train", "photos", "--report", "--epochs", 1, "--json")
    answer = json.loads(out)
    assert (code, answer["report"]) == (DONE, "photos.report.html")
    assert 'plots.report(model, "photos.report.html", saved="photos.safetensors")' in answer["python"]
    assert "Images of 2 classes" in (tmp_path / "photos.report.html").read_text(encoding="utf-8")
