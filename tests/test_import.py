"""What an import loads: NumPy alone, and nothing else until it is used."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import chainrule

ROOMS = (
    "activations", "callbacks", "checks", "constraints", "initializers", "layers", "losses", "metrics",
    "models", "ops", "optimizers", "regularizers", "saving", "schedules", "utils",
)  # fmt: skip

TRAIN = """
import numpy as np
from chainrule.layers import Dense
from chainrule.models import Sequential
model = Sequential([Dense(1, input_dim=2)], seed=1)
model.compile("adam", "mse", metrics=["mae"])
model.fit(np.eye(2), [0, 1], epochs=2, validation_data=(np.eye(2), [0, 1]), verbose=2)
model.predict(np.eye(2))
model.summary()
"""


#: What NumPy's compiled parts register under a name of their own.
NUMPYS_OWN = {"cython_runtime"}


def foreign(code: str) -> set[str]:
    """Return the top-level packages, other than Python's own, that a fresh interpreter has loaded after some code."""
    report = "\nimport json, sys\nprint('\\n' + json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    # What a plain interpreter loads by itself (an editable install may bring a finder) is not ours.
    loaded = []
    for source in (report, code + report):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", source], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        loaded.append(set(json.loads(done.stdout.splitlines()[-1])))
    found = loaded[1] - loaded[0] - NUMPYS_OWN - sys.stdlib_module_names
    return {name for name in found if not name.startswith("_")}


def test_import_chainrule_loads_numpy_at_most():
    assert foreign("import chainrule") <= {"chainrule", "numpy"}


def test_no_room_loads_anything_but_numpy():
    code = "\n".join(f"import chainrule.{room}" for room in ROOMS)
    assert foreign(code) == {"chainrule", "numpy"}


def test_training_loads_nothing_but_numpy():
    assert foreign(TRAIN) == {"chainrule", "numpy"}


def test_an_import_prints_nothing():
    done = subprocess.run([sys.executable, "-c", "import chainrule.models"], capture_output=True, text=True, check=True)
    assert done.stdout == done.stderr == ""


@pytest.mark.parametrize("name", chainrule.__all__)
def test_each_public_name_is_there(name):
    assert getattr(chainrule, name) is not None and name in dir(chainrule)


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_is_an_attribute(room):
    assert getattr(chainrule, room).__name__ == f"chainrule.{room}"


def test_another_name_is_no_attribute():
    with pytest.raises(AttributeError, match="module 'chainrule' has no attribute 'Sequentail'"):
        _ = chainrule.Sequentail
