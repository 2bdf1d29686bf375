"""Tutorial 6: gradients by hand equal PyTorch's, the library's and the numeric ones, at any depth."""

from __future__ import annotations

import sys

import numpy as np
import pytest

STEP = 1e-6


def test_equal_to_torch_and_library(example, narrow):
    pytest.importorskip("torch")
    numbers = example("06_chain_rule_by_hand").main()
    assert numbers["agreed"] == {"PyTorch": True, "chainrule": True}
    assert numbers["deep_agreed"] == {"PyTorch": True, "chainrule": True}
    assert all(np.abs(G).max() > 1e-3 for G in numbers["gradients"])
    assert narrow().count("allclose True") == 4


@pytest.mark.parametrize("sizes", [(3, 2), (3, 4, 2), (2, 3, 4, 5, 2), (4, 8, 8, 8, 8, 8, 8, 1)])
def test_any_depth_to_rounding(example, sizes):
    pytest.importorskip("torch")
    module = example("06_chain_rule_by_hand")
    X, Y, layers = module.random_network(sizes, np.random.default_rng(3))
    loss, gradients = module.any_depth(X, Y, layers)
    for other_loss, others in (module.by_torch(X, Y, layers), module.by_library(X, Y, layers)):
        assert loss == pytest.approx(other_loss, rel=1e-12)
        for mine, theirs in zip(gradients, others, strict=False):
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-9 * np.abs(theirs).max())


def test_step_by_step_is_any_depth_of_two(example):
    module = example("06_chain_rule_by_hand")
    X, Y, layers = module.random_network((4, 6, 3), np.random.default_rng(1))
    loss, gradients = module.step_by_step(X, Y, *layers[0], *layers[1])
    deep_loss, deep = module.any_depth(X, Y, layers)
    assert loss == deep_loss
    for mine, theirs in zip(gradients, deep, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_numeric_gradient_of_every_entry(example):
    module = example("06_chain_rule_by_hand")
    X, Y, ((W1, b1), (W2, b2)) = module.random_network((2, 3, 2), np.random.default_rng(0))
    _, gradients = module.step_by_step(X, Y, W1, b1, W2, b2)
    for array, gradient in zip((W1, b1, W2, b2, X), gradients, strict=True):
        for index in np.ndindex(array.shape):
            kept = array[index]
            array[index] = kept + STEP
            above, _ = module.step_by_step(X, Y, W1, b1, W2, b2)
            array[index] = kept - STEP
            below, _ = module.step_by_step(X, Y, W1, b1, W2, b2)
            array[index] = kept
            assert gradient[index] == pytest.approx((above - below) / (2 * STEP), rel=1e-5, abs=1e-7)


def test_says_so_without_torch(example, monkeypatch, narrow):
    monkeypatch.setitem(sys.modules, "torch", None)  # `import torch` raises ImportError
    numbers = example("06_chain_rule_by_hand").main()
    assert numbers["agreed"] == {"chainrule": True}
    assert narrow().count("PyTorch is not installed") == 2
