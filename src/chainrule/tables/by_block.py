"""Answers for a table that stays on disk: a block of its rows at a time is in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.errors import DataError
from chainrule.tables.answers import answer
from chainrule.tables.contract import DataContract
from chainrule.tables.large import LargeTable, rows_of_a_block
from chainrule.tables.parquet_file import as_blocks
from chainrule.tables.table import Table


def blocks_of(table: Table | LargeTable, contract: DataContract, notes: list[str]) -> Iterator[Table]:
    """Yield the table in parts that fit into memory once they are encoded; a `Table` is one part.

    Of a `LargeTable` only the columns that the contract knows are read; the notes name the others.

    Raises
    ------
    DataError
        If columns are missing.
    """
    if isinstance(table, Table):
        yield table
        return
    contract.encode(table.read(0, 1), notes)
    known = [*contract.columns, contract.target.name]
    wanted = table.only(known)
    size = min(table.block_rows, rows_of_a_block(len(contract.feature_names)))
    for first, last in as_blocks(table.n_rows, size).tolist():
        yield wanted.read(first, last)


def outputs_of(
    network: Any, contract: DataContract, table: Any, notes: list[str] | None, batch_size: int
) -> np.ndarray:
    """Return a network's outputs for all rows of a table."""
    found: list[str] = []
    parts = [
        network.predict(contract.encode(block, found), batch_size=batch_size)
        for block in blocks_of(table, contract, found)
    ]
    if notes is not None:
        notes += shortened(found)
    return np.concatenate(parts)


def answers_by_block(
    network: Any, contract: DataContract, table: Any, notes: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the encoded targets of all rows that have one, and a network's answers for them.

    Raises
    ------
    DataError
        If no row has a target, or one has a class that the training rows did not have.
    """
    if isinstance(table, Table):
        y, keep = contract.encode_target(table, notes)
        return y, answer(network, contract, contract.encode(table.rows(keep), notes))
    name, found, parts = table.name_of(contract.target.name), [], []
    for block in blocks_of(table, contract, found):
        y, keep = contract.target.encode_some(block[name], found)
        if len(keep):
            parts.append((y, answer(network, contract, contract.encode(block.rows(keep), found))))
    if not parts:
        raise DataError(f"The target {name!r} is missing in every row; expected at least one value.")
    notes += shortened(found)
    y, said = (np.concatenate(both) for both in zip(*parts, strict=True))
    if table.n_rows > len(y):
        notes.append(f"{table.n_rows - len(y):,} of {table.n_rows:,} rows have no value of {name!r} and are left out.")
    return y, said


def shortened(notes: list[str]) -> list[str]:
    """Return notes of several blocks with one of each kind: those that differ in their counts alone are of a kind.

    Examples
    --------
    >>> shortened(["Column 'a': 27 rows are new.", "Column 'a': 3 rows are new.", "Not used: b."])
    ["Column 'a': 27 rows are new. Other parts of the file have more.", 'Not used: b.']
    """
    kinds: dict[str, list[str]] = {}
    for note in notes:
        kinds.setdefault(re.sub(r"\d[\d,]*|\([^)]*\)", "", note), []).append(note)
    return [one[0] + (" Other parts of the file have more." if len(one) > 1 else "") for one in kinds.values()]
