"""Dense: Y = X W + b.

Shapes: N rows, I inputs, O outputs. X (N, I), W (I, O), b (O,), Y (N, O). X may have more axes than two, (N, …, I): the
same W serves every position, so they count as rows. A leading d means the gradient of the loss: dY is dL/dY.

    forward    Y = X W + b
    gradient   dX = dY Wᵀ,   dW = Xᵀ dY,   db = Σ dY over rows

Why: Yₙₒ = Σᵢ Xₙᵢ Wᵢₒ + bₒ, so Wᵢₒ touches every Yₙₒ with the factor Xₙᵢ, and the chain rule adds the rows up.
"""

from __future__ import annotations

from chainrule.ops.registry import Sample, register


def dense_forward(X, W, b=None):
    """Return Y = X W + b, and what `dense_backward` needs: X for dW, W for dX."""
    Y = X @ W  # 1
    if b is not None:
        Y += b  # 2
    return Y, (X, W, b is not None)


def dense_backward(dY, cache):
    """Return dX, dW, db, undoing the forward steps in turn; db is None where there was no b."""
    X, W, has_bias = cache
    if X.ndim > 2:
        dX, dW, db = dense_backward(dY.reshape(-1, dY.shape[-1]), (X.reshape(-1, X.shape[-1]), W, has_bias))
        return dX.reshape(X.shape), dW, db
    db = dY.sum(axis=0) if has_bias else None  # 2: b was added to every row
    dW = X.T @ dY  # 1
    dX = dY @ W.T  # 1
    return dX, dW, db


def dense_samples(rng):
    """Yield a matrix with and without bias, one row, one column, and a third axis."""
    for shape, units in (((5, 3), 4), ((1, 3), 2), ((4, 1), 1), ((2, 3, 4), 5)):
        X, W, b = rng.normal(size=shape), rng.normal(size=(shape[-1], units)), rng.normal(size=units)
        yield Sample((X, W, b))
    yield Sample((X, W))


register(
    "dense",
    forward=dense_forward,
    backward=dense_backward,
    formula=r"Y = X W + b",
    gradient=r"dX = dY\,W^\top \qquad dW = X^\top dY \qquad db = \textstyle\sum_n dY_n",
    samples=dense_samples,
    output_shape=lambda X, W, b=None: (*X[:-1], W[-1]),
)
