"""Keras trains a dense network, on the backend that KERAS_BACKEND names.

python keras_train.py WORK.npz [epoch]      epoch: a whole epoch in one compiled call, instead of a batch
"""

import sys

import keras
from answer import read_work, serve

work = read_work(sys.argv[1])
*hidden, last = (len(b) for b in work.b)
model = keras.Sequential([keras.layers.Input((work.X.shape[1],))])
for units in hidden:
    model.add(keras.layers.Dense(units, activation="relu"))
model.add(keras.layers.Dense(last, activation="sigmoid" if work.binary else "softmax"))
model.compile(
    optimizer="adam",
    loss="binary_crossentropy" if work.binary else "sparse_categorical_crossentropy",
    steps_per_execution=-(-len(work.X) // work.batch) if "epoch" in sys.argv else 1,
)
model.set_weights([array for pair in zip(work.W, work.b, strict=True) for array in pair])


def train(epochs, shuffle=True):
    model.fit(work.X, work.y, epochs=epochs, batch_size=work.batch, shuffle=shuffle, verbose=0)


train(work.check_epochs, shuffle=False)
serve(train, check=model.evaluate(work.X, work.y, batch_size=1000, verbose=0))
