"""Warnings that point at the user's own line, not at one of ours."""

from __future__ import annotations

import os
import sys
import warnings

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def warn_user(sentence: str, kind: type[Warning] = UserWarning) -> None:
    """Warn with the line of the first caller outside this package."""
    level, frame = 1, sys._getframe()
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    warnings.warn(sentence, kind, stacklevel=level)
