"""JAX's side of the networks on images: scores, loss, a compiled step and a compiled epoch."""

import math
from functools import partial

import jax
import jax.numpy as jnp
from jax import lax

RATE, BETA_1, BETA_2, EPSILON = 0.001, 0.9, 0.999, 1e-7  # Adam
SGD_RATE, SGD_MOMENTUM = 0.01, 0.9
NORM_EPSILON, NORM_MOMENTUM = 1e-3, 0.99
DIMENSIONS = ("NHWC", "HWIO", "NHWC")


def convolve(X, K, stride=1, padding="SAME"):
    """Return a convolution."""
    return lax.conv_general_dilated(X, K, (stride, stride), padding, dimension_numbers=DIMENSIONS)


def pool(X):
    """Return the largest of 2 × 2."""
    return lax.reduce_window(X, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def convnet(weights, state, X, keep):
    """Return the scores of Keras' convnet; `keep` is the factor of what Dropout sees."""
    (K, b), (L, c), (W, d) = weights
    X = pool(jax.nn.relu(convolve(X, K, padding="VALID") + b))
    X = pool(jax.nn.relu(convolve(X, L, padding="VALID") + c))
    return (X.reshape(len(X), -1) * keep) @ W + d, state


def residual(weights, state, X, keep):
    """Return the scores of the residual network, and the new moving means and variances."""
    todo, moved = list(zip(weights[:-1], state, strict=True)), []

    def convolution(X, stride=1):
        (K, gamma, beta), (mean, variance) = todo.pop(0)
        Y = convolve(X, K, stride)
        m, v = Y.mean((0, 1, 2)), Y.var((0, 1, 2))
        moved.append(
            (NORM_MOMENTUM * mean + (1 - NORM_MOMENTUM) * m, NORM_MOMENTUM * variance + (1 - NORM_MOMENTUM) * v)
        )
        return (Y - m) * (gamma * lax.rsqrt(v + NORM_EPSILON)) + beta

    h = jax.nn.relu(convolution(X))
    for stage, blocks in enumerate((2, 3, 3)):
        for block in range(blocks):
            stride = 2 if stage and not block else 1
            r = convolution(jax.nn.relu(convolution(h, stride)))
            h = jax.nn.relu(r + (h if stride == 1 else convolution(h, stride)))
    W, b = weights[-1]
    return h.mean((1, 2)) @ W + b, moved


SCORES = {"convnet": convnet, "residual": residual}


def loss(weights, state, X, y, keep, network):
    """Return the categorical cross-entropy, and the new state of the normalisations."""
    Z, state = SCORES[network](weights, state, X, keep)
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(Z), y[:, None], axis=1)), state


def adam(weights, gradients, slots):
    """Return weights and slots after a step of Adam."""
    M, V, t = slots
    t = t + 1
    rate = RATE * jnp.sqrt(-jnp.expm1(t * math.log(BETA_2))) / -jnp.expm1(t * math.log(BETA_1))
    M = jax.tree.map(lambda m, g: m + (1 - BETA_1) * (g - m), M, gradients)
    V = jax.tree.map(lambda v, g: v + (1 - BETA_2) * (g * g - v), V, gradients)
    return jax.tree.map(lambda w, m, v: w - rate * m / (jnp.sqrt(v) + EPSILON), weights, M, V), (M, V, t)


def sgd(weights, gradients, slots):
    """Return weights and slots after a step of gradient descent with momentum."""
    V = jax.tree.map(lambda v, g: SGD_MOMENTUM * v - SGD_RATE * g, slots[0], gradients)
    return jax.tree.map(jnp.add, weights, V), (V, *slots[1:])


def one_step(carried, X, y, network, dropout):
    """Return what is carried from step to step, and the loss."""
    weights, state, slots, key = carried
    key, now = jax.random.split(key)
    keep = jax.random.bernoulli(now, 1 - dropout, (len(X), len(weights[-1][0]))) / (1 - dropout) if dropout else 1.0
    (value, state), gradients = jax.value_and_grad(loss, has_aux=True)(weights, state, X, y, keep, network)
    weights, slots = (adam if network == "convnet" else sgd)(weights, gradients, slots)
    return (weights, state, slots, key), value


step = partial(jax.jit, static_argnames=("network", "dropout"), donate_argnums=0)(one_step)


@partial(jax.jit, static_argnames=("network", "dropout"), donate_argnums=0)
def epoch(carried, X, y, order, network, dropout):
    """Return what is carried after all batches, in one scan, and the losses."""
    return lax.scan(lambda now, rows: one_step(now, X[rows], y[rows], network, dropout), carried, order)


def start(work):
    """Return what is carried into the first step."""
    weights, state = [], []
    for K in work.kernels:
        zeros = jnp.zeros(K.shape[-1])
        if work.network == "residual" and K.ndim == 4:
            weights.append((jax.device_put(K), jnp.ones(K.shape[-1]), zeros))
            state.append((zeros, jnp.ones(K.shape[-1])))
        else:
            weights.append((jax.device_put(K), zeros))
    zeros = partial(jax.tree.map, jnp.zeros_like)
    return jax.tree.map(jnp.copy, (weights, state, (zeros(weights), zeros(weights), jnp.zeros(())), jax.random.key(0)))
