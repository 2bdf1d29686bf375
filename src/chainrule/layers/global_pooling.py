"""Global pooling: one number for each channel, whatever the size of the image."""

from __future__ import annotations

from chainrule.layers.base import LAYERS
from chainrule.layers.spatial import SpatialLayer


class GlobalPooling(SpatialLayer):
    """Base of the layers that make one number of each channel.

    Parameters
    ----------
    data_format, keepdims
        See `GlobalAveragePooling2D`.
    **options
        See `Layer`.
    """

    operation = ""

    def __init__(self, data_format=None, keepdims=False, **options):
        super().__init__(data_format=data_format, **options)
        self.keepdims = bool(keepdims)

    def build(self, input_shape):
        """Return the shape of one number a channel."""
        self.sizes_of(input_shape)
        return (input_shape[0], *self._row_shape(input_shape))

    def _row_shape(self, input_shape) -> tuple[int, ...]:
        kept = (1,) * self.rank if self.keepdims else ()
        return (*kept, input_shape[-1])

    def express(self, apply, X):
        """Express the layer's operation, and put the axes back where they are kept."""
        Y = apply(self.operation, self.as_image(apply, X))
        return apply("reshape", Y, shape=self._row_shape(X.shape)) if self.keepdims else Y


class GlobalAveragePooling2D(GlobalPooling):
    """The mean of each channel of an image.

    Use it between the last convolution and the last `Dense`, instead of a `Flatten`: far fewer weights, and it does not
    matter where in the image something was found.

    Parameters
    ----------
    data_format : {None, "channels_last"}
    keepdims : bool, default False
        Whether the two axes stay, with size 1.
    **options
        See `Layer`.

    Notes
    -----
    Shapes: input (N, H, W, C), output (N, C), or (N, 1, 1, C) with keepdims. The operation is in
    `chainrule.ops.global_pool2d`.

    Source: Lin, Chen and Yan, "Network in network", ICLR 2014, section 3.2.

    Raises
    ------
    ShapeError
        If the input is no image of known size.

    Examples
    --------
    >>> import numpy as np
    >>> GlobalAveragePooling2D()(np.arange(8.0).reshape(1, 2, 2, 2))
    array([[3., 4.]], dtype=float32)
    """

    operation = "global_average_pool2d"


class GlobalMaxPooling2D(GlobalPooling):
    """The largest number of each channel of an image.

    Use it where it matters whether something was found anywhere.

    Parameters
    ----------
    data_format : {None, "channels_last"}
    keepdims : bool, default False
        Whether the two axes stay, with size 1.
    **options
        See `Layer`.

    Notes
    -----
    Shapes: input (N, H, W, C), output (N, C), or (N, 1, 1, C) with keepdims. The gradient goes to the largest number,
    on a tie to the first of them, row by row.

    Raises
    ------
    ShapeError
        If the input is no image of known size.

    Examples
    --------
    >>> import numpy as np
    >>> GlobalMaxPooling2D()(np.arange(8.0).reshape(1, 2, 2, 2))
    array([[6., 7.]], dtype=float32)
    """

    operation = "global_max_pool2d"


class GlobalAveragePooling1D(GlobalPooling):
    """The mean of each channel of a sequence.

    Use it between the last layer over a sequence and the first over rows.

    Parameters
    ----------
    data_format : {None, "channels_last"}
    keepdims : bool, default False
        Whether the axis stays, with size 1.
    **options
        See `Layer`.

    Notes
    -----
    Shapes: input (N, T, C), output (N, C), or (N, 1, C) with keepdims.

    Raises
    ------
    ShapeError
        If the input is no sequence of known length.

    Examples
    --------
    >>> import numpy as np
    >>> GlobalAveragePooling1D()(np.array([[[1.0, 2.0], [3.0, 4.0]]]))
    array([[2., 3.]], dtype=float32)
    """

    rank = 1
    operation = "global_average_pool2d"


class GlobalMaxPooling1D(GlobalPooling):
    """The largest number of each channel of a sequence.

    Use it where it matters whether something was found at any time.

    Parameters
    ----------
    data_format : {None, "channels_last"}
    keepdims : bool, default False
        Whether the axis stays, with size 1.
    **options
        See `Layer`.

    Notes
    -----
    Shapes: input (N, T, C), output (N, C), or (N, 1, C) with keepdims.

    Raises
    ------
    ShapeError
        If the input is no sequence of known length.

    Examples
    --------
    >>> import numpy as np
    >>> GlobalMaxPooling1D()(np.array([[[1.0, 2.0], [3.0, 0.0]]]))
    array([[3., 2.]], dtype=float32)
    """

    rank = 1
    operation = "global_max_pool2d"


#: Keras' other names.
GlobalAvgPool1D, GlobalAvgPool2D = GlobalAveragePooling1D, GlobalAveragePooling2D
GlobalMaxPool1D, GlobalMaxPool2D = GlobalMaxPooling1D, GlobalMaxPooling2D

LAYERS.add(GlobalAveragePooling1D, "GlobalAvgPool1D")
LAYERS.add(GlobalAveragePooling2D, "GlobalAvgPool2D")
LAYERS.add(GlobalMaxPooling1D, "GlobalMaxPool1D")
LAYERS.add(GlobalMaxPooling2D, "GlobalMaxPool2D")
