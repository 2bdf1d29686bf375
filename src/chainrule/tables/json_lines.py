"""JSON lines: an object on each line; or one list of objects."""

from __future__ import annotations

import json
from pathlib import Path

from chainrule.errors import DataError
from chainrule.tables.table import Reject, Table
from chainrule.tables.values import from_values

#: Characters of a line that a reject shows.
N_SHOWN = 120
#: So much of a file tells a list from lines.
CHARACTERS_OF_START = 100


def read_json_lines(path: Path, source: str, notes: list[str]) -> Table:
    """Return the table in a file of UTF-8 text with a JSON object on each line, or one list of objects.

    Raises
    ------
    DataError
        If no line holds an object.
    """
    records, rejects = _records(path, source)
    if not records or len(rejects) > len(records):
        first = f"; line {rejects[0].line}: {rejects[0].reason}" if rejects else ""
        raise DataError(f'{source} holds no rows of JSON: expected an object such as {{"age": 31}} on each line{first}')
    keys = dict.fromkeys(key for record in records for key in record)
    table = {key: from_values(key, [record.get(key) for record in records], notes) for key in keys}
    if not table:
        raise DataError(f"{source} holds rows without any columns.")
    return Table(table, rejects, notes, source)


def _records(path: Path, source: str) -> tuple[list[dict], list[Reject]]:
    records: list[dict] = []
    rejects: list[Reject] = []
    with open(path, encoding="utf-8-sig") as file:
        if file.read(CHARACTERS_OF_START).lstrip().startswith("["):
            file.seek(0)
            return _from_list(file.read().lstrip("\ufeff"), source), []
        file.seek(0)
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                record, reason = json.loads(line), "expected an object"
            except (ValueError, RecursionError) as error:
                record, reason = None, f"no JSON ({error})"
            if isinstance(record, dict):
                records.append(record)
            else:
                received = "" if record is None else f", received {type(record).__name__}"
                rejects.append(Reject(number, line.strip()[:N_SHOWN], f"{reason}{received}."))
    return records, rejects


def _from_list(text: str, source: str) -> list[dict]:
    try:
        records = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{source} begins as a list of JSON and is none ({error}).") from error
    wrong = next((i for i, record in enumerate(records) if not isinstance(record, dict)), None)
    if wrong is not None:
        raise DataError(f"{source}: entry {wrong} of the list is no object but {type(records[wrong]).__name__}.")
    return records
