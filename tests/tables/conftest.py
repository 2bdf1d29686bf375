"""Tables as files."""

from __future__ import annotations

import pytest

pytest.importorskip("duckdb")


@pytest.fixture
def write(tmp_path):
    """Return a function that writes bytes, or text in UTF-8, into a file, and returns its path."""

    def write_file(contents, name="t.csv"):
        file = tmp_path / name
        file.write_bytes(contents.encode() if isinstance(contents, str) else contents)
        return file

    return write_file
