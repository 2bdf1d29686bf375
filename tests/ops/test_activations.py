"""Activation operations: numbers worked by hand, limits, NaN, large numbers, and PyTorch far from 0."""

import math

import numpy as np
import pytest

from chainrule.checks.numeric import numeric_gradient
from chainrule.ops import OPERATIONS
from chainrule.ops.activations._erf import erfc

MIXING = ("softmax", "log_softmax")
ELEMENTWISE = sorted(
    name
    for name, operation in OPERATIONS.items()
    if operation.family == "activation" and name not in (*MIXING, "prelu")
)
SLOPED = [name for name in ELEMENTWISE if name != "binary_step"]
LAMBDA, ALPHA = 1.0507009873554805, 1.6732632423543772
#: name → f(−∞), f(∞), f'(−∞), f'(∞).
LIMITS = {
    "arctan": (-math.pi / 2, math.pi / 2, 0, 0),
    "binary_step": (0, 1, None, None),
    "celu": (-1, math.inf, 0, 1),
    "elu": (-1, math.inf, 0, 1),
    "exponential": (0, math.inf, 0, math.inf),
    "gelu": (0, math.inf, 0, 1),
    "hard_sigmoid": (0, 1, 0, 0),
    "hard_swish": (0, math.inf, 0, 1),
    "hard_tanh": (-1, 1, 0, 0),
    "leaky_relu": (-math.inf, math.inf, 0.2, 1),
    "linear": (-math.inf, math.inf, 1, 1),
    "mish": (0, math.inf, 0, 1),
    "relu": (0, math.inf, 0, 1),
    "relu6": (0, 6, 0, 0),
    "selu": (-LAMBDA * ALPHA, math.inf, 0, LAMBDA),
    "sigmoid": (0, 1, 0, 0),
    "silu": (0, math.inf, 0, 1),
    "softplus": (0, math.inf, 0, 1),
    "softsign": (-1, 1, 0, 0),
    "tanh": (-1, 1, 0, 0),
}
#: (name, options, x, f(x), f'(x)), by hand.
BY_HAND = [
    ("arctan", {}, 1.0, math.pi / 4, 0.5),  # 1 / (1 + 1²)
    ("celu", {}, -1.0, math.exp(-1) - 1, math.exp(-1)),
    ("celu", {"alpha": 2.0}, -2.0, 2 * (math.exp(-1) - 1), math.exp(-1)),  # α (e^(x/α) − 1)
    ("elu", {}, -1.0, math.exp(-1) - 1, math.exp(-1)),
    ("elu", {"alpha": 2.0}, -1.0, 2 * (math.exp(-1) - 1), 2 * math.exp(-1)),
    ("exponential", {}, 0.0, 1.0, 1.0),
    ("gelu", {}, 0.0, 0.0, 0.5),  # Φ(0) = ½
    ("gelu", {"approximate": True}, 0.0, 0.0, 0.5),
    ("hard_sigmoid", {}, 1.5, 0.75, 1 / 6),  # (1.5 + 3) / 6
    ("hard_swish", {}, 1.0, 4 / 6, 5 / 6),  # x (x + 3) / 6; (2x + 3) / 6
    ("hard_tanh", {}, 0.25, 0.25, 1.0),
    ("leaky_relu", {}, -2.0, -0.4, 0.2),
    ("linear", {}, -3.5, -3.5, 1.0),
    ("mish", {}, 0.0, 0.0, 0.6),  # tanh(ln 2) = (2 − ½) / (2 + ½)
    ("relu", {}, 3.0, 3.0, 1.0),
    ("relu", {}, 0.0, 0.0, 0.0),  # at the kink, as PyTorch
    ("relu6", {}, 7.0, 6.0, 0.0),
    ("selu", {}, 2.0, 2 * LAMBDA, LAMBDA),
    ("selu", {}, -1.0, LAMBDA * ALPHA * (math.exp(-1) - 1), LAMBDA * ALPHA * math.exp(-1)),
    ("sigmoid", {}, 0.0, 0.5, 0.25),
    ("sigmoid", {}, -math.log(3), 0.25, 0.1875),  # 1 / (1 + 3); ¼ · ¾
    ("silu", {}, 0.0, 0.0, 0.5),
    ("softplus", {}, 0.0, math.log(2), 0.5),
    ("softsign", {}, 1.0, 0.5, 0.25),  # 1/(1 + 1)²
    ("tanh", {}, math.log(2), 0.6, 0.64),  # (2 − ½) / (2 + ½); 1 − 0.36
]


def value_and_slope(name, X, **options):
    operation = OPERATIONS[name]
    Y, cache = operation.forward(X, **options)
    return Y, None if operation.backward is None else operation.backward(np.ones_like(Y), cache)


def test_the_tables_cover_every_function():
    assert set(LIMITS) == set(ELEMENTWISE)
    assert {name for name, *_ in BY_HAND} == set(SLOPED)


