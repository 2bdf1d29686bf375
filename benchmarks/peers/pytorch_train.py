"""PyTorch trains a dense network, eagerly.

python pytorch_train.py WORK.npz [fused]
"""

import sys

import torch
from answer import read_work, serve
from torch import nn

work = read_work(sys.argv[1])
X, y = torch.from_numpy(work.X), torch.from_numpy(work.y)
layers = []
for W, b in zip(work.W, work.b, strict=True):
    layer = nn.Linear(*W.shape)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(W.T))
        layer.bias.copy_(torch.from_numpy(b))
    layers += [layer, nn.ReLU()]
model = nn.Sequential(*layers[:-1])
loss = nn.BCEWithLogitsLoss() if work.binary else nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), eps=1e-7, fused="fused" in sys.argv)


def train(epochs, shuffle=True):
    for _ in range(epochs):
        order = torch.randperm(len(X)) if shuffle else torch.arange(len(X))
        for rows in order.split(work.batch):
            optimizer.zero_grad()
            loss(model(X[rows]), y[rows]).backward()
            optimizer.step()


train(work.check_epochs, shuffle=False)
with torch.inference_mode():
    reached = loss(model(X), y).item()
serve(train, check=reached)
