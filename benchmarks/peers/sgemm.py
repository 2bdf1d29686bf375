"""How fast this machine multiplies matrices: 1024 × 1024 × 1024 in float32.

python sgemm.py numpy | torch
"""

import sys

import numpy as np
from answer import serve

SIDE = 1024
A, B = np.random.default_rng(0).normal(size=(2, SIDE, SIDE)).astype("f")
C = np.empty_like(A)

if sys.argv[1] == "torch":
    import torch

    a, b, c = (torch.from_numpy(array) for array in (A, B, C))

    def multiply(times):
        for _ in range(times):
            torch.mm(a, b, out=c)
else:

    def multiply(times):
        for _ in range(times):
            np.matmul(A, B, out=C)


multiply(3)
serve(multiply, check=C[0, 0])
