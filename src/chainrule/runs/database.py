"""Opening a run's file: once to make it, by its one writer, and by any number of readers that disturb nobody."""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.errors import ChainruleError, RunFileError
from chainrule.runs import schema

if TYPE_CHECKING:
    import sqlite3

#: How long the writer waits in one go for another program that holds the file; it tries again and again.
WRITER_WAITS = 0.1
#: How long a reader waits; the writer holds the file for milliseconds.
READER_WAITS = 5.0
#: A reader takes milliseconds: after so many waits for one the log stays beside the file, and is read with it.
LAST_TRIES = 5
#: So many rows are inserted by one statement; SQLite's older versions take 999 values in one.
ROWS_AT_ONCE = 100
#: File systems over a network, where SQLite's write-ahead log can't work: it needs memory that all openers share.
NETWORK = ("nfs", "cifs", "smb", "9p", "afs", "ceph", "glusterfs", "lustre", "beegfs", "gpfs", "fuse.sshfs", "davfs")


def make(path: Path, about: dict[str, str]) -> None:
    """Make a run's file with what is known of the run.

    Raises
    ------
    RunFileError
        If it can't be made there.
    """
    import sqlite3

    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
            if on_network(path) or not _write_ahead(db):
                db.execute("PRAGMA journal_mode = DELETE")
            schema.create(db)
            db.execute("BEGIN")
            db.executemany("INSERT INTO about (key, value) VALUES (?, ?)", about.items())
            db.execute("COMMIT")
    except FileExistsError:
        raise
    except (OSError, sqlite3.Error) as error:
        with contextlib.suppress(OSError):
            path.unlink()
        reason = getattr(error, "strerror", None) or error
        raise RunFileError(
            f"Can't record a run in the folder {str(path.parent)!r}: {reason}; name another folder, or free some space."
        ) from None


def _write_ahead(db: sqlite3.Connection) -> bool:
    """Let readers read while the writer writes; False where the file system can't."""
    import sqlite3

    try:
        return db.execute("PRAGMA journal_mode = WAL").fetchone()[0] == "wal"
    except sqlite3.OperationalError:
        return False


def for_writing(path: Path) -> sqlite3.Connection:
    """Return the writer's connection; only the thread that asked may use it."""
    import sqlite3

    db = sqlite3.connect(path, timeout=WRITER_WAITS, isolation_level=None)
    db.execute("PRAGMA synchronous = FULL")  # what is committed outlives a power cut too
    return db


def write_rows(db: sqlite3.Connection, sql: str, rows: list[tuple]) -> None:
    """Run a statement for each row; where it is an INSERT of many rows, a hundred at a time, which is twice as fast."""
    head, values, places = sql.partition("VALUES ")
    whole = len(rows) - len(rows) % ROWS_AT_ONCE if values else 0
    for start in range(0, whole, ROWS_AT_ONCE):
        many = f"{head}{values}{', '.join([places] * ROWS_AT_ONCE)}"
        db.execute(many, list(itertools.chain.from_iterable(rows[start : start + ROWS_AT_ONCE])))
    db.executemany(sql, rows[whole:])


def into_one_file(db: sqlite3.Connection) -> None:
    """Bring the write-ahead log into the file and do away with it; a reader that keeps looking may prevent it."""
    import sqlite3

    for _ in range(LAST_TRIES):
        with contextlib.suppress(sqlite3.Error):
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            if db.execute("PRAGMA journal_mode = DELETE").fetchone()[0] == "delete":
                return
        time.sleep(WRITER_WAITS)


@contextlib.contextmanager
def for_reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection that can't write; what goes wrong while it is read, and made sense of, is a RunFileError."""
    import sqlite3

    try:
        with contextlib.closing(_read_only(path)) as db:
            db.execute("BEGIN")  # all that is read belongs to one moment
            schema.check(db, path)
            _check_length(db, path)
            yield db
    except ChainruleError:
        raise
    except (sqlite3.Error, ValueError, TypeError, LookupError, ArithmeticError) as error:
        raise _unreadable(path, error) from None  # what was read is not what was written
    except OSError as error:
        raise RunFileError(f"Can't read the run {str(path)!r}: {error.strerror or error}.") from None


def _read_only(path: Path) -> sqlite3.Connection:
    import sqlite3

    if not path.exists():
        raise RunFileError(f"There is no run {str(path)!r}.")
    if not path.is_file():
        raise RunFileError(f"{str(path)!r} is not a file; a run is one *{schema.SUFFIX} file.")
    address = path.absolute().as_uri()
    # A folder that can't be written to has no place for the memory that readers share: the file is then read as it is.
    as_it_is = not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists()
    mode = "mode=ro&immutable=1" if as_it_is else "mode=ro"
    db = sqlite3.connect(f"{address}?{mode}", uri=True, timeout=READER_WAITS, isolation_level=None)
    db.execute("PRAGMA query_only = ON")
    return db


def _check_length(db: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that is shorter than it says: SQLite would take its last page's missing end for zeros."""
    pages = db.execute("PRAGMA page_count").fetchone()[0] * db.execute("PRAGMA page_size").fetchone()[0]
    if path.stat().st_size < pages and not Path(f"{path}-wal").exists():
        raise RunFileError(f"The run {str(path)!r} is cut off: {path.stat().st_size:,} of {pages:,} bytes are there.")


def _unreadable(path: Path, error: Exception) -> RunFileError:
    import sqlite3

    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return RunFileError(f"The run {str(path)!r} is held by another program; try again when it is done.")
    if code == sqlite3.SQLITE_CANTOPEN:
        return RunFileError(f"Can't open the run {str(path)!r}: is there permission to read it and its folder?")
    return RunFileError(f"The run {str(path)!r} is damaged or cut off, or no run at all ({error}).")


def on_network(path: Path) -> bool:
    """Tell whether a path lies on a file system over a network, as far as the system says (Linux does)."""
    try:
        mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    real = os.path.realpath(path)
    kinds = {}
    for fields in map(str.split, mounts):
        place = fields[1].replace("\\040", " ") if len(fields) > 2 else None
        if place is not None and (real == place or real.startswith(place.rstrip("/") + "/")):
            kinds[place] = fields[2]
    kind = kinds[max(kinds, key=len)] if kinds else ""
    return kind.startswith(NETWORK)
