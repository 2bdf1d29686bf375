"""Layer normalisation: a common scale for each row."""

from __future__ import annotations

from chainrule import constraints, initializers, regularizers
from chainrule.arguments import check_number
from chainrule.layers.arguments import check_axis, last_axis
from chainrule.layers.base import LAYERS, Layer


class LayerNormalization(Layer):
    """Standardise each row over its last axis, then scale and shift; the same in training and in use.

    Use it where batches are small, and in networks over sequences.

    Parameters
    ----------
    axis : int, default -1
        The last.
    epsilon : float, default 1e-3
        Added to the variance (PyTorch: 1e-5).
    center, scale : bool, default True
        Whether β and γ are learnt; where not, they stay as they were initialised.
    beta_initializer, gamma_initializer : str or Initializer, default "zeros" and "ones"
    beta_regularizer, gamma_regularizer : str or Regularizer, optional
    beta_constraint, gamma_constraint : str or Constraint, optional
    **options
        See `Layer`.

    Notes
    -----
    `y = γ (x − m) / √(v + ε) + β`, m and v being mean and (biased) variance of the row. Shapes: input and output (N,
    …, I); weights `gamma` (I,) and `beta` (I,). The operation is in `chainrule.ops.layer_normalise`.

    Source: Ba, Kiros and Hinton, "Layer normalization", 2016, equations 3 and 4.

    Raises
    ------
    ArgumentError
        If epsilon is not above 0, or the axis not the last.
    ShapeError
        If the size of the last axis is left open.

    Examples
    --------
    >>> import numpy as np
    >>> LayerNormalization(epsilon=1e-12)(np.array([[1.0, 3.0], [0.0, 100.0]]))
    array([[-1.,  1.],
           [-1.,  1.]], dtype=float32)
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
        self.axis = check_axis("LayerNormalization", axis)
        self.epsilon = check_number("LayerNormalization", "epsilon", epsilon, 0, above=True)
        self.center, self.scale = bool(center), bool(scale)
        self.beta_initializer, self.gamma_initializer = (
            initializers.get(beta_initializer),
            initializers.get(gamma_initializer),
        )
        self.beta_regularizer, self.gamma_regularizer = (
            regularizers.get(beta_regularizer),
            regularizers.get(gamma_regularizer),
        )
        self.beta_constraint, self.gamma_constraint = (
            constraints.get(beta_constraint),
            constraints.get(gamma_constraint),
        )

    def build(self, input_shape):
        """Declare γ and β."""
        features = (last_axis(self, input_shape),)
        self.gamma = self.add_weight(
            "gamma",
            features,
            self.gamma_initializer,
            self.gamma_regularizer,
            self.gamma_constraint,
            trainable=self.scale,
        )
        self.beta = self.add_weight(
            "beta", features, self.beta_initializer, self.beta_regularizer, self.beta_constraint, trainable=self.center
        )
        return input_shape

    def express(self, apply, X):
        """Express `layer_normalise`."""
        return apply("layer_normalise", X, self.gamma, self.beta, epsilon=self.epsilon)


LAYERS.add(LayerNormalization)
