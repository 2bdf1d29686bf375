"""What went wrong, as text: kept in the file of tasks, shown in one line."""

from __future__ import annotations

#: Characters of an error that are kept, half of them from its end.
LONGEST_ERROR = 16_000


def shortened(text: str) -> str:
    """Return a text without its middle where it is long, and with lone surrogates, which SQLite refuses, spelt out.

    Examples
    --------
    >>> shortened("ValueError: no")
    'ValueError: no'
    """
    text = text.encode("utf-8", "backslashreplace").decode()
    if len(text) <= LONGEST_ERROR:
        return text
    half = LONGEST_ERROR // 2
    return f"{text[:half]}\n… {len(text) - 2 * half:,} characters left out …\n{text[-half:]}"


def last_line(text: str) -> str:
    r"""Return the last line of a traceback, which says what went wrong.

    Examples
    --------
    >>> last_line("Traceback:\n  File\nValueError: no such colour")
    'ValueError: no such colour'
    """
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""
