"""Ctrl-C during training: the first ends training after the batch in hand, the second at once."""

from __future__ import annotations

import contextlib
import signal
import threading


@contextlib.contextmanager
def finish_batch_on_interrupt(model):
    """Let Ctrl-C end training after the batch, so that `fit` returns its History and the weights are whole."""
    # Only the main thread may set handlers; and a program's own handler is left alone.
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield
        return

    interrupted = False

    def on_interrupt(number, frame):
        nonlocal interrupted
        if interrupted:
            raise KeyboardInterrupt
        interrupted = model.history.interrupted = True
        model.stop("Stopped by Ctrl-C; the weights are those of the last whole batch.")

    signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
