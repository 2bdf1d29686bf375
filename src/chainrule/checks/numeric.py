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
    is_zero : bool
        Whether the gradient is 0 everywhere, which proves nothing.
    passed : bool
    """

    position: int
    error: float
    worst: tuple[int, ...]
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
    """
    Y, cache = run_forward(operation, sample)
    dY = rng.normal(size=np.shape(Y))
    results = []
    for position, (X, G) in enumerate(zip(sample.arrays, gradients_of(operation, dY, cache), strict=False)):
        if G is None:
            continue

        def function(array, position=position):
            arrays = [*sample.arrays[:position], array, *sample.arrays[position + 1 :]]
            return run_forward(operation, sample, arrays)[0]

        N = numeric_gradient(function, X, dY)
        excess = np.abs(G - N) - (ABSOLUTE + RELATIVE * np.abs(N))
        worst = np.unravel_index(int(np.argmax(excess)), X.shape)
        error, zero = float(excess[worst]), not np.any(G)
        results.append(Result(position, error, tuple(int(number) for number in worst), zero, error <= 0 and not zero))
    return results
