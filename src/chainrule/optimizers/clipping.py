"""Clipping: gradients that are too large are made smaller, in place, so that one bad batch can't ruin the weights.

Legend: G the whole gradient, g its part of one weight, c the limit.

    clipvalue          gᵢ ← min(max(gᵢ, −c), c)
    clipnorm           g ← g · c / ‖g‖   where ‖g‖ > c, weight by weight
    global_clipnorm    G ← G · c / ‖G‖   where ‖G‖ > c: the direction stays

Source: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", 2013, algorithm 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np


def clip_by_value(gradient: np.ndarray, limit: float) -> None:
    """Bring every number into [−limit, limit]; NaN stays NaN, so that it's noticed."""
    np.minimum(gradient, limit, out=gradient)
    np.maximum(gradient, -limit, out=gradient)


def clip_by_norm(gradient: np.ndarray, limit: float) -> None:
    """Shorten the vector to the length `limit` if it's longer."""
    wide = gradient.astype(np.float64)  # float32 squares would overflow from 1.8e19 on: just where clipping is needed
    norm = math.sqrt(wide @ wide)
    if limit < norm < math.inf:  # false for NaN and infinity, which no scaling mends
        gradient *= limit / norm


def clip_each_by_norm(gradient: np.ndarray, limit: float, slices: Iterable[slice]) -> None:
    """Shorten each weight's gradient to the length `limit` if it's longer."""
    for part in slices:
        clip_by_norm(gradient[part], limit)
