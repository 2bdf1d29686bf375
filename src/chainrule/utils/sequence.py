"""A source of batches: the base class for data that don't fit into memory or are made on the way."""

from __future__ import annotations

from typing import Any


class Sequence:
    """Batches by number, for `fit`, `evaluate` and `predict`.

    Use it when the rows don't fit into memory. Write `__len__`, the number of batches, and `__getitem__(i)`, batch i;
    unlike a generator it can be read in any order and again in every epoch.

    Parameters
    ----------
    workers, use_multiprocessing, max_queue_size : optional
        Accepted so that scripts written for Keras run, and kept; batches are read one after another, in this process.

    Examples
    --------
    >>> import numpy as np
    >>> class Squares(Sequence):
    ...     def __len__(self):
    ...         return 3
    ...     def __getitem__(self, i):
    ...         x = np.arange(2.0 * i, 2.0 * i + 2)[:, None]
    ...         return x, x**2
    >>> [y.ravel().tolist() for x, y in Squares()]
    [[0.0, 1.0], [4.0, 9.0], [16.0, 25.0]]
    """

    def __init__(self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10):
        self.workers, self.use_multiprocessing, self.max_queue_size = workers, use_multiprocessing, max_queue_size

    def __len__(self) -> int:
        """Return the number of batches."""
        raise NotImplementedError(f"{type(self).__name__} needs `__len__(self)`, which returns the number of batches.")

    def __getitem__(self, i: int) -> Any:
        """Return batch i: `(x, y)`, `(x, y, sample_weight)`, or `x` alone for `predict`."""
        raise NotImplementedError(
            f"{type(self).__name__} needs `__getitem__(self, i)`, which returns batch i as (x, y)."
        )

    def __iter__(self):
        """Yield every batch once, in order."""
        return (self[i] for i in range(len(self)))

    def on_epoch_end(self) -> None:
        """Do what is due after an epoch, such as a new order of rows; by default nothing."""


#: The name of the same thing since Keras 3.
PyDataset = Sequence
