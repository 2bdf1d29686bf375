"""Random numbers that are the same on every engine, machine and NumPy version.

NumPy promises that the raw bits of its bit generators never change; it does not promise so for `normal` or
`permutation`. So we take the raw 64-bit words of Philox4x64 and specify every transform ourselves:

    key      (seed, purpose · 2³² + index)        what the numbers are for, and for which layer
    counter  (0, 0, step, 0)                      which training step; from 2⁶³ on, which call with training=True
    uniform  (word >> 11) · 2⁻⁵³                  in [0, 1)
    normal   √(−2 ln(1 − u₁)) · cos(2π u₂), then · sin(2π u₂)      (Box and Muller, 1958), u₁ before u₂
    permutation   the stable argsort of n words
    mask     one 32-bit half a number, low half first: kept where half ≥ round(rate · 2³²)
    rows     k uniform numbers a row: number j of row n is word n · k + j, so that any rows can be drawn alone

Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
"""

from __future__ import annotations

import math
import secrets

import numpy as np

#: What a stream is for. Numbers are part of the specification: never reuse or change one.
PURPOSES = {"model": 0, "weights": 1, "order": 2, "noise": 3, "split": 4, "check": 5, "dataset": 6}

#: Calls with `training=True` outside of training take their noise from here on, where no training step comes.
FIRST_CALL = 2**63

_global = {"seed": None, "models": 0}


class Stream:
    """A sequence of random numbers named by (seed, purpose, index, step).

    Parameters
    ----------
    seed : int
        Any whole number from 0 to 2⁶⁴ − 1.
    purpose : str
        One of `PURPOSES`.
    index : int
        Which layer or weight, below 2³².
    step : int
        Which training step or epoch.

    Examples
    --------
    >>> Stream(7, "order").permutation(5)
    array([3, 4, 1, 0, 2])
    """

    def __init__(self, seed: int, purpose: str, index: int = 0, step: int = 0):
        key = np.array([seed, (PURPOSES[purpose] << 32) + index], dtype=np.uint64)
        counter = np.array([0, 0, step, 0], dtype=np.uint64)
        self._philox = np.random.Philox(key=key, counter=counter)
        self._named = (seed, purpose, index, step)

    def again(self) -> Stream:
        """Return the same stream from its beginning."""
        return Stream(*self._named)

    def bits(self, n: int) -> np.ndarray:
        """Return the next n words of 64 bits."""
        return self._philox.random_raw(n)

    def uniform(self, shape, low: float = 0.0, high: float = 1.0) -> np.ndarray:
        """Return float64 numbers spread evenly over [low, high)."""
        words = self.bits(math.prod(shape)) >> np.uint64(11)
        return (low + (high - low) * (words * 2.0**-53)).reshape(shape)

    def uniform_rows(self, n: int, *ranges: tuple[float, float]) -> np.ndarray:
        """Return n rows of float64 numbers, one a range: low + (high − low) · uniform.

        Examples
        --------
        >>> Stream(7, "noise").uniform_rows(2, (0, 1), (-9, 9)).round(2)
        array([[0.14, 5.68],
               [0.8 , 0.57]])
        """
        low, high = np.array(ranges, dtype=np.float64).T
        return low + (high - low) * self.uniform((n, len(ranges)))

    def normal(self, shape, mean: float = 0.0, stddev: float = 1.0) -> np.ndarray:
        """Return float64 numbers of the normal distribution."""
        n = math.prod(shape)
        U = self.uniform((-(-n // 2), 2))
        radius = np.sqrt(-2.0 * np.log1p(-U[:, 0]))
        angle = 2.0 * np.pi * U[:, 1]
        Z = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
        return mean + stddev * Z.ravel()[:n].reshape(shape)

    def permutation(self, n: int) -> np.ndarray:
        """Return the numbers 0 … n − 1 in random order."""
        return np.argsort(self.bits(n), kind="stable")

    def mask(self, shape, rate: float) -> np.ndarray:
        """Return a boolean array that is False with probability `rate`."""
        n = math.prod(shape)
        halves = self.bits(-(-n // 2)).astype("<u8", copy=False).view("<u4")[:n]
        return (halves >= np.uint64(round(rate * 2**32))).reshape(shape)


def set_random_seed(seed: int) -> None:
    """Fix every random number of the models made from here on: weights, batch order, dropout.

    Parameters
    ----------
    seed : int
        A whole number from 0 to 2⁶⁴ − 1. The first model made after the call, the second and so on each get a seed of
        their own that follows from it.

    Raises
    ------
    ArgumentError
        If the seed is not such a number.
    """
    _global["seed"], _global["models"] = check_seed(seed), 0


def check_seed(seed) -> int:
    """Return the seed as an int, or refuse it with a sentence."""
    from chainrule.errors import ArgumentError

    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**64:
        raise ArgumentError(f"A seed is a whole number from 0 to 2**64 - 1; received {seed!r}.")
    return int(seed)


def next_model_seed() -> int:
    """Return the seed of the next model: drawn from `set_random_seed`'s, else from the operating system."""
    if _global["seed"] is None:
        return secrets.randbits(63)
    _global["models"] += 1
    return int(Stream(_global["seed"], "model", step=_global["models"]).bits(1)[0] >> np.uint64(1))