@pytest.mark.parametrize(("name", "options", "x", "value", "slope"), BY_HAND)
def test_by_hand(name, options, x, value, slope):
    Y, D = value_and_slope(name, np.array([[x]]), **options)
    assert Y[0, 0] == pytest.approx(value, rel=1e-14, abs=1e-15)
    assert D[0, 0] == pytest.approx(slope, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_limits_and_nan(name, dtype):
    Y, D = value_and_slope(name, np.array([-np.inf, np.inf, np.nan], dtype))
    left, right, slope_left, slope_right = LIMITS[name]
    assert Y.dtype == dtype and np.isnan(Y[2])
    assert Y[:2].tolist() == pytest.approx([left, right], rel=1e-6)
    if D is not None:
        assert D.dtype == dtype
        assert D[:2].tolist() == pytest.approx([slope_left, slope_right], rel=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_large_numbers_give_no_nan_and_no_warning(name, dtype):
    largest = np.finfo(dtype).max
    Y, D = value_and_slope(name, np.array([-largest, -1e4, -100, -20, 20, 80, 1e4, largest], dtype))
    assert not np.isnan(Y).any() and np.isfinite(Y[:-2]).all()
    # e¹⁰⁰⁰⁰ is ∞ in both dtypes.
    assert np.isfinite(Y[-2]) == (name != "exponential")
    if D is not None:
        assert not np.isnan(D).any() and np.isfinite(D[:-2]).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["gelu", "sigmoid", "silu", "softplus", "mish", "exponential"])
def test_float32_is_float64_rounded(name, dtype):
    X = np.linspace(-12, 12, 97)
    Y, D = value_and_slope(name, X.astype(dtype))
    exact, slope = value_and_slope(name, X)
    # x itself is rounded, and e^(−x²/2) makes that error x² = 144 times as large.
    tolerance = 200 * np.finfo(dtype).eps
    np.testing.assert_allclose(Y, exact, rtol=tolerance, atol=1e-30)
    np.testing.assert_allclose(D, slope, rtol=tolerance, atol=1e-6 if dtype == np.float32 else 0)


def torch_counterparts(torch):
    F = torch.nn.functional
    return {
        "arctan": torch.arctan,
        "elu": F.elu,
        "exponential": torch.exp,
        "gelu": F.gelu,
        "hard_swish": F.hardswish,
        "hard_tanh": F.hardtanh,
        "leaky_relu": lambda X: F.leaky_relu(X, 0.2),
        "mish": F.mish,
        "relu": torch.relu,
        "relu6": F.relu6,
        "selu": F.selu,
        "sigmoid": torch.sigmoid,
        "silu": F.silu,
        # F.softplus is x itself above its threshold.
        "softplus": lambda X: F.softplus(X, threshold=1e3),
        "softsign": F.softsign,
        "tanh": torch.tanh,
    }


@pytest.mark.parametrize("name", sorted(set(SLOPED) - {"linear", "celu", "hard_sigmoid"}))
def test_value_and_slope_equal_pytorch_over_a_wide_range(name):
    """Linear needs no judge; PyTorch's celu and hardsigmoid have float32 constants (see test_against_torch.py)."""
    torch = pytest.importorskip("torch")
    X = np.linspace(-30.005, 30.01, 1201)  # hits no kink
    T = torch.tensor(X, requires_grad=True)
    theirs = torch_counterparts(torch)[name](T)
    theirs.sum().backward()
    Y, D = value_and_slope(name, X)
    # Theirs cancel on the negative side (1 + erf), where only the absolute error can be held against ours.
    np.testing.assert_allclose(Y, theirs.detach().numpy(), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(D, T.grad.numpy(), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", ["sigmoid", "silu", "softplus"])
def test_small_results_keep_their_digits(name):
    torch = pytest.importorskip("torch")
    theirs = {
        "sigmoid": torch.sigmoid,
        "softplus": lambda x: torch.log1p(torch.exp(x)),
        "silu": torch.nn.functional.silu,
    }
    X = np.linspace(-700, -5, 140)
    np.testing.assert_allclose(OPERATIONS[name].forward(X)[0], theirs[name](torch.tensor(X)).numpy(), rtol=1e-13)


@pytest.mark.parametrize("x", [-0.3, -2.0, -10.0])
def test_gelu_keeps_its_digits_far_to_the_left(x):
    # x Φ(x), and Φ(x) = erfc(−x / √2) / 2
    assert OPERATIONS["gelu"].forward(np.array([x]))[0][0] == pytest.approx(
        x * math.erfc(-x / math.sqrt(2)) / 2, rel=1e-13, abs=0
    )


@pytest.mark.parametrize("name", SLOPED)
def test_slope_equals_the_numeric_one(name):
    X = np.array([[-4.3, -2.2, -0.7, -0.1], [0.1, 0.6, 2.4, 7.7]])  # no kink within a step
    U = np.array([[1.0, -2.0, 0.5, 3.0], [-1.5, 2.0, 0.25, -1.0]])
    operation = OPERATIONS[name]
    numeric = numeric_gradient(lambda Z: operation.forward(Z)[0], X, U)
    _, cache = operation.forward(X)
    np.testing.assert_allclose(operation.backward(U, cache), numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("low", "high"), [(-6, -0.46875), (-0.46875, 0.46875), (0.46875, 4), (4, 26)])
def test_erfc_equals_the_c_library(low, high):
    X = np.linspace(low, high, 2001)
    expected = [math.erfc(x) for x in X]
    np.testing.assert_allclose(erfc(X), expected, rtol=2e-15, atol=0)
    assert [float(erfc(X[i : i + 1])[0]) for i in (0, 700, 2000)] == erfc(X)[[0, 700, 2000]].tolist()


def test_erfc_at_its_ends():
    X = np.array([-np.inf, -1e30, 0.0, 30.0, np.inf, np.nan], np.float32)
    Y = erfc(X)
    assert Y.dtype == np.float32
    np.testing.assert_array_equal(Y, np.array([2, 2, 1, 0, 0, np.nan], np.float32))
    assert erfc(np.empty((0, 3))).shape == (0, 3)


def test_softmax_by_hand():
    # e^0 : e^ln 3 = 1 : 3; dx = y (dy − Σ dy y) = (¼ (1 − ¼), ¾ (0 − ¼)) for dy = (1, 0)
    operation = OPERATIONS["softmax"]
    Y, cache = operation.forward(np.log([[1.0, 3.0]]))
    np.testing.assert_allclose(Y, [[0.25, 0.75]], rtol=1e-15)
    np.testing.assert_allclose(operation.backward(np.array([[1.0, 0.0]]), cache), [[0.1875, -0.1875]], rtol=1e-14)


def test_log_softmax_by_hand():
    # dx = dy − y Σ dy = (1 − ¼, 0 − ¾) for dy = (1, 0)
    operation = OPERATIONS["log_softmax"]
    Y, cache = operation.forward(np.log([[1.0, 3.0]]))
    np.testing.assert_allclose(Y, np.log([[0.25, 0.75]]), rtol=1e-15)
    np.testing.assert_allclose(operation.backward(np.array([[1.0, 0.0]]), cache), [[0.75, -0.75]], rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_of_large_numbers_infinities_and_nan(dtype):
    X = np.array([[1e4, -1e4], [-np.inf, 0], [np.inf, 0], [np.nan, 0]], dtype)
    Y, log_Y = OPERATIONS["softmax"].forward(X)[0], OPERATIONS["log_softmax"].forward(X)[0]
    assert Y.dtype == log_Y.dtype == dtype
    np.testing.assert_array_equal(Y, [[1, 0], [0, 1], [np.nan, np.nan], [np.nan, np.nan]])
    np.testing.assert_array_equal(log_Y, [[0, -2e4], [-np.inf, 0], [np.nan, np.nan], [np.nan, np.nan]])


def test_softmax_rows_add_up_and_a_shift_changes_nothing():
    X = np.array([[1.0, 2.0, 3.0], [1000.0, 1001.0, 1002.0]])
    Y = OPERATIONS["softmax"].forward(X)[0]
    np.testing.assert_allclose(Y.sum(axis=1), 1, rtol=1e-15)
    np.testing.assert_allclose(Y[0], Y[1], rtol=1e-14)
    np.testing.assert_allclose(OPERATIONS["log_softmax"].forward(X)[0], np.log(Y), rtol=1e-13)


def test_prelu_by_hand():
    operation = OPERATIONS["prelu"]
    X = np.array([[-2.0, 3.0], [4.0, -1.0]])
    Y, cache = operation.forward(X, np.array([0.5, 0.1]))
    np.testing.assert_array_equal(Y, [[-1, 3], [4, -0.1]])
    dX, da = operation.backward(np.array([[1.0, 2.0], [3.0, 4.0]]), cache)
    np.testing.assert_array_equal(dX, [[0.5, 2], [3, 0.4]])  # dy a where x ≤ 0
    np.testing.assert_array_equal(da, [-2, -4])  # 1 · −2; 4 · −1


def test_prelu_shares_slopes_and_is_quiet_at_infinity():
    operation = OPERATIONS["prelu"]
    X = np.array([[[-1.0, -2.0], [-3.0, np.inf]]])
    Y, cache = operation.forward(X, np.zeros((1, 2)))
    np.testing.assert_array_equal(Y, [[[0, 0], [0, np.inf]]])
    _, da = operation.backward(np.ones_like(X), cache)
    np.testing.assert_array_equal(da, [[-4, -2]])  # −1 − 3 shares a slope; ∞ is on the other side


def test_binary_step_has_no_gradient_and_says_why():
    operation = OPERATIONS["binary_step"]
    np.testing.assert_array_equal(operation.forward(np.array([-0.1, 0.0, 2.0]))[0], [0, 1, 1])
    assert operation.backward is None
    assert operation.why_no_gradient == (
        "binary_step is flat everywhere, so its gradient is 0 and nothing would be learnt; use 'sigmoid' or "
        "'hard_sigmoid' while training."
    )
