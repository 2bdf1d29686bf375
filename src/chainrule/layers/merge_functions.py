"""The merging layers as functions, as Keras has them: `add([a, b])` is `Add()([a, b])`.

Each takes a list of symbolic inputs (or arrays), and the layer's own arguments.
"""

from __future__ import annotations

from chainrule.layers.merge import Add, Average, Concatenate, Maximum, Multiply, Subtract


def add(inputs, **options):
    """Return the sum of the inputs, entry by entry; see `Add`.

    Examples
    --------
    >>> add([[[1.0, 2.0]], [[10.0, 20.0]]])
    array([[11., 22.]], dtype=float32)
    """
    return Add(**options)(inputs)


def subtract(inputs, **options):
    """Return the first of two inputs minus the second; see `Subtract`."""
    return Subtract(**options)(inputs)


def multiply(inputs, **options):
    """Return the product of the inputs, entry by entry; see `Multiply`."""
    return Multiply(**options)(inputs)


def average(inputs, **options):
    """Return the mean of the inputs, entry by entry; see `Average`."""
    return Average(**options)(inputs)


def maximum(inputs, **options):
    """Return the largest of the inputs, entry by entry; see `Maximum`."""
    return Maximum(**options)(inputs)


def concatenate(inputs, axis=-1, **options):
    """Return the inputs side by side along an axis; see `Concatenate`."""
    return Concatenate(axis, **options)(inputs)
