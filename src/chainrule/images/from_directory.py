"""Keras' `image_dataset_from_directory`: from a folder to batches."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.arguments import check_choice, check_flag, check_number, check_whole
from chainrule.errors import ArgumentError, DataError
from chainrule.images.convert import check_layout
from chainrule.images.dataset import ImageDataset
from chainrule.images.findings import sentences
from chainrule.images.folder import INFERRED, Listing, list_folder, no_images, refuse_empty_class
from chainrule.images.opening import MODES, Look
from chainrule.images.sizes import check_interpolation, check_size
from chainrule.images.store import Form, ImageStore, look_at
from chainrule.random import check_seed
from chainrule.utils.split import split_indices

OWNER = "image_dataset_from_directory"
LABEL_MODES = ("int", "categorical", "binary", None)
SUBSETS = ("training", "validation", "both")
#: So many sizes are named where images have several.
N_SIZES = 4


def image_dataset_from_directory(
    directory: Any,
    labels: Any = INFERRED,
    label_mode: str | None = "int",
    class_names: Sequence[str] | None = None,
    color_mode: str = "rgb",
    batch_size: int = 32,
    image_size: Any = (256, 256),
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: str | None = None,
    interpolation: str = "bilinear",
    follow_links: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    data_format: str | None = None,
    verbose: bool = True,
    *,
    in_memory: bool | None = None,
) -> Any:
    """Return the images of a folder as batches for `fit`, `evaluate` and `predict`.

    The folder has a subfolder for each class. Files that are no images, damaged or too large are left out, and told in
    one warning with those that were changed as they were read.

    Parameters
    ----------
    directory : str or path
    labels : "inferred", None or list of int, default "inferred"
        The subfolders say the class; or no labels; or a class number for each image, in the order of the sorted paths.
    label_mode : {"int", "categorical", "binary", None}, default "int"
        Class numbers (rows,), one-hot rows, 0 and 1 as (rows, 1), or images alone.
    class_names : list of str, optional
        The subfolders in another order than the alphabet's.
    color_mode : {"rgb", "grayscale", "rgba"}, default "rgb"
    batch_size : int, default 32
    image_size : tuple of int or None, default (256, 256)
        (height, width) of every image; None: the one that all files have.
    shuffle : bool, default True
        A new order in each epoch; otherwise class by class, in the order of the names.
    seed : int, optional
        Of the order and of the split; 0 by default.
    validation_split : float, optional
        The share of each class that is held out.
    subset : {"training", "validation", "both"}, optional
        Which part is returned where there is a split; both as two data sets.
    interpolation : str, default "bilinear"
        How pixels are mixed, as in `load_img`.
    follow_links : bool, default False
        Whether links to folders are gone into.
    crop_to_aspect_ratio, pad_to_aspect_ratio : bool, default False
        Of an image of another shape, cut the edges off, or add black ones, instead of stretching it.
    data_format : {None, "channels_last"}
    verbose : bool, default True
        Print how many files there are.
    in_memory : bool, optional
        Whether the images are decoded once and kept, as bytes. By default they are if they take at most 2 GiB and an
        eighth of the memory; otherwise threads decode them ahead of training, in each epoch.

    Returns
    -------
    ImageDataset
        Or two of them, of training and of validation, with `subset="both"`. Images are bytes from 0 to 255; let the
        network begin with `Rescaling(1 / 255)`.

    Raises
    ------
    DataError
        If it is no folder, has no images, or a class has none.
    ShapeError
        If there is not one label an image.
    ArgumentError
        If an argument can't be used.
    MissingExtraError
        If Pillow is not installed.
    """
    _check_labels(label_mode, labels)
    check_choice(OWNER, "color_mode", color_mode, tuple(MODES))
    check_interpolation(OWNER, interpolation)
    check_layout(OWNER, data_format)
    check_whole(OWNER, "batch_size", 0 if batch_size is None else batch_size)
    check_flag(OWNER, "shuffle", shuffle)
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ArgumentError(f"{OWNER} crops to the aspect ratio or pads to it; both were asked for.")
    size = None if image_size is None else check_size(OWNER, "image_size", image_size)
    seed = 0 if seed is None else check_seed(seed)
    _check_split(validation_split, subset)
    listing, looks = looked_at(list_folder(directory, labels, class_names, follow_links))
    _refuse_unfit(listing, label_mode)
    fit = "crop" if crop_to_aspect_ratio else "pad" if pad_to_aspect_ratio else "stretch"
    form = Form(
        color_mode, size or common_size(listing.folder, looks, "image_size=(height, width)"), interpolation, fit
    )
    parts = _parts(listing, validation_split, subset, seed)
    store = ImageStore(listing, form, in_memory)
    if verbose:
        _tell(listing, parts)
    _warn([*listing.findings, *store.findings])
    kept = {file: row for row, file in enumerate(store.listing.files)}
    sets = [
        ImageDataset(store, _still_there(rows, listing, kept), batch_size, label_mode, shuffle, seed)
        for rows in parts.values()
    ]
    return sets[0] if len(sets) == 1 else tuple(sets)


def looked_at(listing: Listing) -> tuple[Listing, list[Look]]:
    """Return the files whose headers are those of images, and what these say; refuse a class that has none left."""
    left, looks = look_at(listing)
    if not left.files:
        raise no_images(left.folder, left.findings)
    refuse_empty_class(left, " that can be read")
    return left, looks


def common_size(folder: str, looks: Sequence[Look], option: str) -> tuple[int, int]:
    """Return the size that all images have, or refuse several."""
    counts: dict[tuple[int, int], int] = {}
    for one in looks:
        counts[one.size] = counts.get(one.size, 0) + 1
    if len(counts) == 1:
        return next(iter(counts))
    often = sorted(counts, key=lambda size: (-counts[size], size))
    named = ", ".join(f"{height} × {width} ({counts[height, width]:,})" for height, width in often[:N_SIZES])
    more = ", …" if len(often) > N_SIZES else ""
    raise DataError(
        f"The images in {folder} have {len(counts):,} sizes (height × width): {named}{more}. Say the one that all are "
        f"brought to with {option}."
    )


def _check_labels(label_mode: Any, labels: Any) -> None:
    if label_mode not in LABEL_MODES:
        check_choice(OWNER, "label_mode", label_mode, tuple(mode for mode in LABEL_MODES if mode))
    if labels is None and label_mode is not None:
        raise ArgumentError(f"{OWNER} without labels needs label_mode=None; received {label_mode!r}.")


def _check_split(share: Any, subset: Any) -> None:
    if share is not None:
        check_number(OWNER, "validation_split", share, 0, 1, above=True, below=True)
        check_choice(OWNER, "subset", subset, SUBSETS)
    elif subset is not None:
        raise ArgumentError(f"{OWNER}'s subset={subset!r} needs validation_split, such as 0.2.")


def _refuse_unfit(listing: Listing, label_mode: str | None) -> None:
    if label_mode == "binary" and len(listing.class_names) != 2:
        raise ArgumentError(
            f"label_mode='binary' is for 2 classes; {listing.folder} has {len(listing.class_names)}: take 'int' or "
            "'categorical'."
        )


def _parts(listing: Listing, share: float | None, subset: str | None, seed: int) -> dict[str, np.ndarray]:
    """Return the rows of each part asked for."""
    n = len(listing.files)
    if share is None:
        return {"": np.arange(n)}
    learn, held = split_indices(n, share, listing.labels, seed)
    parts = {"training": np.sort(learn), "validation": np.sort(held)}
    return parts if subset == "both" else {str(subset): parts[str(subset)]}


def _still_there(rows: np.ndarray, listing: Listing, kept: dict[str, int]) -> np.ndarray:
    """Return where these rows are now that damaged files are gone."""
    return np.array([kept[file] for file in (listing.files[row] for row in rows) if file in kept], np.int64)


def _tell(listing: Listing, parts: dict[str, np.ndarray]) -> None:
    classes = f" belonging to {len(listing.class_names)} classes" if listing.labels is not None else ""
    print(f"Found {len(listing.files)} files{classes}.")
    for name, rows in parts.items():
        if name:
            print(f"Using {len(rows)} files for {name}.")


def _warn(findings: Sequence[Any]) -> None:
    if findings:
        warnings.warn(" ".join(sentences(findings)), UserWarning, stacklevel=3)
