"""The residual network by the functional API: its shape, and that it learns, here from a few digits."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from chainrule.datasets import load


@pytest.fixture(scope="module")
def residual(example):
    return example("residual_network")


def test_shapes(residual):
    model = residual.network()
    assert model.output_shape == (None, 10)
    joins = [layer.output_shape for layer in model.layers if type(layer).__name__ == "Add"]
    assert joins == [(None, 8, 8, 8)] * 2 + [(None, 4, 4, 16)] * 2


def test_gradients_are_proved(residual):
    model = residual.network()
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    report = model.check_gradients(np.random.default_rng(0).normal(size=(3, 8, 8, 1)), [0, 4, 9])
    assert report.passed, report


def test_it_learns(residual, monkeypatch, capsys):
    digits = load("digits")
    few = dataclasses.replace(digits, X=digits.X[:240], y=digits.y[:240])
    monkeypatch.setattr(residual, "load", lambda name: few)
    accuracy = residual.main(epochs=4)
    assert accuracy > 0.5
    assert "accuracy on 48 other digits" in capsys.readouterr().out
