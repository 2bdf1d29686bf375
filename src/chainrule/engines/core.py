"""Finds the native core: `chainrule._native_<isa>`, compiled once for each instruction set; none where it wasn't built.

Nothing is imported before it is asked for, and then the best module that this processor can run. `CHAINRULE_ISA` forces
a lower one.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
from types import ModuleType

from chainrule.errors import ArgumentError, NotReadyError, unknown_name

#: The instruction sets that the core is compiled for, from the least to the best. On other processors than x86-64 the
#: baseline has that processor's own vectors, and there is no other.
INSTRUCTION_SETS = ("baseline", "avx2", "avx512")
FORCED, THREADS = "CHAINRULE_ISA", "CHAINRULE_NUM_THREADS"
#: The core starts no more than that, whatever is asked for.
MOST_THREADS = 1024
REINSTALL = "pip install --force-reinstall --no-cache-dir --no-deps"


def load() -> ModuleType | None:
    """Return the best module that this processor can run, or the one that `CHAINRULE_ISA` names; None without a core.

    Raises
    ------
    ArgumentError
        If `CHAINRULE_ISA` names no instruction set.
    NotReadyError
        If this processor can't run that instruction set, or the core was built without it.
    """
    forced = os.environ.get(FORCED)
    if forced and forced not in INSTRUCTION_SETS:
        raise unknown_name(FORCED, forced, INSTRUCTION_SETS)
    usable = available()
    if not usable:
        return None
    if forced and forced not in usable:
        raise NotReadyError(
            f"{FORCED}={forced} can't be run here: take one of {', '.join(usable)}, or unset it for the best."
        )
    return _imported(forced or usable[-1])[0]


def available() -> list[str]:
    """Return the instruction sets that were built and that this processor can run, from the least to the best."""
    baseline, _ = _imported("baseline")
    if baseline is None:
        return []
    return [name for name in baseline.supported() if _is_built(name)]


def describe() -> str | None:
    """Return the name of the instruction set that `load` takes; None without a core."""
    module = load()
    return None if module is None else module.isa


def why_missing() -> str | None:
    """Return in a sentence why there is no core and how to get one; None where it is there."""
    if load() is not None:
        return None
    broken = [error for _, error in map(_imported, INSTRUCTION_SETS) if error]
    if broken:
        return f"The native core is installed but can't be loaded ({broken[0]}): {REINSTALL} chainrule builds it anew."
    return (
        "The native core was not built when chainrule was installed: it needs a C++20 compiler (g++ or clang++) and "
        f"Python.h (Debian: python3-dev), then {REINSTALL} with what chainrule was installed from."
    )


def thread_count() -> int:
    """Return how many threads the core may use: `CHAINRULE_NUM_THREADS`, else the cores this process may use.

    Raises
    ------
    ArgumentError
        If `CHAINRULE_NUM_THREADS` is not a whole number of at least 1.
    """
    given = os.environ.get(THREADS)
    if not given:
        return core_count()
    digits = given.lstrip("0")
    if not (given.isascii() and given.isdigit() and digits):
        raise ArgumentError(f"{THREADS} must be a whole number of at least 1, not {given!r}.")
    return MOST_THREADS if len(digits) > len(str(MOST_THREADS)) else min(int(digits), MOST_THREADS)


def core_count() -> int:
    """Return how many of the machine's cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _module_name(name: str) -> str:
    return f"chainrule._native_{name}"


def _is_built(name: str) -> bool:
    return importlib.util.find_spec(_module_name(name)) is not None


@functools.cache
def _imported(name: str) -> tuple[ModuleType | None, str]:
    """Return the module of an instruction set and "", or None and what went wrong; "" again where it was not built."""
    if not _is_built(name):
        return None, ""
    try:
        module = importlib.import_module(_module_name(name))
    except ImportError as error:
        return None, str(error)
    if os.environ.get(THREADS):
        module.set_max_threads(thread_count())
    return module, ""
