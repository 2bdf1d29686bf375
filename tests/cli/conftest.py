"""What the tests of the command line share: a way to call it, and a small table."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

pytest.importorskip("typer", reason='the command line needs chainrule["tables"]')
pytest.importorskip("duckdb", reason='reading files needs chainrule["tables"]')

from chainrule.cli.main import run

N_ROWS = 120


class Called(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def call(capfd, monkeypatch, tmp_path):
    """Return a function that runs a command in an empty folder: `call("train", "a.csv", …)`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CHAINRULE_DEBUG", raising=False)
    monkeypatch.setenv("COLUMNS", "80")

    def call_it(*arguments: object) -> Called:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        return Called(code, *capfd.readouterr())

    return call_it


def patients(n: int = N_ROWS) -> str:
    """Return a table as CSV: two numbers, a category, and a target that follows from them."""
    turn = np.arange(n)
    age, weight = 20 + turn * 37 % 61, 50 + turn * 53 % 47
    ward = np.array(["north", "south", "east"])[turn % 3]
    ill = np.where(age + 10 * (ward == "south") > 52, "yes", "no")
    lines = [f"{a},{w},{c},{i}" for a, w, c, i in zip(age, weight, ward, ill, strict=True)]
    return "\n".join(["age,weight,ward,ill", *lines]) + "\n"


@pytest.fixture
def table(tmp_path):
    """Return the path of a small table of two classes."""
    path = tmp_path / "patients.csv"
    path.write_text(patients(), encoding="utf-8")
    return path
