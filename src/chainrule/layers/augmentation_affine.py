"""Layers that move images a little while training, each image by a draw of its own: shift, rotate, zoom.

All three are one operation, `random_affine`, with one of its parts in use.
"""

from __future__ import annotations

from chainrule.arguments import check_choice, check_number
from chainrule.layers.augmentation import AugmentationLayer, check_factor
from chainrule.layers.base import LAYERS

#: In the order of the operation's numbers for them.
FILL_MODES = ("constant", "reflect", "wrap", "nearest")


def range_of(factor: float | tuple[float, float]) -> tuple[float, float]:
    """Return the range that a factor stands for: a number for itself to both sides.

    Examples
    --------
    >>> range_of(0.2), range_of((0.3, 0.1))
    ((-0.2, 0.2), (0.1, 0.3))
    """
    if isinstance(factor, tuple):
        return min(factor), max(factor)
    return -abs(factor), abs(factor)


class AffineLayer(AugmentationLayer):
    """Base of the layers that move images.

    Parameters
    ----------
    fill_mode : str, default "reflect"
        What is outside the image: "reflect" (d c b a | a b c d | d c b a), "wrap" (a b c d | a b c d | a b c d),
        "nearest" (a a a a | a b c d | d d d d) or "constant" (k k k k | a b c d | k k k k).
    interpolation : str, default "bilinear"
        How pixels are read between pixels: "bilinear", the weighted mean of four, or "nearest".
    seed : int, optional
        Kept for Keras' sake; the model's seed decides.
    fill_value : float, default 0.0
        The constant k.
    data_format : str, optional
        "channels_last", the one order there is.
    **options
        See `Layer`.
    """

    def __init__(
        self, *, fill_mode="reflect", interpolation="bilinear", seed=None, fill_value=0.0, data_format=None, **options
    ):
        super().__init__(seed=seed, data_format=data_format, **options)
        owner = type(self).__name__
        self.fill_mode = check_choice(owner, "fill_mode", fill_mode, FILL_MODES)
        self.interpolation = check_choice(owner, "interpolation", interpolation, ("bilinear", "nearest"))
        self.fill_value = check_number(owner, "fill_value", fill_value)

    def move(self, apply, X, **ranges):
        """Express `random_affine` with these ranges while training; nothing in use, and where nothing moves."""
        if not apply.training or not any(map(any, ranges.values())):
            return X
        how = {"fill_mode": FILL_MODES.index(self.fill_mode), "fill_value": self.fill_value}
        return apply("random_affine", X, **ranges, **how, bilinear=int(self.interpolation == "bilinear"))


class RandomTranslation(AffineLayer):
    """Shift each image at random while training; in use it passes its input on.

    Parameters
    ----------
    height_factor, width_factor : float or (float, float)
        How far, as parts of the height and the width, each from −1 to 1. A number f stands for −f to f, a pair for
        (lower, upper). Above 0 is down and to the right.
    fill_mode, interpolation, seed, fill_value, data_format
        See `AffineLayer`: by default what leaves the image is reflected at its edge, and read bilinearly.
    **options
        See `Layer`.

    Raises
    ------
    ArgumentError
        If a factor is not in that range, or a word is not known.
    ShapeError
        If the inputs are no images of known size.

    Notes
    -----
    Shapes: input and output (N, height, width, channels). The draws follow from the model's seed, the layer, the step
    and the place of the image in the batch; the operation is in `chainrule.ops.random_affine`.

    Examples
    --------
    One pixel down, always:

    >>> import numpy as np
    >>> layer = RandomTranslation((0.5, 0.5), 0.0, fill_mode="constant")
    >>> layer(np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 2, 2, 1), training=True)[0, :, :, 0]
    array([[0., 0.],
           [1., 2.]], dtype=float32)
    """

    def __init__(
        self,
        height_factor,
        width_factor,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        data_format=None,
        **options,
    ):
        super().__init__(
            fill_mode=fill_mode,
            interpolation=interpolation,
            seed=seed,
            fill_value=fill_value,
            data_format=data_format,
            **options,
        )
        self.height_factor = check_factor("RandomTranslation", "height_factor", height_factor)
        self.width_factor = check_factor("RandomTranslation", "width_factor", width_factor)

    def express(self, apply, X):
        """Express `random_affine` with a shift."""
        return self.move(apply, X, translation=(*range_of(self.height_factor), *range_of(self.width_factor)))


