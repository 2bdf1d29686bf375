"""Activations: numbers worked by hand, limits, and functions that never overflow."""

import math

import numpy as np
import pytest

from chainrule import activations
from chainrule.activations import ActivationFunction
from chainrule.errors import ArgumentError, GradientError

ELEMENTWISE = [name for name in activations.names() if name not in ("softmax", "log_softmax")]
#: name → (f(−∞), f(∞)).
LIMITS = {
    "arctan": (-math.pi / 2, math.pi / 2),
    "binary_step": (0, 1),
    "celu": (-1, math.inf),
    "elu": (-1, math.inf),
    "exponential": (0, math.inf),
    "gelu": (0, math.inf),
    "hard_sigmoid": (0, 1),
    "hard_swish": (0, math.inf),
    "hard_tanh": (-1, 1),
    "leaky_relu": (-math.inf, math.inf),
    "linear": (-math.inf, math.inf),
    "mish": (0, math.inf),
    "relu": (0, math.inf),
    "relu6": (0, 6),
    "selu": (-1.0507009873554805 * 1.6732632423543772, math.inf),
    "sigmoid": (0, 1),
    "silu": (0, math.inf),
    "softplus": (0, math.inf),
    "softsign": (-1, 1),
    "tanh": (-1, 1),
}
#: name → (x, f(x), f'(x)), by hand.
BY_HAND = {
    "arctan": (1.0, math.pi / 4, 0.5),  # 1 / (1 + 1²)
    "celu": (-1.0, math.exp(-1) - 1, math.exp(-1)),
    "elu": (-1.0, math.exp(-1) - 1, math.exp(-1)),
    "exponential": (0.0, 1.0, 1.0),
    "gelu": (0.0, 0.0, 0.5),  # Φ(0) = ½
    "hard_sigmoid": (1.5, 0.75, 1 / 6),  # (1.5 + 3) / 6
    "hard_swish": (1.0, 4 / 6, 5 / 6),  # x (x + 3) / 6; (2x + 3) / 6
    "hard_tanh": (0.25, 0.25, 1.0),
    "leaky_relu": (-2.0, -0.4, 0.2),
    "linear": (-3.5, -3.5, 1.0),
    "mish": (0.0, 0.0, math.tanh(math.log(2))),  # t + 0
    "relu": (3.0, 3.0, 1.0),
    "relu6": (7.0, 6.0, 0.0),
    "selu": (2.0, 2 * 1.0507009873554805, 1.0507009873554805),
    "sigmoid": (0.0, 0.5, 0.25),
    "silu": (0.0, 0.0, 0.5),
    "softplus": (0.0, math.log(2), 0.5),
    "softsign": (1.0, 0.5, 0.25),  # 1/(1 + 1)²
    "tanh": (0.0, 0.0, 1.0),
}


def test_the_tables_cover_every_function():
    assert set(LIMITS) == set(ELEMENTWISE)
    assert set(BY_HAND) == set(ELEMENTWISE) - {"binary_step"}


@pytest.mark.parametrize("name", sorted(BY_HAND))
def test_by_hand(name):
    x, value, slope = BY_HAND[name]
    function = activations.get(name)
    assert function(np.array([x]))[0] == pytest.approx(value, rel=1e-14, abs=1e-15)
    assert function.derivative(np.array([x]))[0] == pytest.approx(slope, rel=1e-14, abs=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_limits_nan_and_large_numbers(name, dtype):
    function = activations.get(name)
    low, high, nan = function(np.array([-np.inf, np.inf, np.nan], dtype))
    assert low == pytest.approx(LIMITS[name][0], rel=1e-6)
    assert high == pytest.approx(LIMITS[name][1], rel=1e-6)
    assert np.isnan(nan)
    large = np.array([-1e4, -100, -20, 20, 80, 1e4], dtype)
    assert not np.isnan(function(large)).any()
    if name != "binary_step":
        assert np.isfinite(function.derivative(large[:-1])).all()
        assert np.isfinite(function.derivative(large[-1:])).all() or name == "exponential"


@pytest.mark.parametrize("name", sorted(BY_HAND))
def test_small_results_keep_their_digits(name):
    """Near −20 the answers are tiny; they are held against PyTorch, digit by digit."""
    torch = pytest.importorskip("torch")
    theirs = {
        "sigmoid": torch.sigmoid,
        "softplus": lambda x: torch.log1p(torch.exp(x)),
        "silu": torch.nn.functional.silu,
    }
    if name in theirs:
        X = np.linspace(-30, -5, 26)
        np.testing.assert_allclose(activations.get(name)(X), theirs[name](torch.tensor(X)).numpy(), rtol=1e-13)


def test_gelu_keeps_its_digits_far_to_the_left():
    # x Φ(x) at −10: Φ(−10) = erfc(10 / √2) / 2
    assert activations.gelu(np.array([-10.0]))[0] == pytest.approx(-5 * math.erfc(10 / math.sqrt(2)), rel=1e-13)


def test_softmax_rows_add_up_and_a_shift_changes_nothing():
    X = np.array([[1.0, 2.0, 3.0], [1000.0, 1001.0, 1002.0]])
    Y = activations.softmax(X)
    np.testing.assert_allclose(Y.sum(axis=1), 1, rtol=1e-15)
    np.testing.assert_allclose(Y[0], Y[1], rtol=1e-14)
    np.testing.assert_allclose(activations.log_softmax(X), np.log(Y), rtol=1e-13)


@pytest.mark.parametrize(
    ("alias", "name"),
    [("identity", "linear"), ("logistic", "sigmoid"), ("swish", "silu"), ("ReLU", "relu"), (None, "linear")],
)
def test_aliases(alias, name):
    assert activations.get(alias).name == name


def test_options_and_configuration():
    steep = activations.leaky_relu.with_options(negative_slope=0.5)
    assert steep(np.array([-2.0]))[0] == -1.0
    assert activations.leaky_relu(np.array([-2.0]))[0] == pytest.approx(-0.4)
    again = activations.get(steep.to_config())
    assert again == steep and hash(again) == hash(steep)
    assert activations.get(again) is again
    assert activations.gelu.with_options(approximate=True).options == {"approximate": True}


def test_whole_numbers_and_lists_are_taken():
    np.testing.assert_array_equal(activations.relu([-1, 2]), [0.0, 2.0])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: activations.get("rellu"), r"There is no activation named 'rellu'\. Did you mean 'relu'\?"),
        (lambda: activations.get(np.tanh), "write a layer with forward and backward"),
        (lambda: ActivationFunction("relu", {"slope": 1}), "relu has no option 'slope'; it takes none"),
        (lambda: activations.elu.with_options(alpa=2.0), "Did you mean 'alpha'"),
        (lambda: activations.elu.with_options(alpha="big"), "alpha"),
    ],
)
def test_refused(make, words):
    with pytest.raises(ArgumentError, match=words):
        make()


def test_no_derivative():
    with pytest.raises(GradientError, match="binary_step is flat everywhere"):
        activations.binary_step.derivative([0.5])
    with pytest.raises(GradientError, match="softmax mixes the entries of a row"):
        activations.softmax.derivative([[0.5, 1.0]])
