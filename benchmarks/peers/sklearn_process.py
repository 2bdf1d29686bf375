"""The PIMA tutorial as a whole program: import, load, 150 epochs, evaluate. With scikit-learn.

python sklearn_process.py TABLE.csv
"""

import sys
import warnings

import numpy as np
from answer import say
from sklearn.neural_network import MLPClassifier

warnings.simplefilter("ignore")  # it warns that 150 epochs did not converge

table = np.loadtxt(sys.argv[1], delimiter=",", dtype="float32")
X, y = table[:, :8], table[:, 8].astype(int)

model = MLPClassifier((12, 8), alpha=0, batch_size=10, max_iter=150, tol=0, n_iter_no_change=10**9)
model.fit(X, y)
say(loss=float(model.loss_), accuracy=float(model.score(X, y)))
