"""JAX trains a convolutional network: data on the device beforehand, compiled steps.

python jax_image_train.py WORK.npz [epoch]      epoch: a whole epoch in one compiled call, instead of a batch
"""

import sys

import jax
import numpy as np
from answer import read_images, serve
from jax_convnets import epoch, start, step

work = read_images(sys.argv[1])
X, y = jax.device_put(work.X), jax.device_put(work.y)
rng = np.random.default_rng(0)


def prepare(dropout):
    """Return a function that trains for so many epochs, and returns the mean loss of the last one."""
    carried = start(work)

    def train(epochs, shuffle=True):
        nonlocal carried
        for _ in range(epochs):
            order = rng.permutation(len(X)) if shuffle else np.arange(len(X))
            order = order.reshape(-1, work.batch)
            if "epoch" in sys.argv:
                carried, losses = epoch(carried, X, y, order, work.network, dropout)
            else:
                losses = []
                for rows in order:
                    carried, value = step(carried, X[rows], y[rows], work.network, dropout)
                    losses.append(value)
        return float(np.mean(jax.block_until_ready(losses)))

    return train


check = prepare(0.0)(work.check_epochs, shuffle=False)
serve(prepare(0.5 if work.network == "convnet" else 0.0), check=check)
