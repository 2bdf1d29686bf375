"""PyTorch learns MNIST by the recipe of examples/mnist_recipe.py: the whole program.

python pytorch_mnist_recipe.py SEED EPOCHS [compiled]

Channels-last, the fused Adam, and both motions in one sampling of the images.
"""

import math
import sys

import torch
from answer import say
from mnist import load
from pytorch_networks import ToChannelsLast, ToRows
from torch import nn
from torch.nn.functional import affine_grid, grid_sample

BATCH, PEAK_RATE = 128, 0.01
SHIFT, TURN = 0.08, 0.03


def block(inputs, filters):
    """Return a convolution, its normalisation, its activation."""
    convolution = nn.Conv2d(inputs, filters, 3, bias=False)
    nn.init.kaiming_normal_(convolution.weight)
    return [convolution, nn.BatchNorm2d(filters, eps=1e-3, momentum=0.1), nn.ReLU()]


def moved(X):
    """Return each image (N, H, W, C) shifted by whole pixels and turned, by a draw of its own; what comes in is 0."""
    n, side = X.shape[:2]
    angle = (2 * torch.rand(n) - 1) * TURN * 2 * math.pi
    pixels = ((2 * torch.rand(2, n) - 1) * SHIFT * side).round()
    dx, dy = pixels * 2 / side  # the grid goes from −1 to 1
    c, s = angle.cos(), angle.sin()
    maps = torch.stack([c, -s, dx, s, c, dy], 1).reshape(n, 2, 3)
    grid = affine_grid(maps, (n, 1, *X.shape[1:3]), align_corners=False)
    return grid_sample(X.permute(0, 3, 1, 2), grid, align_corners=False).permute(0, 2, 3, 1)


seed, epochs = int(sys.argv[1]), int(sys.argv[2])
torch.manual_seed(seed)
(x_train, y_train), (x_test, y_test) = (map(torch.from_numpy, load(part)) for part in ("train", "t10k"))
last = nn.Linear(9 * 64, 10)
nn.init.xavier_uniform_(last.weight)
nn.init.zeros_(last.bias)
layers = [*block(1, 24), nn.MaxPool2d(2), *block(24, 48), nn.MaxPool2d(2), *block(48, 64), ToRows(), last]
model = nn.Sequential(ToChannelsLast(), *layers).to(memory_format=torch.channels_last)
forward = torch.compile(model) if "compiled" in sys.argv else model
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7, fused=True)
steps = epochs * math.ceil(len(x_train) / BATCH)
schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_RATE, steps, cycle_momentum=False)
loss = nn.CrossEntropyLoss()
for _ in range(epochs):
    for rows in torch.randperm(len(x_train)).split(BATCH):
        optimizer.zero_grad()
        loss(forward(moved(x_train[rows])), y_train[rows]).backward()
        optimizer.step()
        schedule.step()
model.eval()
with torch.inference_mode():
    Z = torch.cat([model(rows) for rows in x_test.split(1000)])
say(accuracy=(Z.argmax(1) == y_test).float().mean().item())
