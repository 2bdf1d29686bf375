"""A check at the door of what is done with a run."""

from __future__ import annotations

from typing import Any

from chainrule.errors import ArgumentError
from chainrule.runs.reader import Run


def check_run(function: str, given: Any) -> None:
    """Refuse what is no run.

    Raises
    ------
    ArgumentError
        With what to write instead.
    """
    if not isinstance(given, Run):
        raise ArgumentError(f"{function} takes runs, from Run(path), list_runs() or find('last'); received {given!r}.")
