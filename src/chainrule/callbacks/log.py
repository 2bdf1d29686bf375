"""CSVLogger: each epoch's numbers as a line of a file."""

from __future__ import annotations

import csv
from pathlib import Path

from chainrule.callbacks.base import Callback


class CSVLogger(Callback):
    """Write each epoch's losses and metrics into a CSV file, flushed after each line.

    Parameters
    ----------
    filename : str or Path
    separator : str, default ","
    append : bool, default False
        Go on at the end of a file that is there, instead of writing it anew.
    """

    def __init__(self, filename, separator=",", append=False):
        super().__init__()
        self.filename, self.separator, self.append = Path(filename), separator, bool(append)
        self._file, self._writer, self._names = None, None, None

    def on_train_begin(self, logs=None) -> None:
        """Open the file."""
        begun = self.append and self.filename.exists() and self.filename.stat().st_size > 0
        self._names = None
        if begun:
            with self.filename.open(newline="", encoding="utf-8") as file:
                self._names = next(csv.reader(file, delimiter=self.separator), None)
        self._file = self.filename.open("a" if self.append else "w", newline="", encoding="utf-8")
        self._writer = csv.writer(self._file, delimiter=self.separator)

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Write one line; the first epoch settles the columns."""
        logs = logs or {}
        if self._names is None:
            self._names = ["epoch", *logs]
            self._writer.writerow(self._names)
        self._writer.writerow([epoch, *(logs.get(name, "") for name in self._names[1:])])
        self._file.flush()

    def on_train_end(self, logs=None) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
