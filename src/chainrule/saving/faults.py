"""What is wrong, and with which file: one sentence out of two halves."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from chainrule.errors import ModelFileError


class Fault(ModelFileError):
    """Half a sentence that says what is wrong; `explained` puts before it what it is about."""


@contextlib.contextmanager
def explained(about: str) -> Iterator[None]:
    """Turn a `Fault` into a `ModelFileError` of one whole sentence.

    Examples
    --------
    >>> with explained("The model file 'm.safetensors' can't be read"):
    ...     raise Fault("it is empty")
    Traceback (most recent call last):
    chainrule.errors.ModelFileError: The model file 'm.safetensors' can't be read: it is empty.
    """
    try:
        yield
    except Fault as fault:
        raise ModelFileError(f"{about}: {str(fault).rstrip('.')}.") from None


def explained_loading(path) -> contextlib.AbstractContextManager[None]:
    """Say of which file it is that can't be read."""
    return explained(f"The model file {str(path)!r} can't be read")


def explained_saving(path) -> contextlib.AbstractContextManager[None]:
    """Say what could not be saved, and that nothing was written."""
    return explained(f"Can't save to {str(path)!r}, so nothing was written")
