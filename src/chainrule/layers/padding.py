"""Zeros around an image, and edges cut off."""

from __future__ import annotations

from chainrule.errors import ShapeError
from chainrule.layers.base import LAYERS
from chainrule.layers.image_arguments import check_sides
from chainrule.layers.spatial import SpatialLayer


class ZeroPadding(SpatialLayer):
    """Base of `ZeroPadding1D` and `ZeroPadding2D`.

    Parameters
    ----------
    padding, data_format
        See `ZeroPadding2D`.
    **options
        See `Layer`.
    """

    def __init__(self, padding=1, data_format=None, **options):
        super().__init__(data_format=data_format, **options)
        self.sides = check_sides(type(self).__name__, "padding", padding, self.rank)
        self.padding = self.sides if self.rank == 2 else self.sides[0]

    def build(self, input_shape):
        """Return the larger shape."""
        sizes = self.sizes_of(input_shape)
        larger = (size + before + after for size, (before, after) in zip(sizes, self.sides, strict=True))
        return (input_shape[0], *larger, input_shape[-1])

    def express(self, apply, X):
        """Express `pad2d`."""
        (top, bottom), (left, right) = self.both(self.sides, missing=(0, 0))
        return self.as_given(apply, apply("pad2d", self.as_image(apply, X), padding=(top, bottom, left, right)))


class ZeroPadding2D(ZeroPadding):
    """Rows and columns of zeros around an image.

    Use it before a layer with `padding="valid"`, to say by yourself what goes where.

    Parameters
    ----------
    padding : int, (rows, columns), or ((top, bottom), (left, right)), default 1
    data_format : {None, "channels_last"}
    **options
        See `Layer`.

    Notes
    -----
    Shapes: input (N, H, W, C), output (N, top + H + bottom, left + W + right, C). The operation is in
    `chainrule.ops.pad2d`.

    Raises
    ------
    ArgumentError
        If a number is not a whole number of at least 0.
    ShapeError
        If the input is no image of known size.

    Examples
    --------
    >>> import numpy as np
    >>> ZeroPadding2D(((0, 1), (1, 0)))(np.ones((1, 1, 2, 1)))[0, :, :, 0]
    array([[0., 1., 1.],
           [0., 0., 0.]], dtype=float32)
    """


class ZeroPadding1D(ZeroPadding):
    """Zeros before and after a sequence.

    Use it before a layer with `padding="valid"`, to say by yourself what goes where.

    Parameters
    ----------
    padding : int or (before, after), default 1
    data_format : {None, "channels_last"}
    **options
        See `Layer`.

    Notes
    -----
    Shapes: input (N, T, C), output (N, before + T + after, C).

    Raises
    ------
    ArgumentError
        If a number is not a whole number of at least 0.
    ShapeError
        If the input is no sequence of known length.

    Examples
    --------
    >>> import numpy as np
    >>> ZeroPadding1D((1, 2))(np.ones((1, 2, 1)))[0, :, 0]
    array([0., 1., 1., 0., 0.], dtype=float32)
    """

    rank = 1


class Cropping(SpatialLayer):
    """Base of `Cropping1D` and `Cropping2D`.

    Parameters
    ----------
    cropping, data_format
        See `Cropping2D`.
    **options
        See `Layer`.
    """

    def __init__(self, cropping=0, data_format=None, **options):
        super().__init__(data_format=data_format, **options)
        self.sides = check_sides(type(self).__name__, "cropping", cropping, self.rank)
        self.cropping = self.sides if self.rank == 2 else self.sides[0]

    def build(self, input_shape):
        """Return the smaller shape."""
        sizes = self.sizes_of(input_shape)
        smaller = [size - before - after for size, (before, after) in zip(sizes, self.sides, strict=True)]
        if min(smaller) < 1:
            raise ShapeError(
                f"Layer {self.name!r}: cropping={self.cropping} leaves nothing of inputs of shape "
                f"{tuple(input_shape)}: cut less."
            )
        return (input_shape[0], *smaller, input_shape[-1])

    def express(self, apply, X):
        """Express `crop2d`."""
        (top, bottom), (left, right) = self.both(self.sides, missing=(0, 0))
        return self.as_given(apply, apply("crop2d", self.as_image(apply, X), cropping=(top, bottom, left, right)))


class Cropping2D(Cropping):
    """An image without its edges.

    Use it to bring images that a network joins to one size.

    Parameters
    ----------
    cropping : int, (rows, columns), or ((top, bottom), (left, right)), default 0
    data_format : {None, "channels_last"}
    **options
        See `Layer`.

    Notes
    -----
    Shapes: input (N, H, W, C), output (N, H − top − bottom, W − left − right, C). The operation is in
    `chainrule.ops.crop2d`.

    Raises
    ------
    ArgumentError
        If a number is not a whole number of at least 0.
    ShapeError
        If the input is no image of known size, or nothing of it is left.

    Examples
    --------
    >>> import numpy as np
    >>> Cropping2D(((1, 0), (0, 2)))(np.arange(9.0).reshape(1, 3, 3, 1))[0, :, :, 0]
    array([[3.],
           [6.]], dtype=float32)
    """


class Cropping1D(Cropping):
    """A sequence without its ends.

    Use it to bring sequences that a network joins to one length.

    Parameters
    ----------
    cropping : int or (before, after), default 1
    data_format : {None, "channels_last"}
    **options
        See `Layer`.

    Notes
    -----
    Shapes: input (N, T, C), output (N, T − before − after, C).

    Raises
    ------
    ArgumentError
        If a number is not a whole number of at least 0.
    ShapeError
        If the input is no sequence of known length, or nothing of it is left.

    Examples
    --------
    >>> import numpy as np
    >>> Cropping1D()(np.arange(4.0).reshape(1, 4, 1))[0, :, 0]
    array([1., 2.], dtype=float32)
    """

    rank = 1

    def __init__(self, cropping=1, data_format=None, **options):
        super().__init__(cropping, data_format, **options)


for cls in (ZeroPadding1D, ZeroPadding2D, Cropping1D, Cropping2D):
    LAYERS.add(cls)