class RandomRotation(AffineLayer):
    """Rotate each image about its centre at random while training; in use it passes its input on.

    Parameters
    ----------
    factor : float or (float, float)
        How far, as parts of a full turn, each from −1 to 1. A number f stands for −f to f, a pair for (lower, upper).
        Above 0 is counter-clockwise.
    fill_mode, interpolation, seed, fill_value, data_format
        See `AffineLayer`: by default what leaves the image is reflected at its edge, and read bilinearly.
    **options
        See `Layer`.

    Raises
    ------
    ArgumentError
        If the factor is not in that range, or a word is not known.
    ShapeError
        If the inputs are no images of known size.

    Notes
    -----
    Shapes: input and output (N, height, width, channels). The draws follow from the model's seed, the layer, the step
    and the place of the image in the batch; the operation is in `chainrule.ops.random_affine`.

    Examples
    --------
    A quarter turn, always:

    >>> import numpy as np
    >>> layer = RandomRotation((0.25, 0.25))
    >>> layer(np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 2, 2, 1), training=True)[0, :, :, 0]
    array([[2., 4.],
           [1., 3.]], dtype=float32)
    """

    def __init__(
        self,
        factor,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        data_format=None,
        **options,
    ):
        super().__init__(
            fill_mode=fill_mode,
            interpolation=interpolation,
            seed=seed,
            fill_value=fill_value,
            data_format=data_format,
            **options,
        )
        self.factor = check_factor("RandomRotation", "factor", factor)

    def express(self, apply, X):
        """Express `random_affine` with a rotation."""
        return self.move(apply, X, rotation=range_of(self.factor))


class RandomZoom(AffineLayer):
    """Zoom into each image, or out of it, at random while training; in use it passes its input on.

    Parameters
    ----------
    height_factor : float or (float, float)
        How much more of the height is shown, each from −1 to 1: 0.2 shows a fifth more (zooms out), −0.2 a fifth less
        (zooms in). A number f stands for −f to f, a pair for (lower, upper).
    width_factor : float or (float, float), optional
        The same for the width; without it, width and height are zoomed by one draw, and shapes keep their proportions.
    fill_mode, interpolation, seed, fill_value, data_format
        See `AffineLayer`: by default what leaves the image is reflected at its edge, and read bilinearly.
    **options
        See `Layer`.

    Raises
    ------
    ArgumentError
        If a factor is not in that range, or a word is not known.
    ShapeError
        If the inputs are no images of known size.

    Notes
    -----
    Shapes: input and output (N, height, width, channels). The draws follow from the model's seed, the layer, the step
    and the place of the image in the batch; the operation is in `chainrule.ops.random_affine`.

    Examples
    --------
    Twice the height and the width, always:

    >>> import numpy as np
    >>> layer = RandomZoom((1.0, 1.0), fill_mode="constant", interpolation="nearest")
    >>> layer(np.ones((1, 4, 4, 1)), training=True)[0, :, :, 0]
    array([[0., 0., 0., 0.],
           [0., 1., 1., 0.],
           [0., 1., 1., 0.],
           [0., 0., 0., 0.]], dtype=float32)
    """

    def __init__(
        self,
        height_factor,
        width_factor=None,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        data_format=None,
        **options,
    ):
        super().__init__(
            fill_mode=fill_mode,
            interpolation=interpolation,
            seed=seed,
            fill_value=fill_value,
            data_format=data_format,
            **options,
        )
        self.height_factor = check_factor("RandomZoom", "height_factor", height_factor)
        self.width_factor = None if width_factor is None else check_factor("RandomZoom", "width_factor", width_factor)

    def express(self, apply, X):
        """Express `random_affine` with a zoom."""
        wide = () if self.width_factor is None else range_of(self.width_factor)
        return self.move(apply, X, zoom=(*range_of(self.height_factor), *wide))


for cls in (RandomTranslation, RandomRotation, RandomZoom):
    LAYERS.add(cls)
