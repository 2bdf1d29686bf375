"""The PIMA tutorial as a whole program: import, load, 150 epochs, evaluate. With PyTorch.

python pytorch_process.py TABLE.csv [fused]
"""

import sys
import time

import numpy as np
import torch
from answer import say
from torch import nn

table = torch.from_numpy(np.loadtxt(sys.argv[1], delimiter=",", dtype="float32"))
X, y = table[:, :8], table[:, 8:]

model = nn.Sequential(nn.Linear(8, 12), nn.ReLU(), nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 1))
loss = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), fused="fused" in sys.argv)
begin = time.perf_counter()
for _ in range(150):
    for rows in torch.randperm(len(X)).split(10):
        optimizer.zero_grad()
        loss(model(X[rows]), y[rows]).backward()
        optimizer.step()
training = time.perf_counter() - begin
with torch.inference_mode():
    Z = model(X)
    say(loss=loss(Z, y).item(), accuracy=((Z > 0) == y).float().mean().item(), training=training)
