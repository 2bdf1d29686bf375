"""Weights alone: all that fit, or none."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import ModelFileError, NotReadyError
from chainrule.layers import Dense
from chainrule.models import Sequential
from chainrule.saving import load_weights, save_weights


def model(units=4, columns=3, name="first", dtype="float32", seed=1):
    return Sequential([Dense(units, input_dim=columns, name=name), Dense(1, name="last")], seed=seed, dtype=dtype)


def test_weights_come_back_to_the_bit(tmp_path):
    one, two = model(), model(seed=2)
    one.save_weights(tmp_path / "w")
    two.load_weights(tmp_path / "w")
    assert all((A == B).all() for A, B in zip(one.get_weights(), two.get_weights(), strict=True))


def test_weights_of_a_model_file(trained, make_trained, tmp_path):
    trained[0].save(tmp_path / "m")
    other = Sequential([Dense(4, input_dim=3), Dense(1)], seed=5)
    other.load_weights(tmp_path / "m")
    assert all((A == B).all() for A, B in zip(trained[0].get_weights(), other.get_weights(), strict=True))


def test_loading_in_the_middle_of_training(make_trained, tmp_path):
    # While it trains, a model's weights are views into one vector; loading must fill that vector.
    one, X, y = make_trained()
    one.save_weights(tmp_path / "w")
    saved = one.get_weights()
    one.fit(X, y, epochs=1, verbose=0)
    one.load_weights(tmp_path / "w")
    one.prepare_training()
    assert all((A == B).all() for A, B in zip(saved, one.get_weights(), strict=True))


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (model(units=5), "the weight 'first/kernel' has shape (3, 4), and in the model (3, 5)"),
        (model(columns=2), "the weight 'first/kernel' has shape (3, 4), and in the model (2, 4)"),
        (model(name="one"), "the weight 'one/kernel' is missing"),
        (model(name="one"), "the weight 'first/kernel' has no place in the model"),
        (model(dtype="float64"), "the weight 'first/kernel' is float32, and the model float64"),
        (Sequential([Dense(4, input_dim=3, name="first")]), "the weight 'last/bias' has no place in the model"),
    ],
)
def test_nothing_changes_unless_all_fit(other, said, tmp_path):
    save_weights(model(seed=3), tmp_path / "w")
    before = other.get_weights()
    with pytest.raises(ModelFileError) as caught:
        load_weights(other, tmp_path / "w")
    assert said in str(caught.value)
    assert all((A == B).all() for A, B in zip(before, other.get_weights(), strict=True))


def test_many_misfits_are_counted(tmp_path):
    save_weights(Sequential([Dense(1, input_dim=1, name=f"a{n}") for n in range(1)]), tmp_path / "w")
    other = Sequential([Dense(1, input_dim=1, name="b0"), *(Dense(1, name=f"b{n}") for n in range(1, 4))])
    with pytest.raises(ModelFileError, match=r"; and 5 more\.$"):  # 8 missing and 2 left over, 5 shown
        load_weights(other, tmp_path / "w")


def test_refuses(trained, tmp_path):
    with pytest.raises(NotReadyError, match="is not built"):
        load_weights(Sequential([Dense(1)]), tmp_path / "w")
    with pytest.raises(ModelFileError, match="There is no model file"):
        load_weights(trained[0], tmp_path / "w")
    save_weights(trained[0], tmp_path / "w")
    with pytest.raises(ModelFileError, match="overwrite=False"):
        save_weights(trained[0], tmp_path / "w", overwrite=False)


def test_foreign_tensors(tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy")
    (tmp_path / "w.safetensors").write_bytes(safetensors.save({"fc1.weight": np.zeros(2), "fc1.bias": np.zeros(1)}))
    with pytest.raises(ModelFileError) as caught:
        load_weights(model(), tmp_path / "w.safetensors")
    assert "it is a safetensors file, but not one of chainrule's; it holds 'fc1." in str(caught.value)
