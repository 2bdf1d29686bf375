"""Keras predicts one row, NumPy in and out.

python keras_predict.py WORK.npz [call]      call: the model itself is called, as Keras advises for single rows
"""

import sys

import keras
from answer import read_work, serve
from keras.layers import Dense, Input

work = read_work(sys.argv[1])
row = work.X[:1]
model = keras.Sequential([Input((8,)), Dense(12, "relu"), Dense(8, "relu"), Dense(1, "sigmoid")])
model.set_weights([array for pair in zip(work.W, work.b, strict=True) for array in pair])

if "call" in sys.argv:

    def predict_row():
        return keras.ops.convert_to_numpy(model(row, training=False))
else:

    def predict_row():
        return model.predict(row, verbose=0)


def predict(times):
    for _ in range(times):
        predict_row()


serve(predict, check=predict_row()[0, 0])
