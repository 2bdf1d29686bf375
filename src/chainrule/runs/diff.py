"""In what two runs differ: what they were given, and the step at which their curves part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chainrule.errors import ArgumentError
from chainrule.runs.checked_run import check_run
from chainrule.runs.flat import flat
from chainrule.runs.parting import TOLERANCE, Parting, parting

#: What a run says of its beginning, part by part.
PARTS = ("settings", "data", "versions", "machine")
#: Columns of an epoch that say where it stands (`network`: of several that were trained in turn), not how well it does.
PLACES = ("epoch", "step", "network")
#: What is shown for a setting that one of the runs doesn't have.
ABSENT = "—"


@dataclass(frozen=True)
class Differences:
    """In what two runs differ; printed, it says so in lines.

    Attributes
    ----------
    a, b : str
        The ids of the runs.
    given : dict of str to dict
        "settings", "data", "versions", "machine" and "seed": what differs in it, each a pair of values under its name.
    steps, epochs : list of Parting
        Where the curves of each metric part.
    only : tuple of list of str
        Metrics that only the one, and only the other, has.
    """

    a: str
    b: str
    given: dict[str, dict[str, tuple[Any, Any]]]
    steps: list[Parting]
    epochs: list[Parting]
    only: tuple[list[str], ...]

    @property
    def same(self) -> bool:
        """True if every recorded number of both runs is the same to the last bit."""
        curves = [*self.steps, *self.epochs]
        return bool(curves) and all(one.same for one in curves) and not any(self.only)

    @property
    def first(self) -> Parting | None:
        """The curve that parts first: by its step, else by its epoch."""
        apart = [one for one in self.steps if one.apart is not None]
        apart = apart or [one for one in self.epochs if one.apart is not None]
        return min(apart, key=lambda one: one.apart or 0, default=None)

    def verdict(self) -> str:
        """Return the answer in one sentence."""
        if self.same:
            return "Every number of both runs is the same to the last bit."
        if not (self.steps or self.epochs):
            return "They have no numbers in common."
        if self.first is None:
            return "What both have recorded is the same to the last bit; one of them has more."
        return f"They part in {self.first}."

    def __str__(self) -> str:
        lines = [f"a: {self.a}", f"b: {self.b}", self.verdict()]
        for part, pairs in self.given.items():
            lines += [f"{part}  {name}: {a} | {b}" for name, (a, b) in pairs.items()]
        lines += [str(one) for one in (*self.steps, *self.epochs)]
        lines += [f"only in {which}: {', '.join(names)}" for which, names in zip("ab", self.only, strict=True) if names]
        return "\n".join(lines)


def diff(a: Any, b: Any, tolerance: float = TOLERANCE) -> Differences:
    """Say in what two runs differ, and at which step their curves part.

    Use it to see why a run can't be repeated, or what a changed setting did. Numbers are held against each other bit by
    bit, at the steps that both have recorded; where they differ by less than the tolerance, that is rounding.

    Parameters
    ----------
    a, b : Run
        From `Run(path)`, `list_runs` or `find`.
    tolerance : float, default 1e-6
        Differences up to this share of the larger number count as rounding.

    Returns
    -------
    Differences
        `print` it, or read its `given`, `steps`, `epochs`, `first` and `same`.

    Raises
    ------
    ArgumentError
        If one of them is no run, or the tolerance is negative or no number.

    Examples
    --------
    >>> import tempfile
    >>> from chainrule.runs import Recorder, Run
    >>> folder, paths = tempfile.TemporaryDirectory(), []
    >>> for rate in (0.1, 0.2):
    ...     with Recorder(folder.name, name="rates", settings={"rate": rate}, capture_output=False) as recorder:
    ...         for step in range(4):
    ...             recorder.log(step, {"loss": 1 - max(step - 1, 0) * rate})
    ...     paths.append(recorder.path)
    >>> differences = diff(Run(paths[0]), Run(paths[1]))
    >>> print(differences.given["settings"])
    {'rate': (0.1, 0.2)}
    >>> print(differences.first)
    loss: equal up to step 1, apart at step 2; ended at 0.8 and 0.6, 0.2 apart
    >>> folder.cleanup()
    """
    for run in (a, b):
        check_run("diff", run)
    if not isinstance(tolerance, (int, float)) or not tolerance >= 0:
        raise ArgumentError(f"diff: tolerance is a share of 0 or more, such as 1e-6; received {tolerance!r}.")
    given = {part: _pairs(flat(getattr(a, part)), flat(getattr(b, part))) for part in PARTS}
    given["seed"] = {} if a.seed == b.seed else {"seed": (a.seed, b.seed)}
    of_steps = [{name: run.steps(name) for name in run.metrics if name not in PLACES} for run in (a, b)]
    of_epochs = [_epoch_curves(run.epochs) for run in (a, b)]
    names = [list(dict.fromkeys([*steps, *epochs])) for steps, epochs in zip(of_steps, of_epochs, strict=True)]
    only = tuple([name for name in ours if name not in theirs] for ours, theirs in (names, names[::-1]))
    return Differences(
        str(a.id),
        str(b.id),
        {part: pairs for part, pairs in given.items() if pairs},
        _partings("step", of_steps[0], of_steps[1], tolerance),
        _partings("epoch", of_epochs[0], of_epochs[1], tolerance),
        only,
    )


def _pairs(a: dict[str, Any], b: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = [*a, *(name for name in b if name not in a)]
    pairs = {name: (a.get(name, ABSENT), b.get(name, ABSENT)) for name in names}
    return {
        path: pair for name, (one, other) in pairs.items() if one != other for path, pair in _places(name, one, other)
    }


def _places(name: str, one: Any, other: Any) -> list[tuple[str, tuple[Any, Any]]]:
    """Return where two values differ: of two lists of one length, the places that do."""
    if not (isinstance(one, list) and isinstance(other, list) and len(one) == len(other)):
        return [(name, (one, other))]
    pairs = enumerate(zip(one, other, strict=True))
    return [(f"{name}[{place}]", (a, b)) for place, (a, b) in pairs if a != b]


def _epoch_curves(epochs: dict[str, list]) -> dict[str, tuple[list[int], list[float]]]:
    """Return the curve of each metric over the epochs that have a value of it."""
    curves = {}
    for name, values in epochs.items():
        points = [(at, value) for at, value in zip(epochs.get("epoch", ()), values, strict=False) if value is not None]
        if name not in PLACES and points:
            curves[name] = ([at for at, _ in points], [value for _, value in points])
    return curves


def _partings(by: str, a: dict[str, Any], b: dict[str, Any], tolerance: float) -> list[Parting]:
    found = [parting(name, by, a[name], b[name], tolerance) for name in a if name in b]
    return [one for one in found if one is not None]
