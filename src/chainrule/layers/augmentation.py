"""Layers that change images a little while training, each image by a draw of its own: flip, crop, contrast.

A network that sees an image in many forms can't learn it by heart. In use the layers pass images on (`RandomCrop` cuts
out the middle). Those that move images are in `chainrule.layers.augmentation_affine`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.arguments import check_choice, check_whole
from chainrule.errors import ArgumentError, ShapeError
from chainrule.layers.base import LAYERS
from chainrule.layers.spatial import SpatialLayer

FLIPS = {"horizontal": (1, 0), "vertical": (0, 1), "horizontal_and_vertical": (1, 1)}


def check_factor(owner: str, argument: str, value: Any, low: float = -1.0) -> float | tuple[float, float]:
    """Return a number from `low` to 1 or a pair of them as plain floats, or refuse what is neither.

    Examples
    --------
    >>> check_factor("RandomRotation", "factor", 0.5), check_factor("RandomRotation", "factor", [-0.5, 1])
    (0.5, (-0.5, 1.0))
    """
    given = value if isinstance(value, (tuple, list)) else (value,)
    if len(given) not in (1, 2) or not all(_is_between(part, low) for part in given):
        raise ArgumentError(
            f"{owner}'s {argument} is a number from {low:g} to 1, or a pair of them, (lower, upper); received "
            f"{value!r}."
        )
    parts = tuple(float(part) for part in given)
    return parts if len(parts) == 2 else parts[0]


def _is_between(part: Any, low: float) -> bool:
    is_number = isinstance(part, (int, float, np.integer, np.floating)) and not isinstance(part, bool)
    return bool(is_number and low <= part <= 1)


class AugmentationLayer(SpatialLayer):
    """Base of the layers that change images while training, and keep their shape.

    Parameters
    ----------
    seed : int, optional
        Kept for Keras' sake; the model's seed decides.
    data_format : str, optional
        "channels_last", the one order there is.
    **options
        See `Layer`.
    """

    def __init__(self, *, seed=None, data_format=None, **options):
        super().__init__(data_format=data_format, **options)
        self.seed = seed

    def build(self, input_shape):
        """Return the shape, or refuse what are no images."""
        self.sizes_of(input_shape)
        return input_shape


class RandomFlip(AugmentationLayer):
    """Mirror images at random while training: left to right, upside down, or both; in use it passes its input on.

    Use it where a mirror image means the same: a cat stays a cat, a 2 does not stay a 2.

    Parameters
    ----------
    mode : str, default "horizontal_and_vertical"
        "horizontal" (left to right), "vertical" (upside down) or "horizontal_and_vertical", each with probability ½
        and independent of the other.
    seed : int, optional
        Kept for Keras' sake; the model's seed decides.
    data_format : str, optional
        "channels_last", the one order there is.
    **options
        See `Layer`.

    Raises
    ------
    ArgumentError
        If the mode is not known.
    ShapeError
        If the inputs are no images of known size.

    Notes
    -----
    Shapes: input and output (N, height, width, channels). The draws follow from the model's seed, the layer, the step
    and the place of the image in the batch; the operation is in `chainrule.ops.random_flip`.

    Examples
    --------
    >>> import numpy as np
    >>> RandomFlip("horizontal")(np.ones((2, 28, 28, 1)), training=True).shape
    (2, 28, 28, 1)
    """

    def __init__(self, mode="horizontal_and_vertical", seed=None, data_format=None, **options):
        super().__init__(seed=seed, data_format=data_format, **options)
        self.mode = check_choice("RandomFlip", "mode", mode, tuple(FLIPS))

    def express(self, apply, X):
        """Express `random_flip` while training; in use nothing."""
        horizontal, vertical = FLIPS[self.mode]
        return apply("random_flip", X, horizontal=horizontal, vertical=vertical) if apply.training else X


class RandomCrop(AugmentationLayer):
    """Cut a window of one size out of each image: at a random place while training, in the middle in use.

    Parameters
    ----------
    height, width : int
        The window's size, at most the image's.
    seed : int, optional
        Kept for Keras' sake; the model's seed decides.
    data_format : str, optional
        "channels_last", the one order there is.
    **options
        See `Layer`.

    Raises
    ------
    ArgumentError
        If a size is not a whole number above 0.
    ShapeError
        If the inputs are no images of known size, or smaller than the window.

    Notes
    -----
    Shapes: input (N, H, W, channels), output (N, height, width, channels). Every place is as likely as any other. In
    use the window begins at row ⌊(H − height) / 2⌋ and column ⌊(W − width) / 2⌋. The operations are in
    `chainrule.ops.random_crop` and `chainrule.ops.pad2d`.

    Keras takes one place for a whole batch, and resizes images that are smaller than the window.

    Examples
    --------
    >>> import numpy as np
    >>> RandomCrop(2, 2)(np.arange(16.0).reshape(1, 4, 4, 1))[0, :, :, 0]
    array([[ 5.,  6.],
           [ 9., 10.]], dtype=float32)
    """

    def __init__(self, height, width, seed=None, data_format=None, **options):
        super().__init__(seed=seed, data_format=data_format, **options)
        self.height = check_whole("RandomCrop", "height", height)
        self.width = check_whole("RandomCrop", "width", width)

    def build(self, input_shape):
        """Return the shape of the windows, or refuse images that they don't fit into."""
        H, W = self.sizes_of(input_shape)
        if self.height > H or self.width > W:
            raise ShapeError(
                f"Layer {self.name!r} cuts windows of {self.height} × {self.width} out of images of {H} × {W}, "
                f"received as {tuple(input_shape)}: take a smaller window or larger images."
            )
        return (input_shape[0], self.height, self.width, input_shape[3])

    def express(self, apply, X):
        """Express `random_crop` while training and `crop2d` in use; nothing where the window is the image."""
        spare_rows, spare_columns = X.shape[1] - self.height, X.shape[2] - self.width
        if not spare_rows and not spare_columns:
            return X
        if apply.training:
            return apply("random_crop", X, height=self.height, width=self.width)
        top, left = spare_rows // 2, spare_columns // 2
        return apply("crop2d", X, cropping=(top, spare_rows - top, left, spare_columns - left))


