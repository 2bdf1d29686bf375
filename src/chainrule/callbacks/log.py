"""CSVLogger: each epoch's numbers as a line of a file."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import numpy as np

from chainrule.arguments import check_flag
from chainrule.callbacks.base import Callback
from chainrule.callbacks.monitor import VALIDATION, is_number
from chainrule.errors import ArgumentError


class CSVLogger(Callback):
    """Write each epoch's losses and metrics as a line of a CSV file, on the disk as soon as the epoch is over.

    The first column is the epoch, counted from 0; the first epoch settles the others. Numbers are written so that they
    read back to the bit. A run that `BackupAndRestore` resumes goes on behind the line of its last backup.

    Parameters
    ----------
    filename : str or path
        A missing folder is made.
    separator : str, default ","
        One character.
    append : bool, default False
        Go on at the end of a file that is there, instead of replacing it when the first epoch is over.

    Raises
    ------
    ArgumentError
        If an argument can't be used, the file can't be written, or a file to append to has other columns.
    """

    def __init__(self, filename, separator: str = ",", append: bool = False):
        if not isinstance(filename, (str, os.PathLike)) or not str(filename):
            raise ArgumentError(f"CSVLogger's filename is a path, such as 'log.csv'; received {filename!r}.")
        if not isinstance(separator, str) or len(separator) != 1 or separator in '"\r\n':
            raise ArgumentError(f"CSVLogger's separator is one character, such as ',' or ';'; received {separator!r}.")
        self.filename, self.separator = os.fsdecode(filename), separator
        self.append = check_flag("CSVLogger", "append", append)
        self._forget()

    def _forget(self) -> None:
        self._names: list[str] | None = None
        #: How many bytes of the file the first line is written behind; None: all.
        self._keep = None if self.append else 0

    def on_train_begin(self, logs=None) -> None:
        """See that the file can be written; what it holds stays until the first epoch is over."""
        self._forget()
        with self._explained():
            os.makedirs(os.path.dirname(self.filename) or os.curdir, exist_ok=True)
            self._open().close()

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Write one line."""
        logs = logs or {}
        # Opened for each line: training that ends in an error leaves no open file behind.
        with self._explained(), self._open() as file:
            names = self._names if self._names is not None else self._begin(file, logs)
            self._write(file, [epoch, *(_cell(logs.get(name, "")) for name in names)])

    def _open(self) -> TextIO:
        # The line ends are ours and not the system's, so that a place in the file is a number of bytes.
        return open(self.filename, "a", newline="", encoding="utf-8")

    def _begin(self, file: TextIO, logs: dict[str, Any]) -> list[str]:
        """Take up the columns of a file that goes on, or write those of a new one; return them."""
        if self._keep is not None:
            file.truncate(self._keep)
        if os.path.getsize(self.filename):
            names = self._columns_of_file()
            absent = [name for name in logs if name not in names]
            if absent:
                raise ArgumentError(
                    f"CSVLogger can't go on in {self.filename!r}: it has no column {absent[0]!r}, but "
                    f"{', '.join(names) or 'none'}. Choose another file, or append=False."
                )
        else:
            names = [*logs, *self._later_names(logs)]
            self._write(file, ["epoch", *names])
        self._names = names
        return names

    def _later_names(self, logs: dict[str, Any]) -> list[str]:
        """Return what a validation that is not of every epoch will add."""
        params = self.params or {}
        every = params.get("validation_freq") or 1
        names = [VALIDATION + name for name in params.get("metrics", ())] if every > 1 else []
        return [name for name in names if name not in logs]

    def _columns_of_file(self) -> list[str]:
        with open(self.filename, newline="", encoding="utf-8") as file:
            return next(csv.reader(file, delimiter=self.separator), [])[1:]

    def _write(self, file: TextIO, row: list[Any]) -> None:
        csv.writer(file, delimiter=self.separator, lineterminator="\n").writerow(row)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ArgumentError(f"CSVLogger can't write {self.filename!r}: {error.strerror or error}.") from None

    def get_state(self) -> dict[str, Any]:
        """Return where the file ends."""
        with self._explained():
            return {"end": os.path.getsize(self.filename)}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on behind the last line that the backup knows; lines of epochs that are trained again are dropped."""
        with self._explained():
            self._keep = min(int(state["end"]), os.path.getsize(self.filename))


def _cell(value: Any) -> Any:
    """Return a value as a cell: a float whose shortest digits read back to it, or an array as a list."""
    if isinstance(value, (str, int)):
        return value
    return repr(float(value)) if is_number(value) else str(np.asarray(value).tolist())
