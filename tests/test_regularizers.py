"""Regularizers and their operations: numbers by hand, PyTorch's gradients, dtype, names, refused arguments."""

from __future__ import annotations

import re

import numpy as np
import pytest

from chainrule import regularizers
from chainrule.errors import ArgumentError
from chainrule.ops.registry import OPERATIONS
from chainrule.regularizers import L1, L1L2, L2, l1, l1_l2, l2

W = np.array([[1.0, -2.0], [3.0, 0.0]])


@pytest.mark.parametrize(
    ("regularizer", "penalty", "gradient"),
    [
        # Σ|w| = 6, Σw² = 14
        (L1(0.5), 3.0, [[0.5, -0.5], [0.5, 0.0]]),
        (L2(0.25), 3.5, [[0.5, -1.0], [1.5, 0.0]]),
        (L1L2(0.5, 0.25), 6.5, [[1.0, -1.5], [2.0, 0.0]]),
        (L1L2(), 0.0, [[0.0, 0.0], [0.0, 0.0]]),
    ],
)
def test_by_hand(regularizer, penalty, gradient):
    before = W.copy()
    assert regularizer(W) == penalty
    assert type(regularizer(W)) is float
    assert regularizer.gradient(W).tolist() == gradient
    assert (before == W).all()


@pytest.mark.parametrize("regularizer", [L1(0.3), L2(0.3), L1L2(0.3, 0.2)])
def test_an_operation_and_its_options(regularizer):
    forward = OPERATIONS[regularizer.operation].forward
    L, cache = forward(W, **regularizer.options)
    assert isinstance(L, np.ndarray) and L.shape == () and float(L) == regularizer(W)
    assert OPERATIONS[regularizer.operation].family == "penalty"
    assert OPERATIONS[regularizer.operation].output_shape(W.shape, **regularizer.options) == ()
    # an upstream gradient of −3 scales the whole gradient
    dW = OPERATIONS[regularizer.operation].backward(np.asarray(-3.0), cache)
    np.testing.assert_allclose(dW, -3 * regularizer.gradient(W), rtol=1e-15)


@pytest.mark.parametrize("name", ["l1_penalty", "l2_penalty", "l1_l2_penalty"])
def test_gradients_agree_with_torch(name):
    torch = pytest.importorskip("torch")
    operation = OPERATIONS[name]
    for sample in operation.samples(np.random.default_rng(0)):
        L, cache = operation.forward(*sample.arrays, **sample.options)
        tensor = torch.tensor(sample.arrays[0], requires_grad=True)
        strength = {"l1": 0.0, "l2": 0.0} | sample.options
        judge = strength["l1"] * tensor.abs().sum() + strength["l2"] * (tensor**2).sum()
        (1.7 * judge).backward()
        assert float(L) == pytest.approx(judge.item(), rel=1e-12)
        assert tensor.grad is not None
        np.testing.assert_allclose(operation.backward(np.asarray(1.7), cache), tensor.grad.numpy(), rtol=1e-10)


@pytest.mark.parametrize("name", ["l1_penalty", "l2_penalty", "l1_l2_penalty"])
def test_gradients_by_finite_differences(name):
    rng, operation, step = np.random.default_rng(1), OPERATIONS[name], 1e-6
    for sample in operation.samples(rng):
        (X,) = sample.arrays
        direction = rng.normal(size=X.shape)
        _, cache = operation.forward(X, **sample.options)
        dX = operation.backward(np.asarray(-0.8), cache)
        plus, _ = operation.forward(X + step * direction, **sample.options)
        minus, _ = operation.forward(X - step * direction, **sample.options)
        assert np.abs(dX).max() > 0
        np.testing.assert_allclose((dX * direction).sum(), -0.8 * (plus - minus) / (2 * step), rtol=1e-7)


@pytest.mark.parametrize("regularizer", [L1(), L2(), L1L2(0.1, 0.2)])
def test_float32_stays_float32(regularizer):
    narrow = W.astype(np.float32)
    L, _ = OPERATIONS[regularizer.operation].forward(narrow, **regularizer.options)
    assert L.dtype == np.float32
    assert regularizer.gradient(narrow).dtype == np.float32


def test_names_functions_and_configurations():
    assert regularizers.get("l1").get_config() == {"l1": 0.01} == l1().get_config()
    assert regularizers.get("L2").get_config() == {"l2": 0.01} == l2().get_config()
    assert regularizers.get("l1_l2").get_config() == {"l1": 0.01, "l2": 0.01} == l1_l2().get_config()
    assert l1(0.5).l1 == 0.5 and l2(0.5).l2 == 0.5 and l1_l2(l1=0.5, l2=0.25).get_config() == {"l1": 0.5, "l2": 0.25}
    again = regularizers.get(L1L2(0.5, 0.25).to_config())
    assert isinstance(again, L1L2) and again.get_config() == {"l1": 0.5, "l2": 0.25}
    assert regularizers.get(None) is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: L1(-1), "L1's l1 is a number of at least 0; received -1."),
        (lambda: L2("0.1"), "L2's l2 is a number of at least 0; received '0.1'."),
        (lambda: L1L2(l1=float("nan")), "L1L2's l1 is a number of at least 0; received nan."),
        (lambda: L1L2(l2=-0.5), "L1L2's l2 is a number of at least 0; received -0.5."),
        (lambda: regularizers.get("l3"), "There is no regularizer named 'l3'. Known: l1, l1_l2, l2."),
        (lambda: regularizers.get(0.01), "Expected a regularizer, its name or None; received 0.01."),
    ],
)
def test_refused_arguments(make, message):
    with pytest.raises(ArgumentError, match=re.escape(message)):
        make()
