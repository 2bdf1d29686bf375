"""PReLU: y = x where x > 0, else a x, with slopes a that are learnt.

Shapes: X and Y (N, …); a has the shape of one row, or sizes of 1 where a slope is shared.

    gradient   dx = dy where x > 0, else dy a;   da = Σ dy x over the rows (and the places that share it) where x ≤ 0

Source: He, Zhang, Ren and Sun, "Delving deep into rectifiers", ICCV 2015, equations 1 and 3.
"""

from __future__ import annotations

import numpy as np

from chainrule.ops.registry import Sample, away_from, register


def prelu_forward(X, a):
    """Return x or a x, and X and a."""
    return np.maximum(X, 0) + a * np.minimum(X, 0), (X, a)


def prelu_backward(dY, cache):
    """Return dX and da."""
    X, a = cache
    dX = np.where(X > 0, dY, dY * a)
    per_row = (dY * np.minimum(X, 0)).sum(axis=0)
    shared = tuple(axis for axis, size in enumerate(a.shape) if size != per_row.shape[axis])
    return dX, per_row.sum(axis=shared, keepdims=True) if shared else per_row


def prelu_samples(rng):
    """Yield a slope a column, and one shared along an axis."""
    yield Sample((away_from(rng, (7, 5), [0.0]), rng.uniform(0.1, 0.5, size=5)))
    yield Sample((away_from(rng, (4, 3, 2), [0.0]), rng.uniform(0.1, 0.5, size=(1, 2))))


register(
    "prelu",
    forward=prelu_forward,
    backward=prelu_backward,
    formula=r"f(x) = \begin{cases} x & x > 0 \\ a x & x \le 0 \end{cases}",
    gradient=r"dx = \begin{cases} dy & x > 0 \\ a\,dy & x \le 0 \end{cases} \qquad da = \sum_{x \le 0} x\,dy",
    samples=prelu_samples,
    family="activation",
)
