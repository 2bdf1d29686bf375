"""L-BFGS: for all rows at once, with a line search; finds a minimum of a small problem in few steps.

Legend: θ weights, g gradient, H an estimate of the inverse of the matrix of second derivatives, made of the last
`history` changes of θ and g; a the length that the line search finds.

    θ ← θ − a H g

The algorithm is SciPy's "L-BFGS-B" (Fortran's successor of Zhu, Byrd, Lu and Nocedal, 1997), computed in float64. Here
are the arguments, the sentence about a missing SciPy, and the promise that θ holds the last accepted point however the
search ends.

Source: Liu and Nocedal, "On the limited memory BFGS method for large scale optimization", 1989, algorithm 2.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from chainrule.arguments import check_number, check_whole
from chainrule.errors import ArgumentError, MissingExtraError
from chainrule.optimizers.base import Optimizer

#: The search also ends where a step changes the loss by less than so many roundings of the weights' dtype.
ROUNDINGS = 10
#: The most points that one line search looks at: SciPy's default.
LINE_SEARCH_POINTS = 20


class Minimum(NamedTuple):
    """How `LBFGS.minimize` ended; the weights themselves are in θ."""

    loss: float
    iterations: int
    evaluations: int
    converged: bool
    message: str


class LBFGS(Optimizer):
    """Limited-memory BFGS through SciPy (`pip install "chainrule[lbfgs]"`): exact fits of small networks on small data.

    It needs all rows at once, and no randomness from call to call (no dropout). There is no learning rate: a line
    search finds it.

    Parameters
    ----------
    max_iterations : int, default 1000
        The most steps, at least 1.
    history : int, default 10
        How many past steps the estimate H is made of, at least 1.
    tolerance : float, default 1e-5
        The search has converged where no number of the gradient is larger; at least 0.
    name : str, default "lbfgs"
        A name of your own.

    Raises
    ------
    ArgumentError
        If an argument can't be used.

    Examples
    --------
    >>> theta = np.array([5.0, 5.0])
    >>> result = LBFGS().minimize(lambda theta: (((theta - [1, 2]) ** 2).sum(), 2 * (theta - [1, 2])), theta)
    >>> theta.round(4), result.converged
    (array([1., 2.]), True)
    """

    full_batch = True

    def __init__(
        self,
        max_iterations: int = 1000,
        history: int = 10,
        tolerance: float = 1e-5,
        name: str | None = "lbfgs",
    ):
        super().__init__(1.0, name=name)
        self.max_iterations = check_whole("LBFGS", "max_iterations", max_iterations)
        self.history = check_whole("LBFGS", "history", history)
        self.tolerance = check_number("LBFGS", "tolerance", tolerance, 0)

    def minimize(
        self,
        function: Callable[[np.ndarray], tuple[Any, np.ndarray]],
        theta: np.ndarray,
        callback: Callable[[int, float], Any] | None = None,
    ) -> Minimum:
        """Change θ in place until the loss has a minimum.

        Parameters
        ----------
        function : callable
            `function(theta) -> loss, gradient`. It is called with θ itself, which then holds the point to look at.
        theta : ndarray, shape (n,)
            Where to start.
        callback : callable, optional
            `callback(iteration, loss)` after each step, counted from 1; returning True ends the search.

        Returns
        -------
        Minimum
            The loss, how many steps and evaluations it took, whether it converged, and SciPy's message.

        Raises
        ------
        MissingExtraError
            If SciPy is not installed.
        Exception
            What `function` or `callback` raises; θ then holds the last accepted point.
        """
        minimize = _scipy_minimize()
        accepted, steps = theta.copy(), 0

        def evaluate(x):
            theta[:] = x
            loss, gradient = function(theta)
            return float(loss), np.asarray(gradient, dtype=np.float64)

        def after_step(intermediate_result):  # SciPy goes by this argument's name
            nonlocal steps
            accepted[:], steps = intermediate_result.x, steps + 1
            theta[:] = accepted
            self.iterations += 1
            if callback is not None and callback(steps, float(intermediate_result.fun)):
                raise StopIteration  # SciPy's way to end the search

        options = {
            "maxiter": self.max_iterations,
            "maxfun": self.max_iterations * LINE_SEARCH_POINTS,
            "maxls": LINE_SEARCH_POINTS,
            "maxcor": self.history,
            "gtol": self.tolerance,
            "ftol": ROUNDINGS * float(np.finfo(theta.dtype).eps),
        }
        try:
            result = minimize(
                evaluate, theta.astype(np.float64), jac=True, method="L-BFGS-B", callback=after_step, options=options
            )
            accepted[:] = result.x
        finally:
            theta[:] = accepted
        return Minimum(float(result.fun), steps, int(result.nfev), bool(result.success), str(result.message))

    def _step(self, theta, gradient, rate, t):
        raise ArgumentError(
            "LBFGS takes all rows at once and can't learn from one batch; train with fit, or choose another optimizer, "
            "such as Adam."
        )


def _scipy_minimize() -> Callable[..., Any]:
    try:
        from scipy.optimize import minimize
    except ImportError as error:
        message = 'LBFGS needs SciPy, which is not installed; run: pip install "chainrule[lbfgs]"'
        raise MissingExtraError(message) from error
    return minimize
