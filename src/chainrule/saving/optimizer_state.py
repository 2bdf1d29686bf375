"""What an optimizer remembers, as tensors "optimizer/<slot>" and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import ChainruleError
from chainrule.saving.faults import Fault
from chainrule.saving.names import OPTIMIZER


def has_trained(model: Any) -> bool:
    """Return whether the model's optimizer took steps with it, and nothing else did with the optimizer since."""
    optimizer, keeper = model.optimizer, model._slot_keeper
    return optimizer is not None and optimizer.iterations > 0 and keeper is not None and keeper.owns(optimizer)


def state_arrays(model: Any) -> dict[str, np.ndarray]:
    """Return the optimizer's state for the weights that are trained now, or nothing where none are."""
    if not model.trainable_weights:
        return {}
    model.prepare_training()  # layers may have been frozen since the last step
    return {OPTIMIZER + name: np.asarray(array) for name, array in model.optimizer.get_state().items()}


def check_state(model: Any, arrays: dict[str, np.ndarray]) -> None:
    """See that a stored state fits the model's optimizer, on a copy of it.

    Raises
    ------
    Fault
        If it is the state of another optimizer, or of weights of another size.
    """
    segments, size = [], 0
    for name, weight in model.named_weights(trainable_only=True):
        segments.append((name, slice(size, size + weight.size)))
        size += weight.size
    for name, array in arrays.items():
        # Before a slot takes memory: nothing but what is stored decides how much that is.
        if name.startswith(OPTIMIZER) and array.shape not in ((), (size,)):
            raise Fault(f"the optimizer's {name.removeprefix(OPTIMIZER)!r} has shape {array.shape}, not ({size},)")
    try:
        copy = type(model.optimizer).from_config(model.optimizer.get_config())
        copy.start(np.broadcast_to(np.zeros((), model.dtype), (size,)), segments)
        copy.set_state(_state(arrays))
    except (ChainruleError, TypeError, ValueError) as error:
        raise Fault(f"the optimizer's state does not fit: {error}") from None


def restore_state(model: Any, arrays: dict[str, np.ndarray]) -> None:
    """Give the model's optimizer a state that `check_state` let pass."""
    model.prepare_training()
    model.optimizer.set_state(_state(arrays))


def _state(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    stored = {name: array for name, array in arrays.items() if name.startswith(OPTIMIZER)}
    return {name.removeprefix(OPTIMIZER): A.astype(A.dtype.newbyteorder("=")) for name, A in stored.items()}
