"""chainrule learns MNIST by one of Keras' recipes: the whole program, from the import to the test accuracy.

python chainrule_mnist.py convnet|mlp SEED EPOCHS
"""

import sys

from answer import say

from chainrule.datasets import mnist
from chainrule.layers import Conv2D, Dense, Dropout, Flatten, Input, MaxPooling2D
from chainrule.models import Sequential

recipe, seed, epochs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train, x_test = (X.astype("float32")[..., None] / 255 for X in (x_train, x_test))
if recipe == "convnet":  # keras.io/examples/vision/mnist_convnet
    layers = [
        Conv2D(32, 3, activation="relu"),
        MaxPooling2D(2),
        Conv2D(64, 3, activation="relu"),
        MaxPooling2D(2),
        Flatten(),
        Dropout(0.5),
    ]
    optimizer, held_out = "adam", 0.1
else:  # keras-team/keras, examples/mnist_mlp.py of Keras 2
    layers = [Flatten(), Dense(512, activation="relu"), Dropout(0.2), Dense(512, activation="relu"), Dropout(0.2)]
    optimizer, held_out = "rmsprop", 0.0
model = Sequential([Input((28, 28, 1)), *layers, Dense(10, activation="softmax")], seed=seed)
model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=128, epochs=epochs, validation_split=held_out, verbose=0)
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
say(loss=float(loss), accuracy=float(accuracy))
