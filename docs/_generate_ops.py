"""Write docs/ops/: a page with every operation of the registry, and a page with the code of every activation."""

from __future__ import annotations

import importlib
import inspect
import shutil
from pathlib import Path

import chainrule
from chainrule.ops.registry import OPERATIONS, Operation

HERE = Path(__file__).resolve().parent
PACKAGE = Path(chainrule.__file__).resolve().parent
#: The families in the order of the page, with their titles.
TITLES = {"layer": "Layers", "activation": "Activations", "loss": "Losses", "penalty": "Penalties"}


def source_of(operation: Operation) -> Path:
    """Return the file of an operation, relative to the package."""
    return Path(inspect.getfile(operation.forward)).resolve().relative_to(PACKAGE)


def section(operation: Operation) -> str:
    """Return an operation's entry: its formula, its gradient, what else it needs, its file."""
    remarks = []
    if operation.random:
        remarks.append("Takes random bits.")
    if operation.n_state:
        remarks.append(f"Keeps {operation.n_state} running statistics.")
    if operation.backward is None:
        remarks.append(f"No gradient: {operation.why_no_gradient}")
    remarks.append(f"Code: `chainrule/{source_of(operation).as_posix()}`.")
    name = operation.name.replace("_", " ")
    return f"### {name}\n\n$${operation.formula}$$\n\n$${operation.gradient}$$\n\n{' '.join(remarks)}\n"


def operations_page() -> str:
    """Return the page that lists the registry, family by family."""
    head = (
        "# Every operation\n\n"
        f"The {len(OPERATIONS)} entries of the registry, with the formula and the gradient that stand in their files. "
        "One test walks this list and proves each gradient; what is not in it does not exist for layers and engines.\n"
    )
    parts = [head]
    families = [*TITLES, *sorted({operation.family for operation in OPERATIONS.values()} - set(TITLES))]
    for family in families:
        members = sorted(name for name, operation in OPERATIONS.items() if operation.family == family)
        if members:
            parts += [
                f"## {TITLES.get(family, family.capitalize())}\n",
                *(section(OPERATIONS[name]) for name in members),
            ]
    return "\n".join(parts)


def activations_code_page() -> str:
    """Return the page with the file of every activation, from its legend to its gradient."""
    parts = ["# Code of the activations\n\nEach file up to the samples that the tests use.\n"]
    for name in sorted(name for name, operation in OPERATIONS.items() if operation.family == "activation"):
        path = source_of(OPERATIONS[name]).as_posix()
        include = f"```{{literalinclude}} ../../src/chainrule/{path}\n:end-before: def {name}_samples\n```"
        parts.append(f"## {name.replace('_', ' ')}\n\n{include}\n")
    return "\n".join(parts)


def main(folder: Path = HERE / "ops") -> None:
    """Write both pages into an empty folder."""
    importlib.import_module("chainrule.ops")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "operations.md").write_text(operations_page(), encoding="utf-8")
    (folder / "activations_code.md").write_text(activations_code_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
