"""PReLU: a rectifier that learns its slope."""

from __future__ import annotations

from chainrule import constraints, initializers, regularizers
from chainrule.arguments import check_whole
from chainrule.errors import ArgumentError
from chainrule.layers.base import LAYERS, Layer


class PReLU(Layer):
    """Parametric ReLU: `y = x` where x > 0, else `α x`, with slopes α that are learnt.

    Use it where a `LeakyReLU`'s slope would have to be guessed.

    Parameters
    ----------
    alpha_initializer : str or Initializer, default "zeros"
    alpha_regularizer : str or Regularizer, optional
    alpha_constraint : str or Constraint, optional
    shared_axes : list of int, optional
        Axes (counted from 1, the rows being 0) along which one slope is shared: `[1, 2]` for images, one a channel.
    **options
        See `Layer`.

    Notes
    -----
    Shapes: input and output (N, …); weight `alpha` of the shape of one row, with 1 where it is shared. The operation
    is in `chainrule.ops.activations.prelu`.

    Source: He et al., "Delving deep into rectifiers", ICCV 2015, equations 1 to 3.

    Raises
    ------
    ArgumentError
        If shared_axes names an axis that the input has not.
    ShapeError
        If a size is left open along which slopes are not shared.

    Examples
    --------
    >>> import numpy as np
    >>> PReLU(alpha_initializer="ones")(np.array([[-1.0, 2.0]]))
    array([[-1.,  2.]], dtype=float32)
    """

    def __init__(
        self, alpha_initializer="zeros", alpha_regularizer=None, alpha_constraint=None, shared_axes=None, **options
    ):
        super().__init__(**options)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        axes = [shared_axes] if isinstance(shared_axes, int) else shared_axes
        self.shared_axes = None if axes is None else [check_whole("PReLU", "shared_axes", axis) for axis in axes]

    def build(self, input_shape):
        """Declare `alpha`, of the shape of one row."""
        shape = list(input_shape[1:])
        for axis in self.shared_axes or []:
            if axis > len(shape):
                raise ArgumentError(
                    f"Layer {self.name!r}: shared_axes has {axis}; an input of shape {input_shape} has axes 1 to "
                    f"{len(shape)} to share."
                )
            shape[axis - 1] = 1
        self.alpha = self.add_weight(
            "alpha", shape, self.alpha_initializer, self.alpha_regularizer, self.alpha_constraint
        )
        return input_shape

    def express(self, apply, X):
        """Express `prelu`."""
        return apply("prelu", X, self.alpha)


LAYERS.add(PReLU)
