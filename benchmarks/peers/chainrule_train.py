"""chainrule trains a dense network.

python chainrule_train.py WORK.npz
"""

import sys

from answer import read_work, serve

from chainrule.layers import Dense
from chainrule.models import Sequential

work = read_work(sys.argv[1])
*hidden, last = (len(b) for b in work.b)
model = Sequential([Dense(units, activation="relu") for units in hidden])
model.add(Dense(last, activation="sigmoid" if work.binary else "softmax"))
model.compile(optimizer="adam", loss="binary_crossentropy" if work.binary else "sparse_categorical_crossentropy")
model.build((None, work.X.shape[1]))
model.set_weights([array for pair in zip(work.W, work.b, strict=True) for array in pair])


def train(epochs, shuffle=True):
    model.fit(work.X, work.y, epochs=epochs, batch_size=work.batch, shuffle=shuffle, verbose=0)


train(work.check_epochs, shuffle=False)
serve(train, check=model.evaluate(work.X, work.y, verbose=0))
