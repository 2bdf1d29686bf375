"""Each operation's values and gradients beside PyTorch's autograd, in float64, with a random upstream gradient.

The table names PyTorch's counterpart of every operation; one without a counterpart is written out in PyTorch's own
arithmetic, so that the gradient is still autograd's and not ours. (F.hardsigmoid's 1/6 and F.celu's 1/α are float32
inside PyTorch, so they are written out too.)
"""

import numpy as np
import pytest

from chainrule.checks.numeric import gradients_of, run_forward
from chainrule.ops import OPERATIONS

torch = pytest.importorskip("torch")
F = torch.nn.functional


def dropout(X, rate, random):
    """PyTorch can't draw our mask, so it is given."""
    return X * torch.tensor(random.again().mask(X.shape, rate)) / (1 - rate)


def gaussian_noise(X, stddev, random):
    """PyTorch can't draw our noise, so it is given."""
    return X + stddev * torch.tensor(random.again().normal(X.shape))


def batch_normalise(X, gamma, beta, mean, variance, epsilon=1e-3, momentum=0.99):
    rows = tuple(range(X.ndim - 1))
    m, v = X.mean(rows), X.var(rows, unbiased=False)
    return (X - m) / torch.sqrt(v + epsilon) * gamma + beta


def affine_normalise(X, gamma, beta, mean, variance, epsilon=1e-3):
    return (X - mean) / torch.sqrt(variance + epsilon) * gamma + beta


def smooth(T, s, K):
    return T * (1 - s) + s / K


def binary_crossentropy(P, T, label_smoothing=0.0):
    return F.binary_cross_entropy(P, smooth(T, label_smoothing, 2), reduction="none").mean(-1)


def binary_crossentropy_logits(Z, T, label_smoothing=0.0):
    return F.binary_cross_entropy_with_logits(Z, smooth(T, label_smoothing, 2), reduction="none").mean(-1)


def categorical_crossentropy(P, T, label_smoothing=0.0):
    return -(smooth(T, label_smoothing, T.shape[-1]) * torch.log(P / P.sum(-1, keepdim=True))).sum(-1)


def categorical_crossentropy_logits(Z, T, label_smoothing=0.0):
    return -(smooth(T, label_smoothing, T.shape[-1]) * F.log_softmax(Z, -1)).sum(-1)


def at_label(L, T):
    return -torch.gather(L, -1, T.long()[..., None])[..., 0]


def signed(T):
    """Return labels 0 and 1 as −1 and 1."""
    return torch.where(T == 0, -1.0, T)


def standardise(X, m, v, smallest=1e-7):
    return (X - m) / torch.clamp(torch.sqrt(v), min=smallest)


def maximum(*X):
    first = X[0]
    for other in X[1:]:
        first = torch.maximum(first, other)
    return first


def total(X, combine):
    first = X[0]
    for other in X[1:]:
        first = combine(first, other)
    return first


