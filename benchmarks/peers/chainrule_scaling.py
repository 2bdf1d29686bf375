"""What chainrule's training costs against rows, epochs and weights, three decades each: one JSON line of points.

python chainrule_scaling.py
"""

import json
import time

import numpy as np

from chainrule.layers import Dense
from chainrule.models import Sequential

POINTS = 7
TIMES = 3  # the least of so many counts


def decades(lowest):
    """Return whole numbers from `lowest` to a thousand times that, evenly spaced by their logarithm."""
    return [round(lowest * 10 ** (3 * n / (POINTS - 1))) for n in range(POINTS)]


def seconds(layers, inputs, rows, batch, epochs):
    """Return the seconds that a fit takes, the first one left out: it plans."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(rows, inputs)).astype("f"), rng.integers(0, 2, (rows, 1)).astype("f")
    model = Sequential([Dense(units, "relu") for units in layers] + [Dense(1, "sigmoid")], seed=0)
    model.compile(optimizer="adam", loss="binary_crossentropy")
    model.fit(X[:batch], y[:batch], batch_size=batch, epochs=1, verbose=0)
    found = []
    for _ in range(TIMES):
        begin = time.perf_counter()
        model.fit(X, y, batch_size=batch, epochs=epochs, verbose=0)
        found.append(time.perf_counter() - begin)
    return min(found)


# A call of fit costs 0.2 ms whatever it does: from 10,000 rows of the small network on that is lost in its work. And
# from 65 thousand weights, which the cache holds, to 67 million: a gigabyte with Adam's two slots and the gradient.
sides = [round(weights**0.5) for weights in decades(256**2)]
points = {
    "rows": [(rows, seconds((12, 8), 8, rows, 10, 1)) for rows in decades(10_000)],
    "epochs": [(epochs, seconds((12, 8), 8, 7680, 10, epochs)) for epochs in decades(1)],
    "weights": [(side * side, seconds((side,), side, 64, 32, 1)) for side in sides],
}
print(json.dumps(points))
