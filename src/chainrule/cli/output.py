"""What a command prints: text for people, or one JSON object for programs."""

from __future__ import annotations

import contextlib
import json
import math
import sys
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

#: Lines are as wide as this at most.
WIDTH = 80
BETWEEN = "  "


@contextlib.contextmanager
def answering(as_json: bool) -> Iterator[dict[str, Any]]:
    """Give a dict for the answer; with `--json` standard output gets it alone, and all that is said goes to stderr."""
    answer: dict[str, Any] = {}
    with speaking_to_stderr() if as_json else contextlib.nullcontext():
        yield answer
    if as_json:
        print(json.dumps(plain(answer), ensure_ascii=False, allow_nan=False, indent=2), flush=True)


def speaking_to_stderr() -> contextlib.AbstractContextManager[Any]:
    """Let `print` go to standard error for a while, since standard output has the answer."""
    return contextlib.redirect_stdout(sys.stderr)


def plain(value: Any) -> Any:
    """Return a value as JSON has it: NumPy's numbers become Python's, NaN and infinity become null.

    Examples
    --------
    >>> plain({"score": np.float32(0.5), "interval": (0.4, np.nan), "rows": np.arange(2)})
    {'score': 0.5, 'interval': [0.4, None], 'rows': [0, 1]}
    """
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, (str, int)):
        return value
    return plain(value.to_dict()) if hasattr(value, "to_dict") else str(value)


def heading(text: str) -> None:
    """Print a heading across the line."""
    print(f"\n── {text} " + "─" * max(WIDTH - len(text) - 4, 0))


def paragraph(text: str, indent: str = "") -> None:
    """Print a text, folded at 80 columns."""
    print(textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False))


def grid(rows: Sequence[Sequence[Any]], right: Sequence[int] = ()) -> None:
    """Print rows of texts in columns; the last is folded where the line is full, those named in `right` end together.

    Examples
    --------
    >>> grid([("age", 31), ("weight", 7)], right=[1])
    age     31
    weight   7
    """
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    widths = [min(width, WIDTH // 3) for width in widths[:-1]] + widths[-1:]
    for row in cells:
        fitted = [cut(cell, width) for cell, width in zip(row[:-1], widths, strict=False)] + row[-1:]
        aligned = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(fitted, widths, strict=True))
        ]
        before = sum(widths[:-1]) + len(BETWEEN) * (len(widths) - 1)
        line = BETWEEN.join(aligned).rstrip()
        if len(line) > WIDTH and before < WIDTH // 2 + 14:
            head, tail = line[:before], line[before:]
            line = textwrap.fill(tail, WIDTH, initial_indent=head, subsequent_indent=" " * before)
        print(line)


def cut(text: str, width: int) -> str:
    """Return a text of at most so many characters.

    Examples
    --------
    >>> cut("a long name", 7)
    'a long…'
    """
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 1] + "…"
