"""What is installed: versions, the native core, the engine, the extras."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
from collections.abc import Callable
from typing import Any

from chainrule._version import __version__
from chainrule.engines import core
from chainrule.errors import ChainruleError

_NAME = re.compile(r"^[\w.-]+")
#: Extras for those who work on chainrule itself, and the one that only gathers others.
NOT_FOR_USERS = ("test", "docs", "bench", "dev", "all")
COMPUTES_WITH = {"reference": "NumPy", "native": "C++"}
PACKAGES = ("numpy", "narwhals", "rich")


def installation() -> dict[str, Any]:
    """Return versions, the native core, the engine, and for each extra whether it is there and what it brings."""
    return {
        "chainrule": __version__,
        "python": platform.python_version(),
        **{name: version(name) or "not installed" for name in PACKAGES},
        "system": f"{platform.system()} {platform.machine()}",
        "core": _told(_core),
        "threads": _told(_threads),
        "engine": _told(_engine),
        "extras": [_extra(name, packages) for name, packages in sorted(extras().items())],
    }


def _told(look: Callable[[], str]) -> str:
    """Return what a look finds; a setting that can't be used is what was looked for, so its sentence is an answer."""
    try:
        return look()
    except ChainruleError as error:
        return str(error)


def _core() -> str:
    isa = core.describe()
    if isa is None:
        return str(core.why_missing())
    forced = f", as {core.FORCED} says" if os.environ.get(core.FORCED) else ""
    return f"{isa}{forced} (available: {', '.join(core.available())})"


def _threads() -> str:
    count, cores = core.thread_count(), core.core_count()
    why = f"{core.THREADS} says so" if os.environ.get(core.THREADS) else f"{core.THREADS} sets another number"
    return f"{count}, of {cores} core{'s' * (cores != 1)} that this process may use ({why})"


def _engine() -> str:
    from chainrule.engines.choice import ASKED, requested

    asked = requested("auto")
    if asked != "auto":
        return f"{asked} ({COMPUTES_WITH[asked]}), as {ASKED} says"
    if core.load() is None:
        return f"reference ({COMPUTES_WITH['reference']}), since there is no native core"
    return f"native ({COMPUTES_WITH['native']}), and reference where a layer has no kernel"


def version(package: str) -> str | None:
    """Return the version of an installed package, or None.

    Examples
    --------
    >>> version("no-such-package") is None
    True
    """
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def extras() -> dict[str, list[str]]:
    """Return the packages that each extra of chainrule brings; none where chainrule is found but not installed."""
    try:
        required = importlib.metadata.requires("chainrule") or []
    except importlib.metadata.PackageNotFoundError:
        return {}
    found: dict[str, list[str]] = {}
    for line in required:
        extra = re.search(r"extra\s*==\s*['\"]([\w-]+)['\"]", line)
        name = _NAME.match(line)
        if extra and name and extra[1] not in NOT_FOR_USERS and name[0] != "chainrule":
            found.setdefault(extra[1], []).append(name[0])
    return found


def _extra(name: str, packages: list[str]) -> dict[str, str]:
    there = all(version(package) for package in packages)
    brings = ", ".join(f"{package} {version(package) or '(missing)'}" for package in packages)
    state = "installed" if there else f'pip install "chainrule[{name}]"'
    return {"extra": name, "state": state, "packages": brings}
