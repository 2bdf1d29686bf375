"""Layers that add chance while training and do nothing in use."""

from __future__ import annotations

from chainrule.arguments import check_number
from chainrule.layers.base import LAYERS, Layer


class Dropout(Layer):
    """Set each input to 0 with probability `rate` while training, and scale the others up by 1 / (1 − rate).

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
    Source: Srivastava et al., "Dropout", JMLR 15, 2014, in its inverted form.
    """

    def __init__(self, rate, seed=None, **options):
        super().__init__(**options)
        self.rate = check_number("Dropout", "rate", rate, 0, 1, below=True)
        self.seed = seed

    def express(self, apply, X):
        """`dropout` while training; in use nothing."""
        return apply("dropout", X, rate=self.rate) if apply.training and self.rate > 0 else X


class GaussianNoise(Layer):
    """Add normally distributed noise while training; in use it passes its input on.

    Parameters
    ----------
    stddev : float
        The noise's standard deviation, 0 or more.
    seed : int, optional
        Kept for Keras' sake; the model's seed decides.
    **options
        See `Layer`.
    """

    def __init__(self, stddev, seed=None, **options):
        super().__init__(**options)
        self.stddev = check_number("GaussianNoise", "stddev", stddev, 0)
        self.seed = seed

    def express(self, apply, X):
        """`gaussian_noise` while training; in use nothing."""
        return apply("gaussian_noise", X, stddev=self.stddev) if apply.training and self.stddev > 0 else X


for cls in (Dropout, GaussianNoise):
    LAYERS.add(cls)
