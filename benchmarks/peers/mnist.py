"""MNIST for the peers, from the idx files in the folder that CHAINRULE_DATA names."""

import gzip
import os
from pathlib import Path

import numpy as np

IMAGES_HEADER, LABELS_HEADER = 16, 8  # bytes before the numbers


def load(part):
    """Return the images of "train" or "t10k" as (N, 28, 28, 1) in [0, 1], and their labels."""
    folder = Path(os.environ["CHAINRULE_DATA"]) / "mnist"

    def numbers(kind, header):
        with gzip.open(folder / f"{part}-{kind}-ubyte.gz") as file:
            return np.frombuffer(file.read(), np.uint8, offset=header)

    X = numbers("images-idx3", IMAGES_HEADER).reshape(-1, 28, 28, 1)
    return X.astype("float32") / np.float32(255), numbers("labels-idx1", LABELS_HEADER).astype("int64")
