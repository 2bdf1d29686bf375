"""Made data: small problems in the plane whose answer is known and can be drawn.

Every set is made of `chainrule.random.Stream(seed, "dataset")`, first the order of the rows, then the positions where
they are random, then the noise: the same seed gives the same numbers on every machine. Rows come shuffled, except those
of `xor`, which keep the order of the truth table.
"""

from __future__ import annotations

import math

import numpy as np

from chainrule.datasets.dataset import Dataset
from chainrule.errors import ArgumentError
from chainrule.random import Stream, check_seed

PLANE = ("x1", "x2")
SOURCE = "Made by chainrule.datasets."

#: The truth table: the target is 1 where the two inputs differ.
XOR_INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_TARGETS = np.array([0, 1, 1, 0])

#: How often each arm of the spirals winds around the centre.
SPIRAL_TURNS = 1.5

#: The upper moon is the half circle around (0, 0); the lower one is around this centre, and reaches into the upper one.
LOWER_MOON_CENTRE = np.array([1.0, 0.5])

#: The radius of the inner circle; the outer one has 1.
INNER_RADIUS = 0.5


def xor(n: int = 200, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Make points around the corners of the unit square; the class is whether the two inputs differ.

    No single neuron can part them: the smallest problem that needs a hidden layer. `n=4, noise=0` is the truth
    table itself.

    Parameters
    ----------
    n : int
        How many rows; they take the corners (0, 0), (0, 1), (1, 0), (1, 1) in turn.
    noise : float
        The standard deviation of the normal noise on each input.
    seed : int
        Which random numbers.

    Returns
    -------
    Dataset
        X (n, 2), y (n,) with 0 for equal and 1 for different inputs.

    Raises
    ------
    ArgumentError
        If n is below 4, the noise negative, or the seed no whole number.

    Examples
    --------
    >>> X, y = xor(n=4, noise=0.0)
    >>> X.tolist(), y.tolist()
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])

    References
    ----------
    Minsky and Papert, "Perceptrons", 1969.
    """
    stream = _stream(n, noise, seed, at_least=len(XOR_INPUTS))
    corner = np.arange(n) % len(XOR_INPUTS)
    X = XOR_INPUTS[corner] + stream.normal((n, 2), stddev=noise)
    about = "Points around the corners of the unit square; the class is whether the two inputs differ."
    return Dataset("xor", X, XOR_TARGETS[corner], PLANE, ("equal", "different"), "binary", about, SOURCE)


def spirals(n: int = 200, noise: float = 0.03, seed: int = 0, classes: int = 2) -> Dataset:
    """Make spiral arms that wind around each other, one arm a class.

    A hard problem for a small network: use it to see what width, depth and another activation change.

    Point t of arm k, with t from 0 to 1 and c arms, is `t (cos φ, sin φ)`, `φ = 2π (1.5 t + k / c)`.

    Parameters
    ----------
    n : int
        How many rows; the arms take turns.
    noise : float
        The standard deviation of the normal noise on each input.
    seed : int
        Which random numbers.
    classes : int
        How many arms.

    Returns
    -------
    Dataset
        X (n, 2) around the origin, y (n,) the number of the arm.

    Raises
    ------
    ArgumentError
        If there are fewer than 2 classes, fewer rows than classes, the noise is negative, or the seed no whole number.

    Examples
    --------
    >>> spirals(n=300, classes=3)
    Dataset 'spirals': 300 rows of 2 columns, multiclass ('arm 0' 100, 'arm 1' 100, 'arm 2' 100)

    References
    ----------
    Lang and Witbrock, "Learning to tell two spirals apart", 1988 Connectionist Models Summer School.
    """
    if isinstance(classes, bool) or not isinstance(classes, (int, np.integer)) or classes < 2:
        raise ArgumentError(f"classes is a whole number of at least 2; received {classes!r}.")
    stream = _stream(n, noise, seed, at_least=int(classes))
    order = stream.permutation(n)
    y = order % classes
    steps = -(-n // classes)
    T = ((order // classes) + 1) / steps  # from 1 / steps: at 0 all arms would meet in one point
    angle = 2.0 * np.pi * (SPIRAL_TURNS * T + y / classes)
    X = T[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1) + stream.normal((n, 2), stddev=noise)
    task = "binary" if classes == 2 else "multiclass"
    about = "Spiral arms that wind around each other; the class is the arm."
    return Dataset("spirals", X, y, PLANE, tuple(f"arm {k}" for k in range(classes)), task, about, SOURCE)


def moons(n: int = 200, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Make two half circles that reach into each other.

    An easy problem with a curved boundary: a good first test of a classifier.

    Parameters
    ----------
    n : int
        How many rows, half of them each moon's.
    noise : float
        The standard deviation of the normal noise on each input.
    seed : int
        Which random numbers.

    Returns
    -------
    Dataset
        X (n, 2), y (n,) with 0 for the upper and 1 for the lower moon.

    Raises
    ------
    ArgumentError
        If n is below 2, the noise negative, or the seed no whole number.

    Examples
    --------
    >>> moons(n=102, noise=0.0).X.max(axis=0)
    array([2., 1.])
    """
    stream = _stream(n, noise, seed, at_least=2)
    upper, lower = np.linspace(0.0, np.pi, n // 2), np.linspace(0.0, np.pi, n - n // 2)
    X = np.concatenate(
        [
            np.stack([np.cos(upper), np.sin(upper)], axis=1),
            LOWER_MOON_CENTRE - np.stack([np.cos(lower), np.sin(lower)], axis=1),
        ]
    )
    about = "Two half circles that reach into each other; the class is which of the two."
    return _two_curves("moons", X, n, noise, stream, ("upper", "lower"), about)


def circles(n: int = 200, noise: float = 0.05, seed: int = 0) -> Dataset:
    """Make a circle of radius 1 with a circle of radius 0.5 inside it.

    No straight line parts them, but the sum of the squared inputs does: use it to see a hidden layer find that.

    Parameters
    ----------
    n : int
        How many rows, half of them each circle's.
    noise : float
        The standard deviation of the normal noise on each input.
    seed : int
        Which random numbers.

    Returns
    -------
    Dataset
        X (n, 2) around the origin, y (n,) with 0 for the outer and 1 for the inner circle.

    Raises
    ------
    ArgumentError
        If n is below 2, the noise negative, or the seed no whole number.

    Examples
    --------
    >>> X, y = circles(n=4, noise=0.0)
    >>> sorted(np.hypot(X[:, 0], X[:, 1]).tolist())
    [0.5, 0.5, 1.0, 1.0]
    """
    stream = _stream(n, noise, seed, at_least=2)
    outer = np.linspace(0.0, 2.0 * np.pi, n // 2, endpoint=False)
    inner = np.linspace(0.0, 2.0 * np.pi, n - n // 2, endpoint=False)
    X = np.concatenate(
        [
            np.stack([np.cos(outer), np.sin(outer)], axis=1),
            INNER_RADIUS * np.stack([np.cos(inner), np.sin(inner)], axis=1),
        ]
    )
    about = "A circle with a smaller one inside it; the class is which of the two."
    return _two_curves("circles", X, n, noise, stream, ("outer", "inner"), about)


def surface(n: int = 500, noise: float = 0.05, seed: int = 0) -> Dataset:
    """Make a smooth surface over a square, a regression with two inputs.

    Use it to see how a network bends to a function: it has one hill, one valley, and is 0 at all edges of the square.

        y = sin(π x₁) cos(π x₂ / 2)        x₁, x₂ spread evenly over [−1, 1)

    Parameters
    ----------
    n : int
        How many rows.
    noise : float
        The standard deviation of the normal noise on the target.
    seed : int
        Which random numbers.

    Returns
    -------
    Dataset
        X (n, 2), y (n,).

    Raises
    ------
    ArgumentError
        If n is below 1, the noise negative, or the seed no whole number.

    Examples
    --------
    >>> X, y = surface(n=50, noise=0.0)
    >>> bool(np.allclose(y, np.sin(np.pi * X[:, 0]) * np.cos(np.pi * X[:, 1] / 2)))
    True
    """
    stream = _stream(n, noise, seed, at_least=1)
    X = stream.uniform((n, 2), -1.0, 1.0)
    y = np.sin(np.pi * X[:, 0]) * np.cos(np.pi * X[:, 1] / 2.0) + stream.normal((n,), stddev=noise)
    about = "The surface y = sin(π x1) cos(π x2 / 2) with noise, at random places of the square from -1 to 1."
    return Dataset("surface", X, y, PLANE, None, "regression", about, SOURCE)


def _stream(n, noise, seed, at_least: int) -> Stream:
    """Check the arguments that every made set has, and return its random numbers."""
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < at_least:
        raise ArgumentError(f"n, the number of rows, is a whole number of at least {at_least}; received {n!r}.")
    number = isinstance(noise, (int, float, np.integer, np.floating)) and not isinstance(noise, bool)
    if not number or not math.isfinite(noise) or noise < 0:
        raise ArgumentError(f"noise is a standard deviation, a finite number of at least 0; received {noise!r}.")
    return Stream(check_seed(seed), "dataset")


def _two_curves(name, X, n, noise, stream, class_names, about) -> Dataset:
    """Shuffle two curves of n // 2 and the other points, and add the noise."""
    order = stream.permutation(n)
    y = (order >= n // 2).astype(np.int64)
    X = X[order] + stream.normal((n, 2), stddev=noise)
    return Dataset(name, X, y, PLANE, class_names, "binary", about, SOURCE)
