"""Tables: from a file or a data frame to numbers that a network can learn from, and back.

`read_table` reads, `profile` says what each column is, `DataContract` turns rows into numbers and goes with the model.
`open_table` leaves a Parquet file that is larger than memory on disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chainrule.tables.contract import DataContract
from chainrule.tables.large import LargeTable, open_table
from chainrule.tables.profile import ColumnDecision, profile
from chainrule.tables.read import read_table
from chainrule.tables.table import Reject, Table

if TYPE_CHECKING:
    from chainrule.tables.model import TableModel


def __getattr__(name: str) -> Any:
    """Import `TableModel` when it is asked for: reading a table needs no networks."""
    if name == "TableModel":
        from chainrule.tables.model import TableModel

        return TableModel
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "ColumnDecision",
    "DataContract",
    "LargeTable",
    "Reject",
    "Table",
    "TableModel",
    "open_table",
    "profile",
    "read_table",
]
