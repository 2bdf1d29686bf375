"""A callback made of functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.callbacks.base import HOOKS, Callback
from chainrule.errors import ArgumentError, unknown_name


class LambdaCallback(Callback):
    """Call functions of your own at the hooks you name; for a line or two that need no class.

    Parameters
    ----------
    **hooks : callable, optional
        By the hooks' names, with their arguments: `on_train_begin(logs)`, `on_epoch_end(epoch, logs)`,
        `on_train_batch_end(batch, logs)` and so on, as in `Callback`.

    Raises
    ------
    ArgumentError
        If there is no such hook (with the nearest one), or its value can't be called.

    Examples
    --------
    >>> shout = LambdaCallback(on_epoch_end=lambda epoch, logs: print(f"epoch {epoch}: {logs['loss']}"))
    >>> shout.on_epoch_end(0, {"loss": 0.5})
    epoch 0: 0.5
    """

    def __init__(self, **hooks: Callable[..., Any] | None):
        for name, function in hooks.items():
            if name not in HOOKS:
                raise unknown_name("hook", name, HOOKS)
            if function is None:
                continue
            if not callable(function):
                raise ArgumentError(f"LambdaCallback's {name} is a function; received {function!r}.")
            setattr(self, name, function)
