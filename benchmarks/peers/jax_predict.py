"""JAX predicts one row by a compiled function, NumPy in and out.

python jax_predict.py WORK.npz
"""

import sys

import jax
import numpy as np
from answer import read_work, serve
from jax_network import scores

work = read_work(sys.argv[1])
row = work.X[:1]
weights = [(jax.device_put(W), jax.device_put(b)) for W, b in zip(work.W, work.b, strict=True)]


@jax.jit
def probabilities(weights, X):
    return jax.nn.sigmoid(scores(weights, X))


def predict(times):
    for _ in range(times):
        np.asarray(probabilities(weights, row))


serve(predict, check=probabilities(weights, row)[0, 0])
