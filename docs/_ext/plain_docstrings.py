"""Let docstrings be written for `help()` and still be sound reStructuredText.

In a terminal an indented block is a formula and |x| an absolute value; to docutils they are a quotation and a missing
substitution. Outside of the sections that list arguments, an indented block becomes a literal block; a bar is escaped.
"""

from __future__ import annotations

import re

#: numpydoc's sections whose indented lines belong to the name above them.
LISTS = {
    "Parameters", "Other Parameters", "Attributes", "Methods", "Returns", "Yields", "Receives", "Raises", "Warns",
    "See Also", "Examples", "References",
}  # fmt: skip


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _escape_bars(line: str) -> str:
    """Escape the bars of a line of prose, but not those inside of backticks."""
    parts = re.split(r"(`+[^`]*`+)", line)
    return "".join(part if part.startswith("`") else part.replace("|", r"\|") for part in parts)


def plain(lines: list[str]) -> list[str]:
    """Return the lines of a docstring as reStructuredText."""
    made: list[str] = []
    section, literal = "", False
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if line.strip() and re.fullmatch(r"-{3,}", following.strip()):
            section = line.strip()
        if literal and line.strip() and not _indent(line):
            literal = False
        starts = _indent(line) > 0 and line.strip() and bool(made) and not made[-1].strip()
        if starts and not literal and section not in LISTS and not _in_directive_or_list(made):
            made += ["::", ""]
            literal = True
        made.append(line if literal or section == "Examples" else _escape_bars(line))
    return made


def _in_directive_or_list(made: list[str]) -> bool:
    """Return whether the last line at the margin opens a block of its own: `..`, a list item, or `::`."""
    margin = next((line for line in reversed(made) if line.strip() and not _indent(line)), "")
    return bool(re.match(r"(\.\.|[-*+] |\d+\. )", margin)) or margin.rstrip().endswith("::")


def _process(app, what, name, obj, options, lines):
    lines[:] = plain(lines)


def setup(app):
    """Run before numpydoc, which takes the sections apart at priority 500."""
    app.connect("autodoc-process-docstring", _process, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
