"""Activation functions by name, as functions of arrays and as arguments of layers.

`activations.relu(x)` computes; `Dense(12, activation="relu")` and `Dense(12, activation=activations.relu)` mean the
same. Formula, forward and gradient of each are in its file in `chainrule.ops.activations`.
"""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

import chainrule.ops.activations  # noqa: F401 (fills the registry)
from chainrule.arguments import check_flag, check_number, check_whole
from chainrule.configurable import Configurable, Registry
from chainrule.errors import ArgumentError, DataError, GradientError, ShapeError, nearest, unknown_name
from chainrule.ops.registry import OPERATIONS, Operation

__all__ = [
    "ActivationFunction",
    "arctan",
    "binary_step",
    "celu",
    "elu",
    "exponential",
    "gelu",
    "get",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "identity",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logistic",
    "mish",
    "names",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "softsign",
    "swish",
    "tanh",
]

#: Other names of the same functions.
ALIASES = {
    "identity": "linear",
    "logistic": "sigmoid",
    "swish": "silu",
    "hard_silu": "hard_swish",
    "atan": "arctan",
    "step": "binary_step",
    "exp": "exponential",
}
#: Those that mix the entries of a row, so that they have no derivative of one number.
MIXING = ("softmax", "log_softmax")
#: An array has at most so many axes.
MOST_AXES = 64


def names() -> list[str]:
    """Return the names of all activation functions.

    Examples
    --------
    >>> "relu" in names()
    True
    """
    # PReLU's slope is a weight, so it is a layer and not a function.
    return sorted(
        name for name, operation in OPERATIONS.items() if operation.family == "activation" and name != "prelu"
    )


class ActivationFunction(Configurable):
    """An activation function with its options settled.

    Parameters
    ----------
    name : str
        One of `names()` or an alias.
    options : dict, optional
        Such as `{"negative_slope": 0.1}`.

    Raises
    ------
    ArgumentError
        If the name or an option is not known, or a value can't be used: slopes and alphas are 0 or more, celu's alpha
        above 0.

    Attributes
    ----------
    operation : Operation
        Formula, forward and gradient, as `chainrule.ops` has them.

    Examples
    --------
    >>> steep = ActivationFunction("leaky_relu", {"negative_slope": 0.5})
    >>> steep(np.array([-2.0, 2.0]))
    array([-1.,  2.])
    >>> steep.derivative(np.array([-2.0, 2.0]))
    array([0.5, 1. ])
    """

    def __init__(self, name: str, options: dict[str, Any] | None = None):
        known = ALIASES.get(str(name).lower(), str(name).lower())
        if known not in names():
            raise unknown_name("activation", name, [*names(), *ALIASES])
        self.name = known
        self.operation: Operation = OPERATIONS[known]
        self.options = self._checked(options or {})
        self.__doc__ = self.operation.forward.__doc__

    def _checked(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options in the types of the operation's own defaults."""
        defaults = {
            parameter.name: parameter.default
            for parameter in list(inspect.signature(self.operation.forward).parameters.values())[1:]
        }
        checked = {}
        for name, value in options.items():
            if name not in defaults:
                takes = f"it takes {', '.join(defaults)}" if defaults else "it takes none"
                raise ArgumentError(f"{self.name} has no option {name!r}; {takes}.{nearest(name, defaults)}")
            if isinstance(defaults[name], bool):
                checked[name] = check_flag(self.name, name, value)
            elif isinstance(defaults[name], int):
                checked[name] = check_whole(self.name, name, value, -MOST_AXES, MOST_AXES - 1)
            else:
                # CELU divides by its alpha.
                checked[name] = check_number(self.name, name, value, 0, above=self.name == "celu")
        return checked

    def with_options(self, **options: Any) -> ActivationFunction:
        """Return the same function with other options.

        Examples
        --------
        >>> leaky_relu.with_options(negative_slope=0.1)
        <activation leaky_relu, negative_slope=0.1>
        """
        return ActivationFunction(self.name, {**self.options, **options})

    def __call__(self, x: Any, **options: Any) -> np.ndarray:
        """Return f(x) for numbers: an array, a list or one number.

        Parameters
        ----------
        x : array_like
            Any shape. float32 stays float32; whole numbers are read as float64.
        **options
            As in `with_options`, for this call.

        Raises
        ------
        DataError
            If x is not made of real numbers.
        ShapeError
            If softmax's axis is none of x's.

        Examples
        --------
        >>> leaky_relu([-1, 2], negative_slope=0.5)
        array([-0.5,  2. ])
        """
        if options:
            return self.with_options(**options)(x)
        X = self._numbers(x)
        return self.operation.forward(np.atleast_1d(X), **self.options)[0].reshape(X.shape)

    def _numbers(self, x: Any) -> np.ndarray:
        """Return x as an array of floats that has the axis in question."""
        X = np.asarray(x)
        if X.dtype.kind not in "fiub":
            raise DataError(f"{self.name} takes real numbers; received an array of {X.dtype}.")
        axis = self.options.get("axis", 0)
        if not -max(X.ndim, 1) <= axis < max(X.ndim, 1):
            raise ShapeError(f"{self.name} has axis={axis}; an array of shape {X.shape} has no such axis.")
        return X if X.dtype.kind == "f" else X.astype(np.float64)

    def derivative(self, x: Any) -> np.ndarray:
        """Return f'(x), entry by entry; NaN where x is NaN.

        At a kink it is what training uses there, such as 0 for relu at 0.

        Raises
        ------
        GradientError
            If the function has no useful derivative, or mixes the entries of a row (softmax).
        DataError
            If x is not made of real numbers.

        Examples
        --------
        >>> relu.derivative([-1.0, 0.0, 2.0])
        array([0., 0., 1.])
        """
        if self.operation.backward is None:
            raise GradientError(f"There is no derivative: {self.operation.why_no_gradient}")
        if self.name in MIXING:
            raise GradientError(
                f"{self.name} mixes the entries of a row, so its derivative is a matrix and not one number an entry."
            )
        X = self._numbers(x)
        Y, cache = self.operation.forward(np.atleast_1d(X), **self.options)
        D = self.operation.backward(np.ones_like(Y), cache).reshape(X.shape)
        return np.where(np.isnan(X), X, D)  # kinked functions choose their piece by comparing, which NaN never passes

    def express(self, apply, X):
        """Return what `apply(name, X, **options)` records for a layer; the identity records nothing and returns X."""
        return X if self.name == "linear" else apply(self.name, X, **self.options)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ActivationFunction) and (self.name, self.options) == (other.name, other.options)

    def __hash__(self) -> int:
        return hash((self.name, tuple(sorted(self.options.items()))))

    def __repr__(self) -> str:
        shown = "".join(f", {name}={value!r}" for name, value in self.options.items())
        return f"<activation {self.name}{shown}>"


