"""Merge: several arrays to one, entry by entry, or side by side.

Shapes: X₁ … X_k alike, or with sizes of 1 that are stretched (broadcast); Y of the common shape. Concatenation joins
along one axis.

    add          Y = Σ Xᵢ          dXᵢ = dY
    subtract     Y = X₁ − X₂       dX₁ = dY,  dX₂ = −dY
    multiply     Y = Π Xᵢ          dXᵢ = dY · Π of the others
    average      Y = Σ Xᵢ / k      dXᵢ = dY / k
    maximum      Y = max Xᵢ        dXᵢ = dY where Xᵢ is the first that attains the maximum, else 0
    concatenate  Y = [X₁ … X_k]    dXᵢ = its part of dY

Where an array was stretched, one number of it served many places, and its gradient is the sum over them.

Cached are the shapes alone where the gradient needs no number; for multiply the arrays; for maximum the number of the
winning array at each place. On a tie the first takes all: half each would be a valid choice too, but one winner is what
a network without ties would have.
"""

from __future__ import annotations

from functools import reduce

import numpy as np

from chainrule.ops.registry import Sample, register


def unstretch(dY, shape):
    """Return dY summed over the axes along which an array of this shape was stretched."""
    axes = tuple(axis for axis, (size, full) in enumerate(zip(shape, dY.shape, strict=True)) if size != full)
    return dY.sum(axis=axes, keepdims=True) if axes else dY


def add_forward(*X):
    """Return the sum, and the shapes."""
    return reduce(np.add, X), [Xi.shape for Xi in X]


def add_backward(dY, cache):
    """Return dY for each array."""
    return tuple(unstretch(dY, shape) for shape in cache)


def subtract_forward(A, B):
    """Return A − B, and the shapes."""
    return A - B, (A.shape, B.shape)


def subtract_backward(dY, cache):
    """Return dY and −dY."""
    first, second = cache
    return unstretch(dY, first), unstretch(-dY, second)


def multiply_forward(*X):
    """Return the product, and the arrays: each one's gradient needs the others."""
    return reduce(np.multiply, X), X


def multiply_backward(dY, cache):
    """Return dY times the product of the others; dividing Y by Xᵢ instead would fail where Xᵢ is 0."""
    X = cache
    gradients = []
    for i, Xi in enumerate(X):
        others = reduce(np.multiply, [*X[:i], *X[i + 1 :]])
        gradients.append(unstretch(dY * others, Xi.shape))
    return tuple(gradients)


def average_forward(*X):
    """Return the mean, and the shapes."""
    return reduce(np.add, X) * (1 / len(X)), [Xi.shape for Xi in X]


def average_backward(dY, cache):
    """Return dY / k for each array."""
    part = dY * (1 / len(cache))
    return tuple(unstretch(part, shape) for shape in cache)


def maximum_forward(*X):
    """Return the largest, the arrays' shapes, and which array it came from (the first on a tie)."""
    S = np.stack(np.broadcast_arrays(*X))  # 1
    winner = S.argmax(axis=0)  # 2: argmax takes the first
    Y = np.take_along_axis(S, winner[None], axis=0)[0]  # 3
    return Y, ([Xi.shape for Xi in X], winner)


def maximum_backward(dY, cache):
    """Return dY where an array was the winner, else 0."""
    shapes, winner = cache
    return tuple(unstretch(dY * (winner == i), shape) for i, shape in enumerate(shapes))


def concatenate_forward(*X, axis=-1):
    """Return the arrays side by side, the axis, and where one ends and the next begins."""
    return np.concatenate(X, axis=axis), (axis, np.cumsum([Xi.shape[axis] for Xi in X])[:-1])


def concatenate_backward(dY, cache):
    """Return each array's part of dY."""
    axis, borders = cache
    return tuple(np.split(dY, borders, axis=axis))


def merge_samples(rng):
    """Yield three arrays alike, and two of which one is stretched."""
    yield Sample(tuple(rng.normal(size=(4, 3)) for _ in range(3)))
    yield Sample((rng.normal(size=(4, 2, 3)), rng.normal(size=(4, 1, 3))))


def subtract_samples(rng):
    """Yield two arrays alike, and one that is stretched."""
    yield Sample((rng.normal(size=(4, 3)), rng.normal(size=(4, 3))))
    yield Sample((rng.normal(size=(4, 1)), rng.normal(size=(4, 3))))


def concatenate_samples(rng):
    """Yield the last axis and an inner one."""
    yield Sample((rng.normal(size=(4, 3)), rng.normal(size=(4, 2)), rng.normal(size=(4, 1))))
    yield Sample((rng.normal(size=(4, 1, 3)), rng.normal(size=(4, 2, 3))), {"axis": 1})


def merged_shape(*shapes):
    """Return the common shape of arrays that are alike or stretched: a size of 1 takes any other, 0 as well."""
    return tuple(_merged_size(sizes) for sizes in zip(*shapes, strict=True))


def _merged_size(sizes):
    """Return None where a size is open, else the one that is not 1, if there is one."""
    return None if None in sizes else next((size for size in sizes if size != 1), 1)


def concatenated_shape(*shapes, axis=-1):
    """Return the first shape with the sizes along the axis added up."""
    sizes = [shape[axis] for shape in shapes]
    joined = list(shapes[0])
    joined[axis] = None if None in sizes else sum(sizes)
    return tuple(joined)


for name, forward, backward, formula, gradient, samples in (
    ("add", add_forward, add_backward, r"Y = \sum_i X_i", r"dX_i = dY", merge_samples),
    (
        "subtract",
        subtract_forward,
        subtract_backward,
        r"Y = X_1 - X_2",
        r"dX_1 = dY \quad dX_2 = -dY",
        subtract_samples,
    ),
    (
        "multiply",
        multiply_forward,
        multiply_backward,
        r"Y = \prod_i X_i",
        r"dX_i = dY \odot \prod_{j \ne i} X_j",
        merge_samples,
    ),
    (
        "average",
        average_forward,
        average_backward,
        r"Y = \frac{1}{k} \sum_i X_i",
        r"dX_i = \frac{1}{k} dY",
        merge_samples,
    ),
    ("maximum", maximum_forward, maximum_backward, r"Y = \max_i X_i", r"dX_i = dY \odot [X_i = Y]", merge_samples),
):
    register(
        name,
        forward=forward,
        backward=backward,
        formula=formula,
        gradient=gradient,
        samples=samples,
        output_shape=merged_shape,
    )
register(
    "concatenate",
    forward=concatenate_forward,
    backward=concatenate_backward,
    formula=r"Y = [X_1\; X_2 \dots X_k]",
    gradient=r"[dX_1\; dX_2 \dots dX_k] = dY",
    samples=concatenate_samples,
    output_shape=concatenated_shape,
)
