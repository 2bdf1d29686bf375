"""Convolution: filters that slide over an image or a sequence and see a small window of it at a time."""

from __future__ import annotations

from chainrule import activations, constraints, initializers, regularizers
from chainrule.arguments import check_whole
from chainrule.errors import ArgumentError, ShapeError
from chainrule.layers.base import LAYERS
from chainrule.layers.image_arguments import check_padding, check_sizes
from chainrule.layers.spatial import SlidingLayer


class ConvolvingLayer(SlidingLayer):
    """Base of every convolution: its window, its bias and its activation.

    Parameters
    ----------
    kernel_size, strides, padding, data_format, dilation_rate, activation, use_bias
        See `Conv2D`.
    bias_initializer, bias_regularizer, bias_constraint
        See `Conv2D`.
    **options
        See `Layer`.
    """

    #: The words that `padding` takes.
    paddings: tuple[str, ...] = ("valid", "same")

    def __init__(
        self,
        *,
        kernel_size,
        strides,
        padding,
        data_format,
        dilation_rate,
        activation,
        use_bias,
        bias_initializer,
        bias_regularizer,
        bias_constraint,
        **options,
    ):
        kind = type(self).__name__
        padding = check_padding(kind, padding, self.paddings)
        super().__init__(strides=strides, padding=padding, data_format=data_format, **options)
        self.kernel_size = check_sizes(kind, "kernel_size", kernel_size, self.rank)
        self.dilation_rate = check_sizes(kind, "dilation_rate", dilation_rate, self.rank)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ArgumentError(
                f"{kind} takes strides or a dilation_rate above 1, not both; received strides={self.strides} and "
                f"dilation_rate={self.dilation_rate}."
            )
        self.activation = activations.get(activation)
        self.use_bias = bool(use_bias)
        self.bias_initializer = initializers.get(bias_initializer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.bias_constraint = constraints.get(bias_constraint)

    def add_bias(self, channels: int) -> None:
        """Declare `bias`, one number for each channel that comes out, if the layer has one."""
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                "bias", (channels,), self.bias_initializer, self.bias_regularizer, self.bias_constraint
            )

    def with_bias(self, *operands) -> tuple:
        """Return the operands of an operation, the bias last if there is one."""
        return operands if self.bias is None else (*operands, self.bias)

    def finish(self, apply, Y):
        """Express the activation, and return to the layer's own rank."""
        return self.as_given(apply, self.activation.express(apply, Y))


