"""The numeric gradient of one operation: every entry of every array, by central differences in float64.

    ∂L/∂xᵢ ≈ (L(x + h eᵢ) − L(x − h eᵢ)) / 2h,   L = Σ Y · dY

with a random upstream gradient dY: an upstream of ones would let a softmax gradient of zero pass.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chainrule.errors import GradientError
from chainrule.ops.registry import Operation, Sample

#: The step of the difference, and the errors allowed.
STEP, ABSOLUTE, RELATIVE = 1e-6, 1e-6, 1e-4


@dataclass(frozen=True)
class Result:
    """One array's gradient beside the numeric one.

    Attributes
    ----------
    position : int
        Which of the operation's arrays.
    error : float
        The largest excess over what is allowed, negative where all is well.
    worst : tuple of int
        The entry that it is at.
    absolute, relative : float
        The largest difference, and the largest as a part of the numeric value; not always at one entry.
    is_zero : bool
        Whether the gradient is 0 everywhere, which proves nothing.
    passed : bool
    """

    position: int
    error: float
    worst: tuple[int, ...]
    absolute: float
    relative: float
    is_zero: bool
    passed: bool


def numeric_gradient(function, X: np.ndarray, dY: np.ndarray, step: float = STEP) -> np.ndarray:
    """Return ∂ Σ function(X) · dY / ∂X, entry by entry.

    Parameters
    ----------
    function : callable
        From X to Y, of dY's shape.
    X, dY : ndarray of float64
    step : float, default 1e-6

    Examples
    --------
    The slope of x² at 1 and 3, each once:

    >>> numeric_gradient(np.square, np.array([1.0, 3.0]), dY=np.ones(2)).round(6)
    array([2., 6.])
    """
    G = np.zeros_like(X)
    for index in np.ndindex(*X.shape):
        ahead, behind = X.copy(), X.copy()
        ahead[index] += step
        behind[index] -= step
        G[index] = ((function(ahead) - function(behind)) * dY).sum() / (2 * step)
    return G


def run_forward(operation: Operation, sample: Sample, arrays=None):
    """Return Y and the cache; random numbers are drawn from the start of the sample's stream each time."""
    options = dict(sample.options)
    if operation.random:
        options["random"] = options["random"].again()
    Y, cache, *_ = operation.forward(*(sample.arrays if arrays is None else arrays), **options)
    return Y, cache


def gradients_of(operation: Operation, dY, cache) -> tuple:
    """Return the gradients as a tuple, one an array."""
    if operation.backward is None:
        raise GradientError(f"The operation {operation.name!r} has no gradient: {operation.why_no_gradient}")
    found = operation.backward(dY, cache)
    return found if isinstance(found, tuple) else (found,)


def compare(position: int, G: np.ndarray, N: np.ndarray) -> Result:
    """Hold the gradient G of one array against the numeric N."""
    difference, size = np.abs(G - N), np.abs(N)
    excess = difference - (ABSOLUTE + RELATIVE * size)
    worst = np.unravel_index(int(np.argmax(excess)), N.shape)  # a NaN counts as the largest
    error, zero = float(excess[worst]), not np.any(G)
    relative = np.divide(difference, size, out=np.zeros_like(difference), where=size > 0)
    return Result(
        position=position,
        error=error,
        worst=tuple(int(number) for number in worst),
        absolute=float(difference.max()),
        relative=float(relative.max()),
        is_zero=zero,
        passed=error <= 0 and not zero,
    )


def _one_an_array(operation: Operation, sample: Sample, gradients: tuple) -> list:
    """Return as many gradients as the sample has arrays; refuse too few, a surplus and wrong shapes.

    None may stand for an array that the sample leaves out (dense without b). A shape that NumPy would stretch, (1, 3)
    for (3,), would pass a comparison of numbers.
    """
    n = len(sample.arrays)
    if len(gradients) < n or any(G is not None for G in gradients[n:]):
        raise GradientError(
            f"The operation {operation.name!r} returned {len(gradients)} gradients for {n} arrays; its backward must "
            "return one for each, in the same order, and None for an array that has none."
        )
    for position, (X, G) in enumerate(zip(sample.arrays, gradients, strict=False)):
        if G is not None and np.shape(G) != X.shape:
            raise GradientError(
                f"The operation {operation.name!r} returned a gradient of shape {np.shape(G)} for array {position} of "
                f"shape {X.shape}; a gradient has its array's shape."
            )
    return list(gradients[:n])


def check_operation(operation: Operation, sample: Sample, rng: np.random.Generator) -> list[Result]:
    """Hold an operation's gradients for one sample against numeric ones.

    Parameters
    ----------
    operation : Operation
    sample : Sample
        Arrays of float64 (arrays of whole numbers have no gradient and are passed over).
    rng : numpy.random.Generator
        Draws the upstream gradient.

    Returns
    -------
    list of Result
        One for each array that has a gradient.

    Raises
    ------
    GradientError
        If the operation has no gradient, or its backward returns too few, too many, or one of another shape.

    Examples
    --------
    >>> from chainrule.ops import OPERATIONS
    >>> tanh, sample = OPERATIONS["tanh"], Sample((np.array([[0.5, -1.0]]),))
    >>> [result.passed for result in check_operation(tanh, sample, np.random.default_rng(0))]
    [True]
    """
    Y, cache = run_forward(operation, sample)
    dY = rng.normal(size=np.shape(Y))
    results = []
    for position, G in enumerate(_one_an_array(operation, sample, gradients_of(operation, dY, cache))):
        if G is None:
            continue

        def function(array, position=position):
            arrays = [*sample.arrays[:position], array, *sample.arrays[position + 1 :]]
            return run_forward(operation, sample, arrays)[0]

        results.append(compare(position, G, numeric_gradient(function, sample.arrays[position], dY)))
    return results
