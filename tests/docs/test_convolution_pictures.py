"""The pictures of convolution are what their script draws, and the numbers in them are right."""

import importlib.util
from pathlib import Path

import numpy as np

DOCS = Path(__file__).resolve().parents[2] / "docs"


def script():
    spec = importlib.util.spec_from_file_location("make_convolution_pictures", DOCS / "make_convolution_pictures.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_files_are_what_the_script_draws(tmp_path):
    made = script()
    made.main(tmp_path)
    for name in made.pictures():
        assert (tmp_path / name).read_text(encoding="utf-8") == (DOCS / "_static" / name).read_text(encoding="utf-8")


def test_the_pages_show_them():
    page = (DOCS / "mathematics" / "15_convolution.md").read_text(encoding="utf-8")
    assert all(f"(../_static/{name})" in page for name in script().pictures())


def test_a_sum_is_written_out():
    """1·1 + 2·2 + 0·3 − 1·1: the kernel's number before the image's."""
    window, kernel = np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([[1.0, 2.0], [0.0, -1.0]])
    assert script().sum_of(window, kernel, 4.0) == "1·1 + 2·2 + 0·3 − 1·1 = 4"