#: The one class that a configuration may name where an activation is due.
ACTIVATIONS = Registry("activation", ActivationFunction)
ACTIVATIONS.add(ActivationFunction)


def get(identifier: Any) -> ActivationFunction:
    """Return the activation function that an identifier means.

    Parameters
    ----------
    identifier : None, str, ActivationFunction, dict or object with `as_activation()`
        None means linear; a name may be an alias (`ALIASES`), in any case; a dict is what `to_config` returned.

    Raises
    ------
    ArgumentError
        If it is not known (with the nearest known name), or a function of the user's own, which has no gradient.

    Examples
    --------
    >>> get("swish"), get(None)
    (<activation silu>, <activation linear>)
    """
    if identifier is None:
        return linear
    if isinstance(identifier, ActivationFunction):
        return identifier
    if isinstance(identifier, str):
        return ActivationFunction(identifier)
    if isinstance(identifier, dict) and set(identifier) == {"class", "config"}:
        return ACTIVATIONS.get(identifier)
    as_activation = getattr(identifier, "as_activation", None)
    if as_activation is not None and not isinstance(identifier, type):
        return get(as_activation())
    raise ArgumentError(
        f"activation is a name, such as 'relu', or one of chainrule.activations; received {identifier!r}. A function "
        "of your own has no gradient here: write a layer with forward and backward, and add it after this."
    )


linear = identity = ActivationFunction("linear")
binary_step = ActivationFunction("binary_step")
sigmoid = logistic = ActivationFunction("sigmoid")
tanh = ActivationFunction("tanh")
arctan = ActivationFunction("arctan")
relu = ActivationFunction("relu")
relu6 = ActivationFunction("relu6")
leaky_relu = ActivationFunction("leaky_relu")
elu = ActivationFunction("elu")
selu = ActivationFunction("selu")
celu = ActivationFunction("celu")
softplus = ActivationFunction("softplus")
softsign = ActivationFunction("softsign")
gelu = ActivationFunction("gelu")
silu = swish = ActivationFunction("silu")
mish = ActivationFunction("mish")
hard_sigmoid = ActivationFunction("hard_sigmoid")
hard_swish = hard_silu = ActivationFunction("hard_swish")
hard_tanh = ActivationFunction("hard_tanh")
exponential = ActivationFunction("exponential")
softmax = ActivationFunction("softmax")
log_softmax = ActivationFunction("log_softmax")
