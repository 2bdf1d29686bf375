"""Tables as they come: each ends with a model or with one exact sentence."""

from __future__ import annotations

import json

import pytest

from chainrule.cli.main import DONE, FAILED

LINES = 120


def numbered(columns: str, cell) -> str:
    return "\n".join([columns, *(cell(i) for i in range(LINES))]) + "\n"


def yes_no(i: int) -> str:
    return "yes" if i * 37 % 61 > 30 else "no"


REFUSED = {
    "empty": ("", "{file} is empty; expected a first line of column names and a line for each row."),
    "header only": (
        "age,ill\n",
        "{file} has a first line of column names and no rows; expected at least one row below it.",
    ),
    "one row": ("age,ill\n3,yes\n", "The target 'ill' is 'yes' in every row: there is nothing to learn."),
    "one column": ("ill\n" + "yes\nno\n" * 30, "No column of {file} is left to learn 'ill' from."),
    "target constant": (
        numbered("age,ill", lambda i: f"{i * 37 % 61},yes"),
        "The target 'ill' is 'yes' in every row: there is nothing to learn.",
    ),
    "target empty": (
        numbered("age,ill", lambda i: f"{i * 37 % 61},"),
        "The target 'ill' is missing in every row; expected at least two different values.",
    ),
    "quote never closed": (
        numbered("age,ward,ill", lambda i: f"{i * 37 % 61},{chr(34) if i == 7 else ''}north,{yes_no(i)}"),
        "{file}: a quote opens in line 9 and never closes, so that all after it is one value; close it, or write a "
        'quote within a text twice ("").',
    ),
    "binary junk": (
        bytes(i * 7919 % 256 for i in range(5000)),
        "{file} is no text: its bytes are those of another kind of file. Expected CSV, TSV, JSON lines or Parquet.",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_table_that_nothing_can_be_learnt_from_is_one_sentence(call, tmp_path, name):
    content, sentence = REFUSED[name]
    path = tmp_path / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    code, _, err = call("train", path, "--target", "last")
    assert (code, err) == (FAILED, f"chainrule: {sentence.format(file=path)}\n")
    assert not path.with_suffix(".safetensors").exists()


def test_ten_thousand_categories_are_no_column_to_learn_from(call, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("code,y\n" + "".join(f"cat{i},{i % 2}\n" for i in range(10_000)))
    code, out, err = call("train", path, "--target", "y")
    assert code == FAILED
    assert err.startswith(
        f"chainrule: No column of {path} is left to learn 'y' from (code: Nearly every row has its own "
    )
    assert err.count("\n") == 1
    assert "code  identifier  not used" in out


def test_a_folder_in_place_of_a_table(call, tmp_path):
    called = call("train", tmp_path, "--target", "y", "--out", "m")
    assert called == (FAILED, "", f"chainrule: {tmp_path} is a folder; give the name of a file in it.\n")


def test_no_permission_to_read(call, table, monkeypatch):
    import os

    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.R_OK and allowed(path, mode))
    code, out, err = call("train", table, "--target", "ill")
    sentence = f"chainrule: You have no permission to read {table}; chmod +r, or ask its owner.\n"
    assert (code, out, err) == (FAILED, "", sentence)


LEARNT = {
    "a target missing in some rows": numbered("age,ill", lambda i: f"{i * 37 % 61},{yes_no(i) if i % 10 else ''}"),
    "a column all missing": numbered("x,age,ill", lambda i: f"?,{i * 37 % 61},{yes_no(i)}"),
    "a text column": numbered("note,age,ill", lambda i: f"it was visit {i} of many,{i * 37 % 61},{yes_no(i)}"),
    "an identifier": numbered("id,age,ill", lambda i: f"{i + 1000},{i * 37 % 61},{yes_no(i)}"),
    "dates": numbered("day,ill", lambda i: f"2024-{i % 12 + 1:02d}-{i % 28 + 1:02d},{yes_no(i)}"),
    "names twice": numbered("age,age,ill", lambda i: f"{i * 37 % 61},{i % 7},{yes_no(i)}"),
    "ragged rows": numbered("age,ill", lambda i: f"{i * 37 % 61},{yes_no(i)}{',9' if i == 5 else ''}"),
    "windows' line ends": numbered("age,ill", lambda i: f"{i * 37 % 61},{yes_no(i)}").replace("\n", "\r\n").encode(),
    "a byte order mark": numbered("age,ill", lambda i: f"{i * 37 % 61},{yes_no(i)}").encode("utf-8-sig"),
    "UTF-16": numbered("age,ill", lambda i: f"{i * 37 % 61},{yes_no(i)}").encode("utf-16"),
    "Latin-1": numbered("größe,ill", lambda i: f"{i * 37 % 61},{yes_no(i)}").encode("latin-1"),
    "semicolons and decimal commas": numbered("age;ill", lambda i: f"{i * 37 % 61},5;{yes_no(i)}"),
    "thousands": numbered("pay;ill", lambda i: f"{i * 37 % 61 + 1},000;{yes_no(i)}"),
    "1e400": numbered("age,ill", lambda i: f"{'1e400' if i == 4 else i * 37 % 61},{yes_no(i)}"),
}


@pytest.mark.parametrize("name", LEARNT)
def test_a_table_that_can_be_learnt_from_ends_with_a_model(call, tmp_path, name):
    path = tmp_path / "t.csv"
    content = LEARNT[name]
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    quick = ("--layers", "4", "--epochs", "2", "--restarts", "1")
    code, out, err = call("train", path, "--target", "ill", "--json", *quick)
    assert code == DONE, err
    answer = json.loads(out)
    rows = answer["rows"]
    assert path.with_suffix(".safetensors").is_file()
    # Every row is accounted for: learnt from, tested on, without a target, or rejected by its line.
    assert rows["read"] + rows["rejected"] == LINES
    assert rows["train"] + rows["test"] + rows["without_target"] == rows["read"]
    assert len(answer["rejects"]) == rows["rejected"] == (1 if name == "ragged rows" else 0)
    assert rows["without_target"] == (12 if name == "a target missing in some rows" else 0)
