"""Files as they should be: the real tables cell by cell, Parquet, JSON lines, and what a random table comes back as."""

from __future__ import annotations

import csv
import gzip
import io
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chainrule.errors import ArgumentError, DataError
from chainrule.tables import Table, read_table
from chainrule.tables.cells import is_missing


def cells_of(file, header):
    with open(file, newline="", encoding="utf-8") as text:
        rows = [row for row in csv.reader(text) if row]
    return rows[header:], rows[0]


@pytest.mark.parametrize(
    ("name", "header", "rows", "columns"),
    [
        ("pima/pima-indians-diabetes.csv", False, 768, 9),
        ("iris/iris.csv", False, 150, 5),
        ("titanic/titanic_train.csv", True, 891, 12),
        ("titanic/titanic_test.csv", True, 418, 11),
    ],
)
def test_real_tables_are_read_cell_by_cell(data_folder, name, header, rows, columns):
    table = read_table(data_folder / name)
    expected, first = cells_of(data_folder / name, header)
    assert (table.n_rows, len(table.columns)) == (rows, columns)
    assert table.rejects == []
    assert table.names == (first if header else [f"column{i}" for i in range(columns)])
    for i, values in enumerate(table.columns.values()):
        cells = [row[i] for row in expected]
        if values.dtype == np.float64:
            np.testing.assert_array_equal(values, [float(cell) if cell else np.nan for cell in cells])
        else:
            assert values.tolist() == [cell.strip() or None for cell in cells]


def test_titanic_has_blanks_and_quoted_commas(data_folder):
    table = read_table(data_folder / "titanic" / "titanic_train.csv")
    assert table["Name"][0] == "Braund, Mr. Owen Harris"
    assert (np.isnan(table["Age"]).sum(), (table["Cabin"] == None).sum()) == (177, 687)  # noqa: E711


def test_a_file_without_a_header_says_so(data_folder):
    assert read_table(data_folder / "pima" / "pima-indians-diabetes.csv").notes == [
        "The first line holds values, not names: the columns are called column0 to column8."
    ]


def test_names_may_be_given(write):
    assert read_table(write("1,2\n3,4\n"), columns=["a", "b"]).names == ["a", "b"]
    with pytest.raises(DataError, match=r"has 2 columns; received 3 names for them\."):
        read_table(write("1,2\n3,4\n"), columns=["a", "b", "c"])


def test_the_header_may_be_said(write):
    assert read_table(write("x,y\nx,y\n"), header=True).n_rows == 1
    assert read_table(write("2019,2020\n1,2\n"), header=True).names == ["2019", "2020"]
    assert read_table(write("a,b\n1,2\n"), header=False)["column0"].tolist() == ["a", "1"]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_delimiters_are_found(write, sign):
    table = read_table(write(f"a{sign}b\n1{sign}x\n2{sign}y\n"))
    assert (table["a"].tolist(), table["b"].tolist()) == ([1, 2], ["x", "y"])


def test_a_delimiter_may_be_given(write):
    assert read_table(write("a b\n1 2\n"), delimiter=" ").names == ["a", "b"]
    with pytest.raises(DataError, match=r"t\.csv has no delimiter ';'; its lines look divided by ','\."):
        read_table(write("a,b\n1,2\n"), delimiter=";")
    with pytest.raises(DataError, match="The delimiter is one character"):
        read_table(write("a,b\n1,2\n"), delimiter="::")


def test_parquet_keeps_types_and_gaps(tmp_path):
    import duckdb

    file = tmp_path / "it's [1].parquet"  # no pattern of names, and quoted
    row = "1::INT AS i, 'x' AS t, true AS b, DATE '2024-01-02' AS d, 1.5::DECIMAL(5,2) AS e, [1, 2] AS l"
    nulls = ", ".join(["NULL"] * 6)
    duckdb.connect().execute(
        f"COPY (SELECT {row} UNION ALL SELECT {nulls}) TO '{str(file).replace(chr(39), chr(39) * 2)}'"
    )
    table = read_table(file)
    np.testing.assert_array_equal(table["i"], [1, np.nan])
    np.testing.assert_array_equal(table["e"], [1.5, np.nan])
    assert [table[name].tolist() for name in "tbl"] == [["x", None], ["true", None], ["[1, 2]", None]]
    assert table["d"].astype(str).tolist() == ["2024-01-02T00:00:00", "NaT"]


def test_json_lines_and_a_list_of_objects(write):
    lines = '{"a": 1, "b": "x"}\n\n{"b": "?", "c": true, "d": "2024-01-02"}\n'
    for contents in (lines, '[{"a": 1, "b": "x"}, {"b": "?", "c": true, "d": "2024-01-02"}]'):
        table = read_table(write(contents, "t.jsonl"))
        np.testing.assert_array_equal(table["a"], [1, np.nan])
        assert (table["b"].tolist(), table["c"].tolist()) == (["x", None], [None, "true"])
        assert table["d"].astype(str).tolist() == ["NaT", "2024-01-02T00:00:00"]


