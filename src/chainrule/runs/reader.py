"""Reading a run, also while it is written: a reader can't write, and holds nothing between two questions."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from chainrule.errors import ArgumentError, unknown_name
from chainrule.runs import database, epochs, process, schema
from chainrule.runs.histograms import Histogram, from_row

NAN = float("nan")
#: What every file says of its run, and as what.
EXPECTED: dict[str, Any] = {
    "id": str, "name": str, "status": str, "started": (int, float), "beat": dict, "process": dict, "settings": dict,
    "data": dict, "versions": dict, "machine": dict, "dropped": int,
}  # fmt: skip


class Run:
    """The record of one run.

    Each property opens the file, reads and closes it, so a run that is still going on shows its newest numbers.

    Parameters
    ----------
    path : str or path
        A `*.run.db` file.

    Attributes
    ----------
    id, name : str
    status : {"running", "finished", "stopped", "failed", "killed"}
        "killed": it was never ended, and its process is gone.
    reason : str or None
        Why it stopped or failed.
    settings, data, versions, machine : dict
    seed : int or None
    started : float
        Seconds since 1970.
    seconds : float
        How long it took, or has taken by its last sign of life.
    cost : float or None
        Seconds of these that recording cost; None until it has ended.
    dropped : int
        Values that were let go since the file could not be written fast enough.
    trouble : str or None
        Why the file could not be written for a while.

    Raises
    ------
    ArgumentError
        If the path is none.
    RunFileError
        If there is no such file, or it is no run, damaged, or newer than this version.

    Examples
    --------
    >>> import tempfile
    >>> from chainrule.runs import Recorder
    >>> folder = tempfile.TemporaryDirectory()
    >>> recorder = Recorder(folder.name, name="short", capture_output=False)
    >>> recorder.epoch(0, 10, {"loss": 0.5})
    >>> recorder.finish()
    >>> run = Run(recorder.path)
    >>> run.status, run.epochs
    ('finished', {'epoch': [0], 'step': [10], 'loss': [0.5]})
    >>> folder.cleanup()
    """

    def __init__(self, path: str | os.PathLike):
        if not isinstance(path, (str, os.PathLike)) or not str(path):
            raise ArgumentError(f"Run takes the path of a *{schema.SUFFIX} file; received {path!r}.")
        self.path = Path(os.fsdecode(path))
        self._about = self._read_about()

    def refresh(self) -> Run:
        """Read anew what is known of the run, and return it; done by itself while the run goes on."""
        self._about = self._read_about()
        return self

    def _read_about(self) -> dict[str, Any]:
        with database.for_reading(self.path) as db:
            about = {key: json.loads(value) for key, value in db.execute("SELECT key, value FROM about")}
            for key, kind in EXPECTED.items():
                if not isinstance(about[key], kind):
                    raise TypeError(f"{key} is {type(about[key]).__name__}")
            if about["status"] not in schema.STATUSES:
                raise ValueError(f"there is no status {about['status']!r}")
            about["beat"] = {key: float(about["beat"][key]) for key in ("time", "seconds")}
        return about

    def _now(self, key: str) -> Any:
        """Return what is known under a key, read anew while the run goes on."""
        if self._about["status"] == schema.RUNNING:
            self.refresh()
        return self._about.get(key)

    @property
    def id(self) -> str:
        """Four letters and digits."""
        return self._about["id"]

    @property
    def name(self) -> str:
        """What the run is called."""
        return self._about["name"]

    @property
    def started(self) -> float:
        """When it began, in seconds since 1970."""
        return self._about["started"]

    @property
    def status(self) -> str:
        """How it stands with the run."""
        status = self._now("status")
        if status == schema.RUNNING and not process.lives(self._about["process"], self._about["beat"]["time"]):
            return schema.KILLED
        return status

    @property
    def reason(self) -> str | None:
        """Why it stopped or failed."""
        return self._now("reason")

    @property
    def seconds(self) -> float:
        """How long it took, or has taken by its last sign of life."""
        return self._now("beat")["seconds"]

    @property
    def cost(self) -> float | None:
        """Seconds that recording cost."""
        return self._now("cost")

    @property
    def dropped(self) -> int:
        """How many values were let go."""
        return self._now("dropped")

    @property
    def trouble(self) -> str | None:
        """Why the file could not be written for a while."""
        return self._now("trouble")

    @property
    def error(self) -> str | None:
        """The error that ended it, with its traceback."""
        return self._now("error")

    @property
    def settings(self) -> dict[str, Any]:
        """What was chosen."""
        return self._about["settings"]

    @property
    def data(self) -> dict[str, Any]:
        """What it learned from."""
        return self._about["data"]

    @property
    def seed(self) -> Any:
        """The seed of its random numbers."""
        return self._about.get("seed")

    @property
    def versions(self) -> dict[str, str]:
        """Versions of Python, chainrule and what else was loaded."""
        return self._about["versions"]

    @property
    def machine(self) -> dict[str, Any]:
        """Machine, command, folder and commit."""
        return self._about["machine"]

    @property
    def notes(self) -> dict[str, Any]:
        """The last note under each key."""
        with database.for_reading(self.path) as db:
            return {key: json.loads(value) for key, value in db.execute("SELECT key, value FROM note ORDER BY id")}

    @property
    def metrics(self) -> list[str]:
        """The names of all numbers that were recorded, of epochs or of steps, in the order they first came."""
        return [name for (name,) in self._rows("SELECT name FROM metric ORDER BY id")]

    @property
    def epochs(self) -> dict[str, list]:
        """The numbers of every epoch under "epoch", "step" and the metrics' names; None where one was not measured."""
        with database.for_reading(self.path) as db:
            numbers, steps, _, metrics = epochs.read(db)
        return {"epoch": numbers, "step": steps} | metrics

    @property
    def epoch_seconds(self) -> list[float]:
        """When each epoch ended, in seconds since the run began."""
        with database.for_reading(self.path) as db:
            return epochs.read(db)[2]

    def steps(self, name: str) -> tuple[list[int], list[float]]:
        """Return the steps of a metric that were kept, and its values there; none if only epochs have it.

        Raises
        ------
        ArgumentError
            If the run has no such metric.
        """
        rows = self._rows(
            "SELECT step, value FROM step JOIN metric ON metric.id = metric WHERE name = ? ORDER BY step", (name,)
        )
        if not rows and name not in self.metrics:
            raise unknown_name(f"metric in run {self.id}", name, self.metrics)
        return [step for step, _ in rows], [NAN if value is None else value for _, value in rows]

    def histograms(self, kind: str | None = None, name: str | None = None) -> list[Histogram]:
        """Return the histograms, all or those of a kind or a layer, in the order they were recorded.

        Raises
        ------
        ArgumentError
            If there is no such kind.
        """
        if kind is not None and kind not in schema.KINDS:
            raise unknown_name("kind of histogram", kind, schema.KINDS)
        asked = (
            f"SELECT id, step, kind, name, counts, edges, {', '.join(schema.STATISTICS)} FROM histogram "
            "WHERE kind = ifnull(?, kind) AND name = ifnull(?, name) ORDER BY id"
        )
        with database.for_reading(self.path) as db:
            return [from_row(row) for row in db.execute(asked, (kind, name))]

    @property
    def output(self) -> str:
        """What was printed: standard output and standard error together, in their order."""
        with database.for_reading(self.path) as db:
            return "".join(text for (text,) in db.execute("SELECT text FROM output ORDER BY id"))

    def _rows(self, sql: str, values: tuple = ()) -> list[tuple]:
        with database.for_reading(self.path) as db:
            return db.execute(sql, values).fetchall()

    def __repr__(self) -> str:
        return f"<Run {self.id} {self.name!r}: {self.status}>"
