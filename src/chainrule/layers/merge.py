"""Layers that make one array of several."""

from __future__ import annotations

from chainrule.arguments import check_whole
from chainrule.errors import ShapeError
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

    def build(self, input_shape):
        """Return the common shape."""
        shapes = _several(self, input_shape)
        if self.exactly and len(shapes) != self.exactly:
            raise ShapeError(f"Layer {self.name!r} takes {self.exactly} inputs; received {len(shapes)}.")
        ranks = {len(shape) for shape in shapes}
        columns = list(zip(*shapes, strict=False))
        if len(ranks) > 1 or any(len({size for size in column if size not in (1, None)}) > 1 for column in columns[1:]):
            raise ShapeError(
                f"Layer {self.name!r} needs inputs of one shape; received {' and '.join(str(shape) for shape in shapes)}. "
                "Bring them to one size first, for example with a Dense layer."
            )
        return (shapes[0][0], *(None if None in column else max(column) for column in columns[1:]))

    def express(self, apply, *inputs):
        """Express the layer's one operation."""
        return apply(self.operation, *inputs)


class Add(Merge):
    """The sum of its inputs: the join of a residual connection."""

    operation = "add"


class Subtract(Merge):
    """The first input minus the second."""

    operation, exactly = "subtract", 2


class Multiply(Merge):
    """The product of its inputs, entry by entry: a gate."""

    operation = "multiply"


class Average(Merge):
    """The mean of its inputs."""

    operation = "average"


class Maximum(Merge):
    """The largest of its inputs, entry by entry; on a tie the gradient goes to the first."""

    operation = "maximum"


class Concatenate(Layer):
    """Its inputs side by side along one axis.

    Parameters
    ----------
    axis : int, default -1
        Any axis but the rows'.
    **options
        See `Layer`.

    Raises
    ------
    ShapeError
        If the inputs differ in another axis.
    """

    def __init__(self, axis=-1, **options):
        super().__init__(**options)
        self.axis = check_whole("Concatenate", "axis", axis, -32, 32)

    def build(self, input_shape):
        """Return the joined shape."""
        shapes = _several(self, input_shape)
        rank = len(shapes[0])
        axis = self.axis % rank if -rank <= self.axis < rank else 0
        if axis == 0:
            raise ShapeError(f"Layer {self.name!r} can't join along axis {self.axis} of inputs with {rank} axes (0 is the rows).")
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
        """`concatenate`."""
        return apply("concatenate", *inputs, axis=self.axis)


def _several(layer, input_shape):
    if not isinstance(input_shape, list) or len(input_shape) < 2:
        raise ShapeError(f"Layer {layer.name!r} takes a list of two or more inputs: {type(layer).__name__}()([a, b]).")
    return input_shape


for cls in (Add, Subtract, Multiply, Average, Maximum, Concatenate):
    LAYERS.add(cls)
