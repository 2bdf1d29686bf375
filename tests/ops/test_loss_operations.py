"""The losses' operations: numbers by hand, finite differences, PyTorch's numbers and gradients, extreme inputs."""

from __future__ import annotations

import math

import numpy as np
import pytest

import chainrule.ops.losses
from chainrule.ops.registry import OPERATIONS

NAMES = sorted(chainrule.ops.losses.__all__)
STEP = 1e-6  # of a central difference in float64: truncation and rounding both stay near 1e-10


def run(name, P, T, **options):
    """Return the losses and, for an upstream gradient of ones, the gradient."""
    operation = OPERATIONS[name]
    L, cache = operation.forward(np.asarray(P, float), np.asarray(T), **options)
    dP, dT = operation.backward(np.ones_like(L), cache)
    assert dT is None
    return L, dP


SAMPLES = [
    pytest.param(name, sample, id=f"{name}-{number}")
    for name in NAMES
    for number, sample in enumerate(OPERATIONS[name].samples(np.random.default_rng(7)))
]


def test_every_module_registers_the_operation_of_its_name():
    assert {operation.name for operation in OPERATIONS.values() if operation.family == "loss"} >= set(NAMES)


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_gradient_is_that_of_finite_differences(name, sample):
    operation = OPERATIONS[name]
    P, T = sample.arrays
    L, cache = operation.forward(P, T, **sample.options)
    dL = np.random.default_rng(8).normal(size=L.shape)
    dP, _ = operation.backward(dL, cache)
    numeric = np.empty_like(P)
    for index in np.ndindex(P.shape):
        moved = [P.copy(), P.copy()]
        moved[0][index] += STEP
        moved[1][index] -= STEP
        up, down = (operation.forward(X, T, **sample.options)[0] for X in moved)
        numeric[index] = (dL * (up - down)).sum() / (2 * STEP)
    assert np.abs(dP).max() > 1e-3
    np.testing.assert_allclose(dP, numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_contract(name, sample):
    operation = OPERATIONS[name]
    P, T = (array.copy() for array in sample.arrays)
    single = [P.astype(np.float32), T.astype(np.float32) if T.dtype.kind == "f" else T]
    for array in single:
        array.flags.writeable = False  # a write into an input raises
    L, cache = operation.forward(*single, **sample.options)
    dL = np.ones_like(L)
    dL.flags.writeable = False
    dP, dT = operation.backward(dL, cache)
    assert L.dtype == dP.dtype == np.float32
    assert dP.shape == P.shape and dT is None
    assert L.shape == operation.output_shape(P.shape, T.shape, **sample.options) == P.shape[:-1]
    fortran, _ = operation.forward(np.asfortranarray(P), np.asfortranarray(T), **sample.options)
    whole, cache = operation.forward(P, T, **sample.options)
    np.testing.assert_allclose(fortran, whole, rtol=1e-14, atol=1e-15)
    row, _ = operation.forward(P[1:2], T[1:2], **sample.options)
    np.testing.assert_allclose(row[0], whole[1], rtol=1e-14, atol=1e-15)
    first, _ = operation.backward(np.ones_like(whole), cache)
    again, _ = operation.backward(np.ones_like(whole), cache)  # the cache is still what it was
    np.testing.assert_array_equal(first, again)
    transposed, cache = operation.forward(np.asfortranarray(P), np.asfortranarray(T), **sample.options)
    np.testing.assert_allclose(operation.backward(np.ones_like(transposed), cache)[0], first, rtol=1e-13, atol=1e-15)


BY_HAND = [
    # d = (1, -2): (1 + 4) / 2, 2 d / 2
    ("mean_squared_error", [[1, 0]], [[0, 2]], {}, 2.5, [[1, -2]]),
    # (1 + 4) / 2, d; without the half 5, 2 d
    ("sum_of_squares", [[1, 0]], [[0, 2]], {}, 2.5, [[1, -2]]),
    ("sum_of_squares", [[1, 0]], [[0, 2]], {"half": False}, 5, [[2, -4]]),
    # (1 + 2) / 2; signs / 2; 0 where p = t
    ("mean_absolute_error", [[1, 0]], [[0, 2]], {}, 1.5, [[0.5, -0.5]]),
    ("mean_absolute_error", [[1, 2]], [[0, 2]], {}, 0.5, [[0.5, 0]]),
    # d = 0.5: 0.125; d = -3: 3 - 0.5 = 2.5; together 2.625 / 2; gradient (0.5, -1) / 2
    ("huber", [[0.5, 0]], [[0, 3]], {}, 1.3125, [[0.25, -0.5]]),
    # delta 2, d = -3: 2 * 3 - 2 = 4; gradient -2
    ("huber", [[0]], [[3]], {"delta": 2.0}, 4, [[-2]]),
    # log cosh 1 = log((e + 1/e) / 2), tanh 1
    ("log_cosh", [[1]], [[0]], {}, math.log(math.cosh(1)), [[math.tanh(1)]]),
    # t = 1: -log 0.8, -1/0.8; t = 0: -log(1 - 0.4), 1/0.6; both halved
    ("binary_crossentropy", [[0.8, 0.4]], [[1, 0]], {}, -(math.log(0.8) + math.log(0.6)) / 2, [[-0.625, 1 / 1.2]]),
    # smoothing 0.2 makes t = 0.9: at p = 0.5 the loss is log 2, the gradient (0.5 - 0.9) / 0.25
    ("binary_crossentropy", [[0.5]], [[1]], {"label_smoothing": 0.2}, math.log(2), [[-1.6]]),
    # z = 0: log 2, 0.5 - t; with t smoothed to 0.9: still log 2, 0.5 - 0.9
    ("binary_crossentropy_logits", [[0]], [[1]], {}, math.log(2), [[-0.5]]),
    ("binary_crossentropy_logits", [[0]], [[1]], {"label_smoothing": 0.2}, math.log(2), [[-0.4]]),
    # p = (1, 3) sums to 4: q = (1/4, 3/4); -log 3/4; (1/4, 1/4 - 1/3)
    ("categorical_crossentropy", [[1, 3]], [[0, 1]], {}, math.log(4 / 3), [[1 / 4, 1 / 4 - 1 / 3]]),
    ("sparse_categorical_crossentropy", [[1, 3]], [1], {}, math.log(4 / 3), [[1 / 4, 1 / 4 - 1 / 3]]),
    # z = (0, log 3): p = (1/4, 3/4); p - t
    ("categorical_crossentropy_logits", [[0, math.log(3)]], [[0, 1]], {}, math.log(4 / 3), [[1 / 4, -1 / 4]]),
    ("sparse_categorical_crossentropy_logits", [[0, math.log(3)]], [1], {}, math.log(4 / 3), [[1 / 4, -1 / 4]]),
    # targets that sum to 2: 2 log 2, and 2 p - t = (1 - 2, 1 - 0)
    ("categorical_crossentropy_logits", [[0, 0]], [[2, 0]], {}, 2 * math.log(2), [[-1, 1]]),
    # smoothing 0.3 over 3 classes: t = (0.8, 0.1, 0.1) at p = 1/3
    (
        "categorical_crossentropy_logits",
        [[0, 0, 0]],
        [[1, 0, 0]],
        {"label_smoothing": 0.3},
        math.log(3),
        [[1 / 3 - 0.8, 1 / 3 - 0.1, 1 / 3 - 0.1]],
    ),
    # p = 1: 1 - 2 log(1 + 1e-7); 1 - 2 / (1 + 1e-7)
    ("poisson", [[1]], [[2]], {}, 1 - 2 * math.log1p(1e-7), [[1 - 2 / (1 + 1e-7)]]),
    # t p = 0.5: 0.5; t p = -0.5: 1.5; mean 1; -t / 2. The label 0 counts as -1
    ("hinge", [[0.5, 0.5]], [[1, -1]], {}, 1, [[-0.5, 0.5]]),
    ("hinge", [[0.5, 0.5]], [[1, 0]], {}, 1, [[-0.5, 0.5]]),
    ("hinge", [[2, 1]], [[1, 1]], {}, 0, [[0, 0]]),
    # (0.25 + 2.25) / 2; -2 t (0.5, 1.5) / 2
    ("squared_hinge", [[0.5, 0.5]], [[1, -1]], {}, 1.25, [[-0.5, 1.5]]),
    ("squared_hinge", [[0.5, 0.5]], [[1, 0]], {}, 1.25, [[-0.5, 1.5]]),
    # (log 2 + log 2/3) / 2; -t / p
    ("kl_divergence", [[0.25, 0.75]], [[0.5, 0.5]], {}, (math.log(2) + math.log(2 / 3)) / 2, [[-2, -2 / 3]]),
    # too low by 2: 0.75 * 2; too high by 2: 0.25 * 2; mean 1; (-0.75, 0.25) / 2; 0 where p = t
    ("quantile", [[0, 2]], [[2, 0]], {"quantile": 0.75}, 1, [[-0.375, 0.125]]),
    ("quantile", [[1]], [[1]], {"quantile": 0.75}, 0, [[0]]),
]


@pytest.mark.parametrize(("name", "P", "T", "options", "loss", "gradient"), BY_HAND)
def test_by_hand(name, P, T, options, loss, gradient):
    L, dP = run(name, P, T, **options)
    np.testing.assert_allclose(L, [loss], rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(dP, gradient, rtol=1e-13, atol=1e-15)


def test_no_operation_is_left_without_numbers_by_hand():
    assert {case[0] for case in BY_HAND} == set(NAMES)


# What PyTorch computes for each operation: predictions P and targets T are tensors, the result has one loss a row.
def normalised(torch, P):
    return (P / P.sum(-1, keepdim=True)).clamp(1e-7, 1 - 1e-7)


def spread(P, T, s=0.0):
    return T * (1 - s) + s / P.shape[-1]


def by_class(F, Z, T, **options):
    """F.cross_entropy wants the classes on axis 1 and, with one-hot targets, those too."""
    T = T.movedim(-1, 1) if T.is_floating_point() else T
    return F.cross_entropy(Z.movedim(-1, 1), T, reduction="none", **options)


def signs(T):
    return 2 * T - 1 if ((T == 0) | (T == 1)).all() else T


TORCH = {
    "mean_squared_error": lambda t, F, P, T: F.mse_loss(P, T, reduction="none").mean(-1),
    "sum_of_squares": lambda t, F, P, T, half: F.mse_loss(P, T, reduction="none").sum(-1) * (0.5 if half else 1),
    "mean_absolute_error": lambda t, F, P, T: F.l1_loss(P, T, reduction="none").mean(-1),
    "huber": lambda t, F, P, T, delta: F.huber_loss(P, T, reduction="none", delta=delta).mean(-1),
    "log_cosh": lambda t, F, P, T: t.log(t.cosh(P - T)).mean(-1),
    "binary_crossentropy": lambda t, F, P, T, label_smoothing=0.0: F.binary_cross_entropy(
        P, T * (1 - label_smoothing) + label_smoothing / 2, reduction="none"
    ).mean(-1),
    "binary_crossentropy_logits": lambda t, F, P, T, label_smoothing=0.0: F.binary_cross_entropy_with_logits(
        P, T * (1 - label_smoothing) + label_smoothing / 2, reduction="none"
    ).mean(-1),
    "categorical_crossentropy": lambda t, F, P, T, label_smoothing=0.0: (
        -(spread(P, T, label_smoothing) * normalised(t, P).log()).sum(-1)
    ),
    "categorical_crossentropy_logits": lambda t, F, P, T, label_smoothing=0.0: by_class(
        F, P, T, label_smoothing=label_smoothing
    ),
    "sparse_categorical_crossentropy": lambda t, F, P, T: F.nll_loss(
        normalised(t, P).log().movedim(-1, 1), T, reduction="none"
    ),
    "sparse_categorical_crossentropy_logits": lambda t, F, P, T: by_class(F, P, T),
    "poisson": lambda t, F, P, T: F.poisson_nll_loss(P, T, log_input=False, eps=1e-7, reduction="none").mean(-1),
    "hinge": lambda t, F, P, T: F.relu(1 - signs(T) * P).mean(-1),
    "squared_hinge": lambda t, F, P, T: F.relu(1 - signs(T) * P).square().mean(-1),
    "kl_divergence": lambda t, F, P, T: F.kl_div(P.log(), T.clamp(1e-7, 1), reduction="none").sum(-1),
    "quantile": lambda t, F, P, T, quantile: t.maximum(quantile * (T - P), (quantile - 1) * (T - P)).mean(-1),
}


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_equals_pytorch(name, sample):
    torch = pytest.importorskip("torch")
    P, T = sample.arrays
    L, cache = OPERATIONS[name].forward(P, T, **sample.options)
    dL = np.random.default_rng(9).normal(size=L.shape)
    dP, _ = OPERATIONS[name].backward(dL, cache)
    theirs = torch.tensor(P, requires_grad=True)
    losses = TORCH[name](torch, torch.nn.functional, theirs, torch.tensor(T), **sample.options)
    (gradient,) = torch.autograd.grad(losses, theirs, torch.tensor(dL))
    np.testing.assert_allclose(L, losses.detach().numpy(), rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(dP, gradient.numpy(), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_logits_of_a_sigmoid(dtype):
    # right and sure: 0, no gradient; wrong and sure: |z|, gradient -1 or 1
    Z = np.array([[1e4], [-1e4], [1e4], [-1e4]], dtype)
    T = np.array([[1], [0], [0], [1]], dtype)
    L, cache = OPERATIONS["binary_crossentropy_logits"].forward(Z, T)
    dZ, _ = OPERATIONS["binary_crossentropy_logits"].backward(np.ones_like(L), cache)
    np.testing.assert_array_equal(L, [0, 0, 1e4, 1e4])
    np.testing.assert_array_equal(dZ[:, 0], [0, 0, 1, -1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["categorical_crossentropy_logits", "sparse_categorical_crossentropy_logits"])
def test_extreme_logits_of_a_softmax(name, dtype):
    # right and sure: 0; wrong and sure: the gap of 2e4, gradient p - t
    Z = np.array([[1e4, -1e4], [1e4, -1e4]], dtype)
    T = np.array([0, 1])
    T = T if name.startswith("sparse") else np.eye(2, dtype=dtype)[T]
    L, cache = OPERATIONS[name].forward(Z, T)
    dZ, _ = OPERATIONS[name].backward(np.ones_like(L), cache)
    np.testing.assert_array_equal(L, [0, 2e4])
    np.testing.assert_array_equal(dZ, [[0, 0], [1, -1]])


def test_log_cosh_neither_overflows_nor_loses_small_differences():
    # far: |d| - log 2; near: d²/2
    L, dP = run("log_cosh", [[1e4], [-1e4], [1e-6], [0.0]], np.zeros((4, 1)))
    np.testing.assert_allclose(L, [1e4 - math.log(2), 1e4 - math.log(2), 5e-13, 0], rtol=1e-12)
    np.testing.assert_allclose(dP[:, 0], [1, -1, 1e-6, 0], rtol=1e-12)


def test_clipped_probabilities_are_finite_and_have_no_gradient():
    # p = 0 with t = 1 costs -log 1e-7, and moving p inside the clip changes nothing; p = 1 with t = 1 costs 1e-7
    L, dP = run("binary_crossentropy", [[0.0], [1.0]], [[1.0], [1.0]])
    np.testing.assert_allclose(L, [-math.log(1e-7), 1e-7], rtol=1e-6)
    np.testing.assert_array_equal(dP, [[0], [0]])
    for name, T in (("categorical_crossentropy", [[1.0, 0.0]]), ("sparse_categorical_crossentropy", [0])):
        L, dP = run(name, [[0.0, 1.0]], T)
        np.testing.assert_allclose(L, [-math.log(1e-7)], rtol=1e-12)
        np.testing.assert_array_equal(dP, [[0, 0]])
    L, dP = run("kl_divergence", [[0.0, 1.0]], [[1.0, 0.0]])
    np.testing.assert_allclose(L, [-math.log(1e-7) + 1e-7 * math.log(1e-7)], rtol=1e-12)
    np.testing.assert_allclose(dP, [[0, -1e-7]])  # p = 1 is the edge of its clip, still inside


def test_sparse_equals_one_hot():
    rng = np.random.default_rng(3)
    P, T = rng.uniform(0.05, 0.95, (4, 5, 3)), rng.integers(0, 3, (4, 5))
    for name in ("categorical_crossentropy", "categorical_crossentropy_logits"):
        L, dP = run(name, P, np.eye(3)[T])
        sparse, dsparse = run(f"sparse_{name}", P, T)
        np.testing.assert_allclose(sparse, L, rtol=1e-13)
        np.testing.assert_allclose(dsparse, dP, rtol=1e-13, atol=1e-15)
