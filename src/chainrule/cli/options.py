"""Arguments and options that several commands have, each with its sentence of help."""

from __future__ import annotations

from typing import Annotated, Any

import typer

FILES = "CSV, TSV, Parquet or JSON lines; example:NAME for a named data set; - for standard input."

FileArgument = Annotated[str, typer.Argument(metavar="FILE", help=f"The table: {FILES}", show_default=False)]
ModelArgument = Annotated[
    str, typer.Argument(metavar="MODEL", help="A model file that `train` wrote.", show_default=False)
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON object on standard output; all else goes to standard error.")
]
HeaderOption = Annotated[
    bool | None,
    typer.Option(
        "--header/--no-header",
        help="Whether the first line names the columns; found out by default.",
        show_default=False,
    ),
]
DelimiterOption = Annotated[
    str | None,
    typer.Option(help="The character between values (tab for a tab); found out by default.", metavar="CHARACTER"),
]
DiskOption = Annotated[
    bool | None,
    typer.Option(
        "--from-disk/--in-memory",
        help="Where a Parquet file stays while it is used; found out by its size by default.",
        show_default=False,
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


def read(file: str, header: bool | None = None, delimiter: str | None = None) -> Any:
    """Return the table that FILE and its options mean."""
    from chainrule.cli.wording import WrongUse
    from chainrule.tables import read_table

    if delimiter is not None:
        delimiter = "\t" if delimiter in ("tab", "\\t") else delimiter
        if len(delimiter) != 1:
            raise WrongUse(f"--delimiter is one character, such as ';', or tab; received {delimiter!r}.")
    return read_table(file, header=header, delimiter=delimiter)


def opened(file: str, header: bool | None, delimiter: str | None, from_disk: bool | None) -> Any:
    """Return the table that FILE means, left on disk where it is a Parquet file too large for memory."""
    from chainrule.tables.memory import opened_if_large

    table = opened_if_large(file, from_disk)
    return read(file, header, delimiter) if table is None else table


def on_disk(table: Any) -> bool:
    """Tell whether a table stays on disk."""
    from chainrule.tables import LargeTable

    return isinstance(table, LargeTable)


def reading_arguments(file: str, header: bool | None, delimiter: str | None) -> dict[str, Any]:
    """Return the arguments of `read_table` that say the same."""
    given = {"header": header, "delimiter": "\t" if delimiter in ("tab", "\\t") else delimiter}
    return {"source": file} | {name: value for name, value in given.items() if value is not None}


def is_model_file(file: str) -> bool:
    """Tell a model file from a table by its first bytes: the length of a header of JSON, and the header."""
    from pathlib import Path

    path = Path(file)
    if path.suffix == ".safetensors":
        return True
    if not path.is_file():
        return False
    try:
        with open(path, "rb") as opened:
            start = opened.read(9)
    except OSError:
        return False
    return len(start) == 9 and start[8:] == b"{" and int.from_bytes(start[:8], "little") < path.stat().st_size
