"""Dropout of whole channels: neighbouring places are so alike that dropping one of them tells nothing."""

from __future__ import annotations

from chainrule.arguments import check_number
from chainrule.layers.base import LAYERS
from chainrule.layers.spatial import SpatialLayer


class SpatialDropout(SpatialLayer):
    """Base of `SpatialDropout1D` and `SpatialDropout2D`.

    Parameters
    ----------
    rate, data_format, seed
        See `SpatialDropout2D`.
    **options
        See `Layer`.
    """

    def __init__(self, rate, data_format=None, seed=None, **options):
        super().__init__(data_format=data_format, **options)
        self.rate = check_number(type(self).__name__, "rate", rate, 0, 1, below=True)
        self.seed = seed

    def build(self, input_shape):
        """Return the input's own shape."""
        self.sizes_of(input_shape)
        return input_shape

    def express(self, apply, X):
        """Express `spatial_dropout2d` while training; in use nothing."""
        if not apply.training or self.rate == 0:
            return X
        return self.as_given(apply, apply("spatial_dropout2d", self.as_image(apply, X), rate=self.rate))


class SpatialDropout2D(SpatialDropout):
    """Set each channel of an image to 0 as a whole with probability `rate` while training, and scale the others up.

    Use it after convolutions, where the places of a channel are much alike and `Dropout` does little.

    Parameters
    ----------
    rate : float
        From 0 up to, not including, 1.
    data_format : {None, "channels_last"}
    seed : int, optional
        Kept for Keras' sake; the model's seed decides.
    **options
        See `Layer`.

    Notes
    -----
    Shapes: input and output (N, H, W, C). The operation is in `chainrule.ops.spatial_dropout2d`.

    Source: Tompson et al., "Efficient object localization using convolutional networks", CVPR 2015, section 3.2.

    Raises
    ------
    ArgumentError
        If the rate is not in that range.
    ShapeError
        If the input is no image of known size.

    Examples
    --------
    >>> import numpy as np
    >>> SpatialDropout2D(0.5)(np.ones((1, 1, 2, 1)))[0, :, :, 0]
    array([[1., 1.]], dtype=float32)
    """


class SpatialDropout1D(SpatialDropout):
    """Set each channel of a sequence to 0 as a whole with probability `rate` while training, and scale the others up.

    Use it after convolutions over sequences, and after an `Embedding`.

    Parameters
    ----------
    rate : float
        From 0 up to, not including, 1.
    seed : int, optional
        Kept for Keras' sake; the model's seed decides.
    **options
        See `Layer`.

    Notes
    -----
    Shapes: input and output (N, T, C).

    Raises
    ------
    ArgumentError
        If the rate is not in that range.
    ShapeError
        If the input is no sequence of known length.

    Examples
    --------
    >>> import numpy as np
    >>> SpatialDropout1D(0.5)(np.ones((1, 2, 1)))[0, :, 0]
    array([1., 1.], dtype=float32)
    """

    rank = 1

    def __init__(self, rate, seed=None, **options):
        super().__init__(rate, seed=seed, **options)


for cls in (SpatialDropout1D, SpatialDropout2D):
    LAYERS.add(cls)
