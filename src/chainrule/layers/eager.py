"""A layer called on arrays: it is built if need be, gets numbers, and computes at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engines.reference import Reference
from chainrule.errors import DataError, ShapeError
from chainrule.floatx import floatx
from chainrule.graph import Value, ordered_calls
from chainrule.program import trace
from chainrule.random import FIRST_CALL


def call_on_arrays(layer, inputs: Any, training: bool) -> Any:
    """Return a layer's output for an array, or for a list of arrays where it takes several.

    Parameters
    ----------
    layer : Layer
    inputs : array or list of arrays
        Converted to the layer's dtype. A list that holds arrays is several inputs; nested lists of numbers are one
        array, unless the layer takes several.
    training : bool
        As in training: dropout drops, otherwise at each call, and running statistics move on.

    Raises
    ------
    DataError
        If the inputs hold no numbers, or fractions where the layer takes whole numbers.
    ShapeError
        If they have no rows, or not equally many.
    """
    arrays = [_numbers(layer, part) for part in _parts(layer, inputs)]
    if len({len(A) for A in arrays}) > 1:
        counts = " and ".join(str(len(A)) for A in arrays)
        raise ShapeError(f"Layer {layer.name!r} takes arrays of equally many rows; received {counts} rows.")
    values = [Value((None, *A.shape[1:]), dtype=layer.input_dtype) for A in arrays]
    out = layer(values if len(values) > 1 else values[0])
    layer.require_weights()
    outputs = out if isinstance(out, list) else [out]
    engine = Reference(trace(values, ordered_calls(values, outputs), outputs, training))
    run = engine.forward(arrays, step=FIRST_CALL + layer.n_training_calls)
    layer.n_training_calls += training
    for weight, new in run.state if training else ():
        weight.assign(new)
    # Copies: an output may be a view of the caller's array.
    results = [np.array(Y) for Y in engine.outputs(run)]
    return results if len(results) > 1 else results[0]


def _parts(layer, inputs: Any) -> list[Any]:
    is_list = isinstance(inputs, (list, tuple))
    if is_list and (layer.takes_several or any(isinstance(part, np.ndarray) for part in inputs)):
        return list(inputs)
    return [inputs]


def _numbers(layer, part: Any) -> np.ndarray:
    try:
        A = np.asarray(part)
    except ValueError as error:  # rows of different lengths
        raise DataError(
            f"Layer {layer.name!r} takes an array of numbers; the rows received have different lengths."
        ) from error
    if A.dtype.kind not in "biuf":
        raise DataError(f"Layer {layer.name!r} takes an array of numbers; received {type(part).__name__} of {A.dtype}.")
    if A.ndim == 0:
        raise ShapeError(
            f"Layer {layer.name!r} takes a batch, rows first, such as [[1.0, 2.0]]; received the single number {A}."
        )
    if layer.input_dtype is None:
        return np.ascontiguousarray(A, dtype=dtype_of(layer))
    if A.dtype.kind == "f" and (np.floor(A) != A).any():
        raise DataError(f"Layer {layer.name!r} takes whole numbers; received {float(A[np.floor(A) != A][0])!r}.")
    return A.astype(layer.input_dtype)


def dtype_of(layer) -> str:
    """Return the dtype that a layer computes in: its weights', else its own, else that of new models."""
    given = next((weight.value for weight in layer.all_weights if weight.value is not None), None)
    return str(given.dtype) if given is not None else layer.dtype or floatx()
