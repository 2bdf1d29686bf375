"""Initializers: the numbers that weights start from.

A dense kernel has the shape (inputs, units), a convolution kernel (height, width, channels, filters). `fan_in` is the
number of inputs that one unit sums over, `fan_out` the number of units that one input reaches:

    (n,)            fan_in = fan_out = n
    (i, o)          fan_in = i,      fan_out = o
    (…, c, f)       fan_in = r · c,  fan_out = r · f, with r the product of the axes before

Weights are drawn in float64 out of the raw bits of `chainrule.random.Stream` and then rounded to the dtype asked for,
so that the same seed means the same weights everywhere.

Truncated normal: draw the normals; draw those again that lie 2 or more standard deviations out, in their order, until
none does.
"""

from __future__ import annotations

from typing import Any

from chainrule.configurable import Registry
from chainrule.initializers.base import Initializer
from chainrule.initializers.distributions import RandomNormal, RandomUniform, TruncatedNormal
from chainrule.initializers.fixed import Constant, Identity, Ones, Zeros
from chainrule.initializers.orthogonal_matrix import Orthogonal
from chainrule.initializers.scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
    fans,
)

__all__ = [
    "INITIALIZERS",
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "constant",
    "fans",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "truncated_normal",
    "variance_scaling",
    "zeros",
]

INITIALIZERS = Registry("initializer", Initializer)
INITIALIZERS.add(Zeros, "zero")
INITIALIZERS.add(Ones, "one")
INITIALIZERS.add(Constant)
INITIALIZERS.add(RandomUniform, "uniform", "random_uniform")
INITIALIZERS.add(RandomNormal, "normal", "random_normal")
INITIALIZERS.add(TruncatedNormal, "truncated_normal")
INITIALIZERS.add(VarianceScaling, "variance_scaling")
INITIALIZERS.add(GlorotUniform, "glorot_uniform", "xavier_uniform")
INITIALIZERS.add(GlorotNormal, "glorot_normal", "xavier_normal")
INITIALIZERS.add(HeUniform, "he_uniform", "kaiming_uniform")
INITIALIZERS.add(HeNormal, "he_normal", "kaiming_normal")
INITIALIZERS.add(LecunUniform, "lecun_uniform")
INITIALIZERS.add(LecunNormal, "lecun_normal")
INITIALIZERS.add(Orthogonal)
INITIALIZERS.add(Identity)

# Keras' lower-case names of the classes.
zeros, ones, constant = Zeros, Ones, Constant
random_uniform, random_normal, truncated_normal = RandomUniform, RandomNormal, TruncatedNormal
variance_scaling, orthogonal, identity = VarianceScaling, Orthogonal, Identity
glorot_uniform, glorot_normal = GlorotUniform, GlorotNormal
he_uniform, he_normal = HeUniform, HeNormal
lecun_uniform, lecun_normal = LecunUniform, LecunNormal


def get(identifier: Any) -> Initializer | None:
    """Return the initializer that a name, an object, a configuration or None means.

    Raises
    ------
    ArgumentError
        If the name is not known.

    Examples
    --------
    >>> get("uniform")
    RandomUniform()
    """
    return INITIALIZERS.get(identifier)
