"""Checkpoints: a run that was stopped goes on to the bits of a run that was not."""

from __future__ import annotations

import math

import numpy as np
import pytest

from chainrule.errors import ModelFileError, NotReadyError
from chainrule.layers import BatchNormalization, Dense, Dropout
from chainrule.models import Sequential
from chainrule.optimizers import Adam
from chainrule.saving import load_checkpoint, load_model, load_weights, save_checkpoint

X = np.random.default_rng(1).normal(size=(20, 3)).astype(np.float32)
Y = np.sin(X.sum(axis=1))


def compiled(seed=1, optimizer=None, units=5):
    model = Sequential(
        [Dense(units, input_dim=3, activation="relu"), BatchNormalization(), Dropout(0.3), Dense(1)], seed=seed
    )
    model.compile(loss="mse", optimizer=optimizer or Adam(0.01, amsgrad=True, use_ema=True, ema_overwrite_frequency=3))
    return model


def trained(epochs=2, **options):
    model = compiled(**options)
    model.fit(X, Y, epochs=epochs, batch_size=6, verbose=0)
    return model


def weights_equal(one, two):
    return all(A.tobytes() == B.tobytes() for A, B in zip(one.get_weights(), two.get_weights(), strict=True))


def test_resumes_to_the_same_bits(tmp_path):
    straight = trained()
    save_checkpoint(straight, tmp_path / "c", epoch=2)
    straight.fit(X, Y, epochs=5, initial_epoch=2, batch_size=6, verbose=0)
    # Another process: another seed, other weights, until the checkpoint is loaded.
    resumed = compiled(seed=99)
    assert load_checkpoint(resumed, tmp_path / "c") == {"epoch": 2, "extra": {}}
    assert resumed.seed == 1
    resumed.fit(X, Y, epochs=5, initial_epoch=2, batch_size=6, verbose=0)
    assert weights_equal(straight, resumed)


def test_goes_back_within_one_process(tmp_path):
    model = trained()
    save_checkpoint(model, tmp_path / "c", epoch=2)
    model.fit(X, Y, epochs=2, batch_size=6, verbose=0)
    first = model.get_weights()
    load_checkpoint(model, tmp_path / "c")
    model.fit(X, Y, epochs=2, batch_size=6, verbose=0)
    assert all(A.tobytes() == B.tobytes() for A, B in zip(first, model.get_weights(), strict=True))


def test_before_the_first_step(tmp_path):
    model = compiled()
    save_checkpoint(model, tmp_path / "c", epoch=0)
    model.fit(X, Y, epochs=1, verbose=0)
    load_checkpoint(model, tmp_path / "c")
    assert model.optimizer.iterations == 0 and weights_equal(model, compiled())


def test_extra_comes_back(tmp_path):
    extra = {
        "best": math.inf,
        "worst": -math.inf,
        "history": {"loss": [0.5, float("nan")], "epochs": (1, 2)},
        "best_weights": [np.arange(3.0), np.zeros((0, 2), np.float32)],
        "flags": np.array([True, False]),
        "step": np.int64(7),
        "none": None,
    }
    model = compiled()
    save_checkpoint(model, tmp_path / "c", epoch=np.int64(3), extra=extra)
    found = load_checkpoint(model, tmp_path / "c")
    assert found["epoch"] == 3
    back = found["extra"]
    assert (back["best"], back["worst"], back["step"], back["none"]) == (math.inf, -math.inf, 7, None)
    assert back["history"]["loss"][0] == 0.5 and math.isnan(back["history"]["loss"][1])
    assert back["history"]["epochs"] == [1, 2]
    for A, B in zip([*back["best_weights"], back["flags"]], [*extra["best_weights"], extra["flags"]], strict=True):
        assert A.dtype == B.dtype and A.shape == B.shape and (A == B).all() and A.flags.writeable


@pytest.mark.parametrize("where", ["weight", "slot"])
def test_a_bad_checkpoint_never_replaces_a_good_one(where, tmp_path):
    model = trained()
    path = save_checkpoint(model, tmp_path / "c", epoch=2)
    before = path.read_bytes()
    if where == "weight":
        model.layers[0].set_weights([np.full((3, 5), np.nan), np.zeros(5)])
    else:
        model.optimizer.slots["velocity"][0] = np.inf
    with pytest.raises(
        ModelFileError, match="holds NaN or infinity, and a good checkpoint is not replaced by a bad one"
    ):
        save_checkpoint(model, path, epoch=3)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (lambda: compiled(units=6), r"the weight 'dense/kernel' has shape \(3, 5\), and in the model \(3, 6\)"),
        (lambda: compiled(optimizer="sgd"), "it is of the optimizer 'Adam', and the model has 'SGD'"),
        (lambda: compiled(optimizer="adam"), "the optimizer's state does not fit: This is not the state of this Adam"),
    ],
)
def test_nothing_changes_unless_all_fits(other, said, tmp_path):
    path = save_checkpoint(trained(), tmp_path / "c", epoch=2)
    model = other()
    model.fit(X, Y, epochs=1, verbose=0)
    before, iterations = model.get_weights(), model.optimizer.iterations
    with pytest.raises(ModelFileError, match=said):
        load_checkpoint(model, path)
    assert model.optimizer.iterations == iterations
    assert all((A == B).all() for A, B in zip(before, model.get_weights(), strict=True))


def test_refuses_bad_arguments(tmp_path):
    model = compiled()
    for epoch in (-1, 1.5, None, True):
        with pytest.raises(ModelFileError, match="epoch is a whole number of 0 or more"):
            save_checkpoint(model, tmp_path / "c", epoch=epoch)
    with pytest.raises(ModelFileError, match="extra is a dict"):
        save_checkpoint(model, tmp_path / "c", epoch=1, extra=[1])
    with pytest.raises(ModelFileError, match="the keys of extra are texts"):
        save_checkpoint(model, tmp_path / "c", epoch=1, extra={"a": {3: 4}})
    with pytest.raises(ModelFileError, match="can't be written as JSON"):
        save_checkpoint(model, tmp_path / "c", epoch=1, extra={"a": print})
    with pytest.raises(NotReadyError, match="save_checkpoint needs a loss and an optimizer"):
        save_checkpoint(Sequential([Dense(1, input_dim=1)]), tmp_path / "c", epoch=1)
    assert list(tmp_path.iterdir()) == []


def test_kinds_are_told_apart(tmp_path):
    model = trained()
    path = save_checkpoint(model, tmp_path / "c", epoch=2)
    with pytest.raises(
        ModelFileError, match=r"it is a checkpoint: make and compile the model first, then load_checkpoint"
    ):
        load_model(path)
    model.save(tmp_path / "m")
    with pytest.raises(ModelFileError, match="it is not a checkpoint, but of the kind 'model'"):
        load_checkpoint(model, tmp_path / "m")
    other = compiled(seed=4)
    load_weights(other, path)  # its weights can be had alone
    assert weights_equal(model, other)
