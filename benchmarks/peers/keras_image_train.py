"""Keras trains the convnet, on the backend that KERAS_BACKEND names.

python keras_image_train.py WORK.npz [epoch]      epoch: a whole epoch in one compiled call, instead of a batch
"""

import sys

from answer import read_images, serve
from keras_convnet import network

work = read_images(sys.argv[1])
steps = len(work.X) // work.batch if "epoch" in sys.argv else 1


def train(epochs, model, shuffle=True):
    done = model.fit(work.X, work.y, epochs=epochs, batch_size=work.batch, shuffle=shuffle, verbose=0)
    return done.history["loss"][-1]


check = train(work.check_epochs, network(work, steps_per_execution=steps), shuffle=False)
model = network(work, dropout=0.5, steps_per_execution=steps)
serve(lambda epochs: train(epochs, model), check=check)
