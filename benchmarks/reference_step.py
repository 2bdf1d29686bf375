"""The same network through the public API on the reference engine: prints the microseconds a step of `fit` takes.

Metrics are named on the command line.
"""

import sys
import time

import numpy as np

from chainrule.layers import Dense
from chainrule.models import Sequential

ROWS, BATCH = 768, 10


def main(epochs=20, metrics=()):
    """Train and return the microseconds a step took, everything that `fit` does included."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(ROWS, 8)).astype("f")
    y = (X[:, :1] + 0.5 * rng.normal(size=(ROWS, 1)) > 0).astype("f")
    model = Sequential([Dense(12, "relu", input_dim=8), Dense(8, "relu"), Dense(1, "sigmoid")], seed=0)
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=list(metrics), engine="reference")
    start = time.perf_counter()
    model.fit(X, y, epochs=epochs, batch_size=BATCH, verbose=0)
    return (time.perf_counter() - start) / (epochs * -(-ROWS // BATCH)) * 1e6


if __name__ == "__main__":
    print(main(metrics=sys.argv[1:]))
