"""Keras' guide "Simple MNIST convnet" runs with its import lines changed, here on a few images."""

from __future__ import annotations

import re
import runpy

import pytest

from chainrule import random
from chainrule.datasets import mnist
from chainrule.utils import set_random_seed

N_TRAIN, N_TEST = 300, 100


@pytest.fixture
def seeded():
    """Fix the seed of the script's model, and forget it afterwards."""
    kept = dict(random._global)
    set_random_seed(7)
    yield
    random._global.update(kept)


def test_script_runs_and_learns(examples, data_folder, monkeypatch, capsys, seeded):
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    few = (x_train[:N_TRAIN], y_train[:N_TRAIN]), (x_test[:N_TEST], y_test[:N_TEST])
    monkeypatch.setattr(mnist, "load_data", lambda: few)
    runpy.run_path(str(examples / "keras_mnist_convnet.py"), run_name="__main__")

    printed = capsys.readouterr().out
    assert f"x_train shape: ({N_TRAIN}, 28, 28, 1)" in printed
    assert "34,826 parameters" in printed  # the number on Keras' page
    loss, accuracy = (float(re.search(rf"Test {what}: ([\d.]+)", printed)[1]) for what in ("loss", "accuracy"))
    assert loss < 1.6
    assert accuracy > 0.5


def test_only_import_lines_name_the_library(examples):
    text = (examples / "keras_mnist_convnet.py").read_text(encoding="utf-8")
    code = [line for line in text.splitlines() if "chainrule" in line and not line.startswith("#")]
    assert code == ["import chainrule as keras", "from chainrule import layers"]
