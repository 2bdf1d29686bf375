"""From what users hand over (lists, arrays, data frames, dicts by name) to one array of numbers an input or output."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from chainrule.errors import DataError, ShapeError

#: A message names so many columns, or so many of the texts among the first values of an array.
N_NAMED, FIRST_VALUES = 3, 1000


def to_array(data: Any, what: str) -> np.ndarray:
    """Return data as an array of numbers without copying where that can be, or refuse it with a sentence.

    Parameters
    ----------
    data : array_like or data frame
        Lists, NumPy arrays (memory-mapped ones stay so), pandas, polars or Arrow frames and series.
    what : str
        How messages call it: "x", "y".

    Raises
    ------
    DataError
        If it holds text or objects, complex numbers, masked values, or rows of different lengths; if it is a sparse
        matrix.
    """
    if hasattr(data, "toarray"):
        raise DataError(
            f"{what} is a sparse {type(data).__name__}, and a network takes whole arrays: {what}.toarray()."
        )
    masked = _masked_arrays(data)
    if any(part.mask.any() for part in masked):
        raise DataError(
            f"{what} is a masked array with masked values, and a network needs every value: fill them in, with "
            f"{what}.filled(…), or drop those rows."
        )
    if masked and data is masked[0]:
        data = data.data
    if not isinstance(data, (np.ndarray, list, tuple)) and not np.isscalar(data):
        data = _from_frame(data)
    if isinstance(data, np.ndarray) and data.dtype.kind in "fiub":
        return data
    try:
        A = np.asarray(data)
    except ValueError as error:
        raise DataError(f"{what} has rows of different lengths; every row needs the same number of values.") from error
    if A.dtype.kind == "O":
        A = _from_objects(A, what)
    if A.dtype.kind in "US":
        raise _text_error(A, what)
    if A.dtype.kind not in "fiub":
        raise DataError(f"{what} must hold numbers; received dtype {A.dtype}.")
    if A.ndim == 0:
        raise DataError(f"{what} must be an array with one row per sample; received the single value {A.item()!r}.")
    return A


def _masked_arrays(data: Any) -> list[Any]:
    """Return the masked arrays that data are, or are a list of: NumPy would show what is behind their masks."""
    if "numpy.ma" not in sys.modules:  # nobody has made one, and importing it takes longer than a small training
        return []
    parts = data if isinstance(data, (list, tuple)) else [data]
    return [part for part in parts if isinstance(part, np.ma.MaskedArray)]


def _from_frame(data: Any) -> Any:
    if not hasattr(data, "__array__") and not hasattr(data, "columns") and not hasattr(data, "to_numpy"):
        return data
    if hasattr(data, "columns") or type(data).__module__.split(".")[0] in {"pandas", "polars", "pyarrow"}:
        import narwhals as nw

        try:
            frame = nw.from_native(data, eager_only=True, allow_series=True)
        except nw.exceptions.DuplicateError as error:
            raise DataError("Two columns of the data frame have one name: rename one of them.") from error
        _refuse_text_columns(frame)
        return frame.to_numpy()
    return np.asarray(data)


def _refuse_text_columns(frame: Any) -> None:
    # By the schema: `frame[0]` is a row, where pandas numbered the columns itself.
    for column, dtype in getattr(frame, "schema", {}).items():
        if not dtype.is_numeric() and str(dtype) != "Boolean":
            raise DataError(
                f"Column {column!r} holds {dtype}, not numbers. Drop it, or turn it into numbers first (one column a "
                "category, or a code)."
            )


def _from_objects(A: np.ndarray, what: str) -> np.ndarray:
    if A.ndim == 0:
        raise DataError(
            f"{what} must be an array, a list or a data frame with one row per sample; received {A.item()!r}."
        )
    if any(isinstance(value, str) for value in A.flat):
        raise _text_error(A, what)
    for index, value in np.ndenumerate(A):
        # pandas' NA and NaT can't be told by comparison, nor without importing pandas.
        if value is None or str(value) in ("<NA>", "NaT"):
            raise DataError(f"{what} has a missing value ({value}) at {place_of(index)}; fill it in or drop the row.")
    try:
        return A.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{what} must hold numbers in rows of equal length; it begins with {A.flat[0]!r}, of type "
            f"{type(A.flat[0]).__name__}: make one array of numbers of it, as np.stack does of rows."
        ) from error


def _text_error(A: np.ndarray, what: str) -> DataError:
    texts = [
        str(value) for value in dict.fromkeys(A.ravel()[:FIRST_VALUES].tolist()) if isinstance(value, (str, bytes))
    ]
    examples = ", ".join(map(repr, texts[:N_NAMED])) + (", …" if len(texts) > N_NAMED else "")
    if what.startswith("y"):
        mend = "number the classes first: classes, y = np.unique(labels, return_inverse=True)"
    else:
        mend = "turn text into numbers first"
    return DataError(f"{what} holds text ({examples}), and a network takes numbers: {mend}.")


def place_of(index, columns: list[str] | None = None) -> str:
    """Return "row 3", "row 3, column 2" or "row 3, column 2 ('age')" for an index of an array."""
    row, *rest = (int(number) for number in index)
    if not rest:
        return f"row {row}"
    if len(rest) > 1:
        return f"row {row}, position {tuple(rest)}"
    return f"row {row}, column {named_column(rest[0], columns)}"


def named_column(number: int, columns: list[str] | None) -> str:
    """Return a column's number, with its name where the data had names."""
    return f"{number} ({columns[number]!r})" if columns and number < len(columns) else str(number)


