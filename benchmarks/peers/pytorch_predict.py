"""PyTorch predicts one row under inference_mode.

python pytorch_predict.py WORK.npz [tensor]      tensor: tensor in and out; otherwise NumPy in and out, as the others
"""

import sys

import torch
from answer import read_work, serve
from torch import nn

work = read_work(sys.argv[1])
row = work.X[:1]
layers = []
for W, b in zip(work.W, work.b, strict=True):
    layer = nn.Linear(*W.shape)
    layer.load_state_dict({"weight": torch.from_numpy(W.T), "bias": torch.from_numpy(b)})
    layers += [layer, nn.ReLU()]
model = nn.Sequential(*layers[:-1], nn.Sigmoid()).eval()

if "tensor" in sys.argv:
    tensor = torch.from_numpy(row)

    def predict(times):
        with torch.inference_mode():
            for _ in range(times):
                model(tensor)
else:

    def predict(times):
        with torch.inference_mode():
            for _ in range(times):
                model(torch.from_numpy(row)).numpy()


with torch.inference_mode():
    check = model(torch.from_numpy(row)).item()
serve(predict, check=check)
