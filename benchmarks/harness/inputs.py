"""What all peers are given: the same rows, the same initial weights; written once into a folder."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np

PIXELS, CLASSES = 784, 10
IMAGES_HEADER, LABELS_HEADER = 16, 8  # bytes before the numbers of an idx file
PIMA_ROWS, PIMA_COLUMNS = 768, 8


def data_folder() -> Path | None:
    """Return the folder of the example data, if there is one."""
    named = os.environ.get("CHAINRULE_DATA")
    folder = Path(named) if named else Path(__file__).parents[3] / "shared" / "data"
    return folder if folder.is_dir() else None


def pima_table() -> np.ndarray:
    """Return PIMA's 768 rows of 8 numbers and a label; random ones of the same shape where the file is not there."""
    folder = data_folder()
    path = folder and folder / "pima" / "pima-indians-diabetes.csv"
    if path and path.is_file():
        return np.loadtxt(path, delimiter=",", dtype="float32")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(PIMA_ROWS, PIMA_COLUMNS))
    y = X[:, 0] + rng.normal(size=PIMA_ROWS) > 0
    return np.column_stack([X, y]).astype("float32")


def images(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the first images of MNIST as rows of 784 in [0, 1], and their labels; random ones where it is missing."""
    folder = data_folder()
    stem = folder and folder / "mnist"
    if stem and stem.is_dir():
        pixels = _idx(stem / "train-images-idx3-ubyte.gz", IMAGES_HEADER).reshape(-1, PIXELS)[:rows]
        labels = _idx(stem / "train-labels-idx1-ubyte.gz", LABELS_HEADER)[:rows]
        return pixels.astype("float32") / np.float32(255), labels.astype("int64")
    rng = np.random.default_rng(0)
    return rng.uniform(size=(rows, PIXELS)).astype("float32"), rng.integers(0, CLASSES, rows)


def _idx(path: Path, header: int) -> np.ndarray:
    with gzip.open(path) as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def write_table(folder: Path) -> Path:
    """Write PIMA as a CSV file and return its path."""
    path = folder / "pima.csv"
    np.savetxt(path, pima_table(), delimiter=",", fmt="%g")
    return path


def write_work(work, folder: Path) -> Path:
    """Write rows, settings and initial weights of a work, and return the file's path."""
    if work.binary:
        table = pima_table()
        X, y = table[:, :-1], table[:, -1:]
        # Raw columns saturate the sigmoid at first, and peers clip such losses in different places.
        X = (X - X.mean(axis=0)) / X.std(axis=0)
    else:
        X, y = images(work.rows)
    rng = np.random.default_rng(1)
    arrays = {}
    for n, (inputs, units) in enumerate(zip(work.sizes, work.sizes[1:], strict=False)):
        limit = np.sqrt(6 / (inputs + units))
        arrays[f"W{n}"] = rng.uniform(-limit, limit, (inputs, units)).astype("float32")
        arrays[f"b{n}"] = np.zeros(units, "float32")
    path = folder / f"{work.key}.npz"
    settings = {"batch": work.batch, "check_epochs": work.check_epochs, "binary": work.binary}
    np.savez(path, X=np.ascontiguousarray(X), y=np.ascontiguousarray(y), **settings, **arrays)
    return path
