"""DuckDB, which reads the files: one private connection in memory, opened where it is needed."""

from __future__ import annotations

from typing import Any

from chainrule.errors import MissingExtraError

#: Nothing is fetched from a network, whatever a file says; no file is kept in memory, since it is read once.
SETTINGS: dict[str, Any] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "enable_external_file_cache": "false",
}


def connect() -> Any:
    """Return a connection to an empty database in memory.

    Raises
    ------
    MissingExtraError
        If DuckDB is not installed.
    """
    try:
        import duckdb
    except ImportError as error:
        raise MissingExtraError(
            'Reading a table needs DuckDB, which is not installed: pip install "chainrule[tables]" brings it.'
        ) from error
    return duckdb.connect(":memory:", config=SETTINGS)


def literal(text: str) -> str:
    """Return a text as SQL writes it.

    Examples
    --------
    >>> print(literal("it's"))
    'it''s'
    """
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return a column's name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def file_literal(path: Any) -> str:
    """Return a path as SQL writes it, with the signs that DuckDB would take for a pattern of names made plain."""
    return literal("".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path)))
