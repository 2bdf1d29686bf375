"""chainrule trains 100 networks on PIMA, ten architectures of ten seeds, 150 epochs each, in a pool of processes.

python chainrule_sweep.py TABLE.csv
"""

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import product

import numpy as np
from answer import say

from chainrule.layers import Dense
from chainrule.models import Sequential

ARCHITECTURES = [(8,), (12,), (16,), (8, 8), (12, 8), (16, 8), (16, 16), (24, 12), (12, 8, 4), (16, 12, 8)]
SEEDS = range(10)


def score(hidden, seed, table):
    """Return the accuracy of one network."""
    X, y = table[:, :8], table[:, 8]
    model = Sequential([Dense(units, "relu") for units in hidden] + [Dense(1, "sigmoid")], seed=seed)
    model.compile(loss="binary_crossentropy", optimizer="adam")
    model.fit(X, y, epochs=150, batch_size=10, verbose=0)
    return float(((model.predict(X)[:, 0] > 0.5) == y).mean())


if __name__ == "__main__":
    table = np.loadtxt(sys.argv[1], delimiter=",", dtype="float32")
    networks = list(product(ARCHITECTURES, SEEDS))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with ProcessPoolExecutor(cores) as pool:
        scores = list(pool.map(score, *zip(*networks, strict=True), [table] * len(networks), chunksize=5))
    say(networks=len(scores), accuracy=max(scores))
