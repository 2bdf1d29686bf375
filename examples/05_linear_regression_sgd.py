"""Tutorial 5: linear regression by stochastic gradient descent, one row at a time and in order.

    h(x) = θ · x                    x = (1, a, b): the 1 makes θ₀ the intercept
    J(θ) = ½ Σ (h(x) − y)²          the cost, over all five rows
    θ    ← θ − rate · (h(x) − y) x  after each row: the gradient of that row's share of J

After each pass over the rows the cost is computed anew; when it changes by less than 0.0001, that is the end.
"""

from __future__ import annotations

import warnings

import numpy as np

from chainrule.layers import Dense
from chainrule.losses import SumOfSquares
from chainrule.models import Sequential
from chainrule.optimizers import SGD

X = np.array([[1, 0, 3], [1, 1, 3], [1, 2, 3], [1, 3, 2], [1, 4, 4]], dtype=float)
Y = np.array([95.364, 97.217205, 75.195834, 60.105519, 49.342380])
RATE = 0.01
TOLERANCE = 0.0001
MOST_PASSES = 10_000


def cost(theta):
    """Return J(θ)."""
    return 0.5 * ((X @ theta - Y) ** 2).sum()


def by_hand():
    """Return θ, its cost and the number of passes, as a bare loop."""
    theta = np.zeros(3)
    before = np.inf
    for passes in range(1, MOST_PASSES + 1):
        for x, y in zip(X, Y, strict=True):
            theta = theta - RATE * (x @ theta - y) * x
        now = cost(theta)
        if abs(before - now) < TOLERANCE:
            return theta, now, passes
        before = now
    raise ArithmeticError(f"no end after {MOST_PASSES} passes")


def in_the_library():
    """Return the same from a Dense layer of one unit: its kernel is θ, and a pass is an epoch of batches of one row."""
    model = Sequential([Dense(1, input_dim=3, use_bias=False, kernel_initializer="zeros")], dtype="float64")
    # ½ (h − y)² for the one row of a batch: its gradient is (h − y) x. "mse" has no ½ and would step twice as far.
    model.compile(loss=SumOfSquares(), optimizer=SGD(learning_rate=RATE))
    before = np.inf
    for passes in range(1, MOST_PASSES + 1):
        for row in range(len(X)):
            model.train_on_batch(X[row : row + 1], Y[row : row + 1])
        theta = model.get_weights()[0][:, 0]
        now = cost(theta)
        if abs(before - now) < TOLERANCE:
            return theta, now, passes
        before = now
    raise ArithmeticError(f"no end after {MOST_PASSES} passes")


def by_fit(passes):
    """Return θ after so many epochs of `fit`: in order, one row a batch."""
    model = Sequential([Dense(1, input_dim=3, use_bias=False, kernel_initializer="zeros")], dtype="float64")
    model.compile(loss=SumOfSquares(), optimizer=SGD(learning_rate=RATE))
    with warnings.catch_warnings():
        # The library warns of a constant column: it teaches nothing beside a bias. Here it stands in for one.
        warnings.filterwarnings("ignore", message="Column .* is constant")
        model.fit(X, Y, batch_size=1, shuffle=False, epochs=passes, verbose=0)
    return model.get_weights()[0][:, 0]


def main():
    """Print the three answers beside the exact one, and return the numbers."""
    theta, final, passes = by_hand()
    library_theta, library_cost, library_passes = in_the_library()
    fitted = by_fit(passes)
    exact = np.linalg.lstsq(X, Y, rcond=None)[0]

    print(f"{'':24s}{'passes':>7s} {'θ₀':>10s} {'θ₁':>11s} {'θ₂':>9s} {'cost':>11s}")
    rows = (
        ("by hand", passes, theta, final),
        ("library, train_on_batch", library_passes, library_theta, library_cost),
        ("library, fit", passes, fitted, cost(fitted)),
        ("exact least squares", "", exact, cost(exact)),
    )
    for name, n, t, c in rows:
        print(f"{name:24s}{n!s:>7s} {t[0]:10.6f} {t[1]:11.6f} {t[2]:9.6f} {c:11.6f}")
    print("\nThe small steps stop short of the exact answer, and a constant rate never quite")
    print("reaches it: each row pulls θ towards itself, and the last row pulls last.")
    return {
        "by_hand": (theta, final, passes),
        "in_library": (library_theta, library_cost, library_passes),
        "by_fit": fitted,
        "exact": (exact, cost(exact)),
    }


if __name__ == "__main__":
    main()
