"""Models without numbers: a file's shapes can be looked at before any memory is taken."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

_deferred = ContextVar("deferred initialisation", default=False)


@contextlib.contextmanager
def deferred_initialisation() -> Iterator[None]:
    """Leave the weights of the models made within this block without numbers."""
    token = _deferred.set(True)
    try:
        yield
    finally:
        _deferred.reset(token)


def initialisation_is_deferred() -> bool:
    """Return whether a model in the making leaves its weights without numbers."""
    return _deferred.get()
