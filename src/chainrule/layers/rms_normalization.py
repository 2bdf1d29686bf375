"""Root mean square normalisation: layer normalisation without the mean and the shift."""

from __future__ import annotations

from chainrule.arguments import check_number
from chainrule.layers.arguments import check_axis, last_axis
from chainrule.layers.base import LAYERS, Layer


class RMSNormalization(Layer):
    """Divide each row by its root mean square over the last axis, then scale; the same in training and in use.

    Use it as `LayerNormalization`, where its mean and shift are not needed: it computes less.

    Parameters
    ----------
    axis : int, default -1
        The last.
    epsilon : float, default 1e-6
        Added to the mean of the squares.
    **options
        See `Layer`.

    Notes
    -----
    `y = scale · x / √(mean(x²) + ε)`. Shapes: input and output (N, …, I); weight `scale` (I,), which starts with ones.
    The operation is in `chainrule.ops.rms_normalise`.

    Source: Zhang and Sennrich, "Root mean square layer normalization", NeurIPS 2019, equation 4.

    Raises
    ------
    ArgumentError
        If epsilon is not above 0, or the axis not the last.
    ShapeError
        If the size of the last axis is left open.

    Examples
    --------
    >>> import numpy as np
    >>> RMSNormalization()(np.array([[1.0, 7.0]]))
    array([[0.2, 1.4]], dtype=float32)
    """

    def __init__(self, axis=-1, epsilon=1e-6, **options):
        super().__init__(**options)
        self.axis = check_axis("RMSNormalization", axis)
        self.epsilon = check_number("RMSNormalization", "epsilon", epsilon, 0, above=True)

    def build(self, input_shape):
        """Declare `scale`."""
        self.scale = self.add_weight("scale", (last_axis(self, input_shape),), "ones")
        return input_shape

    def express(self, apply, X):
        """Express `rms_normalise`."""
        return apply("rms_normalise", X, self.scale, epsilon=self.epsilon)


LAYERS.add(RMSNormalization)
