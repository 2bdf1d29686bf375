"""A table larger than memory: its contract is learnt from a sample, its rows are read block by block in each epoch."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.arguments import check_number, check_whole
from chainrule.errors import DataError
from chainrule.random import Stream, check_seed
from chainrule.tables.contract import DataContract
from chainrule.tables.parquet_file import ParquetFile, as_blocks
from chainrule.tables.read import checked_path
from chainrule.tables.table import Reject, Table

#: Rows that are read at once, and how many such blocks are mixed before batches are cut.
BLOCK_ROWS, MIXED_BLOCKS = 100_000, 4
#: Of wide tables fewer rows are read at once, so that a block has at most so many numbers; but never fewer than these.
BLOCK_NUMBERS, LEAST_BLOCK = 5_000_000, 1_000
#: Rows from which a contract is learnt.
SAMPLE_ROWS = 100_000

#: From where a block begins and ends to a mask of its rows.
Rows = Callable[[int, int], np.ndarray]


class LargeTable:
    """A Parquet file that stays on disk: for `TableModel.fit`, or `sample` for a contract and `batches` for `fit`.

    Memory holds a few blocks of rows at a time, however long the file is. Write a large CSV file as Parquet first, for
    instance with DuckDB: `COPY (FROM 't.csv') TO 't.parquet'`.

    Parameters
    ----------
    path : str or path
        The file.
    block_rows : int, optional
        Rows that are read at once: by default 100,000, and fewer of more than fifty columns.

    Raises
    ------
    DataError
        If there is no such file, or it is no Parquet file.

    Examples
    --------
    Train on nine blocks of ten, and watch the tenth::

        table = open_table("flights.parquet")
        contract = DataContract.learn(table.sample(), "delayed")
        train, held_out = table.split(0.1)
        model.fit(table.batches(contract, 256, train), epochs=3,
                  validation_data=table.batches(contract, 256, held_out, shuffle=False))
    """

    def __init__(self, path: Any, block_rows: int | None = None):
        source = os.fspath(path)
        self._file = ParquetFile(checked_path(Path(source)), source)
        fitting = rows_of_a_block(len(self.names)) if block_rows is None else block_rows
        self.block_rows = check_whole("LargeTable", "block_rows", fitting)
        self.blocks = as_blocks(self.n_rows, self.block_rows)
        self.rejects: list[Reject] = []

    @property
    def n_rows(self) -> int:
        """How many rows the file has."""
        return self._file.n_rows

    @property
    def names(self) -> list[str]:
        """The columns' names, in order."""
        return list(self._file.names)

    @property
    def source(self) -> str:
        """The file, as messages call it."""
        return self._file.source

    @property
    def notes(self) -> list[str]:
        """What the reader decided, such as other names for columns that are there twice."""
        return list(self._file.notes)

    def name_of(self, column: str | int) -> str:
        """Return the column's name that a name, a number from 0 or "last" means, as `Table.name_of` does."""
        return Table(dict.fromkeys(self.names, np.empty(0)), source=self.source).name_of(column)

    def __getitem__(self, name: str) -> np.ndarray:
        """Read one column, whole."""
        wanted = self.name_of(name)
        return self._file.only([wanted]).read()[wanted]

    def only(self, names: Iterable[str]) -> LargeTable:
        """Return the table of some columns; the others are then not read."""
        table = copy.copy(self)
        table._file = self._file.only(names)
        return table

    def without(self, names: Iterable[str]) -> LargeTable:
        """Return the table without some columns."""
        left_out = set(names)
        return self.only(name for name in self.names if name not in left_out)

    def sample(self, n: int = SAMPLE_ROWS, seed: int = 0) -> Table:
        """Return n rows from all over the file, the same for the same seed; all rows if there are no more."""
        return self._file.sample(check_whole("sample", "n", n), check_seed(seed))

    def read(self, first: int, last: int) -> Table:
        """Return the rows from `first` up to, not including, `last`."""
        return self._file.read(first, last)

    def split(self, test: float = 0.1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return the blocks to train on and those to hold out, drawn at random; at least one of each.

        Raises
        ------
        DataError
            If there is one block only.
        """
        share = check_number("split", "test", test, 0, 1, above=True, below=True)
        n = len(self.blocks)
        if n < 2:
            raise DataError(f"{self._file.source} is one block of rows, which can't be split; lower block_rows=….")
        n_test = min(max(round(share * n), 1), n - 1)
        order = Stream(check_seed(seed), "split").permutation(n)
        return self.blocks[np.sort(order[n_test:])], self.blocks[np.sort(order[:n_test])]

    def batches(
        self,
        contract: DataContract,
        batch_size: int = 32,
        blocks: Any = None,
        *,
        shuffle: bool = True,
        seed: int = 0,
        which: Rows | None = None,
    ) -> TableBatches:
        """Return batches (X, y) for `fit` and `evaluate`, which begin anew in each epoch.

        Parameters
        ----------
        contract : DataContract
            Learnt from `sample()`.
        batch_size : int
            Rows of a batch; the last one may have fewer.
        blocks : array, optional
            Some of `blocks`, as `split` gives them; all by default.
        shuffle : bool
            Read the blocks in another order in each epoch, and mix the rows of a few blocks.
        seed : int
            What the order is drawn from.
        which : callable, optional
            `which(first, last)` is a mask of the rows of a block that are to be used; all by default.
        """
        size = check_whole("batches", "batch_size", batch_size)
        chosen = self.blocks if blocks is None else np.asarray(blocks)
        return TableBatches(self, contract, size, chosen, shuffle, check_seed(seed), which)


@dataclass(eq=False)
class TableBatches:
    """What `LargeTable.batches` returns: an object whose `iter` is one epoch."""

    table: LargeTable
    contract: DataContract
    size: int
    blocks: np.ndarray
    shuffle: bool
    seed: int
    which: Rows | None = None
    epoch: int = 0

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        order = Stream(self.seed, "order", step=self.epoch)
        self.epoch += 1
        blocks = self.blocks[order.permutation(len(self.blocks))] if self.shuffle else self.blocks
        rest: tuple[np.ndarray, np.ndarray] | None = None
        for start in range(0, len(blocks), MIXED_BLOCKS):
            X, y = self._encoded(blocks[start : start + MIXED_BLOCKS], rest)
            rows = order.permutation(len(X)) if self.shuffle else np.arange(len(X))
            is_last = start + MIXED_BLOCKS >= len(blocks)
            n_whole = len(X) if is_last else len(X) - len(X) % self.size
            for first in range(0, n_whole, self.size):
                which = rows[first : min(first + self.size, n_whole)]
                yield X[which], y[which]
            rest = X[rows[n_whole:]], y[rows[n_whole:]]

    def _encoded(self, blocks: np.ndarray, rest: tuple[np.ndarray, np.ndarray] | None) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers of some blocks, after what the blocks before left over."""
        parts = [] if rest is None else [rest]
        for first, last in blocks.tolist():
            table = self.table.read(first, last)
            if self.which is not None:
                table = table.rows(self.which(first, last))
            y, keep = self.contract.target.encode_some(table[self.contract.target.name])
            X = self.contract.encode(table, release=True)
            parts.append((X if len(keep) == len(X) else X[keep], y))
        return np.concatenate([X for X, _ in parts]), np.concatenate([y for _, y in parts])


def rows_of_a_block(n_numbers: int) -> int:
    """Return how many rows of so many numbers are read at once.

    Examples
    --------
    >>> rows_of_a_block(10), rows_of_a_block(500)
    (100000, 10000)
    """
    return min(BLOCK_ROWS, max(BLOCK_NUMBERS // n_numbers, LEAST_BLOCK))


def open_table(path: Any, block_rows: int | None = None) -> LargeTable:
    """Open a Parquet file without reading it into memory; see `LargeTable`."""
    return LargeTable(path, block_rows)
