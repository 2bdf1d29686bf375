"""PyTorch's side of the networks on images, channels-last throughout; in goes (N, H, W, C), as for the others."""

import torch
from torch import nn
from torch.nn.functional import pad, relu

EPSILON, MOMENTUM = 1e-3, 0.01  # Keras' batch normalisation: its momentum is one minus this


class ToChannelsLast(nn.Module):
    """(N, H, W, C) as PyTorch names the axes, with nothing moved."""

    def forward(self, X):
        """Return a view."""
        return X.permute(0, 3, 1, 2)


class ToRows(nn.Module):
    """All numbers of an image in the order height, width, channel, with nothing moved."""

    def forward(self, X):
        """Return a view."""
        return X.permute(0, 2, 3, 1).flatten(1)


class Convolution(nn.Module):
    """A convolution with the padding that others call "same", and its normalisation."""

    def __init__(self, inputs, filters, size=3, stride=1):
        super().__init__()
        # On an even side "same" pads strided windows below and to the right only.
        self.uneven = stride > 1 and size > 1
        padding = 0 if self.uneven else size // 2
        self.convolution = nn.Conv2d(inputs, filters, size, stride, padding, bias=False)
        self.normalise = nn.BatchNorm2d(filters, EPSILON, MOMENTUM)

    def forward(self, X):
        """Return the normalised convolution."""
        return self.normalise(self.convolution(pad(X, (0, 1, 0, 1)) if self.uneven else X))


class Block(nn.Module):
    """x and what two convolutions make of it, added up."""

    def __init__(self, inputs, filters, stride):
        super().__init__()
        self.first = Convolution(inputs, filters, stride=stride)
        self.second = Convolution(filters, filters)
        self.shortcut = nn.Identity() if stride == 1 else Convolution(inputs, filters, 1, stride)

    def forward(self, X):
        """Return what goes into the next block."""
        return relu(self.shortcut(X) + self.second(relu(self.first(X))))


def convnet(dropout):
    """Return Keras' "Simple MNIST convnet", without its softmax."""
    return nn.Sequential(
        ToChannelsLast(),
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        ToRows(),
        nn.Dropout(dropout),
        nn.Linear(1600, 10),
    )


def residual():
    """Return the residual network, without its softmax."""
    layers = [ToChannelsLast(), Convolution(3, 16), nn.ReLU()]
    inputs = 16
    for stage, (filters, blocks) in enumerate(((16, 2), (32, 3), (64, 3))):
        for block in range(blocks):
            layers.append(Block(inputs, filters, 2 if stage and not block else 1))
            inputs = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


@torch.no_grad()
def set_kernels(model, kernels):
    """Give the layers, in the order in which they were made, kernels (height, width, in, out) or (in, out); no bias."""
    layers = [layer for layer in model.modules() if isinstance(layer, (nn.Conv2d, nn.Linear))]
    for layer, K in zip(layers, kernels, strict=True):
        layer.weight.copy_(torch.from_numpy(K.transpose(3, 2, 0, 1) if K.ndim == 4 else K.T))
        if layer.bias is not None:
            layer.bias.zero_()


def network(work, dropout=0.0):
    """Return the network of a work, without its softmax, with the initial kernels; and its optimizer."""
    model = convnet(dropout) if work.network == "convnet" else residual()
    set_kernels(model, work.kernels)
    model.to(memory_format=torch.channels_last)
    if work.network == "convnet":
        return model, torch.optim.Adam(model.parameters(), eps=1e-7, fused=True)
    return model, torch.optim.SGD(model.parameters(), 0.01, momentum=0.9, fused=True)
