"""JAX trains a dense network: data on the device beforehand, a whole epoch in one compiled call.

python jax_train.py WORK.npz
"""

import sys

import jax
from answer import read_work, serve
from jax_network import epoch, loss, start

work = read_work(sys.argv[1])
X, y = jax.device_put(work.X), jax.device_put(work.y)
state = start([(jax.device_put(W), jax.device_put(b)) for W, b in zip(work.W, work.b, strict=True)])
key = jax.random.key(0)


def train(epochs, shuffle=True):
    global state, key
    for _ in range(epochs):
        key, now = jax.random.split(key)
        state = epoch(state, X, y, now, batch=work.batch, shuffle=shuffle)
    jax.block_until_ready(state)


train(work.check_epochs, shuffle=False)
serve(train, check=jax.jit(loss)(state[0], X, y))
