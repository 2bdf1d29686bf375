"""Group normalisation: a common scale for a group of channels of one image."""

from __future__ import annotations

from chainrule import constraints, initializers, regularizers
from chainrule.arguments import check_number, check_whole
from chainrule.errors import ShapeError
from chainrule.layers.arguments import check_axis, last_axis
from chainrule.layers.base import LAYERS, Layer

#: As many groups as channels.
EACH_CHANNEL = -1


class GroupNormalization(Layer):
    """Standardise groups of channels over all places of each image, then scale and shift each channel.

    Use it instead of `BatchNormalization` where batches are small: no image sees another, in training as in use.

    Parameters
    ----------
    groups : int, default 32
        In how many groups the channels are cut. 1 standardises the whole image, -1 each channel by itself (instance
        normalisation).
    axis : int, default -1
        The channels' axis: the last.
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
    `y = γ (x − m) / √(v + ε) + β`, m and v being mean and (biased) variance of the group in the image. Shapes: input
    and output (N, …, C); weights `gamma` (C,) and `beta` (C,). The operation is in `chainrule.ops.group_normalise`.

    Source: Wu and He, "Group normalization", ECCV 2018, section 3.

    Raises
    ------
    ArgumentError
        If groups is neither -1 nor a whole number above 0, epsilon not above 0, or the axis not the last.
    ShapeError
        If the channels are no multiple of the groups, or their number is left open.

    Examples
    --------
    >>> import numpy as np
    >>> GroupNormalization(groups=2, epsilon=1e-12)(np.array([[1.0, 3.0, 0.0, 100.0]]))
    array([[-1.,  1., -1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        groups=32,
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
        self.groups = groups if groups == EACH_CHANNEL else check_whole("GroupNormalization", "groups", groups)
        self.axis = check_axis("GroupNormalization", axis)
        self.epsilon = check_number("GroupNormalization", "epsilon", epsilon, 0, above=True)
        self.center, self.scale = bool(center), bool(scale)
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)

    def build(self, input_shape):
        """Declare γ and β."""
        channels = last_axis(self, input_shape)
        if channels % self.groups:
            raise ShapeError(
                f"Layer {self.name!r}: the channels are cut into groups={self.groups} and must be a multiple of them; "
                f"received {channels} in {tuple(input_shape)}: choose groups that divide {channels}."
            )
        if None in input_shape[1:]:
            raise ShapeError(
                f"Layer {self.name!r}: GroupNormalization needs inputs of a known shape; received {input_shape}."
            )
        self.gamma = self.add_weight(
            "gamma",
            (channels,),
            self.gamma_initializer,
            self.gamma_regularizer,
            self.gamma_constraint,
            trainable=self.scale,
        )
        self.beta = self.add_weight(
            "beta",
            (channels,),
            self.beta_initializer,
            self.beta_regularizer,
            self.beta_constraint,
            trainable=self.center,
        )
        return input_shape

    def express(self, apply, X):
        """Express `group_normalise`."""
        groups = X.shape[-1] if self.groups == EACH_CHANNEL else self.groups
        return apply("group_normalise", X, self.gamma, self.beta, groups=groups, epsilon=self.epsilon)


LAYERS.add(GroupNormalization)
