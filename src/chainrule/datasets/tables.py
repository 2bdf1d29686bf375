"""PIMA and Titanic: the two tables of the tutorials, read strictly into numbers."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from chainrule.datasets.dataset import Dataset
from chainrule.datasets.files import path
from chainrule.errors import DataError

PIMA_COLUMNS = (
    "pregnancies",
    "glucose",
    "blood_pressure",
    "skin_thickness",
    "insulin",
    "bmi",
    "pedigree",
    "age",
)
PIMA_ABOUT = (
    "A row is a woman of at least 21 years, of Pima heritage; the class is whether she has diabetes. "
    "Zeros in glucose, blood_pressure, skin_thickness, insulin and bmi mean that the value is missing."
)
PIMA_SOURCE = "National Institute of Diabetes and Digestive and Kidney Diseases (US), 1990, through the UCI repository."

TITANIC_COLUMNS = ("Pclass", "Sex", "Age", "SibSp", "Parch", "Fare")
TITANIC_TARGET = "Survived"
TITANIC_ABOUT = (
    "A row is a passenger; the class is whether they survived. Pclass 1 to 3; Sex 0 male, 1 female; Age in years, "
    "NaN where it is missing (177 rows); SibSp brothers, sisters and spouses aboard; "
    "Parch parents and children aboard; Fare in pounds."
)
TITANIC_SOURCE = "Encyclopedia Titanica, as published for Kaggle's Titanic competition (its training file)."
SEXES = {"male": 0.0, "female": 1.0}


def load_pima() -> Dataset:
    """Return the Pima Indians diabetes table: 768 women, 8 numbers, diabetes or not.

    The table of Keras' first tutorials. The columns' scales differ much, and zeros stand for missing values in five
    of them.

    Returns
    -------
    Dataset
        X (768, 8) in float64, y (768,): 500 times 0, 268 times 1.

    Raises
    ------
    DataError
        If the file can't be found, fetched or read.

    References
    ----------
    Smith et al., "Using the ADAP learning algorithm to forecast the onset of diabetes mellitus", 1988.
    """
    file = path("pima")
    table = np.array([_pima_row(file, line, cells) for line, cells in _rows(file)])
    if not len(table):
        raise DataError(f"{file} is empty; expected rows of {len(PIMA_COLUMNS) + 1} numbers.")
    y = _labels(file, table[:, -1])
    classes = ("no diabetes", "diabetes")
    return Dataset("pima", table[:, :-1].copy(), y, PIMA_COLUMNS, classes, "binary", PIMA_ABOUT, PIMA_SOURCE)


def load_titanic() -> Dataset:
    """Return six columns of the Titanic's passengers as numbers, and who survived.

    A missing age is NaN, which `fit` refuses: fill it first, for instance `X[np.isnan(X)] = np.nanmedian(X[:, 2])`.
    Names, tickets, cabins and ports are left out; `pandas.read_csv(chainrule.datasets.path("titanic"))` has them.

    Returns
    -------
    Dataset
        X (891, 6) in float64: Pclass, Sex (1 is female), Age, SibSp, Parch, Fare; y (891,): 549 times 0, 342 times 1.

    Raises
    ------
    DataError
        If the file can't be found, fetched or read.
    """
    file = path("titanic")
    lines = _rows(file)
    _, header = next(lines, (1, []))
    missing = [name for name in (TITANIC_TARGET, *TITANIC_COLUMNS) if name not in header]
    if missing:
        raise DataError(f"{file} has no column {missing[0]!r}; its first line is {','.join(header)!r}.")
    rows = [_titanic_row(file, line, header, cells) for line, cells in lines]
    if not rows:
        raise DataError(f"{file} has a first line and no passengers.")
    table = np.array(rows)
    classes = ("died", "survived")
    y = _labels(file, table[:, 0])
    return Dataset("titanic", table[:, 1:].copy(), y, TITANIC_COLUMNS, classes, "binary", TITANIC_ABOUT, TITANIC_SOURCE)


def _rows(file: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of each line that is not blank, and its cells."""
    with open(file, newline="", encoding="utf-8-sig") as text:
        reader = csv.reader(text)
        for cells in reader:
            if cells:
                yield reader.line_num, cells


def _pima_row(file: Path, line: int, cells: list[str]) -> list[float]:
    names = (*PIMA_COLUMNS, "the class")
    _check_width(file, line, len(cells), len(names))
    return [_number(file, line, name, cell) for name, cell in zip(names, cells, strict=True)]


def _titanic_row(file: Path, line: int, header: list[str], cells: list[str]) -> list[float]:
    _check_width(file, line, len(cells), len(header))
    row = dict(zip(header, cells, strict=True))
    read: dict[str, Callable[..., float]] = {"Sex": _sex, "Age": _number_or_nan}
    return [read.get(name, _number)(file, line, name, row[name]) for name in (TITANIC_TARGET, *TITANIC_COLUMNS)]


def _check_width(file: Path, line: int, received: int, expected: int) -> None:
    if received != expected:
        raise DataError(f"{file}, line {line}: expected {expected} values between commas, received {received}.")


def _number(file: Path, line: int, column: str, cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        raise DataError(f"{file}, line {line}, {column}: expected a number, received {cell!r}.") from None


def _number_or_nan(file: Path, line: int, column: str, cell: str) -> float:
    return _number(file, line, column, cell) if cell.strip() else float("nan")


def _sex(file: Path, line: int, column: str, cell: str) -> float:
    if cell not in SEXES:
        raise DataError(f"{file}, line {line}, {column}: expected male or female, received {cell!r}.")
    return SEXES[cell]


def _labels(file: Path, values: np.ndarray) -> np.ndarray:
    wrong = np.flatnonzero((values != 0) & (values != 1))
    if len(wrong):
        raise DataError(f"{file}, row {wrong[0]} of the data: the class is 0 or 1, received {values[wrong[0]]:g}.")
    return values.astype(np.int64)
