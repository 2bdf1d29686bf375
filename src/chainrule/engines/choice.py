"""Which engine computes, and why."""

from __future__ import annotations

import os
from dataclasses import dataclass
from types import ModuleType

import numpy as np

from chainrule.engines import core as native_core
from chainrule.engines.lowering import why_not
from chainrule.errors import NotReadyError, unknown_name

ENGINES = ("auto", "native", "reference")
ASKED = "CHAINRULE_ENGINE"


@dataclass(frozen=True)
class Choice:
    """An engine, and the reason for it in words.

    Attributes
    ----------
    name : str
        "native" or "reference".
    reason : str
        Why it is the reference engine; empty for the native one.
    core : module or None
        The native core, where it is chosen.
    """

    name: str
    reason: str = ""
    core: ModuleType | None = None

    def __str__(self) -> str:
        if self.core is not None:
            threads = native_core.thread_count()
            return f"native ({self.core.isa}, up to {threads} thread{'s' if threads > 1 else ''})"
        return "reference (NumPy)" + (f": {self.reason}" if self.reason else "")


def requested(engine: str | None) -> str:
    """Return "auto", "native" or "reference"; `CHAINRULE_ENGINE` decides where the argument is "auto".

    Raises
    ------
    ArgumentError
        If there is no such engine.
    """
    asked = engine or "auto"
    if asked == "auto":
        asked = os.environ.get(ASKED) or "auto"
    if asked not in ENGINES:
        raise unknown_name("engine", asked, ENGINES)
    return asked


def choose(model, program, engine: str | None = "auto", also: str | None = None) -> Choice:
    """Return the engine for a model's program.

    Parameters
    ----------
    model : Model
    program : Program
    engine : str
        What `compile` was given.
    also : str, optional
        Another reason against the native engine.

    Raises
    ------
    NotReadyError
        If "native" was asked for and can't be had.
    """
    asked = requested(engine)
    if asked == "reference":
        return Choice("reference", "as asked")
    core = native_core.load()
    if core is None:
        obstacle = "the native core is not installed"
    else:
        obstacle = why_not(core, program, whole_inputs(model)) or also
    if obstacle is None:
        return Choice("native", core=core)
    if asked == "native":
        mend = (
            native_core.why_missing() if core is None else "Take engine='auto', which uses the reference engine here."
        )
        raise NotReadyError(f"engine='native' can't run {model.name!r}: {obstacle}. {mend}")
    return Choice("reference", obstacle)


def whole_inputs(model) -> list[bool]:
    """Return for each input whether it holds whole numbers."""
    return [value.dtype is not None and np.dtype(value.dtype).kind in "iu" for value in model.inputs]
