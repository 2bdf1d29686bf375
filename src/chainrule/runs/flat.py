"""Settings in settings, as names with dots: what can be held side by side, and shown in a line."""

from __future__ import annotations

from typing import Any


def flat(value: Any, name: str = "") -> dict[str, Any]:
    """Return each single value of nested settings under the path that leads to it.

    A list of single values stays whole: `[12, 8]` are the units of two layers, not two settings.

    Examples
    --------
    >>> flat({"fit": {"epochs": 5}, "layers": [{"units": 12}, {"units": 1}], "shape": [28, 28]})
    {'fit.epochs': 5, 'layers[0].units': 12, 'layers[1].units': 1, 'shape': [28, 28]}
    """
    if isinstance(value, dict) and value:
        parts = [(f"{name}.{key}" if name else str(key), part) for key, part in value.items()]
    elif isinstance(value, (list, tuple)) and any(isinstance(part, (dict, list, tuple)) for part in value):
        parts = [(f"{name}[{number}]", part) for number, part in enumerate(value)]
    else:
        return {name: list(value) if isinstance(value, tuple) else value} if name or value else {}
    return {path: single for inner, part in parts for path, single in flat(part, inner).items()}
