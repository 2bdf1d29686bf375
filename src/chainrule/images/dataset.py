"""ImageDataset: batches of images by number, decoded ahead of training where they are not kept in memory."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from chainrule.errors import DataError
from chainrule.floatx import floatx
from chainrule.images.ahead import default_workers, map_ahead
from chainrule.images.findings import Finding, sentences
from chainrule.images.store import ImageStore
from chainrule.random import Stream
from chainrule.utils.arrays import one_hot
from chainrule.utils.sequence import Sequence

#: Batches decoded and not yet trained on: one more than there are threads, but so many bytes at most.
MORE_THAN_WORKERS, AHEAD_BYTES = 1, 2**28


class ImageDataset(Sequence):
    """Batches of images and their labels, for `fit`, `evaluate` and `predict`; made by `image_dataset_from_directory`.

    `dataset[i]` is batch i: images of bytes (rows, height, width, channels), and their labels. A new order is drawn for
    each epoch from the seed. Where the images don't fit into memory, threads decode some batches ahead of training; a
    file that turns out to be damaged is left out of its batch, and told at the end of the epoch.

    Parameters
    ----------
    store : ImageStore
    rows : ndarray of int
        Which of the store's images belong to this data set.
    batch_size : int
    label_mode : {"int", "categorical", "binary", None}
    shuffle : bool
    seed : int

    Attributes
    ----------
    class_names : list of str
    file_paths : list of str
    labels : ndarray of int or None
        Of each file, in the order of `file_paths`.
    epoch : int
        Which order the batches are in; `fit` adds 1 after each epoch.
    """

    def __init__(self, store: ImageStore, rows: np.ndarray, batch_size: int, label_mode: Any, shuffle: bool, seed: int):
        super().__init__(workers=default_workers())
        self.store, self.rows, self.batch_size = store, rows, batch_size
        self.label_mode, self.shuffle, self.seed, self.epoch = label_mode, shuffle, seed, 0
        self._ordered: tuple[int, np.ndarray] | None = None
        self._told = len(store.findings)

    @property
    def class_names(self) -> list[str]:
        """The classes, in the order of the labels."""
        return list(self.store.listing.class_names)

    @property
    def file_paths(self) -> list[str]:
        """The files, sorted, below the folder."""
        return [self.store.listing.files[row] for row in self.rows]

    @property
    def labels(self) -> np.ndarray | None:
        """The class of each file; None where there are no labels."""
        labels = self.store.listing.labels
        return None if labels is None else labels[self.rows]

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        return self.store.form.shape

    @property
    def in_memory(self) -> bool:
        """Whether the images were decoded once and are kept."""
        return self.store.images is not None

    @property
    def findings(self) -> list[Finding]:
        """What was found in files so far: left out, or changed."""
        return sorted({*self.store.listing.findings, *self.store.findings})

    def __len__(self) -> int:
        return -(-len(self.rows) // self.batch_size)

    def __getitem__(self, i: int) -> Any:
        if not -len(self) <= i < len(self):
            raise IndexError(f"There is no batch {i}: the data set has {len(self)}.")
        return self._batch(i % len(self), self._order())

    def __iter__(self) -> Iterator[Any]:
        return self.in_order(range(len(self)))

    def in_order(self, numbers: Iterable[int]) -> Iterator[Any]:
        """Yield the batches of these numbers, in this order, decoded ahead."""
        order = self._order()
        workers = 0 if self.in_memory else self.workers
        a_batch = self.batch_size * int(np.prod(self.image_shape))
        ahead = max(1, min(workers + MORE_THAN_WORKERS, AHEAD_BYTES // a_batch))
        return map_ahead(lambda number: self._batch(number, order), map(int, numbers), workers, ahead)

    def on_epoch_end(self) -> None:
        """Go on to the next order, and tell of files that turned out to be damaged."""
        self.epoch += 1
        new = self.store.findings[self._told :]
        self._told += len(new)
        for sentence in sentences(new):
            warnings.warn(sentence, UserWarning, stacklevel=2)

    def _order(self) -> np.ndarray:
        """Return the rows in the epoch's order."""
        if not self.shuffle:
            return self.rows
        if self._ordered is None or self._ordered[0] != self.epoch:
            order = self.rows[Stream(self.seed, "dataset", step=self.epoch).permutation(len(self.rows))]
            self._ordered = self.epoch, order
        return self._ordered[1]

    def _batch(self, number: int, order: np.ndarray) -> Any:
        asked = order[number * self.batch_size : (number + 1) * self.batch_size]
        X, rows = self.store.take(asked)
        if not len(X):
            reason = next((f.reason for f in self.store.findings if f.file == self.store.listing.files[asked[0]]), "")
            raise DataError(f"None of the {len(asked)} files of batch {number + 1} can be read: {reason}")
        return X if self.label_mode is None else (X, self._targets(rows))

    def _targets(self, rows: np.ndarray) -> np.ndarray:
        labels = np.asarray(self.store.listing.labels)[rows]
        if self.label_mode == "categorical":
            return one_hot(labels, len(self.class_names)).astype(floatx())
        return labels.astype(np.int32) if self.label_mode == "int" else labels.astype(floatx())[:, None]

    def __repr__(self) -> str:
        height, width, channels = self.image_shape
        where = "in memory" if self.in_memory else "read ahead of use"
        return (
            f"<ImageDataset: {len(self.rows):,} images of {height} × {width} × {channels}, "
            f"{len(self.class_names)} classes, {len(self):,} batches, {where}>"
        )
