"""chainrule predicts one image, NumPy in and out.

python chainrule_image_predict.py WORK.npz
"""

import sys

from answer import read_images, serve
from chainrule_networks import network

work = read_images(sys.argv[1])
image = work.X[:1]
model = network(work)


def predict(times):
    for _ in range(times):
        model.predict(image)


serve(predict, check=model.predict(image)[0, 0])
