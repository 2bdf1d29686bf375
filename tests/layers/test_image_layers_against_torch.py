"""Layers over images and sequences beside PyTorch in float64: outputs, gradients, and a residual network's training."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.layers import (
    Activation,
    Add,
    AveragePooling1D,
    AveragePooling2D,
    BatchNormalization,
    Conv1D,
    Conv2D,
    Conv2DTranspose,
    Cropping2D,
    Dense,
    DepthwiseConv2D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    GroupNormalization,
    Input,
    MaxPooling1D,
    MaxPooling2D,
    RMSNormalization,
    SeparableConv1D,
    SeparableConv2D,
    UpSampling1D,
    UpSampling2D,
    ZeroPadding2D,
)
from chainrule.models import Model

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional


def rng(seed=3):
    return np.random.default_rng(seed)


def close(made, expected, rtol=1e-10):
    np.testing.assert_allclose(made, expected, rtol=rtol, atol=1e-13)


def kernel(W):
    """Return a kernel (…, in, out) as PyTorch has it, (out, in, …)."""
    return W.permute(W.ndim - 1, W.ndim - 2, *range(W.ndim - 2))


def transposed(W):
    """Return a transposed kernel (height, width, out, in) as (in, out, height, width)."""
    return W.permute(3, 2, 0, 1)


def depthwise(W):
    """Return a depthwise kernel (…, C, m) as (C·m, 1, …)."""
    return W.flatten(-2).movedim(-1, 0)[:, None]


def separable(convolve):
    def compute(X, D, P, b):
        return convolve(convolve(X, depthwise(D), groups=X.shape[1]), kernel(P), b)

    return compute


#: name → layer, one image's shape, and the same of PyTorch's functions, channels first.
CASES = {
    "valid": (lambda: Conv2D(4, 3), (6, 5, 2), lambda X, W, b: F.conv2d(X, kernel(W), b)),
    "same, odd": (
        lambda: Conv2D(4, 3, padding="same"),
        (6, 5, 2),
        lambda X, W, b: F.conv2d(X, kernel(W), b, padding=1),
    ),
    "same, even": (
        lambda: Conv2D(4, (2, 4), padding="same"),
        (6, 5, 2),
        lambda X, W, b: F.conv2d(F.pad(X, (1, 2, 0, 1)), kernel(W), b),
    ),
    "same, strides": (
        lambda: Conv2D(4, 3, strides=2, padding="same"),
        (6, 5, 2),  # 6 rows are padded by one, below; 5 columns by one on each side
        lambda X, W, b: F.conv2d(F.pad(X, (1, 1, 0, 1)), kernel(W), b, stride=2),
    ),
    "strides": (lambda: Conv2D(3, 2, (2, 3)), (7, 8, 3), lambda X, W, b: F.conv2d(X, kernel(W), b, stride=(2, 3))),
    "dilation": (
        lambda: Conv2D(3, 3, dilation_rate=(1, 2)),
        (5, 7, 2),
        lambda X, W, b: F.conv2d(X, kernel(W), b, dilation=(1, 2)),
    ),
    "groups": (lambda: Conv2D(6, 2, groups=2), (4, 5, 4), lambda X, W, b: F.conv2d(X, kernel(W), b, groups=2)),
    "1 × 1": (lambda: Conv2D(3, 1), (4, 5, 2), lambda X, W, b: F.conv2d(X, kernel(W), b)),
    "no bias, tanh": (
        lambda: Conv2D(3, 2, activation="tanh", use_bias=False),
        (4, 5, 2),
        lambda X, W: torch.tanh(F.conv2d(X, kernel(W))),
    ),
    "1-D": (lambda: Conv1D(4, 3, strides=2), (8, 3), lambda X, W, b: F.conv1d(X, kernel(W), b, stride=2)),
    "1-D, causal": (
        lambda: Conv1D(6, 3, padding="causal", dilation_rate=2, groups=3),
        (8, 6),
        lambda X, W, b: F.conv1d(F.pad(X, (4, 0)), kernel(W), b, dilation=2, groups=3),
    ),
    "depthwise": (
        lambda: DepthwiseConv2D(3, padding="same", depth_multiplier=2),
        (5, 4, 3),
        lambda X, W, b: F.conv2d(X, depthwise(W), b, padding=1, groups=3),
    ),
    "depthwise, strides": (
        lambda: DepthwiseConv2D((2, 3), strides=2),
        (6, 7, 3),
        lambda X, W, b: F.conv2d(X, depthwise(W), b, stride=2, groups=3),
    ),
    "separable": (lambda: SeparableConv2D(4, 3, depth_multiplier=2), (5, 6, 3), separable(F.conv2d)),
    "separable 1-D": (lambda: SeparableConv1D(4, 3), (7, 3), separable(F.conv1d)),
    "transposed": (
        lambda: Conv2DTranspose(4, 3, strides=2),
        (3, 4, 2),
        lambda X, W, b: F.conv_transpose2d(X, transposed(W), b, stride=2),
    ),
    "transposed, same": (
        lambda: Conv2DTranspose(4, 3, strides=2, padding="same"),
        (3, 4, 2),
        lambda X, W, b: F.conv_transpose2d(X, transposed(W), b, stride=2)[:, :, :-1, :-1],
    ),
    "transposed, output_padding": (
        lambda: Conv2DTranspose(4, 3, strides=3, output_padding=(1, 2)),
        (3, 4, 2),
        lambda X, W, b: F.conv_transpose2d(X, transposed(W), b, stride=3, output_padding=(1, 2)),
    ),
    "transposed, dilation": (
        lambda: Conv2DTranspose(2, 3, dilation_rate=2),
        (3, 4, 2),
        lambda X, W, b: F.conv_transpose2d(X, transposed(W), b, dilation=2),
    ),
    "max": (lambda: MaxPooling2D((2, 3), (2, 1)), (7, 6, 2), lambda X: F.max_pool2d(X, (2, 3), (2, 1))),
    "max 1-D": (lambda: MaxPooling1D(3), (7, 2), lambda X: F.max_pool1d(X, 3)),
    "average": (lambda: AveragePooling2D(3, 2), (7, 6, 2), lambda X: F.avg_pool2d(X, 3, 2)),
    "average, same": (
        lambda: AveragePooling2D(3, 1, "same"),
        (4, 5, 2),
        lambda X: F.avg_pool2d(X, 3, 1, padding=1, count_include_pad=False),
    ),
    "average 1-D": (lambda: AveragePooling1D(2), (7, 2), lambda X: F.avg_pool1d(X, 2)),
    "global average": (lambda: GlobalAveragePooling2D(), (4, 5, 3), lambda X: X.mean((2, 3))),
    "global average 1-D": (lambda: GlobalAveragePooling1D(), (4, 3), lambda X: X.mean(2)),
    "global max": (lambda: GlobalMaxPooling2D(), (4, 5, 3), lambda X: X.amax((2, 3))),
    "global max, keepdims": (lambda: GlobalMaxPooling2D(keepdims=True), (4, 5, 3), lambda X: X.amax((2, 3), True)),
    "zeros": (lambda: ZeroPadding2D(((1, 2), (0, 3))), (3, 2, 2), lambda X: F.pad(X, (0, 3, 1, 2))),
    "cropping": (lambda: Cropping2D(((1, 0), (2, 1))), (3, 5, 2), lambda X: X[:, :, 1:, 2:-1]),
    "nearest": (lambda: UpSampling2D((2, 3)), (3, 2, 2), lambda X: F.interpolate(X, scale_factor=(2, 3))),
    "nearest 1-D": (lambda: UpSampling1D(3), (4, 2), lambda X: F.interpolate(X, scale_factor=3)),
    "bilinear": (
        lambda: UpSampling2D((2, 3), interpolation="bilinear"),
        (3, 4, 2),
        lambda X: F.interpolate(X, scale_factor=(2, 3), mode="bilinear"),
    ),
    "group norm": (
        lambda: GroupNormalization(3, epsilon=1e-5),
        (4, 5, 6),
        lambda X, gamma, beta: F.group_norm(X, 3, gamma, beta),
    ),
    "instance norm": (
        lambda: GroupNormalization(-1, epsilon=1e-5),
        (4, 5, 3),
        lambda X, gamma, beta: F.instance_norm(X, weight=gamma, bias=beta),
    ),
    "batch norm": (
        lambda: BatchNormalization(epsilon=1e-5),
        (4, 5, 3),
        lambda X, gamma, beta: F.batch_norm(X, None, None, gamma, beta, training=True),
    ),
    "rms norm": (
        lambda: RMSNormalization(),
        (4, 5, 3),
        lambda X, scale: F.rms_norm(X.movedim(1, -1), (3,), scale, 1e-6).movedim(-1, 1),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_output_and_gradients(case):
    make, shape, compute = CASES[case]
    # A layer before it, so that the gradient of its input is seen through that one's kernel.
    layer, first, x = make(), Dense(shape[-1], use_bias=False, name="first"), Input(shape)
    model = Model(x, layer(first(x)), dtype="float64", seed=2)
    model.compile(loss="mse")
    for weight in layer.trainable_weights:
        weight.assign(rng(weight.size).normal(size=weight.shape))
    X, T = rng().normal(size=(3, *shape)), rng(4).normal(size=(3, *model.output_shape[1:]))

    before = torch.tensor(first.get_weights()[0], requires_grad=True)
    weights = [torch.tensor(weight.numpy(), requires_grad=True) for weight in layer.trainable_weights]
    Y = compute((torch.tensor(X) @ before).movedim(-1, 1), *weights).movedim(1, -1)
    F.mse_loss(Y, torch.tensor(T)).backward()

    close(model(X, training=True), Y.detach().numpy())
    gradients = model.gradients(X, T, training=True)
    close(gradients["first/kernel"], before.grad.numpy())
    for weight, theirs in zip(layer.trainable_weights, weights, strict=True):
        close(gradients[f"{layer.name}/{weight.name}"], theirs.grad.numpy())


class Block(nn.Module):
    """A residual block of two 3 × 3 convolutions; where the channels grow, a 1 × 1 convolution on the way around."""

    def __init__(self, channels, filters, stride):
        super().__init__()
        self.pad = (0, 1, 0, 1) if stride == 2 else (1, 1, 1, 1)  # "same", for images of even size
        self.first = nn.Conv2d(channels, filters, 3, stride, bias=False)
        self.norm1 = nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01)
        self.second = nn.Conv2d(filters, filters, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01)
        self.around = nn.Conv2d(channels, filters, 1, stride, bias=False) if channels != filters else nn.Identity()

    def forward(self, x):
        h = F.relu(self.norm1(self.first(F.pad(x, self.pad))))
        return F.relu(self.norm2(self.second(h)) + self.around(x))


def block(x, filters, stride):
    h = Conv2D(filters, 3, stride, "same", use_bias=False)(x)
    h = Activation("relu")(BatchNormalization()(h))
    h = BatchNormalization()(Conv2D(filters, 3, padding="same", use_bias=False)(h))
    around = Conv2D(filters, 1, stride, use_bias=False)(x) if x.shape[-1] != filters else x
    return Activation("relu")(Add()([h, around]))


def residual_networks():
    """Return the network in both libraries, with the same weights."""
    x = Input((8, 8, 3))
    h = Conv2D(4, 3, padding="same", activation="relu")(x)
    h = block(block(h, 4, 1), 6, 2)
    ours = Model(x, Dense(5, activation="softmax")(GlobalAveragePooling2D()(h)), dtype="float64", seed=9)
    theirs = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), Block(4, 4, 1), Block(4, 6, 2), nn.Flatten(2), nn.Linear(6, 5)
    ).double()
    # The pairs in the order of PyTorch's parameters, which is the order in which the blocks hold them.
    parameters = list(theirs.parameters())
    weights = [weight for layer in ours.layers for weight in layer.trainable_weights]
    with torch.no_grad():
        for weight, parameter in zip(weights, parameters, strict=True):
            W = torch.tensor(weight.numpy())
            parameter.copy_(kernel(W) if W.ndim > 1 else W)
    return ours, theirs, list(zip(weights, parameters, strict=True))


def test_residual_network_trains_like_pytorchs():
    ours, theirs, pairs = residual_networks()
    ours.compile(loss="sparse_categorical_crossentropy", optimizer="sgd", engine="reference")
    descent = torch.optim.SGD(theirs.parameters(), lr=0.01)
    for step in range(6):
        X, y = rng(step).normal(size=(7, 8, 8, 3)), rng(step).integers(0, 5, 7)
        descent.zero_grad()
        h = theirs[:4](torch.tensor(X).permute(0, 3, 1, 2))
        loss = F.cross_entropy(theirs[5](h.mean((2, 3))), torch.tensor(y))
        loss.backward()
        descent.step()
        close(ours.train_on_batch(X, y), float(loss.detach()))
        for weight, parameter in pairs:
            theirs_now = parameter.detach()
            W = torch.tensor(weight.numpy())
            close(kernel(W) if W.ndim > 1 else W, theirs_now, rtol=1e-8)
