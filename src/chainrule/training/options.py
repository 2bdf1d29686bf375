"""The arguments of `fit` beside x and y, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.callbacks.record import recorder_for
from chainrule.errors import ArgumentError

DEFAULT_BATCH_SIZE = 32


@dataclass(eq=False)
class FitOptions:
    """What `Model.fit` was asked for; see there.

    Raises
    ------
    ArgumentError
        If one of them can't be used.
    """

    batch_size: Any = None
    epochs: Any = 1
    verbose: Any = "auto"
    callbacks: Any = None
    validation_split: Any = 0.0
    validation_data: Any = None
    shuffle: Any = True
    class_weight: Any = None
    sample_weight: Any = None
    initial_epoch: Any = 0
    steps_per_epoch: Any = None
    validation_steps: Any = None
    validation_batch_size: Any = None
    validation_freq: Any = 1
    validation_from: Any = "shuffled"
    record: Any = None

    def __post_init__(self):
        self.batch_size = check_batch_size(self.batch_size)
        self.epochs = whole(self.epochs, "epochs", 0)
        self.initial_epoch = whole(self.initial_epoch, "initial_epoch", 0)
        self.validation_freq = whole(self.validation_freq, "validation_freq")
        for name in ("steps_per_epoch", "validation_steps"):
            if getattr(self, name) is not None:
                setattr(self, name, whole(getattr(self, name), name))
        given = self.validation_batch_size
        self.validation_batch_size = self.batch_size if given is None else whole(given, "validation_batch_size")
        if not _is_one_of(self.verbose, (0, 1, 2, "auto")):
            raise ArgumentError(
                f"verbose is 0 (silent), 1, 2 (one line an epoch) or 'auto'; received {self.verbose!r}."
            )
        if not _is_one_of(self.shuffle, (True, False, "batch")):
            raise ArgumentError(f"shuffle is True or False; received {self.shuffle!r}.")
        self._check_split()
        self.record = recorder_for(self.record)

    def _check_split(self) -> None:
        fraction = self.validation_split
        is_number = isinstance(fraction, (int, float, np.floating)) and not isinstance(fraction, bool)
        if fraction is not None and not (is_number and 0 <= fraction < 1):
            raise ArgumentError(f"validation_split is a fraction between 0 and 1, such as 0.2; received {fraction!r}.")
        if fraction and self.validation_data is not None:
            raise ArgumentError("Give validation_split or validation_data, not both.")
        if self.validation_from not in ("shuffled", "tail"):
            raise ArgumentError(f"validation_from is 'shuffled' or 'tail'; received {self.validation_from!r}.")


def _is_one_of(value: Any, known: tuple) -> bool:
    return isinstance(value, (str, bool, int, np.bool_, np.integer)) and value in known


def whole(number: Any, what: str, least: int = 1) -> int:
    """Return a whole number as an int, or refuse what is none or too small."""
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < least:
        expected = "a whole number above 0" if least == 1 else f"a whole number of {least} or more"
        raise ArgumentError(f"{what} is {expected}; received {number!r}.")
    return int(number)


def check_batch_size(batch_size: Any) -> int:
    """Return the batch size (32 for None), or refuse what is not a whole number above 0."""
    return DEFAULT_BATCH_SIZE if batch_size is None else whole(batch_size, "batch_size")
