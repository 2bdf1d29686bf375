"""Checkpoints: all that a run needs to go on as if it had never stopped."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.random import check_seed
from chainrule.saving.envelope import read_file, write_file
from chainrule.saving.faults import Fault, explained_loading, explained_saving
from chainrule.saving.names import EXTRA
from chainrule.saving.networks import check_network
from chainrule.saving.optimizer_state import check_state, restore_state, state_arrays
from chainrule.saving.paths import source_of, target_of
from chainrule.saving.weights import check_fit, first_non_finite, take_weights, weight_arrays

KEYS = {"epoch", "seed", "optimizer", "extra"}
#: What stands for an array, and for a number that JSON lacks (infinity, NaN), in the JSON of `extra`.
ARRAY, FLOAT = "chainrule.array", "chainrule.float"


def save_checkpoint(model: Any, path: Any, *, epoch: int, extra: dict[str, Any] | None = None) -> Path:
    """Write weights, optimizer state, seed and epoch: `load_checkpoint` brings a run back to the same bits.

    Parameters
    ----------
    model : Model
        Built and compiled.
    path : str or path
    epoch : int
        How many epochs are done; the next one's number, counted from 0.
    extra : dict, optional
        What else a run needs (the state of callbacks): JSON's values, infinite numbers and arrays. Tuples come back as
        lists.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    ModelFileError
        If it could not be written, or the weights or the state hold NaN or infinity: a good checkpoint is never
        replaced by a bad one.
    NotReadyError
        If the model is not compiled.
    """
    model.require_built()
    model._settle_compilation("save_checkpoint", needs_loss=True)
    target = target_of(path, warn=True)
    arrays = weight_arrays(model) | state_arrays(model)
    with explained_saving(target):
        check_network(model)
        bad = first_non_finite(arrays)
        if bad is not None:
            raise Fault(f"{bad!r} holds NaN or infinity, and a good checkpoint is not replaced by a bad one")
        if isinstance(epoch, bool) or not isinstance(epoch, (int, np.integer)) or epoch < 0:
            raise Fault(f"epoch is a whole number of 0 or more; received {epoch!r}")
        if extra is not None and not isinstance(extra, dict):
            raise Fault(f"extra is a dict; received {extra!r}")
        found: dict[str, np.ndarray] = {}
        described = {
            "epoch": int(epoch),
            "seed": model.seed,
            "optimizer": type(model.optimizer).__name__,
            "extra": _packed(extra or {}, found),
        }
    write_file(target, "checkpoint", {"checkpoint": described}, arrays | found)
    return target


def _packed(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """Return a value as JSON can hold it, its arrays put aside."""
    if isinstance(value, np.ndarray):
        name = f"{EXTRA}{len(arrays)}"
        arrays[name] = value
        return {ARRAY: name}
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {FLOAT: str(value)}
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str) or key in (ARRAY, FLOAT):
                raise Fault(f"the keys of extra are texts, other than {ARRAY!r} and {FLOAT!r}; received {key!r}")
        return {key: _packed(one, arrays) for key, one in value.items()}
    return [_packed(one, arrays) for one in value] if isinstance(value, (list, tuple)) else value


def _unpacked(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(value, list):
        return [_unpacked(one, arrays) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {ARRAY}:
        name = value[ARRAY]
        if not isinstance(name, str) or not name.startswith(EXTRA) or name not in arrays:
            raise Fault("an array of its extra is missing")
        return np.array(arrays[name], dtype=arrays[name].dtype.newbyteorder("="))
    if set(value) == {FLOAT}:
        if value[FLOAT] not in ("inf", "-inf", "nan"):
            raise Fault("a number of its extra is damaged")
        return float(value[FLOAT])
    return {key: _unpacked(one, arrays) for key, one in value.items()}


def load_checkpoint(model: Any, path: Any) -> dict[str, Any]:
    """Bring a model back to where `save_checkpoint` left it.

    Parameters
    ----------
    model : Model
        Built and compiled as it was when the checkpoint was written.
    path : str or path

    Returns
    -------
    dict
        "epoch" and "extra" as they were given.

    Raises
    ------
    ModelFileError
        If the file can't be read, or is not of this network and this optimizer; the model is then as it was.
    NotReadyError
        If the model is not compiled.
    """
    model.require_built()
    model._settle_compilation("load_checkpoint", needs_loss=True)
    source = source_of(path)
    contents = read_file(source)
    with explained_loading(source):
        if contents.kind != "checkpoint":
            raise Fault(f"it is not a checkpoint, but of the kind {contents.kind!r}")
        described = _checked(contents.texts.get("checkpoint"))
        optimizer = type(model.optimizer).__name__
        if described["optimizer"] != optimizer:
            raise Fault(f"it is of the optimizer {described['optimizer']!r}, and the model has {optimizer!r}")
        check_fit(model, contents)
        extra = _unpacked(described["extra"], contents.arrays)
        if model.trainable_weights:
            check_state(model, contents.arrays)
            restore_state(model, contents.arrays)
        take_weights(model, contents)
        model.seed = described["seed"]
    return {"epoch": described["epoch"], "extra": extra}


def _checked(described: Any) -> dict[str, Any]:
    if not isinstance(described, dict) or set(described) != KEYS:
        raise Fault(f"a checkpoint has the keys {', '.join(sorted(KEYS))}, and no others")
    if type(described["epoch"]) is not int or described["epoch"] < 0 or not isinstance(described["extra"], dict):
        raise Fault("the epoch or the extra of the checkpoint is damaged")
    try:
        check_seed(described["seed"])
    except ValueError as error:
        raise Fault(str(error)) from None
    return described
