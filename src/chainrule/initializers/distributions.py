"""Initializers that draw from one distribution, whatever the shape. The legend is in `chainrule.initializers`."""

from __future__ import annotations

import math

import numpy as np

from chainrule.errors import ArgumentError
from chainrule.initializers.base import Initializer
from chainrule.random import Stream, check_seed

#: Where the truncated normal is cut, in standard deviations.
CUT = 2.0
#: The standard deviation that is left after the cut at c: √(1 − 2cφ(c) / (2Φ(c) − 1)) = 0.8796…; φ is the density, Φ
#: its integral.
STDDEV_AFTER_CUT = math.sqrt(
    1 - 2 * CUT * math.exp(-(CUT**2) / 2) / math.sqrt(2 * math.pi) / math.erf(CUT / math.sqrt(2))
)


def truncated_normal_values(stream: Stream, shape: tuple[int, ...]) -> np.ndarray:
    """Return normal numbers between −2 and 2, drawn as the module says."""
    Z = stream.normal((math.prod(shape),))
    while (outside := np.flatnonzero(np.abs(Z) >= CUT)).size:
        Z[outside] = stream.normal((outside.size,))
    return Z.reshape(shape)


class RandomUniform(Initializer):
    """Evenly spread over [minval, maxval); the name "uniform" means ±0.05, and some tutorials use 0 to 1.

    Parameters
    ----------
    minval, maxval : float, default -0.05 and 0.05
        The range.
    seed : int, optional
        Fixes the numbers, whatever the model's seed.

    Raises
    ------
    ArgumentError
        If the range is empty or an argument can't be used.

    Examples
    --------
    >>> RandomUniform(0, 1, seed=7)((3,)).round(3)
    array([0.765, 0.674, 0.965], dtype=float32)
    """

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None):
        self.minval, self.maxval = self._number("minval", minval), self._number("maxval", maxval)
        self.seed = None if seed is None else check_seed(seed)
        if self.minval > self.maxval:
            raise ArgumentError(
                f"RandomUniform needs minval no larger than maxval; received {self.minval:g} and {self.maxval:g}."
            )

    def values(self, shape, stream):
        """Return numbers spread evenly over the range."""
        return stream.uniform(shape, self.minval, self.maxval)


class RandomNormal(Initializer):
    """Normally distributed; the name "normal" means a standard deviation of 0.05.

    Parameters
    ----------
    mean, stddev : float, default 0 and 0.05
        Of the distribution; `stddev` at least 0.
    seed : int, optional
        Fixes the numbers, whatever the model's seed.

    Raises
    ------
    ArgumentError
        If an argument can't be used.

    Examples
    --------
    >>> RandomNormal(seed=7)((2, 2)).shape
    (2, 2)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None):
        self.mean, self.stddev = self._number("mean", mean), self._number("stddev", stddev, 0)
        self.seed = None if seed is None else check_seed(seed)

    def values(self, shape, stream):
        """Return normal numbers."""
        return stream.normal(shape, self.mean, self.stddev)


class TruncatedNormal(RandomNormal):
    """Normally distributed, but never 2 or more standard deviations from the mean (drawn as the module says).

    Parameters
    ----------
    mean, stddev : float, default 0 and 0.05
        Of the distribution before the cut; after it the standard deviation is 0.88 · stddev.
    seed : int, optional
        Fixes the numbers, whatever the model's seed.

    Examples
    --------
    >>> bool(abs(TruncatedNormal(stddev=1, seed=7)((1000,))).max() < 2)
    True
    """

    def values(self, shape, stream):
        """Return truncated normal numbers."""
        return self.mean + self.stddev * truncated_normal_values(stream, shape)