class Convolution(ConvolvingLayer):
    """Base of `Conv1D` and `Conv2D`, which differ in the number of axes that the window moves along.

    Parameters
    ----------
    filters, kernel_size, strides, padding, data_format, dilation_rate, groups, activation, use_bias
        See `Conv2D`.
    kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, kernel_constraint, bias_constraint
        See `Conv2D`.
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
        groups=1,
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
        kind = type(self).__name__
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
        self.filters = check_whole(kind, "filters", filters)
        self.groups = check_whole(kind, "groups", groups)
        if self.filters % self.groups:
            raise ArgumentError(
                f"{kind}'s filters are shared out among its groups and must be a multiple of them; received "
                f"filters={self.filters} and groups={self.groups}."
            )
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)

    def build(self, input_shape):
        """Declare `kernel` and `bias`."""
        _, sizes = self.slide(input_shape, self.kernel_size, self.dilation_rate)
        channels = input_shape[-1]
        if channels % self.groups:
            raise ShapeError(
                f"Layer {self.name!r}: the channels that come in are shared out among its groups={self.groups} and "
                f"must be a multiple of them; received {channels} in {tuple(input_shape)}: choose groups that divide "
                f"{channels} and {self.filters}."
            )
        self.kernel = self.add_weight(
            "kernel",
            (*self.kernel_size, channels // self.groups, self.filters),
            self.kernel_initializer,
            self.kernel_regularizer,
            self.kernel_constraint,
        )
        self.add_bias(self.filters)
        return (input_shape[0], *sizes, self.filters)

    def express(self, apply, X):
        """Express `conv2d`, then the activation."""
        padding, _ = self.slide(X.shape, self.kernel_size, self.dilation_rate)
        Y = apply(
            "conv2d",
            *self.with_bias(self.as_image(apply, X), self.kernel_as_image(apply, self.kernel)),
            strides=self.both(self.strides),
            padding=padding,
            dilation=self.both(self.dilation_rate),
            groups=self.groups,
        )
        return self.finish(apply, Y)


class Conv2D(Convolution):
    """Convolution over images: each filter is laid over every place of the image and multiplied with what is there.

    Use it wherever a pattern means the same in all places of an image: edges first, then what is made of them.

    Parameters
    ----------
    filters : int
        How many patterns are looked for: the channels that come out.
    kernel_size : int or tuple of 2 int
        Height and width of the window.
    strides : int or tuple of 2 int, default 1
        By how much the window moves on.
    padding : {"valid", "same"}, default "valid"
        "valid": the window stays within the image, which shrinks. "same": zeros around the image, so that it keeps its
        size (divided by the strides, rounded up); of an odd number of zeros the last goes below and to the right.
    data_format : {None, "channels_last"}
        "channels_last" also says that an image of shape (1, 28, 28) has 28 channels and is not the wrong way round.
    dilation_rate : int or tuple of 2 int, default 1
        The distance of the window's columns (and rows) from each other; above 1 not together with strides.
    groups : int, default 1
        In how many parts the channels are cut, each with filters of its own.
    activation : str or ActivationFunction, optional
        Applied to the sum; without it the layer is linear.
    use_bias : bool, default True
        Whether a number is added to each channel that comes out.
    kernel_initializer : str or Initializer, default "glorot_uniform"
    bias_initializer : str or Initializer, default "zeros"
    kernel_regularizer, bias_regularizer : str or Regularizer, optional
        Penalties, added to the loss.
    kernel_constraint, bias_constraint : str or Constraint, optional
        Applied after each step.
    **options
        `name`, `trainable`, `dtype`, `input_shape`: see `Layer`.

    Notes
    -----
    Shapes: input (N, H, W, C), output (N, H', W', filters); weights `kernel` (height, width, C / groups, filters) and
    `bias` (filters,). The sizes that come out are in `chainrule.layers.windows`, the operation and its gradient in
    `chainrule.ops.conv2d`. As in every library, the kernel is not flipped: it is a correlation, in strictness.

    Source: LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE 86, 1998.

    Raises
    ------
    ArgumentError
        If a size is not a whole number above 0, strides and dilation_rate are both above 1, or the filters are no
        multiple of the groups.
    ShapeError
        If the input is no image of known size, smaller than the window, or its channels are no multiple of the groups.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Conv2D(1, 2, kernel_initializer="ones")
    >>> layer(np.arange(9.0).reshape(1, 3, 3, 1))[0, :, :, 0]
    array([[ 8., 12.],
           [20., 24.]], dtype=float32)
    """


class Conv1D(Convolution):
    """Convolution over sequences: each filter is laid over every place of the sequence.

    Use it for signals and series, where a pattern means the same at all times.

    Parameters
    ----------
    filters : int
        How many patterns are looked for: the channels that come out.
    kernel_size : int
        Length of the window.
    strides : int, default 1
        By how much the window moves on.
    padding : {"valid", "same", "causal"}, default "valid"
        "valid": the window stays within the sequence, which shrinks. "same": zeros on both sides keep the length
        (divided by the strides, rounded up). "causal": all zeros come before, so that no place sees a later one.
    data_format : {None, "channels_last"}
    dilation_rate : int, default 1
        The distance of the window's places from each other; above 1 not together with strides.
    groups : int, default 1
        In how many parts the channels are cut, each with filters of its own.
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
    Shapes: input (N, T, C), output (N, T', filters); weights `kernel` (length, C / groups, filters) and `bias`
    (filters,). It expresses `conv2d` on images that are 1 wide.

    Source of causal dilated windows: van den Oord et al., "WaveNet", 2016, section 2.1.

    Raises
    ------
    ArgumentError
        If a size is not a whole number above 0, strides and dilation_rate are both above 1, or the filters are no
        multiple of the groups.
    ShapeError
        If the input is no sequence of known length, shorter than the window, or its channels are no multiple of the
        groups.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Conv1D(1, 2, padding="causal", kernel_initializer="ones")
    >>> layer(np.array([[[1.0], [2.0], [3.0]]]))[0, :, 0]
    array([1., 3., 5.], dtype=float32)
    """

    rank = 1
    paddings = ("valid", "same", "causal")


#: Keras' other names.
Convolution1D, Convolution2D = Conv1D, Conv2D

LAYERS.add(Conv1D, "Convolution1D")
LAYERS.add(Conv2D, "Convolution2D")