def test_a_line_that_is_no_json_is_told(write):
    table = read_table(write('{"a": 1}\n{"a": \n[3]\n{"a": 2}\n{"a": 3}\n'))
    assert [reject.line for reject in table.rejects] == [2, 3]
    assert table.rejects[1].reason == "expected an object, received list."
    assert table["a"].tolist() == [1, 2, 3]


def test_gzip_is_unpacked(write):
    assert read_table(write(gzip.compress(b"a,b\n1,2\n"), "t.csv.gz"))["b"].tolist() == [2]
    with pytest.raises(DataError, match=r"can't be unpacked \(.*\): it is damaged; fetch it again\."):
        read_table(write(gzip.compress(b"a,b\n1,2\n")[:-9], "t.csv.gz"))


def test_standard_input_is_spooled(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a;b\n1,5;x\n")))
    table = read_table("-")
    assert (table["a"].tolist(), table.source) == ([1.5], "standard input")


def test_standard_input_that_is_closed(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(DataError, match=r"^Standard input is closed; give a file's name, or send a table:"):
        read_table("-")


def test_examples_have_names(data_folder):
    pima = read_table("example:pima")
    assert pima.names[-1] == "target" and set(pima["target"]) == {"diabetes", "no diabetes"}
    assert read_table("example:titanic")["Sex"][0] == "male"
    with pytest.raises(ArgumentError, match=r"no data set named 'pim'\. Did you mean 'pima'\?"):
        read_table("example:pim")


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_data_frames(library):
    frames = pytest.importorskip(library)
    data = {"n": [1, None, 3], "t": ["x", None, "?"], "b": [True, False, None]}
    table = read_table(frames.table(data) if library == "pyarrow" else frames.DataFrame(data))
    np.testing.assert_array_equal(table["n"], [1, np.nan, 3])
    assert table["t"].tolist() == ["x", None, None]
    assert table["b"].tolist() == ["true", "false", None]


def test_pandas_own_kinds():
    pd = pytest.importorskip("pandas")
    days = pd.to_datetime(["2024-01-01", None])
    frame = pd.DataFrame({"c": pd.Categorical(["u", None]), "d": days, "i": pd.array([1, None], dtype="Int64")})
    table = read_table(frame)
    assert table["c"].tolist() == ["u", None]
    assert table["d"].astype(str).tolist() == ["2024-01-01T00:00:00", "NaT"]
    np.testing.assert_array_equal(table["i"], [1, np.nan])


def test_what_is_no_table():
    with pytest.raises(DataError, match=r"^A table is a file's name, .* or a dict of columns; received int\.$"):
        read_table(5)
    with pytest.raises(DataError, match=r"^The columns of the table have different lengths: \{'a': 2, 'b': 1\}"):
        read_table({"a": [1, 2], "b": [1]})
    with pytest.raises(DataError, match=r"^the table has no columns; expected at least one\.$"):
        read_table({})
    with pytest.raises(DataError, match=r"^Column 'a' has shape \(2, 2\); expected one value a row"):
        read_table({"a": np.zeros((2, 2))})


def test_a_column_is_found_by_name_number_or_last():
    table = Table({"age": np.zeros(2), "sex": np.ones(2)})
    assert [table.name_of(one) for one in ("sex", 0, "1", -1, "last")] == ["sex", "age", "sex", "sex", "sex"]
    with pytest.raises(
        DataError, match=r"^the table has no column 'agee'\. Did you mean 'age'\? Its columns: age, sex\.$"
    ):
        table.name_of("agee")


letters = st.characters(exclude_categories=("C", "Zl", "Zp"), include_characters="\n")
words = st.text(letters, min_size=1, max_size=12).map(lambda text: f"w{text.strip()}").filter(lambda t: t == t.strip())
number_columns = st.lists(st.floats(allow_infinity=False), min_size=4, max_size=4)
text_columns = st.lists(st.none() | words, min_size=4, max_size=4).filter(any)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(number_columns | text_columns, min_size=2, max_size=5),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_a_random_table_comes_back_equal(write, columns, delimiter, newline, encoding):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=newline)
    writer.writerow([f"name{i}" for i in range(len(columns))])
    writer.writerows(
        [
            ["" if v is None or v != v else repr(v) if isinstance(v, float) else v for v in row]
            for row in zip(*columns, strict=True)
        ]
    )
    file = write(text.getvalue().encode(encoding))
    table = read_table(file, header=True, delimiter=delimiter)
    assert table.names == [f"name{i}" for i in range(len(columns))] and not table.rejects
    for given_, read in zip(columns, table.columns.values(), strict=True):
        if read.dtype.kind == "f":
            np.testing.assert_array_equal(read, np.array(given_, dtype=float))
        else:
            assert read.tolist() == [None if is_missing(value) else value for value in given_]
