"""Leave out of a table of contents the patterns that match no page, which Sphinx can't be told to forgive.

Only lines with a `*` are left out: a page that is named in full and missing is still a warning.
"""

from __future__ import annotations

import re
from pathlib import Path

TOCTREE = re.compile(r"^```\{toctree\}\n.*?^```$", re.DOTALL | re.MULTILINE)


def without_empty_patterns(source: str, folder: Path) -> str:
    """Return a page's source without the toctree patterns that match no Markdown file in its folder."""

    def keep(line: str) -> bool:
        return "*" not in line or any(folder.glob(f"{line.strip()}.md"))

    return TOCTREE.sub(lambda tree: "\n".join(filter(keep, tree.group().split("\n"))), source)


def _read(app, docname, source):
    source[0] = without_empty_patterns(source[0], Path(app.srcdir, docname).parent)


def setup(app):
    """Register for each page that is read."""
    app.connect("source-read", _read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
