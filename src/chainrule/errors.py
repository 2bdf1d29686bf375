"""The errors that chainrule raises: one base class, so that one `except ChainruleError` catches them all."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ChainruleError(Exception):
    """Base of every error that chainrule raises on purpose."""


class ArgumentError(ChainruleError, ValueError):
    """An argument has a value that can't be used: a misspelt name, a rate of 1.5, a batch of 0."""


class ShapeError(ChainruleError, ValueError):
    """Arrays or layers whose shapes don't fit each other."""


class DataError(ChainruleError, ValueError):
    """Data that can't be trained on or predicted from: text, NaN, a label out of range."""


class NotReadyError(ChainruleError, RuntimeError):
    """A method was called before what it needs: `fit` before `compile`, `predict` before the input shape is known."""


class GradientError(ChainruleError, TypeError):
    """A gradient was asked of something that has none."""


class ModelFileError(ChainruleError, ValueError):
    """A model file that can't be read, is damaged, or asks for something that a model file may not ask for."""


class MissingExtraError(ChainruleError, ImportError):
    """An optional package is not installed; the message says which `pip install` brings it."""


class NonFiniteLoss(ChainruleError, ArithmeticError):
    """The loss became NaN or infinite. The weights are still those of the last good step.

    Attributes
    ----------
    layer : str or None
        The first layer, in the order of the forward pass, whose output is not finite (None: the loss itself).
    epoch, batch, row : int
        Where, counted from 1 (epoch, batch) and from 0 (row of the data where it is known, else of the batch).
    history : History
        What was recorded up to there.
    """

    def __init__(self, message: str, *, layer=None, epoch=None, batch=None, row=None, history=None):
        super().__init__(message)
        self.layer, self.epoch, self.batch, self.row, self.history = layer, epoch, batch, row, history


class TaskError(ChainruleError, RuntimeError):
    """Base of the errors of the task queue."""


class QueueFull(TaskError):
    """A task was added with `policy="raise"` while as many as may wait were waiting."""


class TaskFailed(TaskError):
    """The result was asked of a task that raised; the cause is what it raised, where that is still known."""


class TaskLost(TaskError):
    """The result was asked of a task whose worker died each time it was run."""


class TaskCancelled(TaskError):
    """The result was asked of a task that was cancelled, or dropped for a newer one, before it ran."""


class TasksFileError(TaskError, ValueError):
    """A file of tasks that can't be used: not ours, newer than this version, read-only, on a network file system."""


class RunFileError(ChainruleError, ValueError):
    """The record of a run that can't be read or written: not ours, newer than this version, cut off."""


def nearest(given: object, known: Iterable[str]) -> str:
    """Return " Did you mean 'relu'?" for the known name nearest to what was given, or "" when none is near.

    Examples
    --------
    >>> nearest("rellu", ["relu", "tanh"])
    " Did you mean 'relu'?"
    """
    near = difflib.get_close_matches(str(given).lower(), sorted(known), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""


def unknown_name(kind: str, given: object, known: Iterable[str]) -> ArgumentError:
    """Return the error for a name that isn't known: it lists the known ones and suggests the nearest."""
    known = sorted(known)
    return ArgumentError(f"There is no {kind} named {given!r}.{nearest(given, known)} Known: {', '.join(known)}.")
