"""The machine and the versions, in words: they stand above the table."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

SHOWN = ("chainrule", "numpy", "torch", "jax", "keras", "tensorflow-cpu", "tensorflow", "scikit-learn")


def processor() -> str:
    """Return the processor's name."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        facts = dict(line.split(":", 1) for line in info.read_text().splitlines() if ":" in line)
        facts = {name.strip(): value.strip() for name, value in facts.items()}
        if "model name" in facts:
            return f"{facts['model name']} (family {facts.get('cpu family')}, model {facts.get('model')})"
    return platform.processor() or platform.machine()


def instructions() -> str:
    """Return the widest vector instructions, where the system says."""
    info = Path("/proc/cpuinfo")
    flags = info.read_text().split() if info.is_file() else []
    return next((name for flag, name in (("avx512f", "AVX-512"), ("avx2", "AVX2")) if flag in flags), "")


def versions() -> dict[str, str]:
    """Return the installed versions."""
    found = {"python": platform.python_version()}
    for name in SHOWN:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def describe() -> dict:
    """Return what a reader has to know of the machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": processor(),
        "instructions": instructions(),
        "cores": cores,
        "system": f"{platform.system()} {platform.machine()}",
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "versions": versions(),
    }
