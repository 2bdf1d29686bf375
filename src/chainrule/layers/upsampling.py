"""Larger images without weights: each place repeated, or blended with its neighbours."""

from __future__ import annotations

from chainrule.arguments import check_choice
from chainrule.layers.base import LAYERS
from chainrule.layers.image_arguments import check_sizes
from chainrule.layers.spatial import SpatialLayer

INTERPOLATIONS = ("nearest", "bilinear")


class UpSampling2D(SpatialLayer):
    """Images made larger by whole factors.

    Use it in decoders, before a convolution; unlike `Conv2DTranspose` it has no weights and leaves no checkerboard.

    Parameters
    ----------
    size : int or tuple of 2 int, default 2
        By how much height and width grow.
    data_format : {None, "channels_last"}
    interpolation : {"nearest", "bilinear"}, default "nearest"
        "nearest" repeats each place; "bilinear" blends the four nearest, as far as their centres are near.
    **options
        See `Layer`.

    Notes
    -----
    Shapes: input (N, H, W, C), output (N, size·H, size·W, C). The operations are in `chainrule.ops.upsample2d`.

    Raises
    ------
    ArgumentError
        If a factor is not a whole number above 0, or the interpolation not known.
    ShapeError
        If the input is no image of known size.

    Examples
    --------
    >>> import numpy as np
    >>> UpSampling2D((1, 2))(np.array([[[[1.0], [3.0]]]]))[0, :, :, 0]
    array([[1., 1., 3., 3.]], dtype=float32)
    >>> UpSampling2D((1, 2), interpolation="bilinear")(np.array([[[[1.0], [3.0]]]]))[0, :, :, 0]
    array([[1. , 1.5, 2.5, 3. ]], dtype=float32)
    """

    def __init__(self, size=2, data_format=None, interpolation="nearest", **options):
        super().__init__(data_format=data_format, **options)
        self.size = check_sizes("UpSampling2D", "size", size, self.rank)
        self.interpolation = check_choice("UpSampling2D", "interpolation", interpolation, INTERPOLATIONS)

    def build(self, input_shape):
        """Return the larger shape."""
        larger = (size * factor for size, factor in zip(self.sizes_of(input_shape), self.size, strict=True))
        return (input_shape[0], *larger, input_shape[-1])

    def express(self, apply, X):
        """Express `upsample2d_nearest` or `upsample2d_bilinear`."""
        return apply(f"upsample2d_{self.interpolation}", X, size=self.size)


class UpSampling1D(SpatialLayer):
    """Sequences made longer: each place is repeated.

    Use it in decoders, before a convolution.

    Parameters
    ----------
    size : int, default 2
        How often each place is repeated.
    **options
        See `Layer`.

    Notes
    -----
    Shapes: input (N, T, C), output (N, size·T, C).

    Raises
    ------
    ArgumentError
        If the factor is not a whole number above 0.
    ShapeError
        If the input is no sequence of known length.

    Examples
    --------
    >>> import numpy as np
    >>> UpSampling1D(3)(np.array([[[1.0], [2.0]]]))[0, :, 0]
    array([1., 1., 1., 2., 2., 2.], dtype=float32)
    """

    rank = 1

    def __init__(self, size=2, **options):
        super().__init__(**options)
        self.size = check_sizes("UpSampling1D", "size", size, self.rank)

    def build(self, input_shape):
        """Return the longer shape."""
        (length,) = self.sizes_of(input_shape)
        return (input_shape[0], length * self.size[0], input_shape[-1])

    def express(self, apply, X):
        """Express `upsample2d_nearest`."""
        return self.as_given(apply, apply("upsample2d_nearest", self.as_image(apply, X), size=self.both(self.size)))


for cls in (UpSampling1D, UpSampling2D):
    LAYERS.add(cls)
