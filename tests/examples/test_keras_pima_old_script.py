"""An old Keras script runs with its import lines changed, all 150 epochs of it, and is told of its old spellings."""

from __future__ import annotations

import re
import runpy
import shutil
import warnings

import pytest

from chainrule import random
from chainrule.utils import set_random_seed


@pytest.fixture
def seeded():
    """Fix the seed of the script's models, and forget it afterwards."""
    kept = dict(random._global)
    set_random_seed(7)
    yield
    random._global.update(kept)


def test_old_script_runs(examples, data_folder, tmp_path, monkeypatch, capsys, seeded):
    shutil.copy(data_folder / "pima" / "pima-indians-diabetes.csv", tmp_path)
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        runpy.run_path(str(examples / "keras_pima_old_script.py"), run_name="__main__")
    told = [str(warning.message) for warning in caught if issubclass(warning.category, FutureWarning)]
    assert any("init=" in message for message in told) and any("nb_epoch=" in message for message in told)

    lines = capsys.readouterr().out.splitlines()
    first, last = map(float, re.fullmatch(r"first epoch ([\d.]+), last epoch ([\d.]+)", lines[0]).groups())
    assert last < first
    percents = [re.fullmatch(r"accuracy: (\d\d\.\d\d)%", line) for line in lines]
    percents = [match[1] for match in percents if match]
    assert len(percents) == 2 and percents[0] == percents[1]  # the loaded model scores as the saved one did
    assert 74 <= float(percents[0]) <= 82
    assert any(re.fullmatch(r"\[[01](, [01]){9}\]", line) for line in lines)
    assert lines.index("Saved model to disk") < lines.index("Loaded model from disk")


def test_only_import_lines_name_the_library(examples):
    text = (examples / "keras_pima_old_script.py").read_text(encoding="utf-8")
    code = [line for line in text.splitlines() if "chainrule" in line and not line.startswith("#")]
    assert code == ["from chainrule.models import Sequential, model_from_json", "from chainrule.layers import Dense"]
