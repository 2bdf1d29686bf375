"""What an optimizer remembers, as tensors "optimizer/<slot>" and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import ChainruleError
from chainrule.saving.faults import Fault
from chainrule.saving.names import OPTIMIZER


def _theta(model: Any) -> tuple[np.ndarray, list[tuple[str, slice]]]:
    """Return a vector of the size of all trainable weights, which takes no memory, and where each weight lies in it."""
    segments, start = [], 0
    for name, weight in model.named_weights(trainable_only=True):
        segments.append((name, slice(start, start + weight.size)))
        start += weight.size
    return np.broadcast_to(np.zeros((), model.dtype), (start,)), segments


def state_arrays(model: Any) -> dict[str, np.ndarray]:
    """Return the optimizer's state; none before its first step, or where layers were frozen since: it starts anew."""
    optimizer = model.optimizer
    if optimizer is None or optimizer.iterations == 0 or not optimizer.started_for(_theta(model)[0]):
        return {}
    return {OPTIMIZER + name: np.asarray(array) for name, array in optimizer.get_state().items()}


def restore_state(model: Any, optimizer: Any, arrays: dict[str, np.ndarray]) -> None:
    """Give an optimizer the state that was stored for the model's weights, or start it anew where none was.

    Raises
    ------
    Fault
        If the state is not that of this optimizer and of weights of this size.
    """
    theta, segments = _theta(model)
    stored = {name.removeprefix(OPTIMIZER): array for name, array in arrays.items() if name.startswith(OPTIMIZER)}
    for name, array in stored.items():
        # Before `start` takes memory for the slots: nothing but what is stored decides how much that is.
        if array.shape not in ((), theta.shape):
            raise Fault(f"the optimizer's {name!r} has shape {array.shape}, and the trainable weights {theta.shape}")
    try:
        optimizer.start(theta, segments)
        if stored:
            optimizer.set_state({name: array.astype(array.dtype.newbyteorder("=")) for name, array in stored.items()})
    except (ChainruleError, TypeError, ValueError) as error:
        raise Fault(f"the optimizer's state does not fit: {error}") from None


def rehearse_state(model: Any, arrays: dict[str, np.ndarray]) -> None:
    """See that a stored state fits the model's optimizer, without changing it."""
    optimizer = model.optimizer
    restore_state(model, type(optimizer).from_config(optimizer.get_config()), arrays)
