"""Pooling: one number for each window, its largest or its mean."""

from __future__ import annotations

from chainrule.layers.base import LAYERS
from chainrule.layers.image_arguments import check_padding, check_sizes
from chainrule.layers.spatial import SlidingLayer


class Pooling(SlidingLayer):
    """Base of the layers that make one number of each window of each channel.

    Parameters
    ----------
    pool_size, strides, padding, data_format
        See `MaxPooling2D`.
    **options
        See `Layer`.
    """

    window_name, window_argument = "window", "pool_size"
    operation = ""

    def __init__(self, pool_size=2, strides=None, padding="valid", data_format=None, **options):
        kind = type(self).__name__
        self.pool_size = check_sizes(kind, "pool_size", pool_size, self.rank)
        super().__init__(
            strides=self.pool_size if strides is None else strides,
            padding=check_padding(kind, padding),
            data_format=data_format,
            **options,
        )

    def build(self, input_shape):
        """Return the shape with as many places as the window has."""
        _, sizes = self.slide(input_shape, self.pool_size)
        return (input_shape[0], *sizes, input_shape[-1])

    def express(self, apply, X):
        """Express the layer's one operation."""
        padding, _ = self.slide(X.shape, self.pool_size)
        Y = apply(
            self.operation,
            self.as_image(apply, X),
            pool=self.both(self.pool_size),
            strides=self.both(self.strides),
            padding=padding,
        )
        return self.as_given(apply, Y)


class MaxPooling2D(Pooling):
    """The largest number of each window, channel by channel.

    Use it after convolutions: it keeps that a pattern was found and forgets where exactly, in a quarter of the places.

    Parameters
    ----------
    pool_size : int or tuple of 2 int, default 2
        Height and width of the window.
    strides : int or tuple of 2 int, optional
        By how much the window moves on; without it by its own size.
    padding : {"valid", "same"}, default "valid"
        "valid": the window stays within the image, and rows and columns that are left over are dropped. "same": it
        reaches over the edge, where nothing counts.
    data_format : {None, "channels_last"}
    **options
        See `Layer`.

    Notes
    -----
    Shapes: input (N, H, W, C), output (N, H', W', C). The gradient goes to the largest number, on a tie to the first of
    them, row by row. The operation is in `chainrule.ops.max_pool2d`.

    Raises
    ------
    ArgumentError
        If a size is not a whole number above 0.
    ShapeError
        If the input is no image of known size, or smaller than the window.

    Examples
    --------
    >>> import numpy as np
    >>> MaxPooling2D()(np.arange(16.0).reshape(1, 4, 4, 1))[0, :, :, 0]
    array([[ 5.,  7.],
           [13., 15.]], dtype=float32)
    """

    operation = "max_pool2d"


class MaxPooling1D(Pooling):
    """The largest number of each window of a sequence, channel by channel.

    Use it after convolutions over sequences: it keeps that a pattern was found and forgets when exactly.

    Parameters
    ----------
    pool_size : int, default 2
        Length of the window.
    strides : int, optional
        By how much the window moves on; without it by its own length.
    padding : {"valid", "same"}, default "valid"
        See `MaxPooling2D`.
    data_format : {None, "channels_last"}
    **options
        See `Layer`.

    Notes
    -----
    Shapes: input (N, T, C), output (N, T', C).

    Raises
    ------
    ArgumentError
        If a size is not a whole number above 0.
    ShapeError
        If the input is no sequence of known length, or shorter than the window.

    Examples
    --------
    >>> import numpy as np
    >>> MaxPooling1D()(np.array([[[1.0], [4.0], [3.0], [2.0]]]))[0, :, 0]
    array([4., 3.], dtype=float32)
    """

    rank = 1
    operation = "max_pool2d"


class AveragePooling2D(Pooling):
    """The mean of each window, channel by channel.

    Use it to make images smaller without preferring what is bright.

    Parameters
    ----------
    pool_size : int or tuple of 2 int, default 2
        Height and width of the window.
    strides : int or tuple of 2 int, optional
        By how much the window moves on; without it by its own size.
    padding : {"valid", "same"}, default "valid"
        "same" lets the window reach over the edge; the mean is over the places within the image.
    data_format : {None, "channels_last"}
    **options
        See `Layer`.

    Notes
    -----
    Shapes: input (N, H, W, C), output (N, H', W', C). The operation is in `chainrule.ops.average_pool2d`.

    Raises
    ------
    ArgumentError
        If a size is not a whole number above 0.
    ShapeError
        If the input is no image of known size, or smaller than the window.

    Examples
    --------
    >>> import numpy as np
    >>> AveragePooling2D()(np.arange(16.0).reshape(1, 4, 4, 1))[0, :, :, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]], dtype=float32)
    """

    operation = "average_pool2d"


class AveragePooling1D(Pooling):
    """The mean of each window of a sequence, channel by channel.

    Use it to make sequences shorter, and smoother.

    Parameters
    ----------
    pool_size : int, default 2
        Length of the window.
    strides : int, optional
        By how much the window moves on; without it by its own length.
    padding : {"valid", "same"}, default "valid"
        See `AveragePooling2D`.
    data_format : {None, "channels_last"}
    **options
        See `Layer`.

    Notes
    -----
    Shapes: input (N, T, C), output (N, T', C).

    Raises
    ------
    ArgumentError
        If a size is not a whole number above 0.
    ShapeError
        If the input is no sequence of known length, or shorter than the window.

    Examples
    --------
    >>> import numpy as np
    >>> AveragePooling1D()(np.array([[[1.0], [4.0], [3.0], [2.0]]]))[0, :, 0]
    array([2.5, 2.5], dtype=float32)
    """

    rank = 1
    operation = "average_pool2d"


#: Keras' other names.
MaxPool1D, MaxPool2D, AvgPool1D, AvgPool2D = MaxPooling1D, MaxPooling2D, AveragePooling1D, AveragePooling2D

LAYERS.add(MaxPooling1D, "MaxPool1D")
LAYERS.add(MaxPooling2D, "MaxPool2D")
LAYERS.add(AveragePooling1D, "AvgPool1D")
LAYERS.add(AveragePooling2D, "AvgPool2D")
