"""Example data by name: `X, y = chainrule.datasets.load("pima")`.

`names()` lists them all. `mnist.load_data()` is Keras' form of MNIST, and `path("titanic")` is the raw file.
"""

from chainrule.datasets import mnist
from chainrule.datasets.catalogue import load, names
from chainrule.datasets.dataset import Dataset
from chainrule.datasets.files import path

__all__ = ["Dataset", "load", "mnist", "names", "path"]
