"""Example data by name: `X, y = chainrule.datasets.load("pima")`.

`names()` lists them all. `mnist.load_data()` and `fashion_mnist.load_data()` are in Keras' form, and
`path("titanic")` is the raw file.
"""

from chainrule.datasets import fashion_mnist, mnist
from chainrule.datasets.catalogue import load, names
from chainrule.datasets.dataset import Dataset
from chainrule.datasets.files import path

__all__ = ["Dataset", "fashion_mnist", "load", "mnist", "names", "path"]
