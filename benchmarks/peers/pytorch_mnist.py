"""PyTorch learns MNIST by one of Keras' recipes: the whole program, from the import to the test accuracy.

python pytorch_mnist.py convnet|mlp SEED EPOCHS [compiled]
"""

import sys

import torch
from answer import say
from mnist import load
from pytorch_networks import convnet
from torch import nn

recipe, seed, epochs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.manual_seed(seed)
(x_train, y_train), (x_test, y_test) = (map(torch.from_numpy, load(part)) for part in ("train", "t10k"))
held_out = len(x_train) // 10 if recipe == "convnet" else 0
if recipe == "convnet":
    model = convnet(dropout=0.5)
else:
    hidden = [nn.Linear(784, 512), nn.ReLU(), nn.Dropout(0.2), nn.Linear(512, 512), nn.ReLU(), nn.Dropout(0.2)]
    model = nn.Sequential(nn.Flatten(), *hidden, nn.Linear(512, 10))
for weight in model.parameters():  # as Keras starts
    nn.init.xavier_uniform_(weight) if weight.ndim > 1 else nn.init.zeros_(weight)
model.to(memory_format=torch.channels_last)
forward = torch.compile(model) if "compiled" in sys.argv else model
if recipe == "convnet":
    optimizer = torch.optim.Adam(model.parameters(), eps=1e-7, fused=True)
else:
    optimizer = torch.optim.RMSprop(model.parameters(), 0.001, alpha=0.9, eps=1e-7)
loss = nn.CrossEntropyLoss()


@torch.inference_mode()
def evaluate(X, y):
    """Return the mean loss and the accuracy."""
    model.eval()
    Z = torch.cat([model(rows) for rows in X.split(1000)])
    return loss(Z, y).item(), (Z.argmax(1) == y).float().mean().item()


count = len(x_train) - held_out
for _ in range(epochs):
    model.train()
    for rows in torch.randperm(count).split(128):
        optimizer.zero_grad()
        loss(forward(x_train[rows]), y_train[rows]).backward()
        optimizer.step()
    if held_out:
        evaluate(x_train[count:], y_train[count:])
value, accuracy = evaluate(x_test, y_test)
say(loss=value, accuracy=accuracy)
