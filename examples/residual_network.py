"""A residual network by the functional API, on 1,797 handwritten digits of 8 × 8 pixels.

    block(x) = relu(x + norm(conv(relu(norm(conv(x))))))

A block computes what is to be *added* to its input. The gradient goes through the sum unchanged, past all that the
block does, so that the first layers of a deep network learn as fast as the last ones. Where a block halves the image
and takes more channels, a convolution of 1 × 1 brings x to the same shape.

Source: He, Zhang, Ren and Sun, "Deep residual learning for image recognition", CVPR 2016, figure 2 and section 3.3.
"""

from __future__ import annotations

from chainrule.datasets import load
from chainrule.layers import Activation, Add, BatchNormalization, Conv2D, Dense, GlobalAveragePooling2D, Input
from chainrule.models import Model
from chainrule.optimizers import Adam
from chainrule.utils import split

INK = 16  # the darkest pixel
FILTERS = (8, 16)  # of the stages; each but the first halves the image
BLOCKS = 2  # of a stage


def convolution(x, filters, stride=1, size=3):
    """Return a convolution that keeps the size, divided by the stride, and its normalisation."""
    h = Conv2D(filters, size, strides=stride, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
    return BatchNormalization(momentum=0.9)(h)


def block(x, filters, stride):
    """Return x and what two convolutions make of it, added up."""
    h = Activation("relu")(convolution(x, filters, stride))
    h = convolution(h, filters)
    if x.shape != h.shape:
        x = convolution(x, filters, stride, size=1)
    return Activation("relu")(Add()([x, h]))


def network():
    """Return the network: a first convolution, the stages, and the mean of each channel into ten classes."""
    x = Input(shape=(8, 8, 1))
    h = Activation("relu")(convolution(x, FILTERS[0]))
    for stage, filters in enumerate(FILTERS):
        for number in range(BLOCKS):
            h = block(h, filters, stride=2 if stage > 0 and number == 0 else 1)
    return Model(x, Dense(10, activation="softmax")(GlobalAveragePooling2D()(h)), seed=1)


def main(epochs=10):
    """Train, and return the accuracy on the digits that were kept aside."""
    digits = load("digits")
    X = digits.X.reshape(-1, 8, 8, 1) / INK
    X_train, X_test, y_train, y_test = split(X, digits.y, test=0.2, seed=1)
    model = network()
    model.summary()
    model.compile(optimizer=Adam(0.005), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(X_train, y_train, epochs=epochs, batch_size=32, verbose=2)
    _, accuracy = model.evaluate(X_test, y_test, verbose=0)
    print(f"accuracy on {len(y_test)} other digits: {accuracy:.3f}")
    return accuracy


if __name__ == "__main__":
    main()
