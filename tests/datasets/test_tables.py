"""PIMA and Titanic: first rows by hand, missing values, and files that are damaged."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from chainrule import datasets
from chainrule.datasets.files import FILES, VARIABLE
from chainrule.errors import DataError

HEADER = "PassengerId,Survived,Pclass,Name,Sex,Age,SibSp,Parch,Ticket,Fare,Cabin,Embarked\n"


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Return a function that writes the file of a data set, which `load` then reads."""
    monkeypatch.setenv(VARIABLE, str(tmp_path))

    def write_file(name, text):
        file = tmp_path / name / FILES[name][0].file
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(text.encode())
        return file

    return write_file


def test_pimas_first_row_is_the_files(data_folder):
    data = datasets.load("pima")
    first = dict(zip(data.feature_names, data.X[0].tolist(), strict=True))
    assert first == {
        "pregnancies": 6,
        "glucose": 148,
        "blood_pressure": 72,
        "skin_thickness": 35,
        "insulin": 0,
        "bmi": 33.6,
        "pedigree": 0.627,
        "age": 50,
    }
    assert data.y[0] == 1


def test_pimas_means_are_the_published_ones(data_folder):
    # pima-indians-diabetes.names, "Brief statistical analysis", rounded to one decimal.
    means = datasets.load("pima").X.mean(axis=0).round(1)
    assert means.tolist() == [3.8, 120.9, 69.1, 20.5, 79.8, 32.0, 0.5, 33.2]


def test_titanic_is_the_file_column_by_column(data_folder):
    data = datasets.load("titanic")
    with open(datasets.path("titanic"), newline="") as text:
        rows = list(csv.DictReader(text))
    for column, name in enumerate(data.feature_names):
        cells = [{"male": "0", "female": "1"}.get(row[name], row[name]) or "nan" for row in rows]
        np.testing.assert_array_equal(data.X[:, column], np.array(cells, dtype=float))
    assert data.y.tolist() == [int(row["Survived"]) for row in rows]
    assert np.isnan(data.X).sum(axis=0).tolist() == [0, 0, 177, 0, 0, 0]  # SOURCE: 177 ages are missing


def test_titanic_by_hand(write):
    write(
        "titanic",
        HEADER + '1,0,3,"Braund, Mr. Owen",male,22.0,1,0,A/5,7.25,,S\n2,1,1,"Cumings",female,,1,2,PC,71.5,C85,C\n',
    )
    X, y = datasets.load("titanic")
    np.testing.assert_array_equal(X, [[3, 0, 22, 1, 0, 7.25], [1, 1, np.nan, 1, 2, 71.5]])
    assert y.tolist() == [0, 1]


def test_a_byte_order_mark_crlf_and_blank_lines_are_read(write):
    write("pima", "\ufeff6,148,72,35,0,33.6,0.627,50,1\r\n\r\n1,85,66,29,0,26.6,0.351,31,0\r\n")
    X, y = datasets.load("pima")
    assert X.shape == (2, 8)
    assert y.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("pima", "1,2,3\n", "line 1: expected 9 values between commas, received 3."),
        ("pima", "1,2,3,4,5,6,7,8,0\n1,2,3,?,5,6,7,8,0\n", "line 2, skin_thickness: expected a number, received '?'."),
        ("pima", "1,2,3,4,5,6,7,8,2\n", "row 0 of the data: the class is 0 or 1, received 2."),
        ("pima", "\n", " is empty; expected rows of 9 numbers."),
        ("titanic", "Survived,Sex\n0,male\n", " has no column 'Pclass'; its first line is 'Survived,Sex'."),
        ("titanic", "", " has no column 'Survived'; its first line is ''."),
        ("titanic", HEADER, " has a first line and no passengers."),
        ("titanic", HEADER + "1,0,3,A,mail,22,1,0,T,7,,S\n", "line 2, Sex: expected male or female, received 'mail'."),
        ("titanic", HEADER + "1,0,3,A,male,old,1,0,T,7,,S\n", "line 2, Age: expected a number, received 'old'."),
        ("titanic", HEADER + "1,0,3,A,male,22,1,0,T,,,S\n", "line 2, Fare: expected a number, received ''."),
        ("titanic", HEADER + "1,0,3\n", "line 2: expected 12 values between commas, received 3."),
    ],
)
def test_damaged_files_are_refused_with_their_place(write, name, text, message):
    file = write(name, text)
    with pytest.raises(DataError) as refused:
        datasets.load(name)
    assert str(refused.value).startswith(str(file))
    assert str(refused.value).endswith(message)
