"""Tables that are in memory already: data frames, dicts of columns, the named data sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.errors import DataError
from chainrule.tables.sniff import unique_names
from chainrule.tables.table import Table
from chainrule.tables.values import from_values


def from_mapping(data: Mapping[Any, Any], source: str = "the table") -> Table:
    """Return the table of a dict of columns: arrays, lists, or series of a data frame.

    Raises
    ------
    DataError
        If the columns have different lengths, none, or more than one axis.
    """
    notes: list[str] = []
    columns = {}
    for name, values in data.items():
        array = values if isinstance(values, np.ndarray) else np.asarray(values, dtype=_dtype_for(values))
        if array.ndim != 1:
            raise DataError(f"Column {str(name)!r} has shape {array.shape}; expected one value a row, shape (rows,).")
        columns[str(name)] = from_array(str(name), array, notes)
    return _checked(Table(columns, [], notes, source))


def _dtype_for(values: Any) -> Any:
    """Keep the values of a list as they are, so that a number among texts is not turned into text."""
    return object if isinstance(values, (list, tuple)) else None


def from_frame(data: Any) -> Table:
    """Return the table of a pandas, polars or Arrow data frame.

    Raises
    ------
    DataError
        If it is no data frame, or has no rows.
    """
    import narwhals as nw

    try:
        frame = nw.from_native(data, eager_only=True)
    except TypeError as error:
        raise DataError(
            "A table is a file's name, '-' for standard input, 'example:NAME', a data frame (pandas, polars, Arrow) "
            f"or a dict of columns; received {type(data).__name__}."
        ) from error
    notes: list[str] = []
    given = [str(name) for name in getattr(frame, "columns", [])]
    names = unique_names(given, notes)
    columns = {name: _from_series(name, frame[one], notes) for name, one in zip(names, frame.columns, strict=True)}
    return _checked(Table(columns, [], notes, "the data frame"))


def _from_series(name: str, series: Any, notes: list[str]) -> np.ndarray:
    import narwhals as nw

    if series.dtype.is_numeric() and series.dtype != nw.Decimal:
        missing = series.is_null().to_numpy()
        if missing.any():
            return from_array(name, series.cast(nw.Float64).to_numpy().astype(np.float64), notes)
        return from_array(name, series.to_numpy(), notes)
    if series.dtype == nw.Date or isinstance(series.dtype, nw.Datetime):
        naive = series.dt.replace_time_zone(None) if getattr(series.dtype, "time_zone", None) else series
        dates = [_plain(value) for value in naive.to_list()]
        return np.array([date if date == date else None for date in dates], dtype="datetime64[us]").astype(
            "datetime64[s]"
        )
    return from_values(name, [_plain(value) for value in series.to_list()], notes)


def _plain(value: Any) -> Any:
    """Return None for pandas' and NumPy's missing values, and a Python value for NumPy's scalars."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if value is None or str(value) in ("<NA>", "NaT") else _number(value)


def _number(value: Any) -> Any:
    """Turn a Decimal into a float; leave all else."""
    return float(value) if type(value).__name__ == "Decimal" else value


def from_array(name: str, array: np.ndarray, notes: list[str]) -> np.ndarray:
    """Return a column of an array: float64, datetime64[s], or an object array of text and None.

    Raises
    ------
    DataError
        If it holds complex numbers or structures.
    """
    if array.dtype.kind in "iuf":
        column = array.astype(np.float64)
        if n := int(np.isinf(column).sum()):
            notes.append(f"Column {name!r}: {n} infinite {'number counts' if n == 1 else 'numbers count'} as missing.")
            column[np.isinf(column)] = np.nan
        return column
    if array.dtype.kind == "M":
        return array.astype("datetime64[s]")
    if array.dtype.kind in "bUOT":
        return from_values(name, [_plain(value) for value in array.tolist()], notes)
    raise DataError(f"Column {name!r} has dtype {array.dtype}; expected numbers, text, booleans or dates.")


def _checked(table: Table) -> Table:
    if not table.columns:
        raise DataError(f"{table.source} has no columns; expected at least one.")
    if not table.n_rows:
        raise DataError(f"{table.source} has no rows; expected at least one.")
    return table


def from_example(name: str) -> Table:
    """Return a named data set as a table, its target in the last column, "target"; pima and titanic as their files are.

    Raises
    ------
    ArgumentError
        If there is no data set of that name.
    DataError
        If it is of pictures, or can't be fetched.
    """
    from chainrule import datasets
    from chainrule.tables.read import read_table

    source = f"example:{name}"
    if name == "titanic":
        table = read_table(datasets.path(name))
        return Table(table.columns, table.rejects, table.notes, source)
    data = datasets.load(name)
    if data.X.ndim != 2:
        raise DataError(f"{source} holds pictures, not a table; load it with chainrule.datasets.load({name!r}).")
    names = data.feature_names or [f"column{i}" for i in range(data.X.shape[1])]
    columns: dict[str, np.ndarray] = {n: data.X[:, i].astype(np.float64) for i, n in enumerate(names)}
    if data.class_names is None:
        columns["target"] = data.y.astype(np.float64)
    else:
        columns["target"] = np.array(data.class_names, dtype=object)[data.y]
    return Table(columns, [], [data.description], source)
