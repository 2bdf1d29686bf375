"""What the JAX scripts share: the network, its loss, and a whole epoch of Adam as one compiled function."""

import math
from functools import partial

import jax
import jax.numpy as jnp

RATE, BETA_1, BETA_2, EPSILON = 0.001, 0.9, 0.999, 1e-7


def scores(weights, X):
    """Return what comes before the last activation."""
    *hidden, (W, b) = weights
    for V, c in hidden:
        X = jax.nn.relu(X @ V + c)
    return X @ W + b


def loss(weights, X, y):
    """Return the binary or the categorical cross-entropy, by the labels' type."""
    Z = scores(weights, X)
    if jnp.issubdtype(y.dtype, jnp.floating):
        return jnp.mean(jnp.logaddexp(0, Z) - Z * y)
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(Z), y[:, None], axis=1))


def step(state, batch):
    """Return the state after one step of Adam."""
    weights, M, V, t = state
    gradients = jax.grad(loss)(weights, *batch)
    t = t + 1
    # In float32 1 − β₂ᵗ loses so many digits that the loss differs in its fourth; expm1 keeps them.
    rate = RATE * jnp.sqrt(-jnp.expm1(t * math.log(BETA_2))) / -jnp.expm1(t * math.log(BETA_1))
    M = jax.tree.map(lambda m, g: m + (1 - BETA_1) * (g - m), M, gradients)
    V = jax.tree.map(lambda v, g: v + (1 - BETA_2) * (g * g - v), V, gradients)
    weights = jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + EPSILON), weights, M, V)
    return (weights, M, V, t), None


@partial(jax.jit, static_argnames=("batch", "shuffle"), donate_argnums=0)
def epoch(state, X, y, key, batch, shuffle=True):
    """Return the state after all full batches, in one scan, and the last short one."""
    order = jax.random.permutation(key, len(X)) if shuffle else jnp.arange(len(X))
    full = len(X) // batch * batch
    state, _ = jax.lax.scan(lambda s, rows: step(s, (X[rows], y[rows])), state, order[:full].reshape(-1, batch))
    if full < len(X):
        state, _ = step(state, (X[order[full:]], y[order[full:]]))
    return state


def start(weights):
    """Return the state before the first step."""
    zeros = partial(jax.tree.map, jnp.zeros_like)
    return weights, zeros(weights), zeros(weights), jnp.zeros(())
