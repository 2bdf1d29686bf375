"""A folder of images, one subfolder a class: which files there are, and which class each is of."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, DataError, ShapeError, nearest
from chainrule.images.findings import Finding
from chainrule.images.pillow import SUFFIXES
from chainrule.utils.arrays import whole_labels

INFERRED = "inferred"
#: What systems leave in folders, beside all names that begin with a dot.
LITTER = ("__MACOSX", "Thumbs.db", "desktop.ini")
EXAMPLES = ".png, .jpg and the like"
#: So many classes are named in a message.
N_NAMED = 8


@dataclass(frozen=True)
class Listing:
    """The image files of a folder.

    Attributes
    ----------
    folder : str
    files : list of str
        Below the folder, sorted class by class.
    labels : ndarray of int, or None
        Each file's class.
    class_names : list of str
    findings : list of Finding
        Files that are no images by their names or places.
    """

    folder: str
    files: list[str]
    labels: np.ndarray | None
    class_names: list[str]
    findings: list[Finding] = field(default_factory=list)

    def rows(self, which: Any) -> Listing:
        """Return some of the files."""
        files = [self.files[row] for row in which]
        labels = None if self.labels is None else self.labels[which]
        return Listing(self.folder, files, labels, self.class_names, self.findings)

    def counts(self) -> list[int]:
        """Return the number of files of each class."""
        labels = np.zeros(0, np.int64) if self.labels is None else self.labels
        return np.bincount(labels, minlength=len(self.class_names)).tolist()


def list_folder(
    directory: Any, labels: Any = INFERRED, class_names: Sequence[str] | None = None, follow_links: bool = False
) -> Listing:
    """Return the images of a folder; raises as `image_dataset_from_directory` does."""
    folder = check_folder(directory)
    if isinstance(labels, str) and labels == INFERRED:
        return _by_subfolder(folder, class_names, follow_links)
    findings: list[Finding] = []
    files = images_among(sorted(files_below(folder, "", follow_links)), findings)
    if not files:
        raise no_images(folder, findings)
    if labels is None:
        return Listing(folder, files, None, [], findings)
    numbers = _given_labels(labels, files, folder)
    names = list(class_names) if class_names is not None else [str(n) for n in range(int(numbers.max()) + 1)]
    if len(names) <= numbers.max():
        raise ArgumentError(f"labels go up to {numbers.max()}, and class_names has {len(names)} names; give each one.")
    return Listing(folder, files, numbers, names, findings)


def check_folder(directory: Any) -> str:
    """Return the path of a folder, or refuse what is none."""
    if not isinstance(directory, (str, os.PathLike)):
        raise ArgumentError(f"A folder of images is named by its path; received {type(directory).__name__}.")
    folder = os.fspath(directory)
    if os.path.isfile(folder):
        raise DataError(f"{folder} is a file; expected a folder with a subfolder of images for each class.")
    if not os.path.isdir(folder):
        raise DataError(f"There is no folder {folder}.")
    return folder


def _by_subfolder(folder: str, class_names: Sequence[str] | None, follow_links: bool) -> Listing:
    inside = sorted(os.scandir(folder), key=lambda entry: entry.name)
    found = [entry.name for entry in inside if entry.is_dir() and not _is_litter(entry.name)]
    findings: list[Finding] = []
    loose = images_among([one.name for one in inside if one.is_file() and not _is_litter(one.name)], findings)
    if not found:
        holds = f"it holds {_images_in_words(len(loose))} and no subfolder" if loose else "it has none"
        raise DataError(
            f"{folder} needs a subfolder for each class, such as {os.path.join(folder, 'cat')} and "
            f"{os.path.join(folder, 'dog')}; {holds}."
        )
    findings += [Finding(file, "loose") for file in loose]
    names = found if class_names is None else _checked_names(class_names, found, folder)
    files, labels = [], []
    for number, name in enumerate(names):
        own = images_among(sorted(files_below(folder, name, follow_links)), findings)
        files += own
        labels += [number] * len(own)
    if not files:
        raise no_images(folder, findings)
    listing = Listing(folder, files, np.array(labels, np.int64), names, findings)
    refuse_empty_class(listing)
    return listing


def refuse_empty_class(listing: Listing, why: str = "") -> None:
    """Refuse a folder of which a class has no image (left)."""
    for name, count in zip(listing.class_names, listing.counts(), strict=True):
        if not count and listing.labels is not None:
            raise DataError(
                f"The class {name!r} has no images: {os.path.join(listing.folder, name)} holds none{why}. Put images "
                "into it, or take the folder away."
            )


def no_images(folder: str, findings: Sequence[Finding]) -> DataError:
    """Return the error for a folder without images."""
    held = f"; its {len(findings):,} files are none, {findings[0].file} the first" if findings else ""
    return DataError(f"There are no images in {folder}{held}. Expected files ending in {EXAMPLES}.")


def _images_in_words(n: int) -> str:
    return "1 image" if n == 1 else f"{n:,} images"


def _checked_names(names: Sequence[str], found: list[str], folder: str) -> list[str]:
    listed = ", ".join(found[:N_NAMED]) + (", …" if len(found) > N_NAMED else "")
    for name in names:
        if name not in found:
            raise ArgumentError(
                f"class_names: {folder} has no subfolder {name!r}.{nearest(name, found)} Its subfolders: {listed}."
            )
    left_out = [name for name in found if name not in names]
    if left_out or len(set(names)) != len(names):
        raise ArgumentError(
            f"class_names names each subfolder of {folder} once, in the order of the labels; its subfolders: {listed}."
        )
    return list(names)


def _given_labels(labels: Any, files: list[str], folder: str) -> np.ndarray:
    if isinstance(labels, str):
        raise ArgumentError(f"labels is 'inferred', None, or a list with a class number a file; received {labels!r}.")
    numbers = whole_labels(labels, "labels")
    if numbers.shape != (len(files),):
        raise ShapeError(
            f"labels has {len(numbers) if numbers.ndim else 1:,} entries, and {folder} {_images_in_words(len(files))}; "
            "give each image one, in the order of the sorted paths."
        )
    return numbers


def _is_litter(name: str) -> bool:
    return name.startswith(".") or name in LITTER


def images_among(files: Sequence[str], findings: list[Finding]) -> list[str]:
    """Return the files that are images by their names, and add the others to the findings."""
    images = [file for file in files if Path(file).suffix.lower() in SUFFIXES]
    findings += [Finding(file, "other file") for file in files if Path(file).suffix.lower() not in SUFFIXES]
    return images


def files_below(folder: str, inner: str = "", follow_links: bool = False) -> Iterator[str]:
    """Yield the files of a folder and of those in it, by their paths below the outermost."""
    for parent, folders, files in os.walk(os.path.join(folder, inner), followlinks=follow_links):
        folders[:] = [name for name in folders if not _is_litter(name)]
        yield from (os.path.relpath(os.path.join(parent, file), folder) for file in files if not _is_litter(file))
