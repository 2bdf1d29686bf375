"""What a network sees, as contact sheets: its first filters, the feature maps of an image, the images it gets wrong."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.errors import DataError
from chainrule.images.ahead import default_workers, map_ahead
from chainrule.images.contract import ImageContract
from chainrule.images.pillow import pillow
from chainrule.images.store import pixels

#: A tile's longer side has at least so many pixels; smaller images are enlarged by a whole number.
TILE = 64
COLUMNS, GAP, CAPTION = 8, 6, 14
PAPER, INK, ZERO = (255, 255, 255), (40, 40, 40), 127.5
CONVOLUTION = "Conv2D"
#: So many maps of each layer, wrong images of a sheet, and pairs of classes that have a sheet of their own.
MOST_MAPS, MOST_TILES, MOST_PAIRS = 16, 64, 50
#: Of a class's name, so many characters are in a file's name.
NAME = 60


def filters_sheet(network: Any) -> Any:
    """Return the first convolution's filters as a sheet: gray is 0, white the largest weight, black its negative.

    Filters of three channels are in colours; of others the mean over the channels is shown.
    """
    kernel = next(layer for layer in network.layers if type(layer).__name__ == CONVOLUTION).get_weights()[0]
    if kernel.shape[2] != 3:
        kernel = kernel.mean(axis=2, keepdims=True)
    largest = max(float(np.abs(kernel).max()), np.finfo(np.float32).tiny)
    tiles = np.moveaxis(ZERO + ZERO * kernel / largest, -1, 0).astype(np.uint8)
    return sheet(list(tiles), [f"{number}" for number in range(len(tiles))])


def maps_sheet(network: Any, image: np.ndarray) -> Any:
    """Return an image, and below it what each convolution makes of it: black and white are a layer's extremes.

    Parameters
    ----------
    network : Model
        A chain of layers.
    image : ndarray of uint8, shape (height, width, channels)
    """
    tiles, captions, Y = [image], ["image"], image[None].astype(np.float32)
    for layer in network.layers:
        Y = layer(Y)
        if type(layer).__name__ == CONVOLUTION:
            tiles += [None] * (-len(tiles) % COLUMNS)
            captions += [""] * (-len(captions) % COLUMNS)
            maps = np.moveaxis(_to_bytes(Y[0]), -1, 0)[:MOST_MAPS, :, :, None]
            tiles += list(maps)
            captions += [layer.name if number == 0 else f"{number}" for number in range(len(maps))]
    return sheet(tiles, captions)


def _to_bytes(Y: np.ndarray) -> np.ndarray:
    low, high = float(Y.min()), float(Y.max())
    return ((Y - low) * (255 / (high - low) if high > low else 0)).astype(np.uint8)


def sheet(tiles: Sequence[np.ndarray | None], captions: Sequence[str]) -> Any:
    """Return arrays of bytes (height, width, channels) as one image, in rows, each with its caption below."""
    Image = pillow()
    from PIL import ImageDraw

    width, height = TILE, TILE + CAPTION
    enlarged = [None if tile is None else _enlarged(tile) for tile in tiles]
    width = max([width, *(tile.width for tile in enlarged if tile is not None)])
    height = CAPTION + max([TILE, *(tile.height for tile in enlarged if tile is not None)])
    rows = -(-len(tiles) // COLUMNS)
    canvas = Image.new("RGB", (COLUMNS * (width + GAP) + GAP, rows * (height + GAP) + GAP), PAPER)
    pen = ImageDraw.Draw(canvas)
    for number, (tile, caption) in enumerate(zip(enlarged, captions, strict=True)):
        left, top = GAP + number % COLUMNS * (width + GAP), GAP + number // COLUMNS * (height + GAP)
        if tile is not None:
            canvas.paste(tile, (left, top))
        pen.text((left, top + height - CAPTION), _fitting(pen, caption, width), fill=INK)
    return canvas


def _fitting(pen: Any, caption: str, width: int) -> str:
    """Return as much of a caption as a tile is wide, in characters that every font has."""
    text = caption.encode("latin-1", "replace").decode("latin-1")
    while text and pen.textlength(text) > width:
        text = text[:-1]
    return text


def _enlarged(tile: np.ndarray) -> Any:
    """Return a tile as an image of at least `TILE` pixels, each of its own pixels a square."""
    image = pillow().fromarray(tile[:, :, 0] if tile.shape[2] == 1 else tile)
    longer = max(image.size)
    factor = -(-TILE // longer)
    if factor > 1:
        image = image.resize((image.width * factor, image.height * factor), pillow().Resampling.NEAREST)
    elif longer > 2 * TILE:
        image.thumbnail((2 * TILE, 2 * TILE))
    return image.convert("RGB")


def write_sheets(
    network: Any, contract: ImageContract, report: dict[str, Any], directory: Any, folder: Any
) -> list[Path]:
    """Write the sheets of a model into a folder and return their paths.

    Parameters
    ----------
    network, contract, report
        As an `ImageModel` has them.
    directory : str or path
        Where the images are that the report names.
    folder : str or path
        Made if it is not there.
    """
    from chainrule.saving.disk import write_atomically

    out = Path(folder)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"The folder {out} can't be made ({error.strerror}); name another.") from None
    written = []
    for name, image in _sheets(network, contract, report, os.fspath(directory)):
        text = io.BytesIO()
        image.save(text, "png")
        write_atomically(out / name, text.getvalue())
        written.append(out / name)
    return written


def _sheets(network, contract: ImageContract, report: dict[str, Any], directory: str):
    """Yield the name of each sheet, and the sheet."""
    yield "filters.png", filters_sheet(network)
    if report.get("example"):
        yield "feature_maps.png", maps_sheet(network, pixels(os.path.join(directory, report["example"]), contract.form))
    wrong = report.get("wrong") or []
    if not wrong:
        return
    paths = [os.path.join(directory, one["file"]) for one in wrong]
    tiles = list(map_ahead(lambda path: pixels(path, contract.form), paths, default_workers(), len(paths)))
    captions = [f"{one['true']} > {one['predicted']}" for one in wrong]
    yield "wrong.png", sheet(tiles[:MOST_TILES], captions[:MOST_TILES])
    pairs: dict[tuple[str, str], list[int]] = {}
    for number, one in enumerate(wrong):
        pairs.setdefault((one["true"], one["predicted"]), []).append(number)
    often = sorted(pairs, key=lambda pair: -len(pairs[pair]))
    for true, predicted in often[:MOST_PAIRS]:
        these = pairs[true, predicted][:MOST_TILES]
        names = [Path(wrong[number]["file"]).name for number in these]
        name = f"wrong_{_in_a_name(true)}_as_{_in_a_name(predicted)}.png"
        yield name, sheet([tiles[number] for number in these], names)


def _in_a_name(text: str) -> str:
    """Return a class's name as a part of a file's name.

    Examples
    --------
    >>> _in_a_name("T-shirt/top")
    'T-shirt-top'
    """
    return "".join(sign if sign.isalnum() or sign in "-_. " else "-" for sign in text[:NAME]).strip()
