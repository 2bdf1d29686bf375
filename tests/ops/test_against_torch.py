"""Each operation's values and gradients beside PyTorch's autograd, in float64, with a random upstream gradient.

The table names PyTorch's counterpart of every operation; one without a counterpart is written out in PyTorch's own
arithmetic, so that the gradient is still autograd's and not ours. (F.hardsigmoid's 1/6 and F.celu's 1/α are float32
inside PyTorch, so they are written out too.)
"""

import numpy as np
import pytest

from chainrule.checks.numeric import gradients_of, run_forward
from chainrule.ops import OPERATIONS
from chainrule.ops.random_affine import source_points

torch = pytest.importorskip("torch")
F = torch.nn.functional


def dropout(X, rate, random):
    """PyTorch can't draw our mask, so it is given."""
    return X * torch.tensor(random.again().mask(X.shape, rate)) / (1 - rate)


def gaussian_noise(X, stddev, random):
    """PyTorch can't draw our noise, so it is given."""
    return X + stddev * torch.tensor(random.again().normal(X.shape))


def first(X):
    """Return images with the channels first, as PyTorch has them."""
    return X.movedim(-1, 1)


def last(X):
    return X.movedim(1, -1)


def around(X, padding, value=0.0):
    """Return channels-first images with a border; a negative one crops."""
    top, bottom, left, right = padding
    return F.pad(X, (left, right, top, bottom), value=value)


def conv2d(X, W, b=None, strides=(1, 1), padding=(0, 0, 0, 0), dilation=(1, 1), groups=1):
    W = W.permute(3, 2, 0, 1).contiguous()
    return last(F.conv2d(around(first(X), padding), W, b, strides, dilation=dilation, groups=groups))


def depthwise_conv2d(X, W, b=None, **options):
    kh, kw, C, m = W.shape
    return conv2d(X, W.reshape(kh, kw, 1, C * m), b, **options, groups=C)


def conv2d_transpose(X, W, b=None, strides=(1, 1), padding=(0, 0, 0, 0), extra=(0, 0), dilation=(1, 1)):
    full = F.conv_transpose2d(first(X), W.permute(3, 2, 0, 1).contiguous(), None, strides, dilation=dilation)
    top, bottom, left, right = padding
    Y = last(around(full, (-top, extra[0] - bottom, -left, extra[1] - right)))
    return Y if b is None else Y + b


def max_pool2d(X, pool, strides, padding=(0, 0, 0, 0)):
    return last(F.max_pool2d(around(first(X), padding, -torch.inf), pool, strides))


def average_pool2d(X, pool, strides, padding=(0, 0, 0, 0)):
    """PyTorch can leave out padding that is the same on both sides; otherwise the sums are divided by those of ones."""
    top, bottom, left, right = padding
    if (top, left) == (bottom, right):
        return last(F.avg_pool2d(first(X), pool, strides, (top, left), count_include_pad=False))
    ones = around(torch.ones_like(first(X)), padding)
    return last(F.avg_pool2d(around(first(X), padding), pool, strides) / F.avg_pool2d(ones, pool, strides))


def interpolate(X, size, **options):
    return last(F.interpolate(first(X), scale_factor=tuple(map(float, size)), **options))


def spatial_dropout2d(X, rate, random):
    N, _, _, C = X.shape
    return X * torch.tensor(random.again().mask((N, 1, 1, C), rate)) / (1 - rate)


def group_normalise(X, gamma, beta, groups, epsilon=1e-3):
    return last(F.group_norm(first(X), groups, gamma, beta, epsilon))


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


def random_flip(X, random, horizontal=1, vertical=1):
    draws = random.again().uniform((len(X), 2)) < 0.5
    axes = [
        [axis for axis, drawn in zip((1, 0), pair, strict=True) if drawn] for pair in draws & [horizontal, vertical]
    ]
    return torch.stack([torch.flip(image, which) for image, which in zip(X, axes, strict=True)])


def random_crop(X, height, width, random):
    U = random.again().uniform((len(X), 2))
    corners = (U * [X.shape[1] - height + 1, X.shape[2] - width + 1]).astype(int)
    cut = [image[top : top + height, left : left + width] for image, (top, left) in zip(X, corners, strict=True)]
    return torch.stack(cut)


def random_contrast(X, lower, upper, random):
    factors = torch.tensor(random.again().uniform((len(X), 1, 1, 1), lower, upper))
    mean = X.mean((1, 2), keepdim=True)
    return mean + factors * (X - mean)


