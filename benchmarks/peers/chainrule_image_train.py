"""chainrule trains a convolutional network.

python chainrule_image_train.py WORK.npz
"""

import gc
import sys

from answer import read_images, serve
from chainrule_networks import network

work = read_images(sys.argv[1])


def train(epochs, model, shuffle=True):
    done = model.fit(work.X, work.y, epochs=epochs, batch_size=work.batch, shuffle=shuffle, verbose=0)
    return done.history["loss"][-1]


check = train(work.check_epochs, network(work), shuffle=False)
gc.collect()  # the first network, so that the peak is that of one
model = network(work, dropout=0.5)
serve(lambda epochs: train(epochs, model), check=check)
