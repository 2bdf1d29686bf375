"""Initializers whose variance follows from the shape, so that signals keep their size from layer to layer."""

from __future__ import annotations

import math

from chainrule.arguments import check_choice
from chainrule.initializers.base import Initializer
from chainrule.initializers.distributions import STDDEV_AFTER_CUT, truncated_normal_values
from chainrule.random import check_seed


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return fan_in and fan_out of a weight's shape (see the module).

    Examples
    --------
    >>> fans((8, 12)), fans((3, 3, 16, 32))
    ((8, 12), (144, 288))
    """
    if len(shape) < 2:
        n = math.prod(shape)
        return n, n
    receptive = math.prod(shape[:-2])
    return receptive * shape[-2], receptive * shape[-1]


class VarianceScaling(Initializer):
    """Random numbers whose variance is scale / n, so that signals neither fade nor explode from layer to layer.

    Parameters
    ----------
    scale : float, default 1
        Above 0.
    mode : {"fan_in", "fan_out", "fan_avg"}, default "fan_in"
        What n is; "fan_avg" is the mean of both.
    distribution : {"truncated_normal", "untruncated_normal", "uniform"}, default "truncated_normal"
        "normal" is another name of "truncated_normal"; "uniform" is spread over ±√(3 scale / n).
    seed : int, optional
        Fixes the numbers, whatever the model's seed.

    Raises
    ------
    ArgumentError
        If an argument can't be used.

    Examples
    --------
    >>> VarianceScaling(scale=2, distribution="uniform", seed=7)((6, 4)).shape
    (6, 4)
    """

    MODES = ("fan_in", "fan_out", "fan_avg")
    DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
    ):
        owner = type(self).__name__
        distribution = "truncated_normal" if distribution == "normal" else distribution
        self.scale = self._number("scale", scale, 0, above=True)
        self.mode = check_choice(owner, "mode", mode, self.MODES)
        self.distribution = check_choice(owner, "distribution", distribution, self.DISTRIBUTIONS)
        self.seed = None if seed is None else check_seed(seed)

    def variance(self, shape: tuple[int, ...]) -> float:
        """Return scale / n, with n at least 1."""
        fan_in, fan_out = fans(shape)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        return self.scale / max(1.0, n)

    def values(self, shape, stream):
        """Return random numbers of that variance."""
        stddev = math.sqrt(self.variance(shape))
        if self.distribution == "uniform":
            limit = math.sqrt(3) * stddev  # a uniform distribution over ±a has the variance a²/3
            return stream.uniform(shape, -limit, limit)
        if self.distribution == "untruncated_normal":
            return stream.normal(shape, 0.0, stddev)
        return stddev / STDDEV_AFTER_CUT * truncated_normal_values(stream, shape)


class GlorotUniform(VarianceScaling):
    """Uniform over ±√(6 / (fan_in + fan_out)): the default of dense layers; for tanh, sigmoid and softmax ("Xavier").

    References
    ----------
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010, equation 16.
    """

    def __init__(self, seed: int | None = None):
        super().__init__(1.0, "fan_avg", "uniform", seed)


class GlorotNormal(VarianceScaling):
    """Truncated normal of variance 2 / (fan_in + fan_out); see `GlorotUniform`."""

    def __init__(self, seed: int | None = None):
        super().__init__(1.0, "fan_avg", "truncated_normal", seed)


class HeUniform(VarianceScaling):
    """Uniform over ±√(6 / fan_in): for ReLU and its kin, which let half of the variance through ("Kaiming").

    References
    ----------
    He et al., "Delving deep into rectifiers", 2015, equation 10.
    """

    def __init__(self, seed: int | None = None):
        super().__init__(2.0, "fan_in", "uniform", seed)


class HeNormal(VarianceScaling):
    """Truncated normal of variance 2 / fan_in; see `HeUniform`."""

    def __init__(self, seed: int | None = None):
        super().__init__(2.0, "fan_in", "truncated_normal", seed)


class LecunUniform(VarianceScaling):
    """Uniform over ±√(3 / fan_in): for SELU.

    References
    ----------
    LeCun et al., "Efficient BackProp", 1998, section 4.6; Klambauer et al., "Self-normalizing neural networks", 2017.
    """

    def __init__(self, seed: int | None = None):
        super().__init__(1.0, "fan_in", "uniform", seed)


class LecunNormal(VarianceScaling):
    """Truncated normal of variance 1 / fan_in; see `LecunUniform`."""

    def __init__(self, seed: int | None = None):
        super().__init__(1.0, "fan_in", "truncated_normal", seed)
