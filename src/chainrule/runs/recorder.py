"""Recording a run: calls that return at once, and a thread of its own that writes."""

from __future__ import annotations

import os
import threading
import time
import traceback
import warnings
from collections.abc import Iterable, Mapping, Sequence
from time import perf_counter
from typing import Any

from chainrule.errors import unknown_name
from chainrule.runs import endings, schema
from chainrule.runs.console import Capture
from chainrule.runs.given import copied, unusable, whole
from chainrule.runs.histograms import row_of
from chainrule.runs.new_file import make_file
from chainrule.runs.plain import as_json, encodable
from chainrule.runs.writer import Writer

#: While so many values of steps wait for a writer that can't write, those that come are let go, and counted.
MOST_POINTS = 200_000
#: The same for characters of output.
MOST_CHARACTERS = 2_000_000
#: A reason is one line, not a page.
LONGEST_REASON = 200
#: How often `flush` looks whether the disk has become full.
FLUSH_LOOKS = 0.05


class Recorder:
    """Records a run into one file, without ever making it wait.

    Use it for a training loop of your own (`fit(record=True)` uses it for you). Each call puts what it is given into a
    queue in memory and returns; a thread writes it, ten times a second. A program that is killed loses what it
    recorded in its last 200 ms at most. After `finish`, and in a forked child, calls do nothing.

    Parameters
    ----------
    folder : str or path, default "runs"
        Where the file goes; it is made if need be.
    name : str, optional
        What the run is called; by default as the script.
    settings : dict, optional
        What was chosen: anything that JSON has; other objects are recorded by their repr.
    data : dict, optional
        What the run learns from.
    seed : int, optional
    capture_output : bool, default True
        Whether what is printed is recorded too (what `print` writes; not what C code or another process does).
    versions, machine : dict, optional
        More to be told of the installation and the machine.

    Attributes
    ----------
    path : pathlib.Path
        The file: `<yyyymmdd-hhmmss>-<name>-<id>.run.db`, by the local clock.
    id : str
        Four letters and digits, by which `runs.find` finds it.
    dropped : int
        How many values were let go since too many waited; what thinning left out is not counted.

    Raises
    ------
    ArgumentError
        If an argument can't be used.
    RunFileError
        If the folder can't be made or written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from chainrule.runs import Run
    >>> with TemporaryDirectory() as folder:
    ...     with Recorder(folder, name="by hand", settings={"rate": 0.1}, capture_output=False) as recorder:
    ...         for step in range(10):
    ...             recorder.log(step, {"loss": 1 / (step + 1)})
    ...         recorder.epoch(0, 10, {"loss": 0.1})
    ...     run = Run(recorder.path)
    ...     run.status, run.settings, run.epochs["loss"], len(run.steps("loss")[0])
    ('finished', {'rate': 0.1}, [0.1], 10)
    """

    def __init__(
        self,
        folder: str | os.PathLike = "runs",
        name: str | None = None,
        settings: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        seed: int | None = None,
        capture_output: bool = True,
        versions: Mapping[str, Any] | None = None,
        machine: Mapping[str, Any] | None = None,
    ):
        parts = {"settings": settings, "data": data, "versions": versions, "machine": machine}
        self._open, self._spent, self._charged, self._points = False, 0.0, 0.0, 0
        self._characters = self._characters_lost = self._lost = 0
        self._capture: Capture | None = None
        self._told = False
        self._began = time.monotonic()
        self.path, self.id = make_file(folder, name, seed, parts)
        self._writer = Writer(self.path, self._began)
        self._put, self._thinning = self._writer.items.append, self._writer.batch.thinning
        self._writer.start()
        self._open = True
        endings.remember(self)
        if capture_output:
            self._capture = Capture(self._printed)

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Record numbers of one step; of a long run only some steps are kept (see `thinning`).

        Parameters
        ----------
        step : int
            Counted through the whole run.
        values : dict of str to float

        Raises
        ------
        ArgumentError
            If the step is no whole number, or a value no number.
        """
        if not self._open:
            return
        began = perf_counter()
        try:
            numbers = {name: float(value) for name, value in values.items()}
            left_out = step % self._thinning.smallest and self._thinning.leaves_out(step, numbers)
        except (TypeError, ValueError, AttributeError):
            raise unusable(step, values) from None
        if not left_out:
            if step.__class__ is not int:
                step = whole("step", step)
            if self._points - self._writer.points_taken < MOST_POINTS:
                self._points += len(numbers)
                self._put(("step", (step, numbers)))
            else:
                self._lost += len(numbers)
        self._spent += perf_counter() - began

    def log_steps(self, first: int, values: Mapping[str, Sequence[float]]) -> None:
        """Record numbers of steps that follow each other, from step `first` on: what a compiled loop hands over.

        The arrays are copied, as far as their steps are kept, and may be used anew.

        Parameters
        ----------
        first : int
        values : dict of str to sequence of float
            For each metric a number a step.

        Raises
        ------
        ArgumentError
            If the first step is no whole number, or the values are no such sequences.
        """
        if not self._open:
            return
        began, first = perf_counter(), whole("first step", first)
        if not isinstance(values, Mapping):
            raise unusable(first, values)
        for name, numbers in values.items():
            stride = self._thinning.stride(name)
            skipped = -first % stride
            kept = copied(name, numbers, slice(skipped, None, stride))
            if self._points - self._writer.points_taken < MOST_POINTS:
                self._points += len(kept)
                self._put(("stretch", (first + skipped, stride, str(name), kept)))
            else:
                self._lost += len(kept)
        self._spent += perf_counter() - began

    def epoch(self, number: int, step: int, values: Mapping[str, float]) -> None:
        """Record the numbers of an epoch; every epoch is kept.

        Parameters
        ----------
        number : int
            The epoch, counted as you count.
        step : int
            Steps done by then.
        values : dict of str to float
        """
        if not self._open:
            return
        began = perf_counter()
        number, step = whole("epoch", number), whole("step", step)
        try:
            numbers = {str(name): float(value) for name, value in values.items()}
        except (TypeError, ValueError, AttributeError):
            raise unusable(step, values) from None
        self._put(("epoch", (number, step, self.seconds, numbers)))
        self.tell_trouble()
        self._spent += perf_counter() - began

    def histogram(self, step: int, name: str, kind: str, counts: Iterable, edges: Iterable, **statistics: Any) -> None:
        """Record how the numbers of a layer are spread.

        Parameters
        ----------
        step : int
        name : str
            The layer, or layer/weight.
        kind : {"weights", "gradients", "activations", "updates"}
        counts, edges : array-like
            As `numpy.histogram` returns them: one edge more than counts.
        **statistics : float
            Any of `mean`, `std`, `min`, `max`, `norm` and `zeros` (how many are exactly 0).
        """
        if not self._open:
            return
        began = perf_counter()
        self._put(("histogram", row_of(whole("step", step), name, kind, counts, edges, statistics)))
        self._spent += perf_counter() - began

    def note(self, key: str, value: Any) -> None:
        """Record a remark under a key, with its time; `Run.notes` has the last one of each key."""
        if self._open:
            self._put(("note", (self.seconds, encodable(str(key)), as_json(value))))

    def exception(self, error: BaseException) -> None:
        """Record an error with its traceback; the run goes on until `finish`."""
        if self._open:
            text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
            self._put(("about", ("error", as_json(text))))

    def charge(self, seconds: float) -> None:
        """Add what recording cost elsewhere, such as computing a histogram, to `cost_seconds`."""
        self._charged += float(seconds)

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until all that was recorded so far is on the disk; False if that took longer than `timeout` seconds."""
        if not self._open:
            return not self._writer.is_alive()
        on_disk = threading.Event()
        self._put(("sync", on_disk))
        self._writer.wake()
        end = None if timeout is None else time.monotonic() + timeout
        while not on_disk.wait(FLUSH_LOOKS):
            if self._writer.failing or not self._writer.is_alive() or (end is not None and time.monotonic() > end):
                return on_disk.is_set()
        return True

    def finish(self, status: str = schema.FINISHED, reason: str | None = None, timeout: float = 10.0) -> None:
        """End the run: write what waits, and leave one file. A second call does nothing.

        Parameters
        ----------
        status : {"finished", "stopped", "failed"}
        reason : str, optional
            Why it ended.
        timeout : float, default 10.0
            Seconds to wait for a file that another program holds; after them, writing goes on in the background.

        Raises
        ------
        ArgumentError
            If there is no such status.
        """
        if status not in schema.ENDINGS:
            raise unknown_name("status of a run that has ended", status, schema.ENDINGS)
        if not self._open:
            return
        began = perf_counter()
        if self._capture is not None:
            self._capture.stop()
        self._open = False
        endings.forget(self)
        why = None if reason is None else str(reason)[:LONGEST_REASON]
        self._spent += perf_counter() - began
        last = {"cost": lambda: self.cost_seconds, "dropped": lambda: self.dropped}  # asked when all else is written
        self._writer.end({"status": status, "reason": why, **last})
        self._writer.join(timeout)
        self.tell_trouble()
        if self._writer.is_alive():
            endings.still_writing(self._writer)
            warnings.warn(
                f"The run's file {str(self.path)!r} is held by another program; what is not in it yet is written when "
                "it lets go, if this program still runs then.",
                RuntimeWarning,
                stacklevel=2,
            )

    def abandon(self) -> None:
        """Go silent without touching the file, in a child process that has the file of its parent."""
        self._open = False
        if self._capture is not None:
            self._capture.stop()

    @property
    def writer(self) -> Writer:
        """The thread that writes."""
        return self._writer

    @property
    def seconds(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._began

    @property
    def cost_seconds(self) -> float:
        """What recording has cost so far: time in these calls, processor time of the writer, and what was charged."""
        return self._spent + self._writer.cpu_seconds + self._charged

    @property
    def dropped(self) -> int:
        """How many values were let go since too many waited."""
        return self._lost + self._writer.batch.dropped

    def _printed(self, stream: str, text: str) -> None:
        if self._characters - self._writer.characters_taken + len(text) < MOST_CHARACTERS:
            self._characters += len(text)
            self._put(("output", (stream, text)))
        else:
            self._characters_lost += len(text)

    def tell_trouble(self) -> None:
        """Warn once, in the thread that trains, of what the writer has met."""
        if self._writer.trouble and not self._told:
            self._told = True
            warnings.warn(self._writer.trouble, RuntimeWarning, stacklevel=3)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, kind, error, trace) -> None:
        if error is None:
            self.finish()
        elif isinstance(error, (KeyboardInterrupt, GeneratorExit)):
            self.finish(schema.STOPPED, reason=f"{type(error).__name__}")
        else:
            self.exception(error)
            self.finish(schema.FAILED, reason=f"{type(error).__name__}: {error}")

    def __repr__(self) -> str:
        return f"<Recorder {self.id}: {str(self.path)!r}{'' if self._open else ', ended'}>"
