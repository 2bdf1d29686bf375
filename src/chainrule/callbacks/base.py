"""What a callback is, and the list that calls them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from chainrule.errors import ArgumentError

#: Hooks of single training batches.
BATCH_HOOKS = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")

TEST_BATCH_HOOKS = ("on_test_batch_begin", "on_test_batch_end")


class Callback:
    """Base of callbacks: define the hooks you need; each is called with what is known at that moment.

    While `fit` runs, `self.model` is the model, `self.params` a dict with `epochs`, `steps` (batches an epoch, or
    None), `verbose` and `metrics`, and `self.callback_list` the list of all callbacks. Set
    `self.model.stop_training = True`, or call `self.model.stop("reason")`, to end training after the batch in hand.
    `logs` is one dict for all callbacks: what one adds to it, those after it and the History see.

    Examples
    --------
    >>> class Shout(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(f"epoch {epoch} is done")
    >>> CallbackList([Shout()]).on_epoch_end(0, {})
    epoch 0 is done
    """

    # On the class, so that a subclass that forgot super().__init__() works all the same.
    model: Any = None
    params: dict[str, Any] | None = None
    callback_list: CallbackList | None = None

    #: True where being called after some of the batches will do, such as for a progress line.
    some_batches_will_do = False
    #: True puts a callback behind all others, so that it sees what they have done.
    comes_last = False
    #: While training: takes each step's loss from the loop (`callbacks.steps.Steps`). An engine runs as many batches at
    #: a time as it would without.
    step_recorder: Any = None

    @property
    def watches_batches(self) -> bool:
        """True if the callback looks at single batches; if none does, an engine may run many at a time."""
        return any(
            hook in vars(self) or getattr(type(self), hook) is not getattr(Callback, hook) for hook in BATCH_HOOKS
        )

    @property
    def watches_test_batches(self) -> bool:
        """True if the callback looks at single batches of an evaluation."""
        return any(
            hook in vars(self) or getattr(type(self), hook) is not getattr(Callback, hook) for hook in TEST_BATCH_HOOKS
        )

    def set_model(self, model) -> None:
        """Keep the model; called before training."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Keep the parameters of the fit; called before training."""
        self.params = params

    def get_state(self) -> dict[str, Any]:
        """Return what a resumed run needs: JSON's values and arrays under names."""
        return {}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from what `get_state` returned; called after every `on_train_begin`."""

    def say(self, text: str) -> None:
        """Print a line, in place of the live progress line if there is one."""
        if self.callback_list is not None:
            self.callback_list.make_room()
        print(text, flush=True)

    def on_train_begin(self, logs=None) -> None:
        """Be called when training begins."""

    def on_train_end(self, logs=None) -> None:
        """Be called when training has ended; logs are the last epoch's."""

    def on_epoch_begin(self, epoch, logs=None) -> None:
        """Be called when an epoch begins (counted from 0)."""

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Be called after an epoch; logs hold its losses and metrics, with `val_` before those of validation."""

    def on_train_batch_begin(self, batch, logs=None) -> None:
        """Be called before a batch (counted from 0)."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch, logs=None) -> None:
        """Be called after a batch; logs hold the epoch's losses and metrics so far."""
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch, logs=None) -> None:
        """Be called before a batch: the older name of `on_train_batch_begin`."""

    def on_batch_end(self, batch, logs=None) -> None:
        """Be called after a batch: the older name of `on_train_batch_end`."""

    def on_test_begin(self, logs=None) -> None:
        """Be called when `evaluate`, or the validation of an epoch, begins."""

    def on_test_end(self, logs=None) -> None:
        """Be called when it has ended; logs hold its losses and metrics."""

    def on_test_batch_begin(self, batch, logs=None) -> None:
        """Be called before each of its batches."""

    def on_test_batch_end(self, batch, logs=None) -> None:
        """Be called after each of its batches."""

    def on_predict_begin(self, logs=None) -> None:
        """Be called when `predict` begins."""

    def on_predict_end(self, logs=None) -> None:
        """Be called when `predict` has ended."""


#: Every hook that `CallbackList` passes on.
HOOKS = tuple(name for name in vars(Callback) if name.startswith("on_"))


class CallbackList:
    """Calls each hook of several callbacks, in order: `callbacks.on_epoch_end(epoch, logs)`.

    Parameters
    ----------
    callbacks : list of Callback
        In the order in which they are called; those with `comes_last` go to the end.
    model : Model, optional
    params : dict, optional
        `epochs`, `steps`, `verbose`, `metrics`; where there is validation, `validation_freq` too.

    Raises
    ------
    ArgumentError
        If something in the list is no callback.
    """

    def __init__(self, callbacks, model: Any = None, params: dict[str, Any] | None = None):
        self.callbacks: list[Callback] = sorted(map(_checked, callbacks), key=lambda callback: callback.comes_last)
        #: Clears the live progress line, before something else is printed.
        self.make_room: Callable[[], None] = _nothing
        for callback in self.callbacks:
            callback.callback_list = self
            callback.set_params(params or {})
            callback.set_model(model)

    @property
    def needs_batches(self) -> bool:
        """True if any callback looks at single batches; it may change from one epoch to the next."""
        return any(callback.watches_batches for callback in self.callbacks)

    @property
    def needs_every_batch(self) -> bool:
        """True if any callback looks at single batches and must not miss one."""
        return any(callback.watches_batches and not callback.some_batches_will_do for callback in self.callbacks)

    @property
    def needs_test_batches(self) -> bool:
        """True if any callback looks at the single batches of an evaluation."""
        return any(callback.watches_test_batches for callback in self.callbacks)

    @property
    def step_recorder(self) -> Any:
        """What takes each step's loss, or None."""
        recorders = (callback.step_recorder for callback in self.callbacks)
        return next((recorder for recorder in recorders if recorder is not None), None)

    def __iter__(self) -> Iterator[Callback]:
        return iter(self.callbacks)

    def __getattr__(self, name: str):
        if name not in HOOKS:
            raise AttributeError(f"CallbackList has no attribute {name!r}")

        def call(*arguments):
            for callback in self.callbacks:
                getattr(callback, name)(*arguments)

        return call


def _nothing() -> None:
    """Make room where there is no live line."""


def _checked(given: Any) -> Callback:
    if isinstance(given, type) and issubclass(given, Callback):
        raise ArgumentError(f"callbacks takes objects, not classes: write {given.__name__}(…).")
    if not isinstance(given, Callback):
        raise ArgumentError(
            f"callbacks is a list of chainrule.callbacks.Callback; received {given!r}: derive your class from it, or "
            "wrap functions in LambdaCallback(on_epoch_end=…)."
        )
    return given
