"""Files of earlier formats are read for ever: each golden file is by the release that first wrote its format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chainrule.saving import load_model, read_metadata
from chainrule.saving.limits import FORMAT

GOLDEN = Path(__file__).parent / "golden"
INPUT = np.array([[0.0, 0.5, -1.0], [2.0, 0.25, 1.0]], dtype=np.float32)
#: What `make_golden.py` printed when it wrote the file.
SCORE = [[-1.4116904735565186], [2.6101911067962646]]
KIND = [[0.41495007276535034, 0.5850498676300049], [0.5803046822547913, 0.41969528794288635]]


@pytest.fixture
def model():
    return load_model(GOLDEN / "v1.safetensors")


def test_every_format_has_its_file():
    assert sorted(path.name for path in GOLDEN.iterdir()) == [f"v{n}.safetensors" for n in range(1, FORMAT + 1)]


def test_v1_predicts_what_it_predicted(model):
    score, kind = model.predict([INPUT, -INPUT])
    # Not to the bit: another machine's matrix product adds in another order.
    np.testing.assert_allclose(score, SCORE, rtol=1e-5)
    np.testing.assert_allclose(kind, KIND, rtol=1e-5)


def test_v1_is_compiled_as_it_was(model):
    assert model.name == "golden" and model.seed == 2024 and model.dtype == "float32"
    assert model.input_names == ["left", "right"] and model.output_names == ["score", "kind"]
    assert type(model.optimizer).__name__ == "Adam" and model.optimizer.amsgrad
    assert model.optimizer.iterations == 6  # 3 epochs of 2 batches
    assert type(model.optimizer.learning_rate).__name__ == "ExponentialDecay"
    assert [type(loss).__name__ for loss in model.compilation.losses] == ["Huber", "SparseCategoricalCrossentropy"]
    assert model.compilation.loss_weights == [2.0, 0.5]
    assert model.get_layer("shared").kernel_constraint.max_value == 2.0
    assert model.data_contract == {"columns": ["größe", "weight", "age"], "missing": None}
    assert model.scores == {"mae": 0.5}


def test_v1_goes_on_training(model):
    X = np.linspace(-1, 1, 24, dtype=np.float32).reshape(8, 3)
    model.fit([X, X[::-1]], {"score": X.sum(axis=1), "kind": np.arange(8) % 2}, epochs=1, batch_size=4, verbose=0)
    assert model.optimizer.iterations == 8


def test_v1_says_what_it_is():
    assert read_metadata(GOLDEN / "v1.safetensors")["format"] == 1
