"""PyTorch trains a convolutional network, channels-last, with fused optimizers.

python pytorch_image_train.py WORK.npz [compiled]      compiled: by torch.compile, instead of eagerly
"""

import sys

import torch
from answer import read_images, serve
from pytorch_networks import network
from torch import nn

work = read_images(sys.argv[1])
X, y = torch.from_numpy(work.X), torch.from_numpy(work.y)
loss = nn.CrossEntropyLoss()


def prepare(dropout):
    """Return a function that trains for so many epochs, and returns the mean loss of the last one."""
    model, optimizer = network(work, dropout)
    forward = torch.compile(model) if "compiled" in sys.argv else model

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

    return train


check = prepare(0.0)(work.check_epochs, shuffle=False)
serve(prepare(0.5), check=check)
