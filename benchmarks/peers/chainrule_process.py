"""The PIMA tutorial as a whole program: import, load, 150 epochs, evaluate. With chainrule.

python chainrule_process.py TABLE.csv
"""

import sys

import numpy as np
from answer import say

from chainrule.layers import Dense
from chainrule.models import Sequential

table = np.loadtxt(sys.argv[1], delimiter=",", dtype="float32")
X, y = table[:, :8], table[:, 8]

model = Sequential()
model.add(Dense(12, input_dim=8, activation="relu"))
model.add(Dense(8, activation="relu"))
model.add(Dense(1, activation="sigmoid"))
model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
model.fit(X, y, epochs=150, batch_size=10, verbose=0)
loss, accuracy = model.evaluate(X, y, verbose=0)
say(loss=float(loss), accuracy=float(accuracy))
