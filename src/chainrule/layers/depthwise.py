"""Depthwise convolution: filters that see one channel each; alone, and followed by one that mixes the channels."""

from __future__ import annotations

from chainrule import constraints, initializers, regularizers
from chainrule.arguments import check_whole
from chainrule.layers.base import LAYERS
from chainrule.layers.convolution import ConvolvingLayer


class DepthwiseLayer(ConvolvingLayer):
    """Base of the layers with a depthwise kernel.

    Parameters
    ----------
    depth_multiplier, depthwise_initializer, depthwise_regularizer, depthwise_constraint
        See `DepthwiseConv2D`.
    **options
        See `Conv2D`.
    """

    def __init__(
        self,
        *,
        depth_multiplier,
        depthwise_initializer,
        depthwise_regularizer,
        depthwise_constraint,
        **options,
    ):
        super().__init__(**options)
        self.depth_multiplier = check_whole(type(self).__name__, "depth_multiplier", depth_multiplier)
        self.depthwise_initializer = initializers.get(depthwise_initializer)
        self.depthwise_regularizer = regularizers.get(depthwise_regularizer)
        self.depthwise_constraint = constraints.get(depthwise_constraint)

    def add_depthwise_kernel(self, channels: int) -> None:
        """Declare `depthwise_kernel`."""
        self.depthwise_kernel = self.add_weight(
            "depthwise_kernel",
            (*self.kernel_size, channels, self.depth_multiplier),
            self.depthwise_initializer,
            self.depthwise_regularizer,
            self.depthwise_constraint,
        )

    def depthwise(self, apply, X, *bias):
        """Express `depthwise_conv2d` on an image, of which X is the layer's own form."""
        padding, _ = self.slide(X.shape, self.kernel_size, self.dilation_rate)
        return apply(
            "depthwise_conv2d",
            self.as_image(apply, X),
            self.kernel_as_image(apply, self.depthwise_kernel),
            *bias,
            strides=self.both(self.strides),
            padding=padding,
            dilation=self.both(self.dilation_rate),
        )


class DepthwiseConv2D(DepthwiseLayer):
    """Convolution of each channel by itself: `depth_multiplier` filters look at one channel and at no other.

    Use it where few weights are to do: a `Conv2D` of window 1 after it mixes the channels (`SeparableConv2D`).

    Parameters
    ----------
    kernel_size : int or tuple of 2 int
        Height and width of the window.
    strides : int or tuple of 2 int, default 1
    padding : {"valid", "same"}, default "valid"
        See `Conv2D`.
    depth_multiplier : int, default 1
        How many filters each channel has.
    data_format : {None, "channels_last"}
    dilation_rate : int or tuple of 2 int, default 1
        Above 1 not together with strides.
    activation : str or ActivationFunction, optional
    use_bias : bool, default True
    depthwise_initializer : str or Initializer, default "glorot_uniform"
    bias_initializer : str or Initializer, default "zeros"
    depthwise_regularizer, bias_regularizer : str or Regularizer, optional
    depthwise_constraint, bias_constraint : str or Constraint, optional
    **options
        `name`, `trainable`, `dtype`, `input_shape`: see `Layer`.

    Notes
    -----
    Shapes: input (N, H, W, C), output (N, H', W', C · depth_multiplier), the filters of a channel side by side; weights
    `depthwise_kernel` (height, width, C, depth_multiplier) and `bias` (C · depth_multiplier,). The operation is in
    `chainrule.ops.depthwise_conv2d`.

    Source: Sifre, "Rigid-motion scattering for image classification", 2014, section 6.2.

    Raises
    ------
    ArgumentError
        If a size is not a whole number above 0, or strides and dilation_rate are both above 1.
    ShapeError
        If the input is no image of known size, or smaller than the window.

    Examples
    --------
    >>> import numpy as np
    >>> layer = DepthwiseConv2D(2, depthwise_initializer="ones")
    >>> layer(np.array([[[[1.0, 10.0], [2.0, 20.0]], [[3.0, 30.0], [4.0, 40.0]]]]))
    array([[[[ 10., 100.]]]], dtype=float32)
    """

    def __init__(
        self,
        kernel_size,
        strides=1,
        padding="valid",
        depth_multiplier=1,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        bias_regularizer=None,
        depthwise_constraint=None,
        bias_constraint=None,
        **options,
    ):
        super().__init__(
            kernel_size=kernel_size,
            strides=strides,
            padding=padding,
            depth_multiplier=depth_multiplier,
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activation,
            use_bias=use_bias,
            depthwise_initializer=depthwise_initializer,
            bias_initializer=bias_initializer,
            depthwise_regularizer=depthwise_regularizer,
            bias_regularizer=bias_regularizer,
            depthwise_constraint=depthwise_constraint,
            bias_constraint=bias_constraint,
            **options,
        )

    def build(self, input_shape):
        """Declare `depthwise_kernel` and `bias`."""
        _, sizes = self.slide(input_shape, self.kernel_size, self.dilation_rate)
        channels = input_shape[-1] * self.depth_multiplier
        self.add_depthwise_kernel(input_shape[-1])
        self.add_bias(channels)
        return (input_shape[0], *sizes, channels)

    def express(self, apply, X):
        """Express `depthwise_conv2d`, then the activation."""
        return self.finish(apply, self.depthwise(apply, X, *self.with_bias()))


LAYERS.add(DepthwiseConv2D)
