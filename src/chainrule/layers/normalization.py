"""Layers that bring numbers to a common scale."""

from __future__ import annotations

import numpy as np

from chainrule import constraints, initializers, regularizers
from chainrule.arguments import check_number, check_whole
from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.layers.base import LAYERS, Layer

#: The smallest standard deviation that is divided by, so that a constant column becomes 0 and not infinity.
SMALLEST_DEVIATION = 1e-7


class Rescaling(Layer):
    """Y = X · scale + offset, with fixed numbers: 1/255 for images.

    Parameters
    ----------
    scale : float or list of float
    offset : float or list of float, default 0
    **options
        See `Layer`.
    """

    def __init__(self, scale, offset=0.0, **options):
        super().__init__(**options)
        self.scale, self.offset = _numbers("scale", scale), _numbers("offset", offset)

    def express(self, apply, X):
        """`rescale`."""
        return apply("rescale", X, scale=self.scale, offset=self.offset)


class Normalization(Layer):
    """Subtract the mean and divide by the standard deviation of each column, learnt from data by `adapt`.

    Put it first, so that the network takes raw numbers wherever it goes.

    Parameters
    ----------
    mean, variance : float or list of float, optional
        Known statistics instead of `adapt`; both or neither.
    invert : bool, default False
        Undo the scaling instead: Y = X · deviation + mean, for a scaled target.
    **options
        See `Layer`.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Normalization()
    >>> layer.adapt(np.array([[0.0], [2.0]]))
    >>> layer(np.array([[0.0], [4.0]]))
    array([[-1.],
           [ 3.]], dtype=float32)
    """

    def __init__(self, mean=None, variance=None, invert=False, **options):
        super().__init__(**options)
        if (mean is None) != (variance is None):
            raise ArgumentError("Normalization takes mean and variance together, or neither and learns them with adapt(x).")
        self.mean = None if mean is None else _numbers("mean", mean)
        self.variance = None if variance is None else _numbers("variance", variance)
        self.invert = bool(invert)
        self._adapted = None

    def build(self, input_shape):
        """Keep `mean` and `variance` as weights that training leaves alone, so that they travel with the model."""
        columns = (input_shape[-1],)
        mean, variance = self._statistics(columns)
        self.mean_weight = self.add_weight("mean", columns, initializers.Constant(0.0), trainable=False)
        self.variance_weight = self.add_weight("variance", columns, initializers.Constant(1.0), trainable=False)
        self._given = (mean, variance)
        return input_shape

    def _statistics(self, columns):
        mean, variance = self._adapted or (self.mean, self.variance)
        if mean is None:
            return None, None
        try:
            return np.broadcast_to(mean, columns), np.broadcast_to(variance, columns)
        except ValueError as error:
            raise ShapeError(
                f"Layer {self.name!r} has statistics of {np.size(mean)} columns and inputs of {columns[0]} columns."
            ) from error

    def initialise(self, seed, index, dtype):
        """Give weights without numbers the known or adapted statistics, else mean 0 and variance 1."""
        has_numbers = self.mean_weight.value is not None
        super().initialise(seed, index, dtype)
        mean, variance = self._given
        if mean is not None and not has_numbers:
            self.mean_weight.assign(mean)
            self.variance_weight.assign(variance)
            self._given = (None, None)

    def adapt(self, data) -> None:
        """Learn mean and variance of each column (the last axis) from data.

        Raises
        ------
        DataError
            If the data are empty or hold NaN.
        """
        from chainrule.training.arrays import refuse_non_finite, to_array

        X = to_array(data, "data")
        X = X.reshape(-1, 1) if X.ndim == 1 else X.reshape(-1, X.shape[-1])
        if len(X) == 0:
            raise DataError("adapt needs at least one row; the data are empty.")
        refuse_non_finite(X, "data", slice(0, len(X)))
        X = X.astype(np.float64)
        self._adapted = (X.mean(axis=0), X.var(axis=0))
        if self.built_shape is None:
            return
        mean, variance = self._statistics(self.mean_weight.shape)
        self._given = (mean, variance)
        if self.mean_weight.value is not None:
            self.mean_weight.assign(mean)
            self.variance_weight.assign(variance)
            self._given = (None, None)

    def express(self, apply, X):
        """`standardise`, or `unstandardise` with invert."""
        name = "unstandardise" if self.invert else "standardise"
        return apply(name, X, self.mean_weight, self.variance_weight, smallest=SMALLEST_DEVIATION)


