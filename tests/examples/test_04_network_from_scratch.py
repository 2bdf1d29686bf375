"""Tutorial 4: the loss falls in every step, ends near 0.01 0.97 0.97 0.03, by hand and in the library alike."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture(scope="module")
def numbers(example):
    return example("04_network_from_scratch").main()


def test_published_predictions(numbers):
    np.testing.assert_allclose(numbers["by_hand"], [0.01, 0.97, 0.97, 0.03], rtol=0, atol=0.005)


def test_loss_falls_monotonically(numbers):
    assert len(numbers["losses"]) == 1501
    assert (np.diff(numbers["losses"]) < 0).all()
    assert numbers["losses"][-1] < 0.004


def test_library_equals_bare_numpy_to_rounding(numbers):
    np.testing.assert_allclose(numbers["in_library"], numbers["by_hand"], rtol=1e-10)
    np.testing.assert_allclose(numbers["library_losses"], numbers["losses"][:-1], rtol=1e-10)
    for mine, theirs in zip(numbers["weights_by_hand"], numbers["weights_in_library"], strict=True):
        np.testing.assert_allclose(theirs, mine, rtol=1e-10)


def test_initial_weights_are_uniform_from_0_to_1(example):
    for A in example("04_network_from_scratch").make_model().get_weights():
        assert A.dtype == np.float64 and (A >= 0).all() and (A < 1).all()


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_other_seeds_learn_it_too(example, capsys, seed):
    found = example("04_network_from_scratch").main(seed)
    np.testing.assert_allclose(found["by_hand"], [0, 1, 1, 0], rtol=0, atol=0.05)


def test_prints_within_80_columns(example, narrow):
    example("04_network_from_scratch").main(steps=20)
    assert "it never rises: True" in narrow()
