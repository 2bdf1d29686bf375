"""Transposed convolution: the way back of a convolution, which makes an image larger with weights that are learnt."""

from __future__ import annotations

from chainrule import constraints, initializers, regularizers
from chainrule.arguments import check_whole
from chainrule.errors import ArgumentError, ShapeError
from chainrule.layers.base import LAYERS
from chainrule.layers.convolution import ConvolvingLayer
from chainrule.layers.image_arguments import check_sizes
from chainrule.layers.windows import transposed_places


class Conv2DTranspose(ConvolvingLayer):
    """Transposed convolution over images: each place is laid out as a window of numbers, and windows that meet add up.

    Use it to make images larger, in decoders and generators. Its forward pass is a convolution's way back: shapes that
    a `Conv2D` of the same arguments turns from a to b it turns from b to a.

    Parameters
    ----------
    filters : int
        The channels that come out.
    kernel_size : int or tuple of 2 int
        Height and width of the window.
    strides : int or tuple of 2 int, default 1
        By how much the windows are apart: about how much larger the image gets.
    padding : {"valid", "same"}, default "valid"
        "valid": all that the windows cover. "same": the size times the strides.
    output_padding : int or tuple of 2 int, optional
        Rows and columns that are added below and to the right, to choose among the sizes that the strides leave open;
        below the strides. Without it, Keras' choice: see `chainrule.layers.windows`.
    data_format : {None, "channels_last"}
    dilation_rate : int or tuple of 2 int, default 1
        Above 1 not together with strides.
    activation : str or ActivationFunction, optional
    use_bias : bool, default True
    kernel_initializer : str or Initializer, default "glorot_uniform"
    bias_initializer : str or Initializer, default "zeros"
    kernel_regularizer, bias_regularizer : str or Regularizer, optional
    kernel_constraint, bias_constraint : str or Constraint, optional
    **options
        `name`, `trainable`, `dtype`, `input_shape`: see `Layer`.

    Notes
    -----
    Shapes: input (N, H, W, C), output (N, H', W', filters); weights `kernel` (height, width, filters, C), the last two
    the other way round than a `Conv2D`'s, and `bias` (filters,). The operation is in `chainrule.ops.conv2d_transpose`.

    Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016, chapter 4.

    Raises
    ------
    ArgumentError
        If a size is not a whole number above 0, strides and dilation_rate are both above 1, or output_padding is not
        below the strides.
    ShapeError
        If the input is no image of known size.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Conv2DTranspose(1, 2, strides=2, kernel_initializer="ones")
    >>> layer(np.array([[[[1.0], [2.0]]]]))[0, :, :, 0]
    array([[1., 1., 2., 2.],
           [1., 1., 2., 2.]], dtype=float32)
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        output_padding=None,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **options,
    ):
        super().__init__(
            kernel_size=kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activation,
            use_bias=use_bias,
            bias_initializer=bias_initializer,
            bias_regularizer=bias_regularizer,
            bias_constraint=bias_constraint,
            **options,
        )
        self.filters = check_whole("Conv2DTranspose", "filters", filters)
        self.output_padding = None
        if output_padding is not None:
            self.output_padding = check_sizes("Conv2DTranspose", "output_padding", output_padding, self.rank, low=0)
            if any(more >= stride for more, stride in zip(self.output_padding, self.strides, strict=True)):
                raise ArgumentError(
                    f"Conv2DTranspose's output_padding is below its strides; received output_padding="
                    f"{self.output_padding} and strides={self.strides}."
                )
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)

    def build(self, input_shape):
        """Declare `kernel` and `bias`."""
        sizes = [spread.size for spread in self._spreads(input_shape)]
        self.kernel = self.add_weight(
            "kernel",
            (*self.kernel_size, self.filters, input_shape[-1]),
            self.kernel_initializer,
            self.kernel_regularizer,
            self.kernel_constraint,
        )
        self.add_bias(self.filters)
        return (input_shape[0], *sizes, self.filters)

    def _spreads(self, input_shape):
        """Return what is cropped and added along each axis, and the size that comes out."""
        sizes = self.sizes_of(input_shape)
        self.refuse_channels_first(input_shape, self.kernel_size)
        more = self.output_padding or (None,) * self.rank
        found = [
            transposed_places(size, window, stride, self.padding, spacing, extra)
            for size, window, stride, spacing, extra in zip(
                sizes, self.kernel_size, self.strides, self.dilation_rate, more, strict=True
            )
        ]
        if any(spread.size < 1 for spread in found):
            raise ShapeError(
                f"Layer {self.name!r}: output_padding={self.output_padding} leaves nothing of images of shape "
                f"{tuple(input_shape)}: make it larger, or leave it out."
            )
        return found

    def express(self, apply, X):
        """Express `conv2d_transpose`, then the activation."""
        down, right = self._spreads(X.shape)
        Y = apply(
            "conv2d_transpose",
            *self.with_bias(X, self.kernel),
            strides=self.strides,
            padding=(down.before, down.after, right.before, right.after),
            extra=(down.extra, right.extra),
            dilation=self.dilation_rate,
        )
        return self.finish(apply, Y)


#: Keras' other name.
Convolution2DTranspose = Conv2DTranspose

LAYERS.add(Conv2DTranspose, "Convolution2DTranspose")
