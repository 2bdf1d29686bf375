"""The number format of new models: float32 unless you say otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, nearest

#: What a model can be made of. Half precision would need loss scaling, which hides what a gradient is.
FORMATS = ("float32", "float64")

_current = {"name": "float32"}


def floatx() -> str:
    """Return the number format of new models: "float32" or "float64".

    Examples
    --------
    >>> floatx()
    'float32'
    """
    return _current["name"]


def set_floatx(name: Any) -> None:
    """Choose the number format of the models made from here on.

    Use float64 to compare with numbers worked by hand or to check gradients to ten digits; float32 takes half the
    memory.

    Parameters
    ----------
    name : str or type
        "float32" or "float64", also as a NumPy type.

    Raises
    ------
    ArgumentError
        If it is another format.

    Examples
    --------
    >>> set_floatx("float64")
    >>> floatx()
    'float64'
    >>> set_floatx("float32")
    """
    _current["name"] = check_floatx(name)


def check_floatx(name: Any) -> str:
    """Return "float32" or "float64" for a name or a NumPy type, or refuse it with a sentence."""
    given = name if isinstance(name, str) else getattr(name, "__name__", None) or _dtype_name(name)
    if given not in FORMATS:
        raise ArgumentError(
            f"A model's numbers are 'float32' or 'float64'; received {name!r}.{nearest(given, FORMATS)}"
        )
    return given


def _dtype_name(name: Any) -> str:
    return name.name if isinstance(name, np.dtype) else repr(name)
