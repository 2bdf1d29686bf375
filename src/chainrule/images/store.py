"""Images by number, as bytes of one size: decoded once where they fit into memory, else when they are asked for."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from chainrule.images.ahead import default_workers, map_ahead
from chainrule.images.findings import Finding
from chainrule.images.folder import Listing, refuse_empty_class
from chainrule.images.opening import CHANNELS, ImageFileError, Look, decoded, look, opened
from chainrule.images.pillow import own_limit
from chainrule.tables.memory import memory_allowed

#: Images are kept in memory if they take less than this, and less than this share of what the process may use: while
#: they are parted into rows to learn from and rows held out, there are two of each.
MOST_BYTES, SHARE = 2**31, 0.125
#: So many files are looked at, or decoded, in one task of a thread.
FILES_A_TASK = 32


@dataclass(frozen=True)
class Form:
    """What every image becomes: its colours, (height, width), how pixels are mixed, and what gives way."""

    color_mode: str
    size: tuple[int, int]
    interpolation: str
    fit: str

    @property
    def shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        return (*self.size, CHANNELS[self.color_mode])


class ImageStore:
    """The images of a listing in one form.

    Parameters
    ----------
    listing : Listing
    form : Form
    in_memory : bool, optional
        Whether they are decoded once and kept; found out by their size by default.

    Attributes
    ----------
    listing : Listing
        Without the files that could not be decoded, where they are kept in memory.
    images : ndarray of uint8 or None
        All of them, where they are kept.
    findings : list of Finding
        Files that could not be decoded.
    """

    def __init__(self, listing: Listing, form: Form, in_memory: bool | None = None):
        self.listing, self.form = listing, form
        self.images: np.ndarray | None = None
        self.findings: list[Finding] = []
        if fits_in_memory(len(listing.files), form) if in_memory is None else in_memory:
            self._keep()

    def __len__(self) -> int:
        return len(self.listing.files)

    def take(self, rows: Sequence[int] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the images of these rows, and which of the rows they are: a damaged file has none."""
        rows = np.asarray(rows)
        if self.images is not None:
            return self.images[rows], rows
        X, good, findings = self.decode(rows)
        self.findings += [one for one in findings if one not in self.findings]
        return X[good], rows[good]

    def decode(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[Finding]]:
        """Return the images of these rows, which of them could be decoded, and what to say of the others."""
        X, good = np.zeros((len(rows), *self.form.shape), np.uint8), np.ones(len(rows), bool)
        findings = []
        for place, row in enumerate(rows):
            file = self.listing.files[row]
            try:
                X[place] = pixels(os.path.join(self.listing.folder, file), self.form)
            except ImageFileError as error:
                good[place] = False
                findings.append(Finding(file, error.kind, str(error)))
        return X, good, findings

    def _keep(self) -> None:
        """Decode all images into one array, on threads, and forget the files that can't be."""
        n = len(self.listing.files)
        X, good = np.zeros((n, *self.form.shape), np.uint8), np.ones(n, bool)

        def work(rows: np.ndarray) -> list[Finding]:
            X[rows[0] : rows[-1] + 1], good[rows], findings = self.decode(rows)
            return findings

        with own_limit():
            self.findings += chain.from_iterable(_on_threads(work, np.arange(n)))
        if not good.all():
            self.listing = self.listing.rows(np.flatnonzero(good))
            X = X[good]
            refuse_empty_class(self.listing, " that can be read")
        self.images = X


def pixels(path: str, form: Form) -> np.ndarray:
    """Return an image file as bytes (height, width, channels) in a form; raises as `load_img` does."""
    with opened(path) as image:
        return np.asarray(decoded(image, form.color_mode, form.size, form.interpolation, form.fit)).reshape(form.shape)


def fits_in_memory(n: int, form: Form, allowed: int | None = None) -> bool:
    """Tell whether so many images are decoded once and kept.

    Examples
    --------
    >>> form = Form("rgb", (256, 256), "bilinear", "stretch")
    >>> fits_in_memory(1_000, form, allowed=2**33), fits_in_memory(1_000_000, form, allowed=2**33)
    (True, False)
    """
    allowed = memory_allowed() if allowed is None else allowed
    most = MOST_BYTES if allowed is None else min(MOST_BYTES, SHARE * allowed)
    return n * math.prod(form.shape) <= most


def look_at(listing: Listing) -> tuple[Listing, list[Look]]:
    """Return the files whose headers are those of images, with what is found of the others, and what the headers say.

    Raises
    ------
    DataError
        If a class has no image left.
    """

    def work(rows: np.ndarray) -> list[Look | ImageFileError]:
        return [_looked(os.path.join(listing.folder, listing.files[row])) for row in rows]

    with own_limit():
        looks = list(chain.from_iterable(_on_threads(work, np.arange(len(listing.files)))))
    findings = list(listing.findings)
    for file, found in zip(listing.files, looks, strict=True):
        if isinstance(found, ImageFileError):
            findings.append(Finding(file, found.kind, str(found)))
        else:
            findings += [Finding(file, kind) for kind in found.kinds]
    good = [row for row, found in enumerate(looks) if isinstance(found, Look)]
    left = listing.rows(good)
    return (
        Listing(left.folder, left.files, left.labels, left.class_names, findings),
        [found for found in looks if isinstance(found, Look)],
    )


def _looked(path: str) -> Look | ImageFileError:
    try:
        return look(path)
    except ImageFileError as error:
        return error


def _on_threads(work: Any, rows: np.ndarray) -> Iterator[Any]:
    tasks = [rows[first : first + FILES_A_TASK] for first in range(0, len(rows), FILES_A_TASK)]
    workers = default_workers()
    return map_ahead(work, tasks, workers if len(tasks) > 1 else 0, 2 * workers)