def column_names(data: Any) -> list[str] | None:
    """Return the names of a data frame's columns, None for other data."""
    if isinstance(data, (np.ndarray, list, tuple, dict)) or not hasattr(data, "columns"):
        return None
    return [str(name) for name in getattr(data, "column_names", data.columns)]


def refuse_non_finite(A: np.ndarray, what: str, rows, columns: list[str] | None = None) -> None:
    """Refuse NaN and infinity, naming row and column in the user's own data."""
    if A.dtype.kind != "f" or np.isfinite(A).all():
        return
    index = np.argwhere(~np.isfinite(A))[0]
    place = place_of((user_row(rows, index[0]), *index[1:]), columns)
    value = "NaN" if np.isnan(A[tuple(index)]) else "infinity"
    raise DataError(
        f"{what} holds {value} at {place}. Fill missing values in or drop those rows: every later number would "
        "become NaN."
    )


def convert(A: np.ndarray, dtype: np.dtype, what: str, rows, columns: list[str] | None = None) -> np.ndarray:
    """Return checked numbers in another dtype, and refuse those that are too large for it."""
    if A.dtype.kind != "f" or A.dtype.itemsize <= dtype.itemsize:
        return np.asarray(A, dtype=dtype, order="C")
    with np.errstate(over="ignore"):
        X = np.asarray(A, dtype=dtype, order="C")
    if not np.isfinite(X).all():
        index = np.argwhere(~np.isfinite(X))[0]
        place = place_of((user_row(rows, index[0]), *index[1:]), columns)
        raise DataError(
            f"{what} holds {A[tuple(index)]:.3g} at {place}, too large for {dtype}: scale x down, or use float64."
        )
    return X


def user_row(rows, row) -> int:
    """Return the row of the user's data that a row of a batch is."""
    return int(row) + (rows.start or 0) if isinstance(rows, slice) else int(rows[row])


def split_by_name(data: Any, names: list[str], what: str, needed: list[bool] | None = None) -> list[Any]:
    """Return one entry for each name, from a dict by name, a list or tuple of arrays, or one array for one name.

    Entries that are not needed may be missing from a dict.
    """
    if isinstance(data, dict):
        for name, wanted in zip(names, needed or [True] * len(names), strict=True):
            if wanted and name not in data:
                raise DataError(
                    f"{what} has no entry {name!r}; the model's names for {what} are {names}, received {list(data)}: "
                    "rename the entry, or the layer with name=…"
                )
        return [data.get(name) for name in names]
    if len(names) == 1:
        single = isinstance(data, (list, tuple)) and len(data) == 1 and getattr(data[0], "ndim", 0) > 1
        return [data[0] if single else data]
    if not isinstance(data, (list, tuple)) or len(data) != len(names):
        received = f"a list of {len(data)}" if isinstance(data, (list, tuple)) else "one array"
        raise ShapeError(
            f"The model has {len(names)} for {what} ({', '.join(names)}); expected a list of {len(names)} arrays, or "
            f"a dict by name; received {received}."
        )
    return list(data)
