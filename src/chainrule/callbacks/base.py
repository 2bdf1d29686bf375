"""What a callback is, the list that calls them, and the record that every `fit` returns."""

from __future__ import annotations

from typing import Any

from chainrule.errors import ArgumentError, unknown_name

#: Hooks of single batches.
BATCH_HOOKS = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")


class Callback:
    """Base of callbacks: override the hooks you need; each is called with what is known at that moment.

    During training `self.model` is the model and `self.params` a dict with `epochs`, `steps`, `verbose` and `metrics`. Set
    `self.model.stop_training = True`, or call `self.model.stop("reason")`, to end training after the batch in hand.

    Examples
    --------
    >>> class Shout(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(f"epoch {epoch} is done")
    """

    #: True puts a callback behind all others, so that it sees what they have done.
    comes_last = False

    def __init__(self):
        self.model: Any = None
        self.params: dict[str, Any] = {}
        self.callback_list: Any = None

    @property
    def watches_batches(self) -> bool:
        """True if the callback looks at single batches; if none does, an engine may run many at a time."""
        return any(
            hook in vars(self) or getattr(type(self), hook) is not getattr(Callback, hook) for hook in BATCH_HOOKS
        )

    def set_model(self, model) -> None:
        """Keep the model; called before training."""
        self.model = model

    def set_params(self, params) -> None:
        """Keep the parameters of the fit; called before training."""
        self.params = params

    def get_state(self) -> dict[str, Any]:
        """Return what a resumed run needs, as plain values and arrays."""
        return {}

    def set_state(self, state) -> None:
        """Take up what `get_state` returned."""

    def on_train_begin(self, logs=None) -> None:
        """Hook: training begins."""

    def on_train_end(self, logs=None) -> None:
        """Hook: training has ended; logs are the last epoch's."""

    def on_epoch_begin(self, epoch, logs=None) -> None:
        """Hook: an epoch begins (counted from 0)."""

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Hook: an epoch has ended; logs hold its losses and metrics, with val_ before those of validation."""

    def on_train_batch_begin(self, batch, logs=None) -> None:
        """Hook: a batch begins (counted from 0)."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch, logs=None) -> None:
        """Hook: a batch has ended; logs hold the epoch's losses and metrics so far."""
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch, logs=None) -> None:
        """Hook: the older name of `on_train_batch_begin`."""

    def on_batch_end(self, batch, logs=None) -> None:
        """Hook: the older name of `on_train_batch_end`."""

    def on_test_begin(self, logs=None) -> None:
        """Hook: `evaluate` begins."""

    def on_test_end(self, logs=None) -> None:
        """Hook: `evaluate` has ended."""

    def on_test_batch_begin(self, batch, logs=None) -> None:
        """Hook: a batch of `evaluate` begins."""

    def on_test_batch_end(self, batch, logs=None) -> None:
        """Hook: a batch of `evaluate` has ended."""

    def on_predict_begin(self, logs=None) -> None:
        """Hook: `predict` begins."""

    def on_predict_end(self, logs=None) -> None:
        """Hook: `predict` has ended."""


class CallbackList:
    """Calls each hook of several callbacks, in order.

    Parameters
    ----------
    callbacks : list of Callback
    model : Model
    params : dict

    Raises
    ------
    ArgumentError
        If something in the list is no callback.
    """

    def __init__(self, callbacks, model=None, params=None):
        self.callbacks = list(callbacks)
        for callback in self.callbacks:
            if isinstance(callback, type) and issubclass(callback, Callback):
                raise ArgumentError(f"callbacks takes objects, not classes: write {callback.__name__}(…).")
            if not isinstance(callback, Callback):
                raise ArgumentError(f"callbacks is a list of chainrule.callbacks.Callback; received {callback!r}.")
        self.callbacks.sort(key=lambda callback: callback.comes_last)
        for callback in self.callbacks:
            # Attributes are set here too, so that a subclass that forgot super().__init__() works all the same.
            callback.callback_list = self
            callback.set_params(params or {})
            callback.set_model(model)

    @property
    def needs_batches(self) -> bool:
        """True if any callback looks at single batches."""
        return any(callback.watches_batches for callback in self.callbacks)

    def __iter__(self):
        return iter(self.callbacks)

    def __getattr__(self, name: str):
        if not name.startswith("on_"):
            raise AttributeError(name)

        def call(*arguments):
            for callback in self.callbacks:
                getattr(callback, name)(*arguments)

        return call


class History(Callback):
    """What happened, epoch by epoch; `fit` returns it.

    Attributes
    ----------
    history : dict of str to list
        "loss", the metrics, and the same with val_ before them: one number an epoch.
    epoch : list of int
        The epochs, counted from 0.
    stopped : str or None
        Why training ended before its last epoch.
    interrupted : bool
        True if that was Ctrl-C.
    """

    def __init__(self):
        super().__init__()
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []
        self.stopped: str | None = None
        self.interrupted = False

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Append the epoch's numbers."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)

    def get_state(self) -> dict[str, Any]:
        """Return the record so far."""
        return {"history": {name: list(values) for name, values in self.history.items()}, "epoch": list(self.epoch)}

    def set_state(self, state) -> None:
        """Go on from a record."""
        self.history, self.epoch = {name: list(values) for name, values in state["history"].items()}, list(state["epoch"])

    def __repr__(self) -> str:
        last = ", ".join(f"{name} {values[-1]:.4g}" for name, values in self.history.items() if _is_number(values[-1]))
        stopped = f"; {self.stopped}" if self.stopped else ""
        return f"<History: {len(self.epoch)} epochs{': ' + last if last else ''}{stopped}>"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) or getattr(value, "ndim", 1) == 0


class LambdaCallback(Callback):
    """A callback made of functions: `LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch))`.

    Parameters
    ----------
    **hooks : callable
        By the hooks' names.

    Raises
    ------
    ArgumentError
        If there is no such hook, or its value can't be called.
    """

    def __init__(self, **hooks):
        super().__init__()
        known = [name for name in dir(Callback) if name.startswith("on_")]
        for name, function in hooks.items():
            if name not in known:
                raise unknown_name("hook", name, known)
            if function is None:
                continue
            if not callable(function):
                raise ArgumentError(f"LambdaCallback({name}=…) takes a function; received {function!r}.")
            setattr(self, name, function)
