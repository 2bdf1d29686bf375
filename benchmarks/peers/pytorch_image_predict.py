"""PyTorch predicts one image under inference_mode, NumPy in and out.

python pytorch_image_predict.py WORK.npz [compiled]      compiled: by torch.compile, instead of eagerly
"""

import sys

import torch
from answer import read_images, serve
from pytorch_networks import network
from torch import nn

work = read_images(sys.argv[1])
image = work.X[:1]
model, _ = network(work)
model = nn.Sequential(model, nn.Softmax(dim=1)).eval()
forward = torch.compile(model) if "compiled" in sys.argv else model


def predict(times):
    with torch.inference_mode():
        for _ in range(times):
            forward(torch.from_numpy(image)).numpy()


with torch.inference_mode():
    check = forward(torch.from_numpy(image))[0, 0].item()
serve(predict, check=check)
