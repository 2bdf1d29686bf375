"""Keras' side of the convnet."""

import keras
from keras.layers import Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D


def network(work, dropout=0.0, **options):
    """Return the convnet, compiled, with the initial kernels."""
    first, second = Conv2D(32, 3, activation="relu"), Conv2D(64, 3, activation="relu")
    last = Dense(10, activation="softmax")
    pools = MaxPooling2D(2), MaxPooling2D(2)
    model = keras.Sequential([Input((28, 28, 1)), first, pools[0], second, pools[1], Flatten(), Dropout(dropout), last])
    for layer, kernel in zip((first, second, last), work.kernels, strict=True):
        layer.set_weights([kernel, *layer.get_weights()[1:]])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", **options)
    return model
