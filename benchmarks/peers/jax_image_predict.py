"""JAX predicts one image by a compiled function, NumPy in and out.

python jax_image_predict.py WORK.npz
"""

import sys

import jax
import numpy as np
from answer import read_images, serve
from jax_convnets import convnet, start

work = read_images(sys.argv[1])
image = work.X[:1]
weights, *_ = start(work)


@jax.jit
def probabilities(weights, X):
    return jax.nn.softmax(convnet(weights, (), X, 1.0)[0])


def predict(times):
    for _ in range(times):
        np.asarray(probabilities(weights, image))


serve(predict, check=probabilities(weights, image)[0, 0])
