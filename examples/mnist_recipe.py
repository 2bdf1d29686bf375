"""99.4 % on MNIST in a few minutes: a small network, images that move a little, and a rate that rises and falls.

    python examples/mnist_recipe.py [seed] [epochs]

Three things take a convolutional network from 99.0 % to 99.4 % without making it large:

- Each time an image is seen it is shifted and turned a little, so that no two epochs are alike. The shift is by whole
  pixels (the nearest): reading between pixels blurs, and doing so twice would blur more than the test images are.
- Batch normalisation after each convolution allows a ten times higher learning rate than without.
- One cycle: the rate rises to its peak in the first third, then falls to almost nothing, where the weights settle.

Sources: Ioffe and Szegedy, "Batch normalization", ICML 2015; Smith and Topin, "Super-convergence", 2018; and on moving
the digits, Simard, Steinkraus and Platt, "Best practices for convolutional neural networks", ICDAR 2003.
"""

from __future__ import annotations

import math
import sys

from chainrule.datasets import mnist
from chainrule.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Flatten,
    Input,
    MaxPooling2D,
    RandomRotation,
    RandomTranslation,
)
from chainrule.models import Sequential
from chainrule.optimizers import Adam
from chainrule.schedules import OneCycle

EPOCHS, BATCH = 10, 128
PEAK_RATE = 0.01
SHIFT, TURN = 0.08, 0.03  # parts of the side, of a full turn


def block(filters):
    """Return a convolution, its normalisation, its activation."""
    norm = BatchNormalization(momentum=0.9)
    return [Conv2D(filters, 3, use_bias=False, kernel_initializer="he_normal"), norm, Activation("relu")]


def network(seed):
    """Return the network: it moves the images, then sees 28 × 28, 13 × 13 and 5 × 5 pixels."""
    shift = RandomTranslation(SHIFT, SHIFT, fill_mode="constant", interpolation="nearest")
    turn = RandomRotation(TURN, fill_mode="constant")
    layers = [shift, turn, *block(24), MaxPooling2D(2), *block(48), MaxPooling2D(2), *block(64), Flatten()]
    return Sequential([Input((28, 28, 1)), *layers, Dense(10, activation="softmax")], seed=seed)


def main(seed=0, epochs=EPOCHS, verbose=2):
    """Train on the 60,000 images, and return the accuracy on the 10,000 others."""
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    x_train, x_test = (X.astype("float32")[..., None] / 255 for X in (x_train, x_test))
    model = network(seed)
    steps = epochs * math.ceil(len(x_train) / BATCH)
    optimizer = Adam(OneCycle(PEAK_RATE, total_steps=steps))
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x_train, y_train, batch_size=BATCH, epochs=epochs, verbose=verbose)
    _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    return float(accuracy)


if __name__ == "__main__":
    print(f"test accuracy: {main(*map(int, sys.argv[1:])):.2%}")
