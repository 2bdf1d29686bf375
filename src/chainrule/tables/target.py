"""What is to be predicted: its task, its classes or its scale, and the way back from a network's output."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from chainrule.errors import ArgumentError, DataError, ModelFileError, nearest, unknown_name
from chainrule.tables.as_kind import as_numbers
from chainrule.tables.encoders import LARGEST
from chainrule.tables.profile import BOOLEANS, distinct_of
from chainrule.tables.strict import take
from chainrule.tables.table import as_text, missing_in

TASKS = ("binary", "multiclass", "number")
#: Whole numbers are classes if at most so many differ and each comes so often on average.
MAX_NUMBER_CLASSES, ROWS_A_CLASS = 20, 5
#: A text target with more different values than this share of the rows can't be learnt.
MAX_TEXT_SHARE, MAX_CLASSES = 0.5, 1000
_FALSE_WORDS = {*(pair[0] for pair in BOOLEANS), "not", "non"}
_FIELDS = {
    "name": "text",
    "task": "text",
    "classes": "texts",
    "mean": "number",
    "scale": "positive",
    "positive": "text?",
}


@dataclass(frozen=True)
class TargetCoder:
    """The target column as numbers.

    Attributes
    ----------
    name : str
        The column.
    task : str
        "binary", "multiclass" or "number".
    classes : list of str
        The classes in the order of the network's outputs; empty for a number. Of two, the second is the positive one.
    mean, scale : float
        A number is learnt as (y − mean) / scale; 0 and 1 for classes.
    positive : str or None
        The class whose probability a binary network gives.
    """

    name: str
    task: str
    classes: list[str]
    mean: float
    scale: float
    positive: str | None

    def encode(self, values: np.ndarray, notes: list[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return the target of the rows that have one, and which rows those are.

        Raises
        ------
        DataError
            If no row has one, or one has a class that the training rows did not have.
        """
        y, keep = self.encode_some(values, notes)
        if not len(keep):
            raise DataError(f"The target {self.name!r} is missing in every row; expected at least one value.")
        if left_out := len(values) - len(keep):
            rows = "1 row has" if left_out == 1 else f"{left_out:,} rows have"
            notes.append(
                f"{rows} no value of the target {self.name!r} and {'is' if left_out == 1 else 'are'} left out."
            )
        return y, keep

    def encode_some(self, values: np.ndarray, notes: list[str] | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return what `encode` does, of a part of a table: no row of it needs to have a target."""
        if self.task == "number":
            numbers = as_numbers(self.name, values, [] if notes is None else notes)
            keep = np.flatnonzero(~np.isnan(numbers))
            return ((numbers[keep] - self.mean) / self.scale).astype(np.float32), keep
        texts = as_text(values)
        keep = np.flatnonzero(~missing_in(texts))
        return self._numbers_of(texts[keep]).astype(np.float32 if self.task == "binary" else np.int64), keep

    def _numbers_of(self, texts: np.ndarray) -> np.ndarray:
        places = {name: i for i, name in enumerate(self.classes)}
        for text in dict.fromkeys(texts.tolist()):  # adult's test part writes its labels with a full stop
            places.setdefault(text, places.get(text.rstrip("."), -1))
        numbers = np.fromiter(map(places.__getitem__, texts.tolist()), np.int64, len(texts))
        if (numbers < 0).any():
            new = texts[numbers < 0][0]
            known = ", ".join(self.classes[:12])
            raise DataError(
                f"The target {self.name!r} has the class {new!r}, which the training rows did not have."
                f"{nearest(new, self.classes)} Its classes: {known}."
            )
        return numbers

    def decode(self, P: np.ndarray) -> dict[str, np.ndarray]:
        """Return a network's output in the target's own words: "prediction", and "probability_…" for each class."""
        P = np.asarray(P, dtype=np.float64)
        width = len(self.classes) if self.task == "multiclass" else 1
        if P.ndim == 1 and width == 1:
            P = P[:, None]
        if P.ndim != 2 or P.shape[1] != width:
            raise DataError(f"Expected the network's output with shape (rows, {width}); received {P.shape}.")
        if self.task == "number":
            return {"prediction": P[:, 0] * self.scale + self.mean}
        if self.task == "binary":
            P = np.hstack([1 - P, P])
            winner = (P[:, 1] >= 0.5).astype(np.int64)
        else:
            winner = P.argmax(axis=1)
        names = np.array(self.classes, dtype=object)
        return {"prediction": names[winner]} | {f"probability_{c}": P[:, i] for i, c in enumerate(self.classes)}

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Any) -> TargetCoder:
        """Return the coder that `to_dict` described, every value checked."""
        coder = cls(**take(data, "the target", _FIELDS))
        n, named = len(coder.classes), coder.task == "binary"
        fits = {"binary": n == 2, "multiclass": n > 2, "number": n == 0}.get(coder.task, False)
        if (
            not fits
            or len(set(coder.classes)) != n
            or (coder.positive != coder.classes[1] if named else coder.positive)
        ):
            raise ModelFileError(f"The data contract is damaged: the target {coder.name!r} contradicts itself.")
        return coder


def detect_task(values: np.ndarray) -> str:
    """Return the task that a target column asks for.

    Two different values are "binary". Text is "multiclass". Whole numbers are classes where they are few, and each
    comes several times; all other numbers are a "number".

    Examples
    --------
    >>> detect_task(np.array([0.0, 1.0, 1.0])), detect_task(np.array([0.5, 1.5, 2.5]))
    ('binary', 'number')
    """
    distinct, _ = distinct_of(values[~missing_in(values)])
    if len(distinct) == 2:
        return "binary"
    if values.dtype.kind != "f":
        return "multiclass"
    whole = bool((distinct == np.round(distinct)).all())
    few = len(distinct) <= MAX_NUMBER_CLASSES and len(distinct) * ROWS_A_CLASS <= len(values)
    dense = len(distinct) > 0 and distinct[-1] - distinct[0] < 2 * len(distinct)
    return "multiclass" if whole and few and dense else "number"


def learn_target(name: str, values: np.ndarray, task: str | None, positive: str | None) -> TargetCoder:
    """Return the coder of a target column.

    Raises
    ------
    DataError
        If the column is empty, constant, of dates, or of nearly as many texts as rows, or does not fit the task.
    ArgumentError
        If the task or the positive class is not known.
    """
    if task is not None and task not in TASKS:
        raise unknown_name("task", task, TASKS)
    there = values[~missing_in(values)]
    _refuse_useless(name, there)
    task = task or detect_task(values)
    if task == "number":
        return _learn_number(name, there)
    distinct, _ = distinct_of(as_text(there))
    classes = sorted(distinct.tolist(), key=_class_order)
    if len(classes) > MAX_CLASSES or len(classes) > max(MAX_TEXT_SHARE * len(there), 2):
        raise DataError(
            f"The target {name!r} has {len(classes):,} different values in {len(there):,} rows, too many for classes; "
            "name another column, or task='number' if they are numbers."
        )
    if (task == "binary") != (len(classes) == 2):
        right = "'multiclass'" if len(classes) > 2 else "'binary'"
        raise DataError(f"The target {name!r} has {len(classes)} classes: its task is {right}, not {task!r}.")
    if task == "multiclass":
        _refuse_positive(positive)
        return TargetCoder(name, task, classes, 0.0, 1.0, None)
    if positive is not None and str(positive) not in classes:
        raise unknown_name("class", positive, classes)
    if str(positive) == classes[0]:
        classes.reverse()
    return TargetCoder(name, task, classes, 0.0, 1.0, classes[1])


def _refuse_positive(positive: str | None) -> None:
    if positive is not None:
        raise ArgumentError(f"A positive class is for targets of two classes; received {positive!r}.")


def _refuse_useless(name: str, there: np.ndarray) -> None:
    if not len(there):
        raise DataError(f"The target {name!r} is missing in every row; expected at least two different values.")
    if there.dtype.kind == "M":
        raise DataError(f"The target {name!r} holds dates; expected classes or numbers, such as the days until then.")
    if (there == there[0]).all():
        shown = as_text(there[:1])[0]
        raise DataError(f"The target {name!r} is {shown!r} in every row: there is nothing to learn.")


def _learn_number(name: str, there: np.ndarray) -> TargetCoder:
    if there.dtype.kind != "f":
        raise DataError(f"The target {name!r} holds text ({there[0]!r}), and the task 'number' needs numbers.")
    if np.abs(there).max() > LARGEST:
        raise DataError(f"The target {name!r} has numbers too large to be averaged; divide them by a power of ten.")
    mean, scale = float(there.mean()), float(there.std())
    return TargetCoder(name, "number", [], mean, scale or float(np.abs(there).max()), None)


def _class_order(text: str) -> tuple:
    """Sort numbers by value, no before yes, "no diabetes" before "diabetes", and text by the alphabet."""
    try:
        return (0, float(text), text)
    except ValueError:
        return (1, 0.0 if text.lower().split()[0] in _FALSE_WORDS else 1.0, text)
