"""Write docs/api/: one page for each public room of the package, of what the room says that it offers.

A room is a module or package directly under `chainrule`; it offers its `__all__`, else the public classes and functions
that it defines itself.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import shutil
from pathlib import Path
from types import ModuleType

import chainrule

API = Path(__file__).parent / "api"


def offered(room: ModuleType) -> list[str]:
    """Return the names that a room offers, sorted."""
    names = getattr(room, "__all__", None)
    if names is None:
        names = [
            name
            for name, value in vars(room).items()
            if not name.startswith("_") and getattr(value, "__module__", None) == room.__name__
        ]
    return sorted(names)


def entry(room: ModuleType, name: str) -> list[str]:
    """Return the directive that documents one name, or nothing for a value without a docstring of its own."""
    value, full = getattr(room, name), f"{room.__name__}.{name}"
    if inspect.isclass(value):
        return [f".. autoclass:: {full}", "   :members:", ""]
    if inspect.isroutine(value):
        return [f".. autofunction:: {full}", ""]
    if inspect.ismodule(value):
        # Its head only: what an operation's file holds is on the pages of docs/ops, and a name has one place in the
        # index.
        return [f".. automodule:: {full}", ""]
    return []


def page(room: ModuleType) -> str | None:
    """Return the page of a room, or None for a room that offers nothing."""
    entries = [line for name in offered(room) for line in entry(room, name)]
    if not entries:
        return None
    lines = [f"# {room.__name__}", "", "```{eval-rst}", f".. automodule:: {room.__name__}", "", *entries, "```", ""]
    return "\n".join(lines)


def main() -> None:
    """Write a page for each room there is."""
    shutil.rmtree(API, ignore_errors=True)
    API.mkdir()
    for found in pkgutil.iter_modules(chainrule.__path__):
        if not found.name.startswith("_"):
            text = page(importlib.import_module(f"chainrule.{found.name}"))
            if text:
                (API / f"{found.name}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
