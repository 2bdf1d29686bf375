"""What all peers are given for a work on images: the same images, the same initial kernels; written into a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from harness.inputs import images

MNIST_SIDE = 28


def write_images(work, folder: Path) -> Path:
    """Write images (N, H, W, C), labels, settings and initial kernels of a work, and return the file's path."""
    X, y = _pixels(work)
    rng = np.random.default_rng(1)
    path = folder / f"{work.key.replace(' ', '_')}.npz"
    kernels = {f"K{n:02}": _glorot(shape, rng) for n, shape in enumerate(work.kernels)}
    settings = {"network": work.network, "batch": work.batch, "check_epochs": work.check_epochs}
    np.savez(path, X=np.ascontiguousarray(X), y=y, **settings, **kernels)
    return path


def _pixels(work) -> tuple[np.ndarray, np.ndarray]:
    """Return MNIST's digits in the shape that the work wants; random numbers and zeros for a single layer."""
    side, _, channels = work.shape
    if work.network == "convolution":
        X = np.random.default_rng(2).uniform(size=(work.rows, *work.shape)).astype("float32")
        return X, np.zeros((work.rows, work.kernels[-1][-1]), "float32")
    X, y = images(work.rows)
    X = X.reshape(-1, MNIST_SIDE, MNIST_SIDE, 1)
    border = (side - MNIST_SIDE) // 2
    X = np.pad(X, ((0, 0), (border, border), (border, border), (0, 0)))
    return np.repeat(X, channels, axis=3), y


def _glorot(shape, rng) -> np.ndarray:
    """Return Glorot's uniform numbers for a kernel (height, width, in, out) or (in, out)."""
    window = int(np.prod(shape[:-2]))
    limit = np.sqrt(6 / (window * (shape[-2] + shape[-1])))
    return rng.uniform(-limit, limit, shape).astype("float32")
