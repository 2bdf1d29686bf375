"""From what users hand over (lists, arrays, data frames, dicts by name) to arrays of numbers, one for each input or output."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import DataError, ShapeError


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
        If it holds text or objects, complex numbers, or rows of different lengths.
    """
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


def _from_frame(data: Any) -> Any:
    if not hasattr(data, "__array__") and not hasattr(data, "columns") and not hasattr(data, "to_numpy"):
        return data
    if hasattr(data, "columns") or type(data).__module__.split(".")[0] in {"pandas", "polars", "pyarrow"}:
        import narwhals as nw

        frame = nw.from_native(data, eager_only=True, allow_series=True)
        _refuse_text_columns(frame)
        return frame.to_numpy()
    return np.asarray(data)


def _refuse_text_columns(frame: Any) -> None:
    for column in getattr(frame, "columns", []):
        dtype = frame[column].dtype
        if not dtype.is_numeric() and str(dtype) != "Boolean":
            raise DataError(
                f"Column {column!r} holds {dtype}, not numbers. Drop it, or turn it into numbers first (one column a category, "
                "or a code)."
            )


def _from_objects(A: np.ndarray, what: str) -> np.ndarray:
    if any(isinstance(value, str) for value in A.flat):
        raise _text_error(A, what)
    if any(value is None for value in A.flat):
        row = next(index for index, value in np.ndenumerate(A) if value is None)
        raise DataError(f"{what} has a missing value (None) at {_place(row)}; fill it in or drop the row.")
    try:
        return A.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{what} must hold numbers in rows of equal length; received objects: {A.flat[0]!r}.") from error


def _text_error(A: np.ndarray, what: str) -> DataError:
    examples = ", ".join(repr(str(value)) for value in list(dict.fromkeys(A.ravel()[:1000].tolist()))[:3])
    if what.startswith("y"):
        mend = "number the classes first: classes, y = np.unique(labels, return_inverse=True)"
    else:
        mend = "turn text into numbers first"
    return DataError(f"{what} holds text ({examples}, …), and a network takes numbers: {mend}.")


def _place(index: tuple[int, ...]) -> str:
    return f"row {index[0]}" + (f", column {index[1]}" if len(index) > 1 else "")


def refuse_non_finite(A: np.ndarray, what: str, rows) -> None:
    """Refuse NaN and infinity, naming row and column in the user's own data."""
    if A.dtype.kind != "f" or np.isfinite(A).all():
        return
    index = tuple(int(number) for number in np.argwhere(~np.isfinite(A))[0])
    row = index[0] + (rows.start or 0) if isinstance(rows, slice) else int(rows[index[0]])
    value = "NaN" if np.isnan(A[index]) else "infinity"
    raise DataError(
        f"{what} holds {value} at {_place((row, *index[1:]))}. Fill missing values in or drop those rows: every later number would "
        "become NaN."
    )


def split_by_name(data: Any, names: list[str], what: str) -> list[Any]:
    """Return one entry for each name, from a dict by name, a list or tuple of arrays, or one array for one name."""
    if isinstance(data, dict):
        missing = [name for name in names if name not in data]
        if missing:
            raise DataError(f"{what} has no entry {missing[0]!r}; the model's {what} names are {names}, received {list(data)}.")
        return [data[name] for name in names]
    if len(names) == 1:
        single = isinstance(data, (list, tuple)) and len(data) == 1 and getattr(data[0], "ndim", 0) > 1
        return [data[0] if single else data]
    if not isinstance(data, (list, tuple)) or len(data) != len(names):
        received = f"a list of {len(data)}" if isinstance(data, (list, tuple)) else "one array"
        raise ShapeError(f"The model has {len(names)} for {what} ({', '.join(names)}); expected a list of {len(names)} arrays, "
                         f"received {received}.")
    return list(data)
