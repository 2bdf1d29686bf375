"""10,000 predictions and 200 fits in one process: prints how many MB the process grew.

A tenth of the work goes before, as warm-up.
"""

import resource

import numpy as np

from chainrule.layers import Dense
from chainrule.models import Sequential


def resident() -> float:
    """Return the memory the process holds, in MB."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


def work(share: float) -> None:
    """Do a share of the predictions and fits."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(100, 8)), rng.integers(0, 2, 100)
    model = None
    for _ in range(int(200 * share)):
        model = Sequential([Dense(12, "relu", input_dim=8), Dense(1, "sigmoid")], seed=0)
        model.compile(loss="binary_crossentropy", optimizer="adam")
        model.fit(X, y, epochs=2, verbose=0)
    for _ in range(int(10_000 * share)):
        model.predict(X[:1])


if __name__ == "__main__":
    work(0.1)
    before = resident()
    work(1.0)
    print(resident() - before)
