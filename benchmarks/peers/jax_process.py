"""The PIMA tutorial as a whole program: import, load, 150 epochs, evaluate. With JAX.

python jax_process.py TABLE.csv
"""

import sys

import jax
import numpy as np
from answer import say
from jax_network import epoch, loss, scores, start

table = np.loadtxt(sys.argv[1], delimiter=",", dtype="float32")
X, y = jax.device_put(table[:, :8]), jax.device_put(table[:, 8:])

rng = np.random.default_rng(0)
weights = []
for inputs, units in ((8, 12), (12, 8), (8, 1)):
    limit = np.sqrt(6 / (inputs + units))
    W, b = rng.uniform(-limit, limit, (inputs, units)), np.zeros(units)
    weights.append((jax.device_put(W.astype("f")), jax.device_put(b.astype("f"))))
state = start(weights)
for key in jax.random.split(jax.random.key(0), 150):
    state = epoch(state, X, y, key, batch=10)
accuracy = ((np.asarray(scores(state[0], X)) > 0) == table[:, 8:]).mean()
say(loss=float(loss(state[0], X, y)), accuracy=float(accuracy))
