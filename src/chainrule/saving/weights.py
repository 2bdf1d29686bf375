"""Weights as tensors "layer/weight", and back: matched by name, shape and dtype, all of them or none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from chainrule.saving.disk import ModelWriteError
from chainrule.saving.envelope import Contents, read_file, write_file
from chainrule.saving.faults import Fault, explained_loading, explained_saving
from chainrule.saving.names import is_weight
from chainrule.saving.networks import check_network
from chainrule.saving.paths import source_of, target_of

#: How many weights that don't fit a message names.
SHOWN_MISFITS = 5


def weight_arrays(model: Any) -> dict[str, np.ndarray]:
    """Return all weights by name."""
    return {name: weight.numpy() for name, weight in model.named_weights()}


def first_non_finite(arrays: dict[str, np.ndarray]) -> str | None:
    """Return the name of the first array that holds NaN or infinity, or None."""
    floats = ((name, array) for name, array in arrays.items() if array.dtype.kind == "f")
    return next((name for name, array in floats if not np.isfinite(array).all()), None)


def save_weights(model: Any, path: Any, overwrite: bool = True) -> Path:
    """Write the weights alone.

    Parameters
    ----------
    model : Model
        Built.
    path : str or path
        Other suffixes than `.safetensors` are changed to it.
    overwrite : bool, default True
        False refuses a file that exists.

    Returns
    -------
    Path
        Where they were written.

    Raises
    ------
    ModelFileError
        If nothing could be written; the file that was there is untouched.

    Examples
    --------
    >>> import tempfile
    >>> from chainrule.layers import Dense
    >>> from chainrule.models import Sequential
    >>> model, twin = (Sequential([Dense(1, input_dim=2)], seed=seed) for seed in (1, 2))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save_weights(model, folder + "/w")
    ...     load_weights(twin, path)
    >>> bool((twin.get_weights()[0] == model.get_weights()[0]).all()), path.name
    (True, 'w.safetensors')
    """
    target = free_target(path, overwrite)
    with explained_saving(target):
        check_network(model)
    write_file(target, "weights", {}, weight_arrays(model))
    return target


def free_target(path: Any, overwrite: bool) -> Path:
    """Return where to write, or refuse a file that exists and is not to be replaced."""
    target = target_of(path, warn=True)
    if not overwrite and target.exists():
        raise ModelWriteError(f"{str(target)!r} exists, and overwrite=False: choose another name, or overwrite=True.")
    return target


def load_weights(model: Any, path: Any) -> None:
    """Read weights that `save_weights`, `save_model` or `save_checkpoint` wrote into a model of the same architecture.

    Parameters
    ----------
    model : Model
        Built; its layers have the names that they had when the weights were saved.
    path : str or path

    Raises
    ------
    ModelFileError
        If the file can't be read, or a weight is missing, left over, or of another shape or dtype: each is named, and
        nothing is changed.
    """
    model.require_built()
    source = source_of(path)
    contents = read_file(source)
    with explained_loading(source):
        check_fit(model, contents)
    take_weights(model, contents)


def check_fit(model: Any, contents: Contents) -> None:
    """Refuse a file whose weights are not those of a model, by what its header says; no number is looked at."""
    stored = {name: tensor for name, tensor in contents.header.tensors.items() if is_weight(name)}
    named = dict(model.named_weights())
    misfits = [f"the weight {name!r} is missing" for name in named if name not in stored]
    misfits += [f"the weight {name[:200]!r} has no place in the model" for name in stored if name not in named]
    for name in (name for name in named if name in stored):
        shape, dtype = stored[name].shape, stored[name].dtype.name
        if shape != tuple(named[name].shape):
            misfits.append(f"the weight {name!r} has shape {shape}, and in the model {named[name].shape}")
        elif dtype != model.dtype:
            misfits.append(f"the weight {name!r} is {dtype}, and the model {model.dtype}")
    if misfits:
        more = f"; and {len(misfits) - SHOWN_MISFITS} more" if len(misfits) > SHOWN_MISFITS else ""
        raise Fault("; ".join(misfits[:SHOWN_MISFITS]) + more)


def take_weights(model: Any, contents: Contents) -> None:
    """Copy the numbers of a file that fits into a model."""
    for name, weight in model.named_weights():
        array = contents.arrays[name]
        if weight.value is None:
            weight.value = np.array(array, dtype=model.dtype, order="C")
        else:
            weight.value[...] = array
