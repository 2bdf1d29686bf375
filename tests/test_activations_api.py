"""chainrule.activations: names, aliases, options, configurations, derivatives, and what is refused."""

import inspect
import json

import numpy as np
import pytest

from chainrule import activations
from chainrule.activations import ACTIVATIONS, ActivationFunction
from chainrule.errors import ArgumentError, DataError, GradientError, ShapeError
from chainrule.ops import OPERATIONS


def test_every_operation_has_its_object():
    expected = {name for name, operation in OPERATIONS.items() if operation.family == "activation"} - {"prelu"}
    assert set(activations.names()) == expected
    assert all(getattr(activations, name).operation is OPERATIONS[name] for name in expected)
    assert expected <= set(activations.__all__)


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("identity", "linear"),
        ("logistic", "sigmoid"),
        ("swish", "silu"),
        ("hard_silu", "hard_swish"),
        ("atan", "arctan"),
        ("step", "binary_step"),
        ("exp", "exponential"),
        ("ReLU", "relu"),
        (None, "linear"),
    ],
)
def test_aliases(alias, name):
    assert activations.get(alias).name == name


def test_every_alias_means_a_function():
    assert set(activations.ALIASES.values()) <= set(activations.names())
    assert activations.swish is activations.silu and activations.identity is activations.linear


def test_options_and_configuration():
    steep = activations.leaky_relu.with_options(negative_slope=np.float64(0.5))
    assert steep(np.array([-2.0]))[0] == -1.0 and type(steep.options["negative_slope"]) is float
    assert activations.leaky_relu(np.array([-2.0]))[0] == pytest.approx(-0.4)
    assert activations.leaky_relu(np.array([-2.0]), negative_slope=0.5)[0] == -1.0
    config = steep.to_config()
    assert config == {
        "class": "ActivationFunction",
        "config": {"name": "leaky_relu", "options": {"negative_slope": 0.5}},
    }
    for again in (activations.get(json.loads(json.dumps(config))), ACTIVATIONS.get(config)):
        assert again == steep and hash(again) == hash(steep) and again != activations.leaky_relu
    assert activations.get(steep) is steep
    assert repr(steep) == "<activation leaky_relu, negative_slope=0.5>"


@pytest.mark.parametrize("name", activations.names())
def test_every_option_of_every_function_can_be_given(name):
    operation = OPERATIONS[name]
    defaults = {p.name: p.default for p in list(inspect.signature(operation.forward).parameters.values())[1:]}
    function = ActivationFunction(name, defaults)
    assert function.options == defaults
    X = np.array([[-1.5, 0.3, 2.0]])
    np.testing.assert_array_equal(function(X), activations.get(name)(X))


def test_an_object_with_as_activation_is_taken():
    class Leaky:
        def as_activation(self):
            return activations.leaky_relu.with_options(negative_slope=0.3)

    assert activations.get(Leaky()).options == {"negative_slope": 0.3}


def test_express_records_the_operation_and_nothing_for_linear():
    def apply(name, X, **options):
        return name, X, options

    assert activations.linear.express(apply, "X") == "X"
    assert activations.elu.with_options(alpha=2).express(apply, "X") == ("elu", "X", {"alpha": 2.0})


@pytest.mark.parametrize("name", activations.names())
def test_numbers_lists_and_float32(name):
    function = activations.get(name)
    X = np.array([[-1.0, 2.0]], np.float32)
    kept = X.copy()
    assert function(X).dtype == np.float32
    np.testing.assert_array_equal(X, kept)
    np.testing.assert_array_equal(function([-1, 2]), function(np.array([-1.0, 2.0])))
    assert np.shape(function(-1.0)) == () and np.asarray(function(np.float32(-1))).dtype == np.float32
    assert np.isnan(function(np.nan))
    assert function(np.empty((0, 3))).shape == (0, 3)


@pytest.mark.parametrize("name", sorted(set(activations.names()) - {"binary_step", *activations.MIXING}))
def test_derivative(name):
    function = activations.get(name)
    X = np.array([-4.3, -0.7, 0.4, 2.2, 7.5])
    step = 1e-6
    numeric = (function(X + step) - function(X - step)) / (2 * step)
    np.testing.assert_allclose(function.derivative(X), numeric, rtol=1e-6, atol=1e-8)
    assert function.derivative(X.astype(np.float32)).dtype == np.float32
    assert np.isnan(function.derivative(np.nan))
    assert function.derivative(0.4) == function.derivative([0.4])[0]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: activations.get("rellu"), r"There is no activation named 'rellu'\. Did you mean 'relu'\?"),
        (lambda: activations.get("prelu"), r"There is no activation named 'prelu'\. Did you mean 'relu'\?"),
        (lambda: activations.get(np.tanh), "write a layer with forward and backward"),
        (lambda: activations.get({"class": "Relu", "config": {}}), "There is no activation named 'Relu'"),
        (lambda: activations.get({"class": "ActivationFunction"}), "activation is a name, such as 'relu'"),
        (lambda: ActivationFunction("relu", {"slope": 1}), "relu has no option 'slope'; it takes none"),
        (lambda: activations.elu.with_options(alpa=2.0), "it takes alpha. Did you mean 'alpha'"),
        (lambda: activations.elu.with_options(alpha="big"), "elu's alpha is a number of at least 0; received 'big'"),
        (lambda: activations.celu.with_options(alpha=0), "celu's alpha is a number above 0; received 0"),
        (lambda: activations.leaky_relu.with_options(negative_slope=-1), "of at least 0; received -1"),
        (lambda: activations.gelu.with_options(approximate="tanh"), "approximate is True or False; received 'tanh'"),
        (lambda: activations.softmax.with_options(axis=0.5), "softmax's axis is a whole number from -64 to 63"),
    ],
)
def test_refused(make, words):
    with pytest.raises(ArgumentError, match=words):
        make()


def test_bad_arrays_are_refused():
    with pytest.raises(DataError, match="relu takes real numbers; received an array of <U1"):
        activations.relu(["a"])
    with pytest.raises(DataError, match="tanh takes real numbers; received an array of complex128"):
        activations.tanh.derivative([1j])
    with pytest.raises(ShapeError, match=r"softmax has axis=1; an array of shape \(2,\) has no such axis"):
        activations.softmax([1.0, 2.0], axis=1)


def test_no_derivative():
    with pytest.raises(GradientError, match="binary_step is flat everywhere"):
        activations.binary_step.derivative([0.5])
    for function in (activations.softmax, activations.log_softmax):
        with pytest.raises(GradientError, match=f"{function.name} mixes the entries of a row"):
            function.derivative([[0.5, 1.0]])
