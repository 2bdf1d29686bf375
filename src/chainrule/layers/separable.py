"""Separable convolution: each channel by itself over the window, then all channels at each place by themselves."""

from __future__ import annotations

from chainrule import constraints, initializers, regularizers
from chainrule.arguments import check_whole
from chainrule.layers.base import LAYERS
from chainrule.layers.depthwise import DepthwiseLayer


class SeparableConvolution(DepthwiseLayer):
    """Base of `SeparableConv1D` and `SeparableConv2D`.

    Parameters
    ----------
    filters, kernel_size, strides, padding, data_format, dilation_rate, depth_multiplier, activation, use_bias
        See `SeparableConv2D`.
    depthwise_initializer, pointwise_initializer, bias_initializer
        See `SeparableConv2D`.
    depthwise_regularizer, pointwise_regularizer, bias_regularizer
        See `SeparableConv2D`.
    depthwise_constraint, pointwise_constraint, bias_constraint
        See `SeparableConv2D`.
    **options
        See `Layer`.
    """

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        depth_multiplier=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        pointwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        pointwise_regularizer=None,
        bias_regularizer=None,
        depthwise_constraint=None,
        pointwise_constraint=None,
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
        self.filters = check_whole(type(self).__name__, "filters", filters)
        self.pointwise_initializer = initializers.get(pointwise_initializer)
        self.pointwise_regularizer = regularizers.get(pointwise_regularizer)
        self.pointwise_constraint = constraints.get(pointwise_constraint)

    def build(self, input_shape):
        """Declare `depthwise_kernel`, `pointwise_kernel` and `bias`."""
        _, sizes = self.slide(input_shape, self.kernel_size, self.dilation_rate)
        self.add_depthwise_kernel(input_shape[-1])
        self.pointwise_kernel = self.add_weight(
            "pointwise_kernel",
            (*(1,) * self.rank, input_shape[-1] * self.depth_multiplier, self.filters),
            self.pointwise_initializer,
            self.pointwise_regularizer,
            self.pointwise_constraint,
        )
        self.add_bias(self.filters)
        return (input_shape[0], *sizes, self.filters)

    def express(self, apply, X):
        """Express `depthwise_conv2d`, a `conv2d` whose window is one place, and the activation."""
        Y = apply(
            "conv2d",
            *self.with_bias(self.depthwise(apply, X), self.kernel_as_image(apply, self.pointwise_kernel)),
            strides=(1, 1),
            padding=(0, 0, 0, 0),
            dilation=(1, 1),
            groups=1,
        )
        return self.finish(apply, Y)


class SeparableConv2D(SeparableConvolution):
    """Convolution over images in two steps with far fewer weights: a window for each channel, then a mix of channels.

    Use it instead of a `Conv2D` where memory and time are short: for a window of 3 × 3 it has about a ninth of the
    weights.

    Parameters
    ----------
    filters : int
        The channels that come out.
    kernel_size : int or tuple of 2 int
        Height and width of the window.
    strides : int or tuple of 2 int, default 1
    padding : {"valid", "same"}, default "valid"
        See `Conv2D`.
    data_format : {None, "channels_last"}
    dilation_rate : int or tuple of 2 int, default 1
        Above 1 not together with strides.
    depth_multiplier : int, default 1
        How many filters each channel has in the first step.
    activation : str or ActivationFunction, optional
    use_bias : bool, default True
    depthwise_initializer, pointwise_initializer : str or Initializer, default "glorot_uniform"
    bias_initializer : str or Initializer, default "zeros"
    depthwise_regularizer, pointwise_regularizer, bias_regularizer : str or Regularizer, optional
    depthwise_constraint, pointwise_constraint, bias_constraint : str or Constraint, optional
    **options
        `name`, `trainable`, `dtype`, `input_shape`: see `Layer`.

    Notes
    -----
    Shapes: input (N, H, W, C), output (N, H', W', filters); weights `depthwise_kernel` (height, width, C,
    depth_multiplier), `pointwise_kernel` (1, 1, C · depth_multiplier, filters) and `bias` (filters,). There is no
    activation between the steps.

    Source: Chollet, "Xception: deep learning with depthwise separable convolutions", CVPR 2017.

    Raises
    ------
    ArgumentError
        If a size is not a whole number above 0, or strides and dilation_rate are both above 1.
    ShapeError
        If the input is no image of known size, or smaller than the window.

    Examples
    --------
    >>> import numpy as np
    >>> layer = SeparableConv2D(1, 2, depthwise_initializer="ones", pointwise_initializer="ones")
    >>> layer(np.array([[[[1.0, 10.0], [2.0, 20.0]], [[3.0, 30.0], [4.0, 40.0]]]]))
    array([[[[110.]]]], dtype=float32)
    """


class SeparableConv1D(SeparableConvolution):
    """Convolution over sequences in two steps with fewer weights: a window for each channel, then a mix of channels.

    Use it instead of a `Conv1D` where memory and time are short.

    Parameters
    ----------
    filters : int
        The channels that come out.
    kernel_size : int
        Length of the window.
    strides : int, default 1
    padding : {"valid", "same", "causal"}, default "valid"
        See `Conv1D`.
    data_format : {None, "channels_last"}
    dilation_rate : int, default 1
        Above 1 not together with strides.
    depth_multiplier : int, default 1
        How many filters each channel has in the first step.
    activation : str or ActivationFunction, optional
    use_bias : bool, default True
    depthwise_initializer, pointwise_initializer : str or Initializer, default "glorot_uniform"
    bias_initializer : str or Initializer, default "zeros"
    depthwise_regularizer, pointwise_regularizer, bias_regularizer : str or Regularizer, optional
    depthwise_constraint, pointwise_constraint, bias_constraint : str or Constraint, optional
    **options
        `name`, `trainable`, `dtype`, `input_shape`: see `Layer`.

    Notes
    -----
    Shapes: input (N, T, C), output (N, T', filters); weights `depthwise_kernel` (length, C, depth_multiplier),
    `pointwise_kernel` (1, C · depth_multiplier, filters) and `bias` (filters,).

    Raises
    ------
    ArgumentError
        If a size is not a whole number above 0, or strides and dilation_rate are both above 1.
    ShapeError
        If the input is no sequence of known length, or shorter than the window.

    Examples
    --------
    >>> import numpy as np
    >>> layer = SeparableConv1D(1, 2, depthwise_initializer="ones", pointwise_initializer="ones")
    >>> layer(np.array([[[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]]))[0, :, 0]
    array([33., 55.], dtype=float32)
    """

    rank = 1
    paddings = ("valid", "same", "causal")


#: Keras' other names.
SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D

LAYERS.add(SeparableConv1D, "SeparableConvolution1D")
LAYERS.add(SeparableConv2D, "SeparableConvolution2D")
