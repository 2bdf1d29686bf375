"""How far training has come: a live line in a terminal, plain lines everywhere else."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from chainrule.callbacks.base import Callback
from chainrule.callbacks.live_line import LiveLine, columns, in_terminal
from chainrule.callbacks.progress_text import BETWEEN, duration, fitted, numbers, place
from chainrule.errors import ArgumentError

#: Seconds between two drawings of the live line, and between two plain lines of a fit with many epochs.
LIVE_INTERVAL, PLAIN_INTERVAL = 0.1, 2.0
#: Up to so many epochs each gets its plain line.
ALL_EPOCHS = 50
#: Epochs that take longer than this many seconds are shown batch by batch.
SLOW_EPOCH = 0.5


class ProgressBar(Callback):
    """Show the epoch, the losses and the metrics. `fit` adds one by itself, unless `verbose=0`.

    In a terminal, `verbose=1` is one live line with a bar and the time that is left. Elsewhere (a file, a pipe, a
    notebook), and with `verbose=2`, each epoch is a plain line without control characters, such as

        epoch  12/150  loss 0.4821 (val 0.5012)  accuracy 0.7760 (val 0.7532)  0.02 s

    where the numbers of validation stand beside those of training. Of more than 50 epochs there is at most a line every
    two seconds; the first and the last are always there. With `logging.getLogger("chainrule")` at DEBUG every epoch is
    logged too, also where nothing is shown.

    Parameters
    ----------
    verbose : {"auto", 0, 1, 2}, default "auto"
        0 shows nothing; "auto" is 1.
    clock : callable, default time.monotonic
        Returns the seconds; tests pass their own.

    Raises
    ------
    ArgumentError
        If `verbose` is none of these.

    Examples
    --------
    >>> from chainrule.callbacks import CallbackList
    >>> bar = ProgressBar(verbose=2, clock=lambda: 0.0)
    >>> bars = CallbackList([bar], params={"epochs": 2})
    >>> bars.on_train_begin({})
    >>> bars.on_epoch_end(0, {"loss": 0.25})
    epoch 1/2  loss 0.2500  0.00 s
    """

    some_batches_will_do = True

    def __init__(self, verbose: Any = "auto", clock: Callable[[], float] = time.monotonic):
        if not isinstance(verbose, (str, int)) or verbose not in ("auto", 0, 1, 2):
            raise ArgumentError(
                f"ProgressBar's verbose is 0 (silent), 1, 2 (one line an epoch) or 'auto'; received {verbose!r}."
            )
        self.verbose, self.clock = verbose, clock
        self._live: LiveLine | None = None
        self._slow = True

    @property
    def watches_batches(self) -> bool:
        """True while a live line shows an epoch that takes long enough to be watched."""
        return type(self) is not ProgressBar or (self._live is not None and self._slow)

    def on_train_begin(self, logs=None) -> None:
        """Choose the form."""
        params = self.params or {}
        self._epochs, self._steps = params.get("epochs"), params.get("steps")
        self._first: int | None = None
        self._epoch, self._slow = 0, True
        self._began = self._epoch_began = self.clock()
        self._last_shown = float("-inf")
        self._waiting: list[str] | None = None
        self._live = LiveLine() if self.verbose in ("auto", 1) and in_terminal() else None
        if self._live is not None and self.callback_list is not None:
            self.callback_list.make_room = self._live.clear

    def on_epoch_begin(self, epoch, logs=None) -> None:
        """Remember when the epoch began."""
        self._epoch, self._epoch_began = epoch, self.clock()
        if self._first is None:
            self._first = epoch

    def on_train_batch_end(self, batch, logs=None) -> None:
        """Draw the live line, ten times a second."""
        if self._live is None or self.clock() - self._last_shown < LIVE_INTERVAL:
            return
        part = (batch + 1) / self._steps if self._steps else 0.0
        of = f"/{self._steps}" if self._steps else ""
        self._draw(self._epoch, part, [f"batch {batch + 1}{of}", *numbers(logs or {})])

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Show the epoch, unless one was shown just now."""
        import logging

        now = self.clock()
        shown = numbers(logs or {})
        line = [f"epoch {place(epoch, self._epochs)}", *shown, duration(now - self._epoch_began)]
        logging.getLogger("chainrule").debug("%s", BETWEEN.join(line))
        self._slow = now - self._epoch_began > SLOW_EPOCH
        self._epoch_began = now
        if not self.verbose:
            return
        self._waiting = line
        if self._live is not None:
            if now - self._last_shown >= LIVE_INTERVAL:
                self._draw(epoch, 1.0, shown)
        elif self._is_due(epoch, now):
            self._last_shown = now
            self._print_waiting()

    def on_train_end(self, logs=None) -> None:
        """Leave the last epoch's line, and the reason of an early end."""
        if self._waiting is not None:
            self._print_waiting()
        self._clear()
        self._live = None
        stopped = getattr(getattr(self.model, "history", None), "stopped", None)
        if stopped and self.verbose:
            print(stopped, flush=True)

    def _is_due(self, epoch: int, now: float) -> bool:
        few = self._epochs is not None and self._epochs <= ALL_EPOCHS
        return few or epoch + 1 == self._epochs or now - self._last_shown >= PLAIN_INTERVAL

    def _print_waiting(self) -> None:
        self._clear()
        print(fitted(self._waiting or [""], columns()), flush=True)
        self._waiting = None

    def _clear(self) -> None:
        if self._live is not None:
            self._live.clear()

    def _draw(self, epoch: int, part: float, shown: list[str]) -> None:
        """Draw the live line in the given part of an epoch."""
        now = self.clock()
        self._last_shown = now
        done = epoch + part
        since = done - (epoch if self._first is None else self._first)
        left = []
        if self._epochs and since > 0:
            left = [f"{duration((now - self._began) * (self._epochs - done) / since)} left"]
        if self._live is not None:
            head = f"epoch {place(epoch, self._epochs)}"
            self._live.draw(done / self._epochs if self._epochs else 0.0, BETWEEN.join([head, *left, *shown]))
