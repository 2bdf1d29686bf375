"""scikit-learn predicts one row, NumPy in and out.

python sklearn_predict.py WORK.npz
"""

import sys

from answer import read_work, serve
from sklearn.neural_network import MLPClassifier

work = read_work(sys.argv[1])
row = work.X[:1]
model = MLPClassifier((12, 8), batch_size=10)
model.partial_fit(work.X, work.y.ravel().astype(int), classes=[0, 1])  # makes the weights, which are then replaced
for mine, given in zip(model.coefs_ + model.intercepts_, work.W + work.b, strict=True):
    mine[...] = given


def predict(times):
    for _ in range(times):
        model.predict(row)


serve(predict, check=model.predict_proba(row)[0, 1])
