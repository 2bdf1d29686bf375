"""The PIMA network as a bare NumPy loop: what there is to compare with.

8-12-8-1 with ReLU, ReLU and sigmoid, batch 10, Adam. Everything is written out for this one network: no checks, no
layers, no metrics. Prints the microseconds a step takes.
"""

import time
from itertools import pairwise

import numpy as np

ROWS, BATCH, SIZES = 768, 10, (8, 12, 8, 1)
RATE, BETA_1, BETA_2, EPSILON = 0.001, 0.9, 0.999, 1e-7


def main(epochs=20):
    """Train and return the microseconds a step took."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, 8)).astype("f")
    y = (X[:, :1] + 0.5 * rng.normal(size=(ROWS, 1)) > 0).astype("f")
    W = [(rng.normal(size=(a, b)) * np.sqrt(2 / a)).astype("f") for a, b in pairwise(SIZES)]
    B = [np.zeros(size, "f") for size in SIZES[1:]]
    P = W + B
    M, V = [np.zeros_like(p) for p in P], [np.zeros_like(p) for p in P]
    t = 0
    start = time.perf_counter()
    for _ in range(epochs):
        order = rng.permutation(ROWS)
        for first in range(0, ROWS, BATCH):
            rows = order[first : first + BATCH]
            x, T = X[rows], y[rows]
            Z1 = x @ W[0] + B[0]
            A1 = np.maximum(Z1, 0)
            Z2 = A1 @ W[1] + B[1]
            A2 = np.maximum(Z2, 0)
            Z3 = A2 @ W[2] + B[2]
            D3 = (1 / (1 + np.exp(-Z3)) - T) / len(rows)
            D2 = D3 @ W[2].T * (Z2 > 0)
            D1 = D2 @ W[1].T * (Z1 > 0)
            G = [x.T @ D1, A1.T @ D2, A2.T @ D3, D1.sum(0), D2.sum(0), D3.sum(0)]
            t += 1
            rate = RATE * np.sqrt(1 - BETA_2**t) / (1 - BETA_1**t)
            for k in range(6):
                M[k] += (1 - BETA_1) * (G[k] - M[k])
                V[k] += (1 - BETA_2) * (G[k] * G[k] - V[k])
                P[k] -= rate * M[k] / (np.sqrt(V[k]) + EPSILON)
    steps = epochs * -(-ROWS // BATCH)
    return (time.perf_counter() - start) / steps * 1e6


if __name__ == "__main__":
    print(main())
