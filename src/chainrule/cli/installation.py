"""What is installed: versions, the engine, the extras."""

from __future__ import annotations

import importlib.metadata
import platform
import re
from typing import Any

from chainrule._version import __version__

_NAME = re.compile(r"^[\w.-]+")
#: Extras for those who work on chainrule itself, and the one that only gathers others.
NOT_FOR_USERS = ("test", "docs", "bench", "dev", "all")
PACKAGES = ("numpy", "narwhals", "rich")


def installation() -> dict[str, Any]:
    """Return versions, the engine, and for each extra whether it is there and what it brings."""
    from chainrule.training.compilation import choose_engine

    return {
        "chainrule": __version__,
        "python": platform.python_version(),
        **{name: version(name) or "not installed" for name in PACKAGES},
        "system": f"{platform.system()} {platform.machine()}",
        "engine": f"{choose_engine('auto')} (NumPy)",
        "extras": [_extra(name, packages) for name, packages in sorted(extras().items())],
    }


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
