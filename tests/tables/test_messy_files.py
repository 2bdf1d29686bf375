"""Files as they are: each oddity is read right or refused with one sentence; no row is lost in silence."""

from __future__ import annotations

import os
import re

import numpy as np
import pytest

from chainrule.errors import DataError
from chainrule.tables import Reject, read_table

REFUSED = {
    "empty": (b"", " is empty; expected a first line of column names and a line for each row."),
    "blank lines": (b"\n \n\n", " is empty; expected a first line of column names and a line for each row."),
    "a mark alone": (b"\xef\xbb\xbf", " is empty; expected a first line of column names and a line for each row."),
    "header only": (b"a,b\n", " has a first line of column names and no rows; expected at least one row below it."),
    "binary": (
        bytes(range(256)) * 9,
        " is no text: its bytes are those of another kind of file. Expected CSV, TSV, JSON lines or Parquet.",
    ),
    "late zero byte": (
        b"a,b\n" + b"1,2\n" * 3000 + b"3,\x004\n",
        " holds a zero byte in line 3002: it is damaged, or no text; remove that line.",
    ),
    "a workbook": (b"PK\x03\x04abc", " is no table but a zip file, perhaps an Excel workbook: save it as CSV."),
    "half a UTF-16": (b"\xff\xfea\x00,", " begins as UTF-16 and is damaged"),
    "an open quote": (
        b'a,b\n1,2\n3,"x\n4,5\n6,7\n',
        ": a quote opens in line 3 and never closes, so that all after it is one value; close it, or write a quote "
        'within a text twice ("").',
    ),
    "an open quote before others": (b'a,b\n1,2\n3,"x\n4,"y"\n5,"z"\n', ": a quote opens in line 3 and never closes"),
    "an open quote at once": (b'"a,b\n1,2\n3,4\n', ": a quote opens in the first row and never closes"),
    # Here DuckDB names another line, and loses 500,000 rows under one reject.
    "an open quote far from the end": (
        b"a,b\n" + b"3,4\n" * 10 + b'3,"x\n' + b"4,5\n" * 2_000_000,
        ": a quote opens in line 12 and never closes",
    ),
    "more bad rows than good": (
        b"a,b\n1,2\n3\n4,5,6\n7,8,9,0\n",
        ": 3 of 4 rows can't be read, the first in line 3: expected 2 values, received 1. Is the delimiter "
        "another? Give it with delimiter=…",
    ),
    "damaged Parquet": (b"PAR1abcdefgh", " can't be read as Parquet: "),
    "no JSON": (b'{"a": \n{"b"\n', " holds no rows of JSON: expected an object such as"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_one_sentence(write, case):
    contents, message = REFUSED[case]
    file = write(contents)
    with pytest.raises(DataError) as caught:
        read_table(file)
    assert str(caught.value).startswith(f"{file}{message}")
    assert "\n" not in str(caught.value)


def test_paths_that_are_no_file(tmp_path, write):
    write("a\n1\n", "patients.csv")
    for path, message in {
        tmp_path: f"{tmp_path} is a folder; give the name of a file in it.",
        tmp_path / "patient.csv": f"There is no file {tmp_path}/patient.csv. Did you mean 'patients.csv'?",
        tmp_path / "no" / "t.csv": f"There is no file {tmp_path}/no/t.csv.",
        "/dev/null": "/dev/null is no plain file; send it through standard input: chainrule … - < /dev/null",
    }.items():
        with pytest.raises(DataError, match=f"^{re.escape(message)}$"):
            read_table(path)
    with pytest.raises(DataError, match="is no name of a file"):
        read_table("x" * 5000)


def test_no_permission(write, monkeypatch):
    file = write("a,b\n1,2\n")
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may read all
    with pytest.raises(DataError, match=f"^You have no permission to read {file}; chmod \\+r, or ask its owner\\.$"):
        read_table(file)


def test_ragged_rows_are_told_by_line(write):
    table = read_table(write('a,b\n1,2\n3\n4,5,6\n\n7,"x\ny"\n8\n9,10\n1,1\n1,2\n'))
    assert table.rejects == [
        Reject(3, "3", "expected 2 values, received 1."),
        Reject(4, "4,5,6", "expected 2 values, received 3."),
        Reject(8, "8", "expected 2 values, received 1."),
    ]
    assert table["a"].tolist() == [1, 7, 9, 1, 1]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_counted_far_down_and_with_any_end(write, newline):
    lines = ["a,b", *["1,2"] * 20_000, "3", *["4,5"] * 9]
    table = read_table(write(newline.join(lines)))
    assert [reject.line for reject in table.rejects] == [20_002]
    assert table.n_rows == 20_009


def test_rows_and_rejects_add_up(write):
    rng = np.random.default_rng(0)
    rows = ["1" if bad else "1,2" for bad in rng.random(5000) < 0.1]
    table = read_table(write("\n".join(["a,b", *rows])))
    assert table.n_rows + len(table.rejects) == 5000
    assert [reject.line for reject in table.rejects] == [i + 2 for i, row in enumerate(rows) if row == "1"]


def test_a_value_after_a_closed_quote_is_told(write):
    table = read_table(write('a,b\n1,2\n3,"x"y\n4,5\n6,7\n'))
    assert table.rejects == [Reject(3, '3,"x"y', "a quote opens and does not close before the next delimiter.")]
    assert table.n_rows == 3


def test_a_line_too_long_is_told(write):
    table = read_table(write("a,b\n1,2\n3," + "x" * 3_000_000 + "\n5,6\n"))
    assert [(reject.line, reject.reason) for reject in table.rejects] == [(3, "the line is longer than 2 MB.")]


def test_quotes_within_values(write):
    assert read_table(write('a,b\n1,5" pipe\n2,"5"" pipe"\n'))["b"].tolist() == ['5" pipe'] * 2


@pytest.mark.parametrize(
    ("encoding", "note"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", "The file is in UTF-16, not UTF-8."),
        ("utf-16-le", "The file is in UTF-16-LE, not UTF-8."),
        ("utf-16-be", "The file is in UTF-16-BE, not UTF-8."),
        ("latin-1", "The file is in Latin-1 (Windows-1252), not UTF-8."),
    ],
)
def test_encodings(write, encoding, note):
    table = read_table(write("größe,name\n1,café\n2,x\n".encode(encoding)))
    assert table.names == ["größe", "name"]
    assert table["name"].tolist() == ["café", "x"]
    assert table.notes == ([note] if note else [])


def test_latin_1_far_down(write):
    table = read_table(write(b"a,b\n" + b"1,x\n" * 300_000 + "2,é\n".encode("latin-1")))
    assert table["b"][-1] == "é" and table.n_rows == 300_001


@pytest.mark.parametrize("text", ["a,b\r\n1,2\r\n3,4\r\n", "a,b\r1,2\r3,4", "a,b\n1,2\r\n3,4\n"])
def test_line_ends(write, text):
    assert read_table(write(text))["b"].tolist() == [2, 4]


@pytest.mark.parametrize(
    ("text", "values", "note"),
    [
        ("a;b\n1,5;x\n-2,25;y\n", [1.5, -2.25], "Numbers with decimal comma in column a."),
        ("a;b\n1.234,5;x\n2.000;y\n", [1234.5, 2000], "Numbers with decimal comma in column a."),
        (
            'a,b\n"1,234",x\n12,y\n"1,234,567.5",z\n',
            [1234, 12, 1234567.5],
            "Numbers with commas between thousands in column a.",
        ),
        ("a;b\n1 234;x\n12;y\n", [1234, 12], "Numbers with blanks or apostrophes between thousands in column a."),
        ('a,b\n"1,5",x\n"2,25",y\n', [1.5, 2.25], "Numbers with decimal comma in column a."),
    ],
)
def test_numbers_as_they_are_written(write, text, values, note):
    table = read_table(write(text))
    assert table["a"].tolist() == values
    assert note in table.notes


def test_a_decimal_comma_after_the_sample(write):
    table = read_table(write("a;b\n" + "1;x\n" * 5000 + "1,5;y\n"))
    assert table["a"][-1] == 1.5


def test_text_after_the_sample(write):
    table = read_table(write("a,b\n" + "1,2\n" * 3000 + "1,x\n" * 1000))
    assert table["b"].tolist() == ["2"] * 3000 + ["x"] * 1000


def test_a_few_texts_among_numbers_are_missing_and_told(write):
    table = read_table(write("a,b\n" + "1,2\n" * 50 + "oops,3\n"))
    assert np.isnan(table["a"][-1])
    assert table.notes == ["Column 'a': 1 value is no number that can be used ('oops') and counts as missing."]


@pytest.mark.parametrize("text", ["1e400", "-1e400", "inf", "-Infinity"])
def test_numbers_too_large(write, text):
    table = read_table(write(f"a,b\n1,2\n{text},3\n2,4\n"))
    np.testing.assert_array_equal(table["a"], [1, np.nan, 2])
    assert table.notes == [f"Column 'a': 1 value is no number that can be used ({text!r}) and counts as missing."]


@pytest.mark.parametrize("marker", ["", "?", "NA", "N/A", "nan", "null", "None", "-", " ? "])
def test_missing_markers(write, marker):
    table = read_table(write(f"a,b\n1,x\n{marker},{marker}\n2,y\n"))
    np.testing.assert_array_equal(table["a"], [1, np.nan, 2])
    assert table["b"].tolist() == ["x", None, "y"]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-02-03", "2024-02-03"),
        ("2024-02-03T04:05:06Z", "2024-02-03"),
        ("2024/02/03", "2024-02-03"),
        ("03.02.2024", "2024-02-03"),
        ("31/12/2020", "2020-12-31"),
        ("12/31/2020 23:59", "2020-12-31"),
        ("31-12-2020", "2020-12-31"),
    ],
)
def test_dates(write, text, day):
    table = read_table(write(f"a,b\n{text},1\n?,2\n"))
    assert table["a"].astype("datetime64[D]").astype(str).tolist() == [day, "NaT"]