class RandomContrast(AugmentationLayer):
    """Change each image's contrast while training: `y = mean + f · (x − mean)`; in use it passes its input on.

    Parameters
    ----------
    factor : float or (float, float)
        Each from 0 to 1. A number a stands for f from 1 − a to 1 + a; a pair (lower, upper) for f from 1 − lower to
        1 + upper.
    seed : int, optional
        Kept for Keras' sake; the model's seed decides.
    data_format : str, optional
        "channels_last", the one order there is.
    **options
        See `Layer`.

    Raises
    ------
    ArgumentError
        If the factor is not in that range.
    ShapeError
        If the inputs are no images of known size.

    Notes
    -----
    Shapes: input and output (N, height, width, channels). The mean is that of one channel of one image; f is one number
    an image, which follows from the model's seed, the layer, the step and the place of the image in the batch. The
    operation is in `chainrule.ops.random_contrast`.

    Keras clips what comes out to `value_range`; here numbers may leave the range of those that came in.

    Examples
    --------
    >>> import numpy as np
    >>> RandomContrast(0.2)(np.ones((1, 2, 2, 1)), training=True).ravel()
    array([1., 1., 1., 1.], dtype=float32)
    """

    def __init__(self, factor, seed=None, data_format=None, **options):
        super().__init__(seed=seed, data_format=data_format, **options)
        self.factor = check_factor("RandomContrast", "factor", factor, 0.0)

    def express(self, apply, X):
        """Express `random_contrast` while training; in use nothing."""
        below, above = self.factor if isinstance(self.factor, tuple) else (self.factor, self.factor)
        if not apply.training or below == above == 0:
            return X
        return apply("random_contrast", X, lower=1 - below, upper=1 + above)


for cls in (RandomFlip, RandomCrop, RandomContrast):
    LAYERS.add(cls)
