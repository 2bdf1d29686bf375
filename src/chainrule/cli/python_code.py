"""The Python that does the same as a command: lines that run as they stand."""

from __future__ import annotations

import json
from typing import Any

from chainrule.cli.output import WIDTH

IMPORT = "from chainrule.tables import TableModel, read_table"
IMPORT_LARGE = "from chainrule.tables import TableModel, open_table"
LOAD = "from chainrule.tables import TableModel"


def call(name: str, /, *arguments: Any, **options: Any) -> str:
    """Return a call as Python writes it, over several lines where it is long.

    Examples
    --------
    >>> call("model.fit", "X", epochs=3)
    'model.fit("X", epochs=3)'
    """
    parts = [written(argument) for argument in arguments]
    parts += [f"{option}={written(value)}" for option, value in options.items()]
    line = f"{name}({', '.join(parts)})"
    if len(line) <= WIDTH:
        return line
    inner = "".join(f"    {part},\n" for part in parts)
    return f"{name}(\n{inner})"


class Name(str):
    """A variable's name, which is written without quotes."""


def written(value: Any) -> str:
    """Return a value as Python writes it."""
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(written, value))}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def reading(arguments: dict[str, Any], name: str = "table") -> str:
    """Return the line that reads a table."""
    options = {key: value for key, value in arguments.items() if key != "source"}
    return f"{name} = {call('read_table', arguments['source'], **options)}"


def table_lines(arguments: dict[str, Any], on_disk: bool) -> list[str]:
    """Return the lines that import what is needed and read a table, or open it where it stays on disk.

    Examples
    --------
    >>> table_lines({"source": "large.parquet"}, on_disk=True)[-1]
    'table = open_table("large.parquet")'
    """
    if on_disk:
        return [IMPORT_LARGE, "", f"table = {call('open_table', arguments['source'])}"]
    return [IMPORT, "", reading(arguments)]


def script(*lines: str) -> str:
    """Return lines as a script."""
    return "\n".join(lines)


def tell(code: str) -> None:
    """Print the Python under a heading, unfolded, so that it can be copied."""
    from chainrule.cli.output import heading

    heading("The Python that does the same")
    print(code)
