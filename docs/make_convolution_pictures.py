"""Draw docs/_static/convolution_window.svg and convolution_gradient.svg, the pictures on the page about convolution.

python docs/make_convolution_pictures.py

Both show a kernel that slides over an image, with numbers that `conv2d` gives. They lie on a light card, so that they
read on a light page and on a dark one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from chainrule.ops.conv2d import conv2d_backward, conv2d_forward

FOLDER = Path(__file__).resolve().parent / "_static"
#: The example: an image, a kernel, and an upstream gradient.
X = np.array([[1, 2, 0, 1], [3, 1, 2, 0], [0, 2, 1, 3], [1, 0, 2, 1]], float)
W = np.array([[1, 2], [0, -1]], float)
DY = np.array([[1, 0, -1], [2, 1, 0], [0, 1, 1]], float)
#: Sizes in pixels, and the look of the card.
CELL, GAP, MARGIN, LINE = 34, 62, 28, 18
INK, FAINT, PAPER, GRID = "#1d2430", "#8a93a3", "#f7f8fa", "#b9c0cc"
SEEN, MADE, BORDER = "#ffd79a", "#9fd8b4", "#e6e9ee"
FONT = "DejaVu Sans, Verdana, sans-serif"


def shown(number: float) -> str:
    """Return a whole number with a real minus sign."""
    return f"{number:.0f}".replace("-", "−")


def text(x: float, y: float, words: str, size: int = 14, fill: str = INK, anchor: str = "middle") -> str:
    """Return words centred at a place."""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{fill}" text-anchor="{anchor}">{words}</text>'


def cell(x: float, y: float, number: str, fill: str, factor: str = "") -> str:
    """Return a square with a number, and a small factor in its corner."""
    parts = [f'<rect x="{x:g}" y="{y:g}" width="{CELL}" height="{CELL}" fill="{fill}" stroke="{GRID}"/>']
    parts.append(text(x + CELL / 2, y + CELL / 2 + (8 if factor else 5), number, fill=INK if fill != BORDER else FAINT))
    if factor:
        parts.append(text(x + CELL - 3, y + 10, f"×{factor}", size=9, anchor="end"))
    return "".join(parts)


def grid(x: float, y: float, numbers: np.ndarray, fills, factors=None) -> str:
    """Return a grid of numbers; `fills` gives each place its colour, `factors` some of them a factor."""
    parts = []
    for i, j in np.ndindex(*numbers.shape):
        factor = (factors or {}).get((i, j), "")
        number = "" if np.isnan(numbers[i, j]) else shown(numbers[i, j])
        parts.append(cell(x + j * CELL, y + i * CELL, number, fills(i, j), factor))
    return "\n".join(parts)


def sum_of(window: np.ndarray, kernel: np.ndarray, total: float) -> str:
    """Return the sum that makes one number, such as 1·1 + 2·2 = 5."""
    terms = [f"{shown(k)}·{shown(x)}" for k, x in zip(kernel.ravel(), window.ravel(), strict=True)]
    return " + ".join(terms).replace("+ −", "− ") + f" = {shown(total)}"


def frame(x: float, image, border: int, kernel, result, place, names) -> str:
    """Return one moment: the image with the kernel on it, the sum, and the result as far as it is made."""
    (u, v), (kh, kw), (n, m) = place, kernel.shape, image.shape
    made = np.where(np.arange(result.size).reshape(result.shape) <= u * result.shape[1] + v, result, np.nan)
    under = {(u + i, v + j): shown(kernel[i, j]) for i, j in np.ndindex(kh, kw)}

    def fill(i, j):
        inside = border <= i < n - border and border <= j < m - border
        return SEEN if (i, j) in under else "#ffffff" if inside else BORDER

    top, width = MARGIN + LINE, m * CELL
    below = top + n * CELL + 3 * LINE
    return "\n".join(
        [
            text(x + width / 2, top - 8, names[0]),
            grid(x, top, image, fill, under),
            text(x + width / 2, top + n * CELL + LINE + 4, sum_of(image[u : u + kh, v : v + kw], kernel, result[u, v])),
            text(x + width / 2, below - 8, names[1]),
            grid(
                x + (width - result.shape[1] * CELL) / 2,
                below,
                made,
                lambda i, j: MADE if (i, j) == (u, v) else "#ffffff",
            ),
        ]
    )


def picture(image, border: int, kernel, result, places, names, title: str) -> str:
    """Return the kernel, and a frame for each place of the result, as SVG text."""
    step = image.shape[1] * CELL + GAP
    first = MARGIN + kernel.shape[1] * CELL + GAP
    width = first + len(places) * step - GAP + MARGIN
    height = 2 * MARGIN + 4 * LINE + (len(image) + len(result)) * CELL
    kernel_grid = grid(MARGIN, MARGIN + LINE, kernel, lambda i, j: SEEN)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" role="img">',
        f"<title>{title}</title>",
        f'<rect width="{width:g}" height="{height:g}" rx="8" fill="{PAPER}"/>',
        f'<g font-family="{FONT}">',
        text(MARGIN + kernel.shape[1] * CELL / 2, MARGIN + LINE - 8, names[2]),
        kernel_grid,
        *(frame(first + k * step, image, border, kernel, result, place, names[:2]) for k, place in enumerate(places)),
        "</g>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def pictures() -> dict[str, str]:
    """Return the text of each picture by its file's name."""
    Y, cache = conv2d_forward(X[None, :, :, None], W[:, :, None, None])
    dX = conv2d_backward(DY[None, :, :, None], cache)[0]
    window = picture(
        X,
        0,
        W,
        Y[0, :, :, 0],
        [(0, 0), (0, 1), (2, 2)],
        ("X", "Y", "W"),
        "A kernel of two by two slides over an image of four by four and makes nine sums of products",
    )
    gradient = picture(
        np.pad(DY, 1),
        1,
        W[::-1, ::-1],
        dX[0, :, :, 0],
        [(0, 0), (1, 1), (3, 3)],
        ("dY with zeros around it", "dX", "W turned"),
        "The kernel turned by half a turn slides over the padded gradient of the output and makes that of the image",
    )
    return {"convolution_window.svg": window, "convolution_gradient.svg": gradient}


def main(folder: Path = FOLDER) -> None:
    """Write the pictures."""
    for name, content in pictures().items():
        (folder / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
