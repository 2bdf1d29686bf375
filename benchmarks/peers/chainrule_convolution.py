"""chainrule trains one convolution, or one and the numbers that make its input of an image with a single channel.

python chainrule_convolution.py WORK.npz
"""

import sys

from answer import read_images, serve

from chainrule.layers import Conv2D, Dense, GlobalAveragePooling2D, Input
from chainrule.models import Sequential
from chainrule.optimizers import SGD

work = read_images(sys.argv[1])
*spread, kernel = work.kernels
layers = [Dense(K.shape[-1], use_bias=False) for K in spread]
layers.append(Conv2D(kernel.shape[-1], kernel.shape[0], padding="same"))
model = Sequential([Input(work.X.shape[1:]), *layers, GlobalAveragePooling2D()])
for layer, K in zip(layers, work.kernels, strict=True):
    layer.set_weights([K, *layer.get_weights()[1:]])
model.compile(optimizer=SGD(0.01), loss="mean_squared_error")


def train(epochs, shuffle=True):
    done = model.fit(work.X, work.y, epochs=epochs, batch_size=work.batch, shuffle=shuffle, verbose=0)
    return done.history["loss"][-1]


serve(train, check=train(work.check_epochs, shuffle=False))
