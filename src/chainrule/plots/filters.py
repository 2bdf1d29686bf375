"""What a convolution looks for, and what it finds: filters and feature maps as images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import ArgumentError, ShapeError, unknown_name
from chainrule.plots.frame import frame, number
from chainrule.plots.spreads import network_of
from chainrule.plots.theme import palette, scale

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

#: So many pictures are drawn at most.
MOST = 256
#: A figure is about so wide, in pixels; a row of pictures takes its part of it.
WIDTH, LOWEST_ROW, HIGHEST_ROW = 680, 40, 130
#: Weights by which layers convolve: what makes a layer one that `filters` can draw.
KERNELS = ("kernel", "depthwise_kernel")


def filters(source: Any, layer: str | None = None, dark: bool = False) -> Figure:
    """Draw the filters of a convolutional layer as small images, negative to positive; of three channels in colour.

    Filters that look like edges, spots and colours have learnt something; noise has not learnt yet.

    Parameters
    ----------
    source : Model or ImageModel
    layer : str, optional
        The layer's name, by default the first convolution.
    dark : bool, default False

    Returns
    -------
    plotly Figure

    Raises
    ------
    ArgumentError
        If the model has no convolution, or no such layer.

    Examples
    --------
    >>> from chainrule.layers import Conv2D, Input
    >>> from chainrule.models import Sequential
    >>> model = Sequential([Input(shape=(8, 8, 1)), Conv2D(6, 3)], seed=0)
    >>> filters(model).data[0].z.shape  # 6 filters of 3 × 3 in two rows, with a gap of one
    (7, 15)
    """
    palette(dark, "filters")
    name, kernel = _kernel(network_of(source, "filters"), layer)
    kernel = kernel[:, :, None, :] if kernel.ndim == 3 else kernel
    depth, several = kernel.shape[2], kernel.shape[3]
    images = np.moveaxis(kernel, 3, 0).astype(np.float64)
    shown = _first(several, "filters")
    size = f"{several} filters of {kernel.shape[0]} × {kernel.shape[1]}{shown}"
    if depth == 3:
        words = f"{size}, three channels as red, green and blue: the mid grey is 0."
        return _coloured(images[:MOST], f"The filters of {name}", words, dark)
    one = "" if depth == 1 else f", the mean over {depth} channels"
    words = f"{size}{one}: blue is negative, orange positive."
    return _tiles(images[:MOST].mean(axis=3), f"The filters of {name}", words, True, dark)


def feature_maps(source: Any, image: Any, layer: str | None = None, dark: bool = False) -> Figure:
    """Draw what a layer makes of one image: a small picture for each of its channels.

    Parameters
    ----------
    source : Model or ImageModel
    image : array_like
        One image in the shape and scale that the network takes.
    layer : str, optional
        Any layer whose output is an image, by default the first convolution.
    dark : bool, default False

    Returns
    -------
    plotly Figure

    Raises
    ------
    ArgumentError
        If there is no such layer, or its output is no image.
    ShapeError
        If the image has another shape than the network's input.

    Examples
    --------
    >>> from chainrule.layers import Conv2D, Input
    >>> from chainrule.models import Sequential
    >>> model = Sequential([Input(shape=(8, 8, 1)), Conv2D(4, 3)], seed=0)
    >>> feature_maps(model, np.zeros((8, 8))).data[0].z.shape  # 4 maps of 6 × 6 in two rows
    (13, 20)
    """
    palette(dark, "feature_maps")
    network = network_of(source, "feature_maps")
    name = layer if layer is not None else _kernel(network, None)[0]
    maps = _outputs(network, _one_image(network, image), name)
    if maps.ndim != 4:
        raise ArgumentError(
            f"feature_maps draws images; of one image {name!r} makes the shape {maps.shape[1:]}: choose a layer "
            "before it is flattened."
        )
    images = np.moveaxis(maps[0], 2, 0)
    silent = int((images == 0).all(axis=(1, 2)).sum())
    words = (
        f"{len(images)} maps of {images.shape[1]} × {images.shape[2]}{_first(len(images), 'maps')}, "
        f"from {number(images.min())} to {number(images.max())}; {silent or 'none'} of them 0 throughout."
    )
    return _tiles(images[:MOST], f"What {name} makes of the image", words, bool((images < 0).any()), dark)


def _first(several: int, what: str) -> str:
    return f" (the first {MOST} {what} are drawn)" if several > MOST else ""


def _kernel(network: Any, named: str | None) -> tuple[str, np.ndarray]:
    """Return the name and the kernel of a convolution: the one that is named, or the first."""
    found = {}
    for full, weight in network.named_weights():
        owner, _, name = full.rpartition("/")
        if name in KERNELS and len(weight.shape) in (3, 4):
            found.setdefault(owner, weight.numpy())
    if not found:
        raise ArgumentError("The model has no convolution, whose filters could be drawn; draw plots.weights(model).")
    layer = next(iter(found)) if named is None else named
    if layer not in found:
        raise unknown_name("convolution", layer, found)
    return layer, found[layer]


def _one_image(network: Any, image: Any) -> np.ndarray:
    expected = tuple(network.input_shape[1:]) if isinstance(network.input_shape, tuple) else None
    if expected is None:
        raise ArgumentError("feature_maps draws networks of one input; this one has several.")
    given = np.asarray(image)
    for shaped in (given, given[..., None], given[0] if given.ndim and len(given) == 1 else given):
        if shaped.shape == expected:
            return shaped[None]
    raise ShapeError(f"feature_maps takes one image of shape {expected}; received an array of shape {given.shape}.")


def _outputs(network: Any, X: np.ndarray, name: str) -> np.ndarray:
    """Return a layer's output for a batch; the network isn't changed."""
    from chainrule.engines.reference import Reference
    from chainrule.training.reader import Reader

    program = network.trace(training=False)
    slots = {step.layer: step.output for step in program.steps}
    if name not in slots:
        raise unknown_name("layer that computes", name, slots)
    reader, nothing = Reader(network), [None] * len(network.outputs)
    batch = reader.batch(reader.inputs(X), nothing, nothing, 1, slice(0, 1), True)
    run = Reference(program).forward(batch.inputs, network.seed)
    return np.asarray(run.values[slots[name]])


def _shape_of_grid(count: int) -> tuple[int, int]:
    """Return rows and columns of a grid that is somewhat wider than high."""
    columns = min(count, int(np.ceil(np.sqrt(count * 1.6))))
    return -(-count // columns), columns


def _tiled(images: np.ndarray, filling: float) -> np.ndarray:
    """Return images side by side in one array, a gap of one between them."""
    rows, columns = _shape_of_grid(len(images))
    high, wide = images.shape[1] + 1, images.shape[2] + 1
    whole = np.full((rows * high - 1, columns * wide - 1, *images.shape[3:]), filling)
    for place, image in enumerate(images):
        top, left = place // columns * high, place % columns * wide
        whole[top : top + high - 1, left : left + wide - 1] = image
    return whole


def _empty(images: np.ndarray, title: str, words: str, dark: bool) -> Any:
    rows, columns = _shape_of_grid(len(images))
    row = WIDTH / columns * images.shape[1] / images.shape[2]
    figure = frame(title, words, dark=dark, height=int(rows * np.clip(row, LOWEST_ROW, HIGHEST_ROW)) + 110)
    figure.update_xaxes(visible=False, constrain="domain")
    figure.update_yaxes(visible=False, scaleanchor="x", autorange="reversed", constrain="domain")
    return figure


def _tiles(images: np.ndarray, title: str, words: str, signed: bool, dark: bool) -> Any:
    figure = _empty(images, title, words, dark)
    most = float(np.nanmax(np.abs(images))) or 1.0
    colours = palette(dark).diverging if signed else palette(dark).ascending
    figure.add_heatmap(
        z=_tiled(images, np.nan), zmin=-most if signed else 0.0, zmax=most, colorscale=scale(colours),
        hovertemplate="%{z:.3g}<extra></extra>", hoverongaps=False,
    )  # fmt: skip
    # NaN shows what is behind: the gaps have the colour of the grid, so that a filter of zeros has a frame.
    figure.update_layout(plot_bgcolor=palette(dark).grid)
    return figure


def _coloured(images: np.ndarray, title: str, words: str, dark: bool) -> Any:
    """Draw images of three channels: 0 as mid grey, the largest weight of all as the full colour."""
    most = float(np.abs(images).max()) or 1.0
    figure = _empty(images, title, words, dark)
    paper = [int(palette(dark).grid[place : place + 2], 16) for place in (1, 3, 5)]
    whole = _tiled(np.round(127.5 * (1 + images / most)), np.nan)
    whole = np.where(np.isnan(whole), paper, whole).astype(np.uint8)
    figure.add_image(z=whole, hovertemplate="red %{z[0]}, green %{z[1]}, blue %{z[2]}<extra></extra>")
    return figure
