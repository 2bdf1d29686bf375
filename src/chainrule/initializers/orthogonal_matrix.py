"""Orthogonal: a random matrix whose columns are at right angles."""

from __future__ import annotations

import math

import numpy as np

from chainrule.errors import ShapeError
from chainrule.initializers.base import Initializer
from chainrule.random import check_seed


class Orthogonal(Initializer):
    """A random matrix whose columns (or rows, whichever are fewer) are at right angles and of length `gain`.

    The Q of the QR decomposition of a normal matrix, each column times the sign of R's diagonal: without that, Q would
    not be spread evenly over the orthogonal matrices. More axes than two: all but the last make up the rows.

    Parameters
    ----------
    gain : float, default 1
        The length.
    seed : int, optional
        Fixes the numbers, whatever the model's seed (to rounding: QR is the machine's LAPACK).

    References ---------- Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks", 2014; Mezzadri, "How to generate random matrices from the classical compact groups", 2007, section 5 (the
    signs).

    Examples
    --------
    >>> W = Orthogonal(seed=7)((4, 3), "float64")
    >>> bool(np.allclose(W.T @ W, np.eye(3)))
    True
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None):
        self.gain = self._number("gain", gain)
        self.seed = None if seed is None else check_seed(seed)

    def values(self, shape, stream):
        """Return Q, transposed where it would be wider than high."""
        if len(shape) < 2:
            raise ShapeError(f"Orthogonal fills weights of two axes or more; received the shape {shape}.")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        Q, R = np.linalg.qr(stream.normal((max(rows, columns), min(rows, columns))))
        Q *= np.where(np.diag(R) < 0, -1.0, 1.0)
        return self.gain * (Q.T if rows < columns else Q).reshape(shape)
