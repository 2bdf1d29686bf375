"""From the bytes of a file to UTF-8 with one kind of line end, which is what DuckDB reads.

A file that is so already is read where it lies; any other is written anew into a temporary file, line for line.
"""

from __future__ import annotations

import codecs
import contextlib
import gzip
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chainrule.errors import DataError

CHUNK = 1 << 20
#: Bytes at a file's start by which other kinds of file are known.
OTHER_KINDS = {
    b"PK\x03\x04": "a zip file, perhaps an Excel workbook: save it as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: save it as CSV",
    b"%PDF": "a PDF",
    b"SQLite format 3": "an SQLite database: export the table as CSV",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x89HDF": "an HDF5 file",
    b"\x93NUMPY": "a NumPy array: load it with numpy.load and hand over a dict of columns",
}
#: More control characters than one in so many, and the file is no text.
CONTROLS_ONE_IN = 100
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b"))
_MARKS = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class _Survey:
    """What is in the bytes of a file."""

    encoding: str
    even_lines: bool


@contextlib.contextmanager
def readable_text(path: Path, source: str, notes: list[str]) -> Iterator[Path]:
    """Give a file in UTF-8 with one kind of line end: this one, or a temporary copy.

    Parameters
    ----------
    path : Path
        A file that is there.
    source : str
        What messages call it.
    notes : list of str
        To which is added what was found.

    Raises
    ------
    DataError
        If the file can't be read, is empty, or is no text.
    """
    with contextlib.ExitStack() as stack:
        with _explained(source):
            if _head(path).startswith(b"\x1f\x8b"):
                path = stack.enter_context(_unpacked(path))
            survey = _survey(path, source)
            if survey.encoding != "utf-8" or not survey.even_lines:
                path = stack.enter_context(_rewritten(path, survey.encoding, source))
        if survey.encoding != "utf-8":
            shown = "Latin-1 (Windows-1252)" if survey.encoding == "cp1252" else survey.encoding.upper()
            notes.append(f"The file is in {shown}, not UTF-8.")
        yield path


@contextlib.contextmanager
def spooled_input() -> Iterator[Path]:
    """Give standard input as a temporary file.

    Raises
    ------
    DataError
        If standard input is closed.
    """
    if sys.stdin is None or sys.stdin.closed:
        raise DataError("Standard input is closed; give a file's name, or send a table: chainrule … - < table.csv")
    with _temporary() as (file, path):
        try:
            shutil.copyfileobj(sys.stdin.buffer, file, CHUNK)
        except OSError as error:
            raise DataError(f"Standard input can't be read ({error.strerror or error}).") from error
        file.close()
        yield path


@contextlib.contextmanager
def _explained(source: str) -> Iterator[None]:
    try:
        yield
    except PermissionError as error:
        raise DataError(f"You have no permission to read {source}; chmod +r, or ask its owner.") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{source} can't be unpacked ({error}): it is damaged; fetch it again.") from error
    except OSError as error:
        raise DataError(f"{source} can't be read: {error.strerror or error}.") from error


@contextlib.contextmanager
def _temporary() -> Iterator[tuple]:
    handle, name = tempfile.mkstemp(prefix="chainrule-", suffix=".csv")
    file = os.fdopen(handle, "wb")
    try:
        yield file, Path(name)
    finally:
        file.close()
        os.unlink(name)


@contextlib.contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    with _temporary() as (file, copy):
        with gzip.open(path) as packed:
            shutil.copyfileobj(packed, file, CHUNK)
        file.close()
        yield copy


def _head(path: Path, size: int = 4096) -> bytes:
    with open(path, "rb") as file:
        return file.read(size)


def _survey(path: Path, source: str) -> _Survey:
    """Read the whole file once, and say its encoding and whether its lines end in one way."""
    head = _head(path)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        _refuse_empty(path, source)
    for start, kind in OTHER_KINDS.items():
        if head.startswith(start):
            raise DataError(f"{source} is no table but {kind}.")
    for mark, encoding in (*_MARKS, *_unmarked(head)):
        if head.startswith(mark):
            return _Survey(encoding, False)
    if sum(head.count(sign) for sign in _CONTROLS) * CONTROLS_ONE_IN > len(head):
        raise DataError(
            f"{source} is no text: its bytes are those of another kind of file. Expected CSV, TSV, JSON lines or "
            "Parquet."
        )
    return _survey_bytes(path, source)


def _refuse_empty(path: Path, source: str) -> None:
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            if chunk.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
                return
    raise DataError(f"{source} is empty; expected a first line of column names and a line for each row.")


def _unmarked(head: bytes) -> list[tuple[bytes, str]]:
    """Return UTF-16 where no mark says so, but every other byte is zero: Western text."""
    half = len(head) // 2
    for encoding, start in (("utf-16-be", 0), ("utf-16-le", 1)):
        zeros, others = head[start::2].count(0), head[1 - start :: 2].count(0)
        if half and zeros > half * 0.7 and not others:
            return [(b"", encoding)]
    return []


def _survey_bytes(path: Path, source: str) -> _Survey:
    decoder = codecs.getincrementaldecoder("utf-8")()
    encoding, bare_lf, crlf, cr, before = "utf-8", False, 0, 0, b""
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            if b"\0" in chunk:
                line = _line_of_zero(path)
                raise DataError(
                    f"{source} holds a zero byte in line {line}: it is damaged, or no text; remove that line."
                )
            if b"\r" in chunk or before == b"\r":
                pairs = (before + chunk).count(b"\r\n")
                cr, crlf = cr + chunk.count(b"\r"), crlf + pairs
                bare_lf = bare_lf or chunk.count(b"\n") > pairs
            else:  # most files: a look is faster than a count
                bare_lf = bare_lf or b"\n" in chunk
            before = chunk[-1:]
            if encoding == "utf-8" and not (chunk.isascii() and not decoder.getstate()[0]):
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    encoding = "cp1252"
    if encoding == "utf-8" and decoder.getstate()[0]:
        encoding = "cp1252"
    return _Survey(encoding, cr == crlf and not (crlf and bare_lf))


def _line_of_zero(path: Path) -> int:
    line = 1
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            if b"\0" in chunk:
                return line + chunk[: chunk.index(b"\0")].count(b"\n")
            line += chunk.count(b"\n")
    return line


@contextlib.contextmanager
def _rewritten(path: Path, encoding: str, source: str) -> Iterator[Path]:
    """Give a copy in UTF-8 whose lines end in a newline alone."""
    with _temporary() as (file, copy):
        # Windows-1252 leaves five bytes without a meaning; Latin-1 gives them one, as browsers do.
        errors = "chainrule-latin-1" if encoding == "cp1252" else "strict"
        codecs.register_error("chainrule-latin-1", _as_latin_1)
        try:
            with open(path, encoding=encoding, errors=errors, newline=None) as text:
                while part := text.read(CHUNK):
                    if "\0" in part:
                        raise DataError(
                            f"{source} is no text: it holds zero characters. Expected CSV, TSV, JSON lines or Parquet."
                        )
                    file.write(part.encode("utf-8"))
        except UnicodeError as error:
            raise DataError(
                f"{source} begins as {encoding.upper()} and is damaged ({error}); save it as UTF-8."
            ) from error
        file.close()
        yield copy


def _as_latin_1(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end
