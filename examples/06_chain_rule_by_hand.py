"""Tutorial 6: the chain rule step by step through Linear – ReLU – Linear – MSE, then through any number of layers.

    1   Z₁ = X W₁ + b₁
    2   A  = max(0, Z₁)
    3   Z₂ = A W₂ + b₂
    4   L  = mean (Z₂ − Y)²

The backward pass undoes the steps 4, 3, 2, 1: each takes the gradient of what it put out and returns that of what it
took in. A leading d means the gradient of L: dZ is dL/dZ, and has Z's shape.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from chainrule.layers import Dense, Input
from chainrule.models import Sequential

ROWS, INPUTS, HIDDEN, OUTPUTS = 5, 4, 6, 3
DEEP = (4, 7, 5, 6, 3)  # the sizes of a deeper network: inputs, three hidden layers, outputs


def linear_forward(X, W, b):
    return X @ W + b


def linear_backward(dZ, X, W):
    """Return dX, dW, db. Every row used the same W and b, so their gradients sum over the rows."""
    return dZ @ W.T, X.T @ dZ, dZ.sum(axis=0)


def relu_forward(Z):
    return np.maximum(0, Z)


def relu_backward(dA, Z):
    """Return dZ: the slope is 1 where Z was positive and 0 elsewhere."""
    return dA * (Z > 0)


def mse_forward(P, Y):
    return ((P - Y) ** 2).mean()


def mse_backward(P, Y):
    """Return dP: the 2 comes from the square, the division from the mean over all numbers."""
    return 2 * (P - Y) / P.size


def step_by_step(X, Y, W1, b1, W2, b2):
    """Return the loss and the gradients of everything, each line one link of the chain."""
    Z1 = linear_forward(X, W1, b1)  # 1
    A = relu_forward(Z1)  # 2
    Z2 = linear_forward(A, W2, b2)  # 3
    loss = mse_forward(Z2, Y)  # 4

    dZ2 = mse_backward(Z2, Y)  # 4
    dA, dW2, db2 = linear_backward(dZ2, A, W2)  # 3
    dZ1 = relu_backward(dA, Z1)  # 2
    dX, dW1, db1 = linear_backward(dZ1, X, W1)  # 1
    return loss, [dW1, db1, dW2, db2, dX]


def any_depth(X, Y, layers):
    """Return the loss and the gradients of a network of any length; `layers` is a list of (W, b), ReLU between them."""
    inputs, sums = [], []
    A = X
    for W, b in layers:
        inputs.append(A)  # all that the way back needs: what went into each layer …
        sums.append(linear_forward(A, W, b))  # … and what ReLU was given
        A = relu_forward(sums[-1])
    loss = mse_forward(sums[-1], Y)  # no ReLU after the last layer

    gradients = []
    dZ = mse_backward(sums[-1], Y)
    for number in reversed(range(len(layers))):
        dA, dW, db = linear_backward(dZ, inputs[number], layers[number][0])
        gradients = [dW, db, *gradients]
        if number:
            dZ = relu_backward(dA, sums[number - 1])
    return loss, [*gradients, dA]


def by_torch(X, Y, layers):
    """Return the same from PyTorch's autograd, or None where PyTorch is not installed."""
    try:
        import torch
    except ImportError:
        return None
    tensors = [torch.tensor(A, requires_grad=True) for pair in layers for A in pair]
    x = torch.tensor(X, requires_grad=True)
    A = x
    for number in range(0, len(tensors), 2):
        A = A if number == 0 else torch.relu(A)
        A = A @ tensors[number] + tensors[number + 1]
    loss = torch.nn.functional.mse_loss(A, torch.tensor(Y))
    loss.backward()
    return loss.item(), [tensor.grad.numpy() for tensor in (*tensors, x)]


def by_library(X, Y, layers):
    """Return the loss and the gradients of the weights from chainrule, which applies the same rules."""
    model = Sequential([Input(shape=(X.shape[1],))], dtype="float64")
    for number, (_, b) in enumerate(layers):
        last = number == len(layers) - 1
        model.add(Dense(len(b), activation=None if last else "relu"))
    model.set_weights([A for pair in layers for A in pair])
    model.compile(loss="mse")
    return model.evaluate(X, Y, verbose=0), list(model.gradients(X, Y).values())


def random_network(sizes, rng):
    """Return data and a list of (W, b) for these sizes."""
    X, Y = rng.normal(size=(ROWS, sizes[0])), rng.normal(size=(ROWS, sizes[-1]))
    layers = [(rng.normal(size=(i, o)), rng.normal(size=o)) for i, o in pairwise(sizes)]
    return X, Y, layers


def compare(title, mine, others, names):
    """Print how far each gradient is from the others', and return {who: allclose}."""
    print(f"{title}: loss {mine[0]:.6f}")
    agreed = {}
    for who, theirs in others.items():
        if theirs is None:
            print(f"  {who} is not installed, so nothing is compared with it")
            continue
        pairs = list(zip(names, mine[1], theirs[1], strict=False))  # the library gives no gradient for the input
        agreed[who] = bool(np.allclose(mine[0], theirs[0]) and all(np.allclose(a, b) for _, a, b in pairs))
        worst = max(np.abs(a - b).max() for _, a, b in pairs)
        span = f"{pairs[0][0]} … {pairs[-1][0]}"
        print(f"  {who:9s} allclose {agreed[who]!s:5s}  largest difference {worst:.1e}  ({span})")
    return agreed


def main(sizes=DEEP, seed=0):
    """Compare both networks with PyTorch and with the library, and return the gradients and who agreed."""
    rng = np.random.default_rng(seed)
    X, Y, layers = random_network((INPUTS, HIDDEN, OUTPUTS), rng)
    mine = step_by_step(X, Y, *layers[0], *layers[1])
    others = {"PyTorch": by_torch(X, Y, layers), "chainrule": by_library(X, Y, layers)}
    agreed = compare("Linear-ReLU-Linear-MSE", mine, others, ["dW1", "db1", "dW2", "db2", "dX"])

    X, Y, layers = random_network(sizes, rng)
    deep = any_depth(X, Y, layers)
    others = {"PyTorch": by_torch(X, Y, layers), "chainrule": by_library(X, Y, layers)}
    names = [f"d{kind}{number}" for number in range(1, len(layers) + 1) for kind in "Wb"]
    deep_agreed = compare(f"\n{len(layers)} layers, {sizes}", deep, others, [*names, "dX"])
    return {"loss": float(mine[0]), "gradients": mine[1], "agreed": agreed, "deep": deep, "deep_agreed": deep_agreed}


if __name__ == "__main__":
    main()
