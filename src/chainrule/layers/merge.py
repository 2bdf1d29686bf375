"""Layers that make one array of several."""

from __future__ import annotations

from chainrule.errors import ShapeError
from chainrule.layers.arguments import check_axis
from chainrule.layers.base import LAYERS, Layer


class Merge(Layer):
    """Base of the layers that combine several inputs, entry by entry; sizes of 1 are stretched.

    Parameters
    ----------
    **options
        See `Layer`.

    Raises
    ------
    ShapeError
        If there are fewer than two inputs, or their shapes don't fit.
    """

    operation = ""
    exactly: int | None = None
    takes_several = True

    def build(self, input_shape):
        """Return the common shape."""
        shapes = _several(self, input_shape)
        if self.exactly and len(shapes) != self.exactly:
            raise ShapeError(f"Layer {self.name!r} takes {self.exactly} inputs; received {len(shapes)}.")
        columns = list(zip(*(shape[1:] for shape in shapes), strict=False))
        alike = len({len(shape) for shape in shapes}) == 1
        if not alike or any(len({size for size in column if size not in (1, None)}) > 1 for column in columns):
            raise ShapeError(
                f"Layer {self.name!r} needs inputs of one shape; received "
                f"{' and '.join(str(shape) for shape in shapes)}. "
                "Bring them to one size first, for example with a Dense layer."
            )
        return (shapes[0][0], *(None if None in column else max(column) for column in columns))

    def express(self, apply, *inputs):
        """Express the layer's one operation."""
        return apply(self.operation, *inputs)


class Add(Merge):
    """Y = X₁ + X₂ + …: the sum of its inputs, entry by entry.

    Use it to join a residual connection: `Add()([x, block(x)])`.

    Parameters
    ----------
    **options
        See `Layer`.

    Raises
    ------
    ShapeError
        If there are fewer than two inputs, or their shapes don't fit; a size of 1 is stretched.

    Examples
    --------
    >>> import numpy as np
    >>> Add()([np.array([[1.0, 2.0]]), np.array([[10.0, 20.0]])])
    array([[11., 22.]], dtype=float32)
    """

    operation = "add"


class Subtract(Merge):
    """Y = X₁ − X₂: the first of two inputs minus the second.

    Parameters
    ----------
    **options
        See `Layer`.

    Raises
    ------
    ShapeError
        If there are not two inputs, or their shapes don't fit; a size of 1 is stretched.

    Examples
    --------
    >>> import numpy as np
    >>> Subtract()([np.array([[1.0, 2.0]]), np.array([[10.0, 20.0]])])
    array([[ -9., -18.]], dtype=float32)
    """

    operation, exactly = "subtract", 2


class Multiply(Merge):
    """Y = X₁ · X₂ · …: the product of its inputs, entry by entry.

    Use it as a gate: one input, from 0 to 1, says how much of the other passes.

    Parameters
    ----------
    **options
        See `Layer`.

    Raises
    ------
    ShapeError
        If there are fewer than two inputs, or their shapes don't fit; a size of 1 is stretched.

    Examples
    --------
    >>> import numpy as np
    >>> Multiply()([np.array([[1.0, 2.0]]), np.array([[0.0, 0.5]])])
    array([[0., 1.]], dtype=float32)
    """

    operation = "multiply"


class Average(Merge):
    """Y = (X₁ + … + Xₖ) / k: the mean of its inputs, entry by entry.

    Use it to let several branches vote.

    Parameters
    ----------
    **options
        See `Layer`.

    Raises
    ------
    ShapeError
        If there are fewer than two inputs, or their shapes don't fit; a size of 1 is stretched.

    Examples
    --------
    >>> import numpy as np
    >>> Average()([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])])
    array([[2., 3.]], dtype=float32)
    """

    operation = "average"


class Maximum(Merge):
    """Y = max(X₁, X₂, …): the largest of its inputs, entry by entry; on a tie the gradient goes to the first.

    Parameters
    ----------
    **options
        See `Layer`.

    Raises
    ------
    ShapeError
        If there are fewer than two inputs, or their shapes don't fit; a size of 1 is stretched.

    Examples
    --------
    >>> import numpy as np
    >>> Maximum()([np.array([[1.0, 4.0]]), np.array([[3.0, 2.0]])])
    array([[3., 4.]], dtype=float32)
    """

    operation = "maximum"


class Concatenate(Layer):
    """Its inputs side by side along one axis.

    Use it where branches are to be kept apart, for the next layer to weigh.

    Parameters
    ----------
    axis : int, default -1
        Any axis but the rows'.
    **options
        See `Layer`.

    Raises
    ------
    ArgumentError
        If the axis is not a whole number.
    ShapeError
        If there are fewer than two inputs, they differ in another axis, or have no such axis.

    Examples
    --------
    >>> import numpy as np
    >>> Concatenate()([np.array([[1.0, 2.0]]), np.array([[3.0]])])
    array([[1., 2., 3.]], dtype=float32)
    """

    takes_several = keeps_numbers = True

    def __init__(self, axis=-1, **options):
        super().__init__(**options)
        self.axis = check_axis("Concatenate", axis)

    def build(self, input_shape):
        """Return the joined shape."""
        shapes = _several(self, input_shape)
        rank = len(shapes[0])
        axis = self.axis % rank if -rank <= self.axis < rank else 0
        if axis == 0:
            raise ShapeError(
                f"Layer {self.name!r} can't join along axis {self.axis} of inputs with {rank} axes (0 is the rows)."
            )
        rest = {(*shape[1:axis], None, *shape[axis + 1 :]) for shape in shapes}
        if len(rest) > 1:
            raise ShapeError(
                f"Layer {self.name!r} joins along axis {self.axis}, so all other sizes must agree; received "
                f"{' and '.join(str(shape) for shape in shapes)}."
            )
        sizes = [shape[axis] for shape in shapes]
        total = None if None in sizes else sum(sizes)
        return (*shapes[0][:axis], total, *shapes[0][axis + 1 :])

    def express(self, apply, *inputs):
        """Express `concatenate`."""
        return apply("concatenate", *inputs, axis=self.axis)


def _several(layer, input_shape):
    if not isinstance(input_shape, list) or len(input_shape) < 2:
        raise ShapeError(f"Layer {layer.name!r} takes a list of two or more inputs: {type(layer).__name__}()([a, b]).")
    return input_shape


for cls in (Add, Subtract, Multiply, Average, Maximum, Concatenate):
    LAYERS.add(cls)
