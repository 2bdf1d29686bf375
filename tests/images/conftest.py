"""What the tests of images share: small folders of made-up images."""

from __future__ import annotations

import numpy as np
import pytest

Image = pytest.importorskip("PIL.Image", reason="images need chainrule[images]")


def picture(label: int, number: int, size: tuple[int, int] = (8, 8), channels: int = 1) -> np.ndarray:
    """Return bytes of an image whose class shows: its upper half is bright, or its left, or all of it."""
    X = np.random.default_rng([label, number]).integers(0, 60, (*size, channels))
    height, width = size
    part = [np.s_[: height // 2], np.s_[:, : width // 2], np.s_[:]][label % 3]
    X[part] += 150
    return X.astype(np.uint8)


def save(path, X: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(X[:, :, 0] if X.shape[2] == 1 else X).save(path)


def make_folder(folder, counts: dict[str, int], size: tuple[int, int] = (8, 8), channels: int = 1):
    """Fill a folder with so many PNG files of each class, and return it."""
    for label, (name, count) in enumerate(counts.items()):
        for number in range(count):
            save(folder / name / f"{number:03d}.png", picture(label, number, size, channels))
    return folder


@pytest.fixture
def photos(tmp_path):
    """Return a folder with 30 small gray images of three classes."""
    return make_folder(tmp_path / "photos", {"high": 12, "left": 10, "whole": 8})
