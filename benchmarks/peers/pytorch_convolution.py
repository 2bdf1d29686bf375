"""PyTorch trains one convolution, channels-last, or one and the numbers that make its input of a single channel.

python pytorch_convolution.py WORK.npz
"""

import sys

import torch
from answer import read_images, serve
from torch import nn

work = read_images(sys.argv[1])
X, y = torch.from_numpy(work.X), torch.from_numpy(work.y)
*spread, kernel = work.kernels
height, _, inputs, filters = kernel.shape
convolution = nn.Conv2d(inputs, filters, height, padding="same")
with torch.no_grad():
    convolution.weight.copy_(torch.from_numpy(kernel.transpose(3, 2, 0, 1)))
    convolution.bias.zero_()
convolution.to(memory_format=torch.channels_last)
# A product by broadcasting is faster here than a layer.
spread = [nn.Parameter(torch.from_numpy(K[0])) for K in spread]
optimizer = torch.optim.SGD([*spread, *convolution.parameters()], 0.01, fused=True)
loss = nn.MSELoss()


def forward(X):
    for W in spread:
        X = X * W
    return convolution(X.permute(0, 3, 1, 2)).mean((2, 3))


def train(epochs, shuffle=True):
    for _ in range(epochs):
        order = torch.randperm(len(X)) if shuffle else torch.arange(len(X))
        losses = []
        for rows in order.split(work.batch):
            optimizer.zero_grad()
            value = loss(forward(X[rows]), y[rows])
            value.backward()
            optimizer.step()
            losses.append(value.detach())
    return torch.stack(losses).mean().item()


serve(train, check=train(work.check_epochs, shuffle=False))
