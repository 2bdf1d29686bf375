"""Several networks become one: side by side, each counted by how well it did on rows it had not seen.

Networks of one shape side by side are one network, as many times as wide, whose weights between different members are
zero. With members m = 1 … K of hidden units h:

    first layer    [W₁ W₂ … W_K]            (I, K h)
    next layers    diag(W₁, W₂, …, W_K)     (K h, K h')
    last layer     Σ shares · (H_m W_m + b_m): the kernels one below the other, times the shares

so that the mean of all their outputs comes out of one file, in one pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

#: The shares that are tried are multiples of one over this.
STEPS = 4
#: Kernels and biases of a chain of dense layers, from the first to the last.
Chain = list[tuple[np.ndarray, np.ndarray]]


def side_by_side(chains: Sequence[Chain], share: float = 1.0) -> Chain:
    """Return one chain whose output is `share` times the mean of the outputs of chains of one shape.

    Examples
    --------
    >>> one, two = [(np.array([[1.0]]), np.array([0.0]))], [(np.array([[3.0]]), np.array([2.0]))]
    >>> side_by_side([one, two])
    [(array([[2.]]), array([1.]))]
    """
    depth, each = len(chains[0]), share / len(chains)
    merged: Chain = []
    for level in range(depth):
        kernels = [chain[level][0] for chain in chains]
        biases = [chain[level][1] for chain in chains]
        first, last = level == 0, level == depth - 1
        if last:
            kernel = each * (sum(kernels[1:], kernels[0]) if first else np.concatenate(kernels, axis=0))
            bias = each * sum(biases[1:], biases[0])
        else:
            kernel = np.concatenate(kernels, axis=1) if first else _diagonal(kernels)
            bias = np.concatenate(biases)
        merged.append((kernel, bias))
    return merged


def _diagonal(kernels: Sequence[np.ndarray]) -> np.ndarray:
    rows, columns = (sum(kernel.shape[axis] for kernel in kernels) for axis in (0, 1))
    whole = np.zeros((rows, columns), kernels[0].dtype)
    row = column = 0
    for kernel in kernels:
        whole[row : row + kernel.shape[0], column : column + kernel.shape[1]] = kernel
        row, column = row + kernel.shape[0], column + kernel.shape[1]
    return whole


def loss_of(F: np.ndarray, y: np.ndarray, task: str, weights: np.ndarray | None = None) -> float:
    """Return the mean loss of outputs before the sigmoid or softmax.

    Parameters
    ----------
    F : ndarray, shape (n, outputs)
    y : ndarray, shape (n,)
        0 and 1, class numbers, or scaled numbers.
    task : str
        "binary", "multiclass" or "number".
    weights : ndarray, shape (n,), optional

    Examples
    --------
    >>> round(loss_of(np.array([[0.0]]), np.array([1.0]), "binary"), 6)  # log 2
    0.693147
    """
    F = np.asarray(F, dtype=np.float64)
    if task == "number":
        losses = (F[:, 0] - y) ** 2
    elif task == "binary":
        losses = np.logaddexp(0.0, np.where(y > 0, -F[:, 0], F[:, 0]))
    else:
        top = F.max(axis=1, keepdims=True)
        losses = (top + np.log(np.exp(F - top).sum(axis=1, keepdims=True)))[:, 0] - F[np.arange(len(F)), y]
    return float(np.average(losses, weights=weights))


def best_shares(outputs: Sequence[np.ndarray], y: np.ndarray, task: str, weights: Any = None) -> list[float]:
    """Return how much each candidate counts so that the loss on rows they had not seen is least.

    The shares are multiples of 1/4 that add up to 1: finer ones would learn the held-out rows by heart.

    Parameters
    ----------
    outputs : list of ndarray, each (n, outputs)
        What each candidate gives for rows that it was not trained on.
    y, task, weights
        As in `loss_of`.

    Examples
    --------
    >>> best_shares([np.array([[0.0], [0.0]]), np.array([[2.0], [4.0]])], np.array([1.0, 2.0]), "number")
    [0.5, 0.5]
    """
    grid = [shares for shares in product(range(STEPS, -1, -1), repeat=len(outputs)) if sum(shares) == STEPS]
    tried = [[share / STEPS for share in shares] for shares in grid]
    losses = [loss_of(mixed(outputs, shares), y, task, weights) for shares in tried]
    return tried[int(np.argmin(losses))]


def mixed(outputs: Sequence[np.ndarray], shares: Sequence[float]) -> np.ndarray:
    """Return the outputs of the candidates, each times its share, added up."""
    parts = [share * F for F, share in zip(outputs, shares, strict=True) if share]
    return sum(parts[1:], parts[0])


#: Task → the activation at the end, the loss and the metrics of the finished network.
ENDS: dict[str, tuple[str, str, list[str]]] = {
    "binary": ("sigmoid", "binary_crossentropy", ["accuracy"]),
    "multiclass": ("softmax", "sparse_categorical_crossentropy", ["accuracy"]),
    "number": ("linear", "mse", ["mae"]),
}


def network_of(branches: Sequence[tuple[str, str, Chain]], task: str, seed: int, optimizer: Any = "adamw") -> Any:
    """Return a compiled network that adds up branches and ends with the task's activation.

    Parameters
    ----------
    branches : list of (name, activation, chain)
        One branch is a plain `Sequential`; several are a `Model` of branches that meet in an `Add`.
    task : str
        "binary", "multiclass" or "number".
    seed : int
    optimizer : str or Optimizer
        What it is compiled with, for those who train on.
    """
    from chainrule.models import Model, Sequential

    ending, loss, metrics = ENDS[task]
    if len(branches) == 1:
        layers, chain = _layers(branches[0], ending), branches[0][2]
        network = Sequential(layers, seed=seed)
        network.build((None, chain[0][0].shape[0]))
        made = [(layers, chain)]
    else:
        made, inputs, outputs = _connected(branches, ending)
        network = Model(inputs, outputs, seed=seed)
    for layers, chain in made:
        for layer, (kernel, bias) in zip(layers, chain, strict=True):
            layer.set_weights([np.asarray(kernel, np.float32), np.asarray(bias, np.float32)])
    network.compile(optimizer=optimizer, loss=loss, metrics=metrics)
    return network


def _layers(branch: tuple[str, str, Chain], ending: str) -> list[Any]:
    from chainrule.layers import Dense

    name, activation, chain = branch
    hidden = [Dense(len(b), activation, name=f"{name}_{i}") for i, (_, b) in enumerate(chain[:-1], start=1)]
    return [*hidden, Dense(len(chain[-1][1]), ending, name=f"{name}_out")]


def _connected(branches: Sequence[tuple[str, str, Chain]], ending: str) -> tuple[list[Any], Any, Any]:
    from chainrule.layers import Activation, Add, Input

    inputs = Input(shape=(branches[0][2][0][0].shape[0],), name="columns")
    made, ends = [], []
    for branch in branches:
        layers, value = _layers(branch, "linear"), inputs
        for layer in layers:
            value = layer(value)
        made.append((layers, branch[2]))
        ends.append(value)
    total = Add(name="together")(ends)
    return made, inputs, total if ending == "linear" else Activation(ending, name=ending)(total)
