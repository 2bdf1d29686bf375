"""Fashion-MNIST: 70,000 pictures of clothes, 28 × 28 pixels, in files of the form and names of MNIST's.

Source: H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a novel image dataset for benchmarking machine learning
algorithms", 2017.
"""

from __future__ import annotations

import numpy as np

from chainrule.datasets.dataset import Dataset
from chainrule.datasets.mnist import part_of, read_four

#: The contents of the four files after unpacking.
CONTENTS_MD5 = {
    "train-images-idx3-ubyte.gz": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
    "train-labels-idx1-ubyte.gz": "9018921c3c673c538a1fc5bad174d6f9",
    "t10k-images-idx3-ubyte.gz": "8181f5470baa50b63fa0f6fddb340f0a",
    "t10k-labels-idx1-ubyte.gz": "15d484375f8d13e6eb1aabb0c3f46965",
}

CLASS_NAMES = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)  # fmt: skip
ABOUT = "A row is a picture of 28 × 28 pixels from 0 (background) to 255: divide by 255 before training."
SOURCE = "H. Xiao, K. Rasul and R. Vollgraf, 2017, made of product pictures of Zalando's."


def load_data() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return Fashion-MNIST as Keras does: `(x_train, y_train), (x_test, y_test)`.

    Returns
    -------
    tuple
        Images (60000, 28, 28) and (10000, 28, 28), labels (60000,) and (10000,) from 0 to 9, all in uint8. The classes'
        names are `CLASS_NAMES`.

    Raises
    ------
    DataError
        If a file can't be found or fetched, is damaged, or is not Fashion-MNIST's.
    MissingExtraError
        If a file must be fetched and pooch is not installed.
    """
    return read_four("fashion_mnist", "Fashion-MNIST", CONTENTS_MD5)


def load_fashion_mnist(split: str = "train") -> Dataset:
    """Return Fashion-MNIST as a `Dataset`; split and errors as in `load_mnist`."""
    X, y = part_of(load_data, split)
    return Dataset("fashion_mnist", X, y, None, CLASS_NAMES, "multiclass", ABOUT, SOURCE)
