"""Figures of a recorded run, straight into a file: functions that a durable task queue can name.

    queue.add_task(plots.write_history, "runs/20260102-0304-mine-a1b2.run.db", "loss.html")

Their arguments are plain, so a task outlives the program that added it; `chainrule worker tasks.db --allow
chainrule.plots` runs it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from chainrule.plots.gradient_flow import gradient_flow
from chainrule.plots.history import history
from chainrule.plots.page import write
from chainrule.plots.update_ratios import update_ratios
from chainrule.plots.weights import weights


def write_history(run_path: str | list[str], out: str, dark: bool = False) -> str:
    """Write the curves of a run, or of several, to an HTML file, and return its path.

    Parameters
    ----------
    run_path : str or list of str
        Files of `chainrule.runs`.
    out : str
        Ends in .html.
    dark : bool, default False

    Raises
    ------
    RunFileError
        If a file is no run that can be read.
    ArgumentError
        If the run holds no epoch yet.

    Examples
    --------
    >>> write_history("no.run.db", "loss.html")
    Traceback (most recent call last):
        ...
    chainrule.errors.RunFileError: ...
    """
    from chainrule.runs import Run

    paths = [run_path] if isinstance(run_path, (str, os.PathLike)) else run_path
    return str(write(history(*(Run(path) for path in paths), dark=dark), out))


def write_weights(run_path: str, out: str, dark: bool = False) -> str:
    """Write the weights of a run's last snapshot to an HTML file, and return its path."""
    return _write(weights, run_path, out, dark)


def write_gradient_flow(run_path: str, out: str, dark: bool = False) -> str:
    """Write the gradients of a run's snapshots to an HTML file, and return its path."""
    return _write(gradient_flow, run_path, out, dark)


def write_update_ratios(run_path: str, out: str, dark: bool = False) -> str:
    """Write the update ratios of a run's snapshots to an HTML file, and return its path."""
    return _write(update_ratios, run_path, out, dark)


def _write(draw: Callable[..., Any], run_path: str, out: str, dark: bool) -> str:
    from chainrule.runs import Run

    return str(write(draw(Run(run_path), dark=dark), out))
