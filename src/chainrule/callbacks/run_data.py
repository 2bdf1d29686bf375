"""What a run was trained on, in a few numbers an array: enough to tell whether two runs had the same data.

Rows are looked at evenly over the whole array, at most `SAMPLE_BYTES` of them: of a larger array the numbers are those
of the sample, and `rows_looked_at` says of how many rows.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

#: So much of an array is read (4 MiB): some milliseconds.
SAMPLE_BYTES = 2**22
#: With more columns than that, such as an image's pixels, one minimum, maximum and mean stand for all.
MOST_COLUMNS = 256
#: Targets with more distinct numbers than that are no labels of classes.
MOST_CLASSES = 100


def describe_data(model: Any, source: Any) -> dict[str, Any] | None:
    """Return the description of a source of batches; None where there is none.

    Parameters
    ----------
    model : Model
    source : ArraySource, StreamSource or None
    """
    if source is None:
        return None
    if not hasattr(source, "inputs"):
        stream = type(source.stream).__name__
        return {"kind": "batches", "from": stream, "batches_an_epoch": source.n_batches}
    columns = source.reader.input_columns
    return {
        "kind": "arrays",
        "rows": len(source.inputs[0]),
        "rows_trained_on": source.n_rows,
        "batches_an_epoch": source.n_batches,
        "inputs": [
            {"name": name, **describe_array(A), **({"columns": list(names)} if names is not None else {})}
            for name, A, names in zip(model.input_names, source.inputs, columns, strict=True)
        ],
        "targets": [
            {"name": name, **describe_array(A), **_classes(A)}
            for name, A in zip(model.output_names, source.targets, strict=True)
            if A is not None
        ],
        "weighted": any(A is not None for A in source.weights),
    }


def describe_array(A: np.ndarray) -> dict[str, Any]:
    """Return an array's shape, dtype, a fingerprint, and least, greatest and mean number of each column.

    Examples
    --------
    >>> about = describe_array(np.array([[1.0, 5.0], [3.0, 5.0]]))
    >>> about["shape"], about["mean"], len(about["fingerprint"])
    ([2, 2], [2.0, 5.0], 64)
    """
    sample = sample_of(A)
    about = {
        "shape": list(A.shape),
        "dtype": str(A.dtype),
        "rows_looked_at": len(sample),
        "fingerprint": fingerprint(A, sample),
    }
    if sample.dtype.kind not in "fiub":
        return about
    numbers = sample.reshape(len(sample), -1)
    if numbers.shape[1] > MOST_COLUMNS:
        numbers = numbers.reshape(-1, 1)
    with np.errstate(all="ignore"):  # NaN and infinity are told as what they are
        columns = {"min": numbers.min(axis=0), "max": numbers.max(axis=0), "mean": numbers.mean(axis=0, dtype=float)}
    return about | {name: values.tolist() for name, values in columns.items()}


def sample_of(A: np.ndarray) -> np.ndarray:
    """Return all rows of a small array, and of a larger one rows that lie evenly over it."""
    bytes_a_row = max(1, A[:1].nbytes)
    most = max(1, SAMPLE_BYTES // bytes_a_row)
    if len(A) <= most:
        return np.asarray(A)
    return np.asarray(A[np.linspace(0, len(A) - 1, most).astype(np.int64)])


def fingerprint(A: np.ndarray, sample: np.ndarray) -> str:
    """Return a hash that two arrays share if shape, dtype and the sample's numbers are the same."""
    digest = hashlib.sha256(f"{A.shape} {A.dtype.str}".encode())
    if sample.dtype.hasobject:
        digest.update(repr(sample.tolist()).encode("utf-8", "backslashreplace"))
    else:
        digest.update(np.ascontiguousarray(sample).view(np.uint8).data)
    return digest.hexdigest()


def _classes(A: np.ndarray) -> dict[str, Any]:
    """Return how many rows of each class the sample has, where the targets are labels or one column a class."""
    sample = sample_of(A)
    if sample.dtype.kind not in "fiub" or not sample.size:
        return {}
    labels = sample.reshape(len(sample), -1)
    if labels.shape[1] > 1:
        if not ((labels == 0) | (labels == 1)).all() or not (labels.sum(axis=1) == 1).all():
            return {}
        labels = labels.argmax(axis=1)
    classes, counts = np.unique(labels, return_counts=True)
    whole = classes.dtype.kind != "f" or bool((classes == np.floor(classes)).all())
    if len(classes) > MOST_CLASSES or not whole:
        return {}
    return {"classes": {f"{label:g}": int(count) for label, count in zip(classes, counts, strict=True)}}