class BatchNormalization(Layer):
    """Standardise each channel over the batch while training, and by running statistics in use; then scale and shift.

    Use it between a layer and its activation, to train deep networks faster.

    Parameters
    ----------
    axis : int, default -1
        The channels' axis: the last.
    momentum : float, default 0.99
        How much of the running statistics each step keeps (PyTorch's `momentum` is one minus this).
    epsilon : float, default 1e-3
        Added to the variance (PyTorch: 1e-5).
    center, scale : bool, default True
        Whether β and γ are learnt.
    beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer
        "zeros", "ones", "zeros", "ones".
    beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint : optional
    **options
        See `Layer`. While frozen (`trainable=False`) it behaves as in use.

    Notes
    -----
    Source: Ioffe and Szegedy, "Batch normalization", ICML 2015.
    """

    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        moving_mean_initializer="zeros",
        moving_variance_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        **options,
    ):
        super().__init__(**options)
        self.axis = check_whole("BatchNormalization", "axis", axis, -32, 32)
        self.momentum = check_number("BatchNormalization", "momentum", momentum, 0, 1)
        self.epsilon = check_number("BatchNormalization", "epsilon", epsilon, 0, above=True)
        self.center, self.scale = bool(center), bool(scale)
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer, self.gamma_regularizer = regularizers.get(beta_regularizer), regularizers.get(gamma_regularizer)
        self.beta_constraint, self.gamma_constraint = constraints.get(beta_constraint), constraints.get(gamma_constraint)

    def build(self, input_shape):
        """Declare γ and β, and the running mean and variance."""
        if self.axis not in (-1, len(input_shape) - 1):
            raise ArgumentError(
                f"Layer {self.name!r}: BatchNormalization normalises the last axis (channels last); received axis={self.axis}."
            )
        channels = (input_shape[-1],)
        self.gamma = self.add_weight(
            "gamma", channels, self.gamma_initializer, self.gamma_regularizer, self.gamma_constraint, trainable=self.scale
        )
        self.beta = self.add_weight(
            "beta", channels, self.beta_initializer, self.beta_regularizer, self.beta_constraint, trainable=self.center
        )
        self.moving_mean = self.add_weight("moving_mean", channels, self.moving_mean_initializer, trainable=False)
        self.moving_variance = self.add_weight("moving_variance", channels, self.moving_variance_initializer, trainable=False)
        return input_shape

    def express(self, apply, X):
        """`batch_normalise` while training, `affine_normalise` in use."""
        weights = (self.gamma, self.beta, self.moving_mean, self.moving_variance)
        if apply.training and self.trainable:
            return apply("batch_normalise", X, *weights, epsilon=self.epsilon, momentum=self.momentum)
        return apply("affine_normalise", X, *weights, epsilon=self.epsilon)


class LayerNormalization(Layer):
    """Standardise each row over its last axis, then scale and shift; the same in training and in use.

    Parameters
    ----------
    axis : int, default -1
        The last.
    epsilon : float, default 1e-3
    center, scale : bool, default True
    beta_initializer, gamma_initializer, beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint
    **options
        See `Layer`.

    Notes
    -----
    Source: Ba, Kiros and Hinton, "Layer normalization", 2016.
    """

    def __init__(
        self,
        axis=-1,
        epsilon=1e-3,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        **options,
    ):
        super().__init__(**options)
        self.axis = check_whole("LayerNormalization", "axis", axis, -32, 32)
        self.epsilon = check_number("LayerNormalization", "epsilon", epsilon, 0, above=True)
        self.center, self.scale = bool(center), bool(scale)
        self.beta_initializer, self.gamma_initializer = initializers.get(beta_initializer), initializers.get(gamma_initializer)
        self.beta_regularizer, self.gamma_regularizer = regularizers.get(beta_regularizer), regularizers.get(gamma_regularizer)
        self.beta_constraint, self.gamma_constraint = constraints.get(beta_constraint), constraints.get(gamma_constraint)

    def build(self, input_shape):
        """Declare γ and β."""
        if self.axis not in (-1, len(input_shape) - 1):
            raise ArgumentError(f"Layer {self.name!r}: LayerNormalization normalises the last axis; received axis={self.axis}.")
        features = (input_shape[-1],)
        self.gamma = self.add_weight(
            "gamma", features, self.gamma_initializer, self.gamma_regularizer, self.gamma_constraint, trainable=self.scale
        )
        self.beta = self.add_weight(
            "beta", features, self.beta_initializer, self.beta_regularizer, self.beta_constraint, trainable=self.center
        )
        return input_shape

    def express(self, apply, X):
        """`layer_normalise`."""
        return apply("layer_normalise", X, self.gamma, self.beta, epsilon=self.epsilon)


def _numbers(what: str, value):
    """Return a float, or a list of floats."""
    try:
        A = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{what} is a number or a list of numbers; received {value!r}.") from error
    if not np.isfinite(A).all():
        raise ArgumentError(f"{what} holds NaN or infinity: {value!r}.")
    return float(A) if A.ndim == 0 else A.tolist()


for cls in (Rescaling, Normalization, BatchNormalization, LayerNormalization):
    LAYERS.add(cls)
