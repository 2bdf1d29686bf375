"""The PIMA tutorial as a whole program: import, load, 150 epochs, evaluate. With Keras.

python keras_process.py TABLE.csv [epoch]      epoch: a whole epoch in one compiled call, instead of a batch
"""

import sys

import keras
import numpy as np
from answer import say
from keras.layers import Dense, Input

table = np.loadtxt(sys.argv[1], delimiter=",", dtype="float32")
X, y = table[:, :8], table[:, 8]

model = keras.Sequential([Input((8,))])
model.add(Dense(12, activation="relu"))
model.add(Dense(8, activation="relu"))
model.add(Dense(1, activation="sigmoid"))
model.compile(
    loss="binary_crossentropy",
    optimizer="adam",
    metrics=["accuracy"],
    steps_per_execution=-(-len(X) // 10) if "epoch" in sys.argv else 1,
)
model.fit(X, y, epochs=150, batch_size=10, verbose=0)
loss, accuracy = model.evaluate(X, y, verbose=0)
say(loss=float(loss), accuracy=float(accuracy))
