"""Batch normalisation: a common scale for each channel, by the batch."""

from __future__ import annotations

from chainrule import constraints, initializers, regularizers
from chainrule.arguments import check_number
from chainrule.layers.arguments import check_axis, last_axis
from chainrule.layers.base import LAYERS, Layer


class BatchNormalization(Layer):
    """Standardise each channel over the batch while training, and by running statistics in use; then scale and shift.

    Use it between a layer and its activation, to train deep networks faster. Batches of a few rows make it noisy;
    `LayerNormalization` does not look at other rows.

    Parameters
    ----------
    axis : int, default -1
        The channels' axis: the last.
    momentum : float, default 0.99
        How much of the running statistics each step keeps (PyTorch's `momentum` is one minus this).
    epsilon : float, default 1e-3
        Added to the variance (PyTorch: 1e-5).
    center, scale : bool, default True
        Whether β and γ are learnt; where not, they stay as they were initialised.
    beta_initializer, gamma_initializer : str or Initializer, default "zeros" and "ones"
    moving_mean_initializer, moving_variance_initializer : str or Initializer, default "zeros" and "ones"
    beta_regularizer, gamma_regularizer : str or Regularizer, optional
    beta_constraint, gamma_constraint : str or Constraint, optional
    **options
        See `Layer`. While frozen (`trainable=False`) it behaves as in use.

    Notes
    -----
    Training: `y = γ (x − m) / √(v + ε) + β`, m and v being mean and (biased) variance of the channel over the batch;
    after each step `moving = momentum · moving + (1 − momentum) · batch`. In use m and v are the moving ones. Both
    variances are biased (÷ n), as in Keras; PyTorch keeps the unbiased one as its running variance.

    Shapes: input and output (N, …, C); weights `gamma`, `beta`, `moving_mean`, `moving_variance`, each (C,), the last
    two without gradient. The operations are in `chainrule.ops.normalise`.

    Source: Ioffe and Szegedy, "Batch normalization", ICML 2015, algorithms 1 and 2.

    Raises
    ------
    ArgumentError
        If momentum is not from 0 to 1, epsilon not above 0, or the axis not the last.
    ShapeError
        If the number of channels is left open.

    Examples
    --------
    >>> import numpy as np
    >>> layer = BatchNormalization(epsilon=1e-12)
    >>> layer(np.array([[1.0], [3.0]]), training=True)
    array([[-1.],
           [ 1.]], dtype=float32)
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
        self.axis = check_axis("BatchNormalization", axis)
        self.momentum = check_number("BatchNormalization", "momentum", momentum, 0, 1)
        self.epsilon = check_number("BatchNormalization", "epsilon", epsilon, 0, above=True)
        self.center, self.scale = bool(center), bool(scale)
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer, self.gamma_regularizer = (
            regularizers.get(beta_regularizer),
            regularizers.get(gamma_regularizer),
        )
        self.beta_constraint, self.gamma_constraint = (
            constraints.get(beta_constraint),
            constraints.get(gamma_constraint),
        )

    def build(self, input_shape):
        """Declare γ and β, and the running mean and variance."""
        channels = (last_axis(self, input_shape),)
        self.gamma = self.add_weight(
            "gamma",
            channels,
            self.gamma_initializer,
            self.gamma_regularizer,
            self.gamma_constraint,
            trainable=self.scale,
        )
        self.beta = self.add_weight(
            "beta", channels, self.beta_initializer, self.beta_regularizer, self.beta_constraint, trainable=self.center
        )
        self.moving_mean = self.add_weight("moving_mean", channels, self.moving_mean_initializer, trainable=False)
        self.moving_variance = self.add_weight(
            "moving_variance", channels, self.moving_variance_initializer, trainable=False
        )
        return input_shape

    def express(self, apply, X):
        """Express `batch_normalise` while training, `affine_normalise` in use."""
        weights = (self.gamma, self.beta, self.moving_mean, self.moving_variance)
        if apply.training and self.trainable:
            return apply("batch_normalise", X, *weights, epsilon=self.epsilon, momentum=self.momentum)
        return apply("affine_normalise", X, *weights, epsilon=self.epsilon)


LAYERS.add(BatchNormalization)
