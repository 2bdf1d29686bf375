"""What layers over images and over sequences share: the shapes they take, and sequences as images that are 1 wide.

A layer over sequences (N, T, C) expresses the operation over images (N, T, 1, C), with windows that are 1 wide: one set
of operations serves both.
"""

from __future__ import annotations

import math
from typing import Any

from chainrule.errors import ShapeError
from chainrule.layers.base import Layer
from chainrule.layers.image_arguments import check_data_format, check_sizes
from chainrule.layers.windows import places, spread

#: Numbers of channels that images come with, and the least size that tells an image's side from channels.
USUAL_CHANNELS, USUAL_SIDE = (1, 3), 16
#: What a layer takes, by the number of axes that it moves along.
_NAMES = {1: "sequences", 2: "images"}
_AXES = {1: "(rows, length, channels)", 2: "(rows, height, width, channels)"}


class SpatialLayer(Layer):
    """Base of the layers over images (rank 2) and over sequences (rank 1), channels last.

    Parameters
    ----------
    data_format : str, optional
        "channels_last", the one order there is.
    **options
        See `Layer`.
    """

    rank = 2

    def __init__(self, *, data_format=None, **options):
        super().__init__(**options)
        self.data_format = check_data_format(type(self).__name__, data_format, self.rank)

    def sizes_of(self, input_shape) -> tuple[int, ...]:
        """Return the sizes of the image's axes, or refuse a shape that is none of an image or has sizes left open."""
        kind, rank = type(self).__name__, self.rank
        takes = f"{_NAMES[rank]} of shape {_AXES[rank]}"
        if len(input_shape) != rank + 2:
            raise ShapeError(
                f"Layer {self.name!r}: {kind} takes {takes}; received {tuple(input_shape)}{_mend(input_shape, rank)}."
            )
        if None in input_shape[1:]:
            such_as = "(28, 28, 1)" if rank == 2 else "(100, 1)"
            raise ShapeError(
                f"Layer {self.name!r}: {kind} takes {takes} of known sizes; received {tuple(input_shape)}: fix them, "
                f"such as Input(shape={such_as})."
            )
        return tuple(input_shape[1:-1])

    def as_image(self, apply, X):
        """Return the slot of an image: a sequence becomes one that is 1 wide."""
        return X if self.rank == 2 else apply("reshape", X, shape=(X.shape[1], 1, X.shape[2]))

    def as_given(self, apply, Y):
        """Return what `as_image` made in the layer's own rank."""
        return Y if self.rank == 2 else apply("reshape", Y, shape=(Y.shape[1], Y.shape[3]))

    def kernel_as_image(self, apply, kernel):
        """Return a kernel (k, C, F) as (k, 1, C, F); the kernel of an image stays."""
        return kernel if self.rank == 2 else apply("reshape", kernel, shape=(1, *kernel.shape[1:]))

    def both(self, sizes, missing: Any = 1) -> tuple[Any, ...]:
        """Return sizes for both axes of an image: a sequence's second axis has the one that is missing."""
        return tuple(sizes) if self.rank == 2 else (*sizes, missing)


class SlidingLayer(SpatialLayer):
    """Base of the layers that move a window over an image: convolutions and pooling.

    Parameters
    ----------
    strides, padding, data_format
        See `Conv2D`.
    **options
        See `Layer`.
    """

    #: What messages call the window, and the argument that sets its size.
    window_name, window_argument = "kernel", "kernel_size"

    def __init__(self, *, strides, padding, data_format=None, **options):
        super().__init__(data_format=data_format, **options)
        self.strides = check_sizes(type(self).__name__, "strides", strides, self.rank)
        self.padding = padding

    def slide(self, input_shape, window, dilation=None) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Return the padding (top, bottom, left, right) and the sizes that come out, or refuse what doesn't fit."""
        sizes = self.sizes_of(input_shape)
        self.refuse_channels_first(input_shape, window)
        dilation = dilation or (1,) * self.rank
        found = [
            places(size, one, stride, self.padding, spacing)
            for size, one, stride, spacing in zip(sizes, window, self.strides, dilation, strict=True)
        ]
        if any(place.count < 1 for place in found):
            raise ShapeError(self._too_large(input_shape, sizes, window, dilation))
        padding = tuple(number for place in found for number in (place.before, place.after))
        return (padding if self.rank == 2 else (*padding, 0, 0)), tuple(place.count for place in found)

    def _too_large(self, input_shape, sizes, window, dilation) -> str:
        inputs = _NAMES[self.rank]
        reach = tuple(spread(one, spacing) for one, spacing in zip(window, dilation, strict=True))
        spread_out = f" (spread to {_times(reach)} by its dilation_rate)" if reach != tuple(window) else ""
        return (
            f"Layer {self.name!r}: a {self.window_name} of {_times(window)}{spread_out} doesn't fit into "
            f"{inputs} of {_times(sizes)}, received as {tuple(input_shape)}: take a smaller {self.window_argument}, "
            f"larger {inputs}, or padding='same'."
        )

    def refuse_channels_first(self, input_shape, window) -> None:
        """Refuse (N, 1, 28, 28), where (N, 28, 28, 1) is meant, unless the layer was told that channels are last."""
        if self.rank != 2 or self.data_format is not None or window[0] == 1:
            return
        first, *sides = input_shape[1:]
        # Taller than the image that it moves over, or an image with as many channels as columns: it is a square one.
        unlikely = window[0] > first or sides[0] == sides[1]
        if first in USUAL_CHANNELS and min(sides) >= USUAL_SIDE and unlikely:
            raise ShapeError(
                f"Layer {self.name!r}: {type(self).__name__} takes images of shape {_AXES[2]}, and "
                f"{tuple(input_shape)} looks like channels first: bring them to {(None, *sides, first)} with "
                f"x.transpose(0, 2, 3, 1), or say data_format='channels_last' if {sides[1]} channels are meant."
            )


def _mend(input_shape, rank: int) -> str:
    """Return how rows of the wrong number of axes most likely become images or sequences, or ""."""
    row = tuple(input_shape[1:])
    if None in row:
        return ""
    if len(row) == rank:
        return f": add a channel axis: x[..., None], or Input(shape={(*row, 1)})"
    if len(row) == 1 and rank == 2:
        side = math.isqrt(row[0])
        shape = (side, side, 1) if side * side == row[0] and side > 1 else "(height, width, channels)"
        return f": give the rows their axes back first, with Reshape({shape})"
    return ""


def _times(sizes: Any) -> str:
    return " × ".join(map(str, sizes))
