"""Tutorial 4: a network from scratch in bare NumPy, then the same in the library, equal to rounding.

Two layers of sigmoid units without bias learn "exactly one of the first two inputs is on"; the third input is always 1.

    H = σ(X W)     P = σ(H V)     L = Σ (P − Y)²

Shapes: X (4, 3), W (3, 4), H (4, 4), V (4, 1), P and Y (4, 1).
"""

from __future__ import annotations

import warnings

import numpy as np

from chainrule.initializers import RandomUniform
from chainrule.layers import Dense
from chainrule.losses import SumOfSquares
from chainrule.models import Sequential
from chainrule.optimizers import SGD

X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=float)
Y = np.array([[0], [1], [1], [0]], dtype=float)
STEPS = 1500
SEED = 7


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


def train_by_hand(W, V, steps=STEPS):
    """Return the trained weights and the loss before each step and after the last."""
    losses = []
    for _ in range(steps):
        H = sigmoid(X @ W)  # 1
        P = sigmoid(H @ V)  # 2
        losses.append(((P - Y) ** 2).sum())  # 3

        dP = 2 * (P - Y)  # 3
        dZ = dP * P * (1 - P)  # 2: σ' = σ (1 − σ), so the forward pass has computed it already
        dV = H.T @ dZ
        dH = dZ @ V.T
        dW = X.T @ (dH * H * (1 - H))  # 1: the same rule, one layer further back

        V = V - dV  # the rate is 1
        W = W - dW
    losses.append(((sigmoid(sigmoid(X @ W) @ V) - Y) ** 2).sum())
    return W, V, np.array(losses)


def make_model(seed=SEED):
    """Return the same network in the library, with weights spread evenly over 0 to 1 as the tutorial has them."""
    uniform = RandomUniform(0, 1)
    model = Sequential(
        [
            Dense(4, input_dim=3, activation="sigmoid", use_bias=False, kernel_initializer=uniform),
            Dense(1, activation="sigmoid", use_bias=False, kernel_initializer=uniform),
        ],
        seed=seed,
        dtype="float64",
    )
    # Σ, not the mean over the rows that Keras' losses take: with the mean each step would be a quarter as long.
    model.compile(loss=SumOfSquares(half=False), optimizer=SGD(learning_rate=1.0))
    return model


def main(seed=SEED, steps=STEPS):
    """Train both from the same weights, print predictions beside each other, and return the numbers."""
    model = make_model(seed)
    W, V, losses = train_by_hand(*model.get_weights(), steps)
    by_hand = sigmoid(sigmoid(X @ W) @ V)

    with warnings.catch_warnings():
        # The library warns of a constant column: it teaches nothing beside a bias. Here it stands in for one.
        warnings.filterwarnings("ignore", message="Column .* is constant")
        history = model.fit(X, Y, batch_size=len(X), epochs=steps, shuffle=False, verbose=0)
    in_library = model.predict(X)

    print(f"loss: {losses[0]:.4f} at first, {losses[steps // 10]:.4f} after {steps // 10} steps, ", end="")
    print(f"{losses[-1]:.4f} after {steps}")
    print(f"it never rises: {bool((np.diff(losses) < 0).all())}\n")
    print("input      wanted   by hand   in the library")
    for row, wanted, p, q in zip(X, Y[:, 0], by_hand[:, 0], in_library[:, 0], strict=True):
        print(f"{row.astype(int)!s:10s} {wanted:6.0f} {p:9.4f} {q:16.4f}")
    weights = [np.abs(A - B).max() for A, B in zip((W, V), model.get_weights(), strict=True)]
    print(f"\nlargest difference: prediction {np.abs(by_hand - in_library).max():.1e}, weight {max(weights):.1e}")
    return {
        "losses": losses,
        "library_losses": np.array(history.history["loss"]),
        "by_hand": by_hand[:, 0],
        "in_library": in_library[:, 0],
        "weights_by_hand": (W, V),
        "weights_in_library": model.get_weights(),
    }


if __name__ == "__main__":
    main()
