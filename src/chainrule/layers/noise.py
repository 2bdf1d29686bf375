"""Layers that add chance while training and do nothing in use."""

from __future__ import annotations

from chainrule.arguments import check_number
from chainrule.layers.base import LAYERS, Layer


class Dropout(Layer):
    """Set each input to 0 with probability `rate` while training, and scale the others up: `y = x / (1 − rate)`.

    Use it between layers against overfitting; in use it passes its input on.

    Parameters
    ----------
    rate : float
        From 0 up to, not including, 1.
    seed : int, optional
        Kept for Keras' sake; the model's seed decides.
    **options
        See `Layer`.

    Raises
    ------
    ArgumentError
        If the rate is not in that range.

    Notes
    -----
    Input and output have one shape. The scaling leaves the expected value as it was, so that nothing is to be done in
    use. The mask follows from the model's seed, the layer and the step; the operation is in `chainrule.ops.dropout`.

    Source: Srivastava et al., "Dropout", JMLR 15, 2014, in its inverted form.

    Examples
    --------
    >>> import numpy as np
    >>> Dropout(0.5)(np.array([[1.0, 2.0]]))
    array([[1., 2.]], dtype=float32)
    """

    def __init__(self, rate, seed=None, **options):
        super().__init__(**options)
        self.rate = check_number("Dropout", "rate", rate, 0, 1, below=True)
        self.seed = seed

    def express(self, apply, X):
        """Express `dropout` while training; in use nothing."""
        return apply("dropout", X, rate=self.rate) if apply.training and self.rate > 0 else X


class GaussianNoise(Layer):
    """Add normally distributed noise while training: `y = x + stddev · z`; in use it passes its input on.

    Use it on inputs, against overfitting: it makes of each sample many that differ a little.

    Parameters
    ----------
    stddev : float
        The noise's standard deviation, 0 or more.
    seed : int, optional
        Kept for Keras' sake; the model's seed decides.
    **options
        See `Layer`.

    Raises
    ------
    ArgumentError
        If stddev is below 0.

    Notes
    -----
    Input and output have one shape. The operation is in `chainrule.ops.gaussian_noise`.

    Examples
    --------
    >>> import numpy as np
    >>> GaussianNoise(0.1)(np.array([[1.0, 2.0]]))
    array([[1., 2.]], dtype=float32)
    """

    def __init__(self, stddev, seed=None, **options):
        super().__init__(**options)
        self.stddev = check_number("GaussianNoise", "stddev", stddev, 0)
        self.seed = seed

    def express(self, apply, X):
        """Express `gaussian_noise` while training; in use nothing."""
        return apply("gaussian_noise", X, stddev=self.stddev) if apply.training and self.stddev > 0 else X


for cls in (Dropout, GaussianNoise):
    LAYERS.add(cls)
