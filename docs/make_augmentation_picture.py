"""Draw one digit, augmented in several ways, as docs/mathematics/augmented_digit.svg.

python docs/make_augmentation_picture.py

The digit is made here, so that the picture needs no data set.
"""

from __future__ import annotations

import base64
import itertools
import struct
import zlib
from pathlib import Path

import numpy as np

from chainrule.ops import OPERATIONS
from chainrule.random import Stream

TARGET = Path(__file__).resolve().parent / "mathematics" / "augmented_digit.svg"
#: The strokes of a 5, as (row, column) from corner to corner, and how thick a pen drew them, in pixels.
STROKES = [[(5.5, 19.5), (5.5, 9.5), (12.5, 9.0), (11.5, 14.5), (14.0, 18.5), (18.0, 18.5), (21.5, 14.5), (21.0, 8.5)]]
SIZE, PEN = 28, 1.6
#: Each picture's title and what makes it: ranges without chance, but where nothing but chance decides.
PICTURES: list[tuple[str, str, dict]] = [
    ("as it was", "random_affine", {}),
    ("shifted", "random_affine", {"translation": (-0.15, -0.15, 0.2, 0.2)}),
    ("rotated", "random_affine", {"rotation": (0.07, 0.07)}),
    ("zoomed in", "random_affine", {"zoom": (-0.3, -0.3)}),
    ("all three", "random_affine", {"translation": (0.1,) * 4, "rotation": (-0.05, -0.05), "zoom": (0.3, 0.3)}),
    ("wrap", "random_affine", {"translation": (0.3, 0.3, 0.45, 0.45), "fill_mode": 2}),
    ("flipped", "random_flip", {"vertical": 0}),
    ("contrast ½", "random_contrast", {"lower": 0.5, "upper": 0.5}),
]
SIDE, GAP, LABEL = 112, 12, 20
INK = "#808080"


def digit() -> np.ndarray:
    """Return the digit as grey numbers from 0 to 1."""
    row, column = np.mgrid[:SIZE, :SIZE]
    points = np.stack([row, column], axis=-1)[..., None, :].astype(float)
    ends = np.array([pair for stroke in STROKES for pair in itertools.pairwise(stroke)])
    first, along = ends[:, 0], ends[:, 1] - ends[:, 0]
    part = np.clip(((points - first) * along).sum(-1) / (along**2).sum(-1), 0, 1)
    distance = np.linalg.norm(points - first - part[..., None] * along, axis=-1).min(-1)
    return np.clip(PEN + 0.5 - distance, 0, 1)


def augmented(operation: str, options: dict) -> np.ndarray:
    """Return the digit as an operation changes it; a flip takes the first stream that flips."""
    X = digit()[None, :, :, None]
    for step in range(20):
        Y, _ = OPERATIONS[operation].forward(X, **options, random=Stream(0, "noise", step=step))
        if operation != "random_flip" or not np.array_equal(X, Y):
            break
    return Y[0, :, :, 0]


def png(picture: np.ndarray) -> str:
    """Return a picture as the text of a PNG file."""
    grey = np.round(255 * np.clip(picture, 0, 1)).astype(np.uint8)
    height, width = grey.shape
    rows = b"".join(b"\0" + row.tobytes() for row in grey)
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows, 9)),
        (b"IEND", b""),
    ]
    file = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return base64.b64encode(file).decode()


def main() -> None:
    """Write the picture: two rows of four."""
    n_columns = 4
    n_rows = -(-len(PICTURES) // n_columns)
    width, height = n_columns * (SIDE + GAP) - GAP, n_rows * (SIDE + LABEL + GAP) - GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">',
        f'<g font-family="sans-serif" font-size="13" text-anchor="middle" fill="{INK}">',
    ]
    for number, (title, operation, options) in enumerate(PICTURES):
        x, y = number % n_columns * (SIDE + GAP), number // n_columns * (SIDE + LABEL + GAP)
        source = f"data:image/png;base64,{png(augmented(operation, options))}"
        parts += [
            f'<image x="{x}" y="{y}" width="{SIDE}" height="{SIDE}" style="image-rendering:pixelated" '
            f'href="{source}"/>',
            f'<text x="{x + SIDE / 2:g}" y="{y + SIDE + LABEL - 5}">{title}</text>',
        ]
    TARGET.write_text("\n".join([*parts, "</g>", "</svg>", ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
