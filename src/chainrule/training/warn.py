"""Warnings that point at the user's own line, not at one of ours."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

_PACKAGE = str(Path(__file__).resolve().parents[1])


def warn_user(sentence: str, kind: type[Warning] = UserWarning) -> None:
    """Warn with the line of the first caller outside this package."""
    level, frame = 1, sys._getframe()
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    warnings.warn(sentence, kind, stacklevel=level)
