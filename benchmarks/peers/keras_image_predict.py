"""Keras predicts one image, NumPy in and out.

python keras_image_predict.py WORK.npz [call]      call: the model itself is called, as Keras advises for single rows
"""

import sys

import keras
from answer import read_images, serve
from keras_convnet import network

work = read_images(sys.argv[1])
image = work.X[:1]
model = network(work)

if "call" in sys.argv:

    def predict_image():
        return keras.ops.convert_to_numpy(model(image, training=False))
else:

    def predict_image():
        return model.predict(image, verbose=0)


def predict(times):
    for _ in range(times):
        predict_image()


serve(predict, check=predict_image()[0, 0])
