"""What a run's file looks like: one SQLite file, described table by table in docs/guide/run_record.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainrule.errors import RunFileError

if TYPE_CHECKING:
    import sqlite3

#: Marks a SQLite file as a run of ours ("CRrn"); `file` and SQLite's own tools show it.
APPLICATION_ID = 0x4352726E
#: The format that this version writes; a higher one is refused.
VERSION = 1
#: How every run's file ends.
SUFFIX = ".run.db"

#: What `status` may be in the file. A reader calls a running one whose process is gone "killed".
RUNNING, FINISHED, STOPPED, FAILED, KILLED = STATUSES = ("running", "finished", "stopped", "failed", "killed")
#: With which words a recorder may end.
ENDINGS = (FINISHED, STOPPED, FAILED)

#: Of what a histogram may be.
KINDS = ("weights", "gradients", "activations", "updates")
#: The numbers that a histogram has beside its counts.
STATISTICS = ("mean", "std", "min", "max", "norm", "zeros")

# AUTOINCREMENT: a thinned row's id never comes back, so that "all rows after id N" misses none. Epochs stay, and
# are written by the thousand: their tables do without it, and without a second index.
DDL = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE metric (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, stride INTEGER NOT NULL);
CREATE TABLE epoch (id INTEGER PRIMARY KEY, number INTEGER NOT NULL, step INTEGER NOT NULL,
  seconds REAL NOT NULL);
CREATE TABLE epoch_value (epoch INTEGER NOT NULL REFERENCES epoch(id), metric INTEGER NOT NULL REFERENCES metric(id),
  value REAL);
CREATE TABLE epoch_block (id INTEGER PRIMARY KEY AUTOINCREMENT, first INTEGER NOT NULL, count INTEGER NOT NULL,
  numbers BLOB NOT NULL, steps BLOB NOT NULL, seconds BLOB NOT NULL, metrics TEXT NOT NULL, "values" BLOB NOT NULL);
CREATE TABLE step (id INTEGER PRIMARY KEY AUTOINCREMENT, metric INTEGER NOT NULL REFERENCES metric(id),
  step INTEGER NOT NULL, value REAL, UNIQUE (metric, step));
CREATE TABLE histogram (id INTEGER PRIMARY KEY AUTOINCREMENT, step INTEGER NOT NULL, kind TEXT NOT NULL,
  name TEXT NOT NULL, counts BLOB NOT NULL, edges BLOB NOT NULL,
  mean REAL, std REAL, min REAL, max REAL, norm REAL, zeros REAL);
CREATE TABLE note (id INTEGER PRIMARY KEY AUTOINCREMENT, seconds REAL NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL);
CREATE TABLE output (id INTEGER PRIMARY KEY AUTOINCREMENT, seconds REAL NOT NULL, stream TEXT NOT NULL,
  text TEXT NOT NULL);
"""


def create(db: sqlite3.Connection) -> None:
    """Make the tables in an empty database, and mark it as ours."""
    db.executescript(f"BEGIN;{DDL}PRAGMA application_id = {APPLICATION_ID};PRAGMA user_version = {VERSION};COMMIT;")


def check(db: sqlite3.Connection, path: object) -> None:
    """Refuse a database that is no run of ours, or is newer than we are.

    Raises
    ------
    RunFileError
        With what it is and what to do.
    """
    if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise RunFileError(f"{str(path)!r} is not the record of a run: expected a *{SUFFIX} file that chainrule wrote.")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise RunFileError(
            f"{str(path)!r} was written by a newer chainrule (format {version}; this one reads up to {VERSION}): "
            "update with pip install -U chainrule."
        )