def test_codes_stay_text(write):
    table = read_table(write("zip,key\n01234,12345678901234567890\n12345,12345678901234567891\n"))
    assert table["zip"].tolist() == ["01234", "12345"]
    assert table["key"][0] == "12345678901234567890"


def test_duplicate_and_missing_names(write):
    table = read_table(write("a,a,,a\n1,2,3,4\n"))
    assert table.names == ["a", "a_2", "column2", "a_3"]
    assert table.notes[0] == "Column 1 is named 'a' as one before it; it is called 'a_2' here."


def test_one_row_and_one_column(write):
    assert read_table(write("a,b\n1,2\n")).n_rows == 1
    table = read_table(write("a\n1\n2\n"))
    assert table["a"].tolist() == [1, 2]
    assert table.notes == ["There is one column; if there should be more, give the delimiter."]


def test_values_without_a_header_are_no_names(write):
    assert read_table(write("red,small\nblue,large\nred,small\n")).n_rows == 3
    assert read_table(write("name,size\nblue,large\nred,small\n")).n_rows == 2


def test_a_header_over_two_lines(write):
    table = read_table(write('"a\nb",c\n1,2\n3\n4,5\n'))
    assert table.names == ["a\nb", "c"]
    assert [reject.line for reject in table.rejects] == [4]


def test_temporary_files_are_swept(write, tmp_path, monkeypatch):
    import tempfile

    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    read_table(write("a,b\n1,é\n".encode("latin-1")))
    with pytest.raises(DataError):
        read_table(write(b"\xff\xfea\x00,"))
    assert list(folder.iterdir()) == []
