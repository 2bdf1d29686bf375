"""Whether a state out of a checkpoint belongs to an optimizer: checked before anything is changed."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, ShapeError


def check_state(owner: str, state: dict[str, Any], arrays: dict[str, np.ndarray], expected: Set[str]) -> None:
    """Refuse a state whose names, shapes or dtypes are not those of the optimizer.

    Parameters
    ----------
    owner : str
        What the message calls the optimizer.
    state : dict
        What was given to `Optimizer.set_state`.
    arrays : dict of str to ndarray
        The optimizer's own arrays.
    expected : set of str
        The names that the state must have.

    Raises
    ------
    ArgumentError
        If a name is missing or not known.
    ShapeError
        If an array has another shape or dtype.
    """
    if set(state) != expected:
        raise ArgumentError(
            f"This is not the state of this {owner}: expected {', '.join(sorted(expected))}; received "
            f"{', '.join(sorted(state)) or 'nothing'}. Make the optimizer with the arguments it was saved with."
        )
    for name, array in arrays.items():
        given = np.asarray(state[name])
        if given.shape != array.shape or given.dtype != array.dtype:
            raise ShapeError(
                f"{owner}'s {name!r} is {array.dtype} of shape {array.shape}; received {given.dtype} of shape "
                f"{given.shape}: the state belongs to another network."
            )
