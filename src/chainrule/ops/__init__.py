"""The mathematics: one operation a file, formula, forward and gradient side by side.

Importing this fills `OPERATIONS`.
"""

from __future__ import annotations

from chainrule.ops import (
    activations,
    dense,
    dropout,
    embedding,
    gaussian_noise,
    layer_normalise,
    losses,
    merge,
    normalise,
    penalties,
    rescale,
    reshape,
    standardise,
)
from chainrule.ops.registry import OPERATIONS, Operation, Sample

__all__ = [
    "OPERATIONS",
    "Operation",
    "Sample",
    "activations",
    "dense",
    "dropout",
    "embedding",
    "gaussian_noise",
    "layer_normalise",
    "losses",
    "merge",
    "normalise",
    "penalties",
    "rescale",
    "reshape",
    "standardise",
]
