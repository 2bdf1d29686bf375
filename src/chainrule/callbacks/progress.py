"""How far training has come: a live line in a terminal, plain lines everywhere else."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import Any

from chainrule.callbacks.base import Callback

#: Seconds between two pictures of the live line, and between two plain lines of a fit with many epochs.
LIVE_INTERVAL, PLAIN_INTERVAL = 0.1, 2.0
#: Up to so many epochs each gets its plain line.
ALL_EPOCHS = 50


class ProgressBar(Callback):
    """Show the epoch, the losses and the metrics.

    In a terminal, `verbose=1` keeps one live line. Elsewhere, and with `verbose=2`, each epoch is a plain line without control
    characters; where there are more than 50 epochs, at most one line in two seconds, the first and the last always among them.

    Parameters
    ----------
    verbose : {"auto", 0, 1, 2}, default "auto"
        "auto" is 1.
    clock : callable, default time.monotonic
        Where the time comes from.
    """

    def __init__(self, verbose: Any = "auto", clock: Callable[[], float] = time.monotonic):
        super().__init__()
        self.verbose = 1 if verbose == "auto" else int(verbose)
        self.clock = clock
        self._live: Any = None
        self._last_plain = self._last_live = float("-inf")
        self._waiting: str | None = None

    def on_train_begin(self, logs=None) -> None:
        """Choose the form."""
        self._begin = self._epoch_begin = self.clock()
        self._last_plain, self._waiting = float("-inf"), None
        self.epochs, self.steps, self._epoch, self._batch = self.params.get("epochs"), self.params.get("steps"), 0, 0
        if self.verbose == 1 and sys.stdout.isatty():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(file=sys.stdout), refresh_per_second=1 / LIVE_INTERVAL, auto_refresh=False)
            self._live.start()

    def on_epoch_begin(self, epoch, logs=None) -> None:
        """Remember when the epoch began."""
        self._epoch, self._batch, self._epoch_begin = epoch, 0, self.clock()

    def on_epoch_end(self, epoch, logs=None) -> None:
        """Show the epoch."""
        now = self.clock()
        line = self._line(epoch, logs or {}, now)
        logging.getLogger("chainrule").debug(line)
        if self._live is not None:
            if now - self._last_live >= LIVE_INTERVAL or epoch + 1 == self.epochs:
                self._last_live = now
                self._live.update(self._shown(line, now), refresh=True)
            self._waiting = line
        elif self.verbose:
            due = (self.epochs or 0) <= ALL_EPOCHS or now - self._last_plain >= PLAIN_INTERVAL or epoch + 1 == self.epochs
            self._waiting = None if due else line
            if due:
                self._last_plain = now
                print(line, flush=True)

    def on_train_end(self, logs=None) -> None:
        """Leave the last epoch's line."""
        if self._live is not None:
            self._live.update(self._waiting or "", refresh=True)
            self._live.stop()
            self._live = None
        elif self._waiting is not None:
            print(self._waiting, flush=True)
        self._waiting = None
        stopped = getattr(getattr(self.model, "history", None), "stopped", None)
        if stopped and self.verbose:
            print(stopped, flush=True)

    def _line(self, epoch: int, logs, now: float) -> str:
        width = len(str(self.epochs))
        numbers = "  ".join(f"{name} {_short(value)}" for name, value in logs.items() if _is_scalar(value))
        return f"epoch {epoch + 1:>{width}}/{self.epochs}  {numbers}  {now - self._epoch_begin:.2f} s"

    def _shown(self, line: str, now: float) -> str:
        """Return the live line: the epoch's numbers under a bar of the epochs done."""
        done = (self._epoch + 1) / max(self.epochs or 1, 1)
        left = (now - self._begin) / done * (1 - done)
        filled = round(30 * done)
        return f"{'━' * filled}{'╌' * (30 - filled)} {done:4.0%}  {left:.0f} s left\n{line}"


def _is_scalar(value) -> bool:
    return isinstance(value, (int, float)) or getattr(value, "ndim", 1) == 0


def _short(value) -> str:
    """Return a number in about six characters."""
    value = float(value)
    return f"{value:.4f}" if 1e-3 <= abs(value) < 1e4 or value == 0 else f"{value:.2e}"