COUNTERPARTS = {
    "add": lambda *X: total(X, torch.add),
    "affine_normalise": affine_normalise,
    "arctan": torch.arctan,
    "average": lambda *X: total(X, torch.add) / len(X),
    "batch_normalise": batch_normalise,
    "binary_crossentropy": binary_crossentropy,
    "binary_crossentropy_logits": binary_crossentropy_logits,
    "categorical_crossentropy": categorical_crossentropy,
    "categorical_crossentropy_logits": categorical_crossentropy_logits,
    "celu": lambda X, alpha=1.0: torch.where(X > 0, X, alpha * torch.expm1(X.clamp(max=0) / alpha)),
    "concatenate": lambda *X, axis=-1: torch.cat(X, axis),
    "dense": lambda X, W, b=None: F.linear(X, W.T, b),
    "dropout": dropout,
    "elu": lambda X, alpha=1.0: F.elu(X, alpha),
    "embedding": lambda indices, W: F.embedding(indices.long(), W),
    "exponential": torch.exp,
    "flatten": lambda X: X.flatten(1),
    "gaussian_noise": gaussian_noise,
    "gelu": lambda X, approximate=False: F.gelu(X, approximate="tanh" if approximate else "none"),
    "hard_sigmoid": lambda X: F.relu6(X + 3) / 6,
    "hard_swish": F.hardswish,
    "hard_tanh": F.hardtanh,
    "hinge": lambda P, T: torch.relu(1 - signed(T) * P).mean(-1),
    "huber": lambda P, T, delta=1.0: F.huber_loss(P, T, reduction="none", delta=delta).mean(-1),
    "kl_divergence": lambda P, T: F.kl_div(torch.log(P), T.clamp(min=1e-7), reduction="none").sum(-1),
    "l1_l2_penalty": lambda W, l1, l2: l1 * W.abs().sum() + l2 * (W * W).sum(),
    "l1_penalty": lambda W, l1: l1 * W.abs().sum(),
    "l2_penalty": lambda W, l2: l2 * (W * W).sum(),
    "layer_normalise": lambda X, g, b, epsilon=1e-3: F.layer_norm(X, X.shape[-1:], g, b, epsilon),
    "leaky_relu": lambda X, negative_slope=0.2: F.leaky_relu(X, negative_slope),
    "linear": lambda X: X * 1,
    "log_cosh": lambda P, T: torch.log(torch.cosh(P - T)).mean(-1),
    "log_softmax": lambda X, axis=-1: F.log_softmax(X, axis),
    "maximum": maximum,
    "mean_absolute_error": lambda P, T: F.l1_loss(P, T, reduction="none").mean(-1),
    "mean_squared_error": lambda P, T: F.mse_loss(P, T, reduction="none").mean(-1),
    "mish": F.mish,
    "multiply": lambda *X: total(X, torch.mul),
    "poisson": lambda P, T: F.poisson_nll_loss(P, T, log_input=False, eps=1e-7, reduction="none").mean(-1),
    "prelu": lambda X, a: torch.where(X > 0, X, X * a),
    "quantile": lambda P, T, quantile=0.5: torch.maximum(quantile * (T - P), (quantile - 1) * (T - P)).mean(-1),
    "relu": torch.relu,
    "relu6": F.relu6,
    "rescale": lambda X, scale=1.0, offset=0.0: X * torch.tensor(scale) + torch.tensor(offset),
    "reshape": lambda X, shape: X.reshape(len(X), *shape),
    "selu": F.selu,
    "sigmoid": torch.sigmoid,
    "silu": F.silu,
    "softmax": lambda X, axis=-1: F.softmax(X, axis),
    "softplus": lambda X: F.softplus(X, threshold=100),
    "softsign": F.softsign,
    "sparse_categorical_crossentropy": lambda P, T: at_label(torch.log(P / P.sum(-1, keepdim=True)), T),
    "sparse_categorical_crossentropy_logits": lambda Z, T: at_label(F.log_softmax(Z, -1), T),
    "squared_hinge": lambda P, T: (torch.relu(1 - signed(T) * P) ** 2).mean(-1),
    "standardise": standardise,
    "subtract": torch.sub,
    "sum_of_squares": lambda P, T, half=True: ((P - T) ** 2).sum(-1) * (0.5 if half else 1.0),
    "tanh": torch.tanh,
    "unstandardise": lambda X, m, v, smallest=1e-7: X * torch.clamp(torch.sqrt(v), min=smallest) + m,
}
CASES = [
    pytest.param(operation, sample, id=f"{name}-{number}")
    for name, operation in sorted(OPERATIONS.items())
    if name in COUNTERPARTS
    for number, sample in enumerate(operation.samples(np.random.default_rng(5)))
]


def test_every_differentiable_operation_has_a_counterpart():
    differentiable = {name for name, operation in OPERATIONS.items() if operation.backward is not None}
    assert set(COUNTERPARTS) == differentiable


@pytest.mark.parametrize(("operation", "sample"), CASES)
def test_values_and_gradients_are_those_of_autograd(operation, sample):
    Y, cache = run_forward(operation, sample)
    dY = np.random.default_rng(9).normal(size=np.shape(Y))
    ours = gradients_of(operation, dY, cache)
    tensors = [torch.tensor(A, requires_grad=A.dtype.kind == "f") for A in sample.arrays]
    theirs = COUNTERPARTS[operation.name](*tensors, **sample.options)
    np.testing.assert_allclose(Y, theirs.detach().numpy(), rtol=1e-10, atol=1e-12)
    theirs.backward(torch.tensor(dY))
    for G, tensor in zip(ours, tensors, strict=False):
        if G is not None:
            np.testing.assert_allclose(G, tensor.grad.numpy(), rtol=1e-10, atol=1e-12)