def random_affine(
    X, random, translation=(0, 0, 0, 0), rotation=(0, 0), zoom=(0, 0), fill_mode=0, fill_value=0.0, bilinear=1
):
    """PyTorch samples the points of our draw out of images that NumPy has continued on all sides."""
    N, H, W, C = X.shape
    draws = random.again().uniform_rows(N, translation[:2], translation[2:], rotation, zoom[:2], zoom[-2:])
    if len(zoom) == 2:
        draws[:, 4] = draws[:, 3]
    border, mode = 30, ("constant", "symmetric", "wrap", "edge")[fill_mode]
    outside = {"constant_values": -1} if mode == "constant" else {}
    index = np.pad(np.arange(H * W).reshape(H, W), border, mode, **outside)
    wide = torch.where(torch.tensor(index < 0)[..., None], fill_value, X.reshape(N, H * W, C)[:, index])
    points = zip(source_points(draws, H, W)[::-1], (W, H), strict=True)
    grid = [2 * (point + border) / (size + 2 * border - 1) - 1 for point, size in points]
    mode = "bilinear" if bilinear else "nearest"
    return last(F.grid_sample(first(wide), torch.tensor(np.stack(grid, -1)), mode, align_corners=True))


COUNTERPARTS = {
    "add": lambda *X: total(X, torch.add),
    "affine_normalise": affine_normalise,
    "arctan": torch.arctan,
    "average": lambda *X: total(X, torch.add) / len(X),
    "average_pool2d": average_pool2d,
    "batch_normalise": batch_normalise,
    "binary_crossentropy": binary_crossentropy,
    "binary_crossentropy_logits": binary_crossentropy_logits,
    "categorical_crossentropy": categorical_crossentropy,
    "categorical_crossentropy_logits": categorical_crossentropy_logits,
    "celu": lambda X, alpha=1.0: torch.where(X > 0, X, alpha * torch.expm1(X.clamp(max=0) / alpha)),
    "concatenate": lambda *X, axis=-1: torch.cat(X, axis),
    "conv2d": conv2d,
    "conv2d_transpose": conv2d_transpose,
    "crop2d": lambda X, cropping: last(around(first(X), [-n for n in cropping])),
    "dense": lambda X, W, b=None: F.linear(X, W.T, b),
    "depthwise_conv2d": depthwise_conv2d,
    "dropout": dropout,
    "elu": lambda X, alpha=1.0: F.elu(X, alpha),
    "embedding": lambda indices, W: F.embedding(indices.long(), W),
    "exponential": torch.exp,
    "flatten": lambda X: X.flatten(1),
    "gaussian_noise": gaussian_noise,
    "gelu": lambda X, approximate=False: F.gelu(X, approximate="tanh" if approximate else "none"),
    "global_average_pool2d": lambda X: F.adaptive_avg_pool2d(first(X), 1).flatten(1),
    "global_max_pool2d": lambda X: F.adaptive_max_pool2d(first(X), 1).flatten(1),
    "group_normalise": group_normalise,
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
    "max_pool2d": max_pool2d,
    "maximum": maximum,
    "mean_absolute_error": lambda P, T: F.l1_loss(P, T, reduction="none").mean(-1),
    "mean_squared_error": lambda P, T: F.mse_loss(P, T, reduction="none").mean(-1),
    "mish": F.mish,
    "multiply": lambda *X: total(X, torch.mul),
    "pad2d": lambda X, padding: last(around(first(X), padding)),
    "poisson": lambda P, T: F.poisson_nll_loss(P, T, log_input=False, eps=1e-7, reduction="none").mean(-1),
    "prelu": lambda X, a: torch.where(X > 0, X, X * a),
    "quantile": lambda P, T, quantile=0.5: torch.maximum(quantile * (T - P), (quantile - 1) * (T - P)).mean(-1),
    "random_affine": random_affine,
    "random_contrast": random_contrast,
    "random_crop": random_crop,
    "random_flip": random_flip,
    "relu": torch.relu,
    "relu6": F.relu6,
    "rescale": lambda X, scale=1.0, offset=0.0: X * torch.tensor(scale) + torch.tensor(offset),
    "reshape": lambda X, shape: X.reshape(len(X), *shape),
    "rms_normalise": lambda X, scale, epsilon=1e-6: F.rms_norm(X, X.shape[-1:], scale, epsilon),
    "selu": F.selu,
    "sigmoid": torch.sigmoid,
    "silu": F.silu,
    "softmax": lambda X, axis=-1: F.softmax(X, axis),
    "softplus": lambda X: F.softplus(X, threshold=100),
    "softsign": F.softsign,
    "sparse_categorical_crossentropy": lambda P, T: at_label(torch.log(P / P.sum(-1, keepdim=True)), T),
    "sparse_categorical_crossentropy_logits": lambda Z, T: at_label(F.log_softmax(Z, -1), T),
    "spatial_dropout2d": spatial_dropout2d,
    "squared_hinge": lambda P, T: (torch.relu(1 - signed(T) * P) ** 2).mean(-1),
    "standardise": standardise,
    "subtract": torch.sub,
    "sum_of_squares": lambda P, T, half=True: ((P - T) ** 2).sum(-1) * (0.5 if half else 1.0),
    "tanh": torch.tanh,
    "unstandardise": lambda X, m, v, smallest=1e-7: X * torch.clamp(torch.sqrt(v), min=smallest) + m,
    "upsample2d_bilinear": lambda X, size: interpolate(X, size, mode="bilinear", align_corners=False),
    "upsample2d_nearest": lambda X, size: interpolate(X, size, mode="nearest"),
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
