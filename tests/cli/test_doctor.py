"""`chainrule doctor` and `chainrule summary` of tables and of the installation."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from chainrule import __version__
from chainrule.cli.installation import extras
from chainrule.cli.main import DONE
from chainrule.engines import core


def test_without_a_file_it_says_what_is_installed(call):
    code, out, err = call("doctor")
    assert (code, err) == (DONE, "")
    assert out.splitlines()[0].split() == ["chainrule", __version__]
    assert "engine     " in out and "core       " in out and "threads    " in out
    answer = json.loads(call("doctor", "--json").out)
    assert answer["chainrule"] == __version__
    assert {extra["extra"] for extra in answer["extras"]} == set(extras())
    assert max(map(len, out.splitlines())) <= 80


def told(call, name: str) -> str:
    """Return what `chainrule doctor` says of one thing."""
    called = call("doctor", "--json")
    assert called.code == DONE
    return json.loads(called.out)[name]


def test_the_core_and_its_instruction_set_are_told(call, monkeypatch):
    monkeypatch.delenv("CHAINRULE_ISA", raising=False)
    monkeypatch.setattr(core, "available", lambda: ["baseline", "avx2"])
    monkeypatch.setattr(core, "load", lambda: SimpleNamespace(isa="avx2"))
    assert told(call, "core") == "avx2 (available: baseline, avx2)"
    monkeypatch.delenv("CHAINRULE_ENGINE", raising=False)
    assert told(call, "engine").startswith("native (C++)")
    monkeypatch.setenv("CHAINRULE_ISA", "avx2")
    assert told(call, "core") == "avx2, as CHAINRULE_ISA says (available: baseline, avx2)"


def test_without_a_core_it_is_told_why(call, monkeypatch):
    monkeypatch.delenv("CHAINRULE_ENGINE", raising=False)
    monkeypatch.setattr(core, "load", lambda: None)
    monkeypatch.setattr(core, "_imported", lambda name: (None, ""))
    assert told(call, "core").startswith("The native core was not built when chainrule was installed")
    assert told(call, "engine") == "reference (NumPy), since there is no native core"
    assert max(map(len, call("doctor").out.splitlines())) <= 80


def test_threads_and_engine_say_who_decided(call, monkeypatch):
    monkeypatch.setattr(core, "core_count", lambda: 4)
    monkeypatch.setenv("CHAINRULE_NUM_THREADS", "2")
    monkeypatch.setenv("CHAINRULE_ENGINE", "reference")
    assert told(call, "threads") == "2, of 4 cores that this process may use (CHAINRULE_NUM_THREADS says so)"
    assert told(call, "engine") == "reference (NumPy), as CHAINRULE_ENGINE says"


@pytest.mark.parametrize(
    ("variable", "name"),
    [("CHAINRULE_ISA", "core"), ("CHAINRULE_NUM_THREADS", "threads"), ("CHAINRULE_ENGINE", "engine")],
)
def test_a_setting_that_cannot_be_used_is_told_and_does_not_fail(call, monkeypatch, variable, name):
    monkeypatch.setenv(variable, "nonsense")
    assert "nonsense" in told(call, name)


def test_extras_are_read_from_the_installation(monkeypatch):
    import importlib.metadata

    required = [
        "numpy>=1.26",
        "scipy>=1.11; extra == 'lbfgs'",
        'duckdb>=1.1; extra == "tables"',
        'typer>=0.29; extra == "tables"',
        "chainrule[lbfgs]; extra == 'all'",
        "pytest>=8; extra == 'test'",
    ]
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: required)
    assert extras() == {"lbfgs": ["scipy"], "tables": ["duckdb", "typer"]}


def test_an_extra_that_is_not_installed_says_how(monkeypatch):
    from chainrule.cli import installation

    monkeypatch.setattr(installation, "extras", lambda: {"moon": ["no-such-package"]})
    assert installation.installation()["extras"] == [
        {"extra": "moon", "state": 'pip install "chainrule[moon]"', "packages": "no-such-package (missing)"}
    ]


def test_a_table_is_described_and_nothing_written(call, table, tmp_path):
    code, out, err = call("doctor", table, "--target", "ill")
    assert (code, err) == (DONE, "")
    assert "ward    category" in out and "── What to look at" in out
    assert [path.name for path in tmp_path.iterdir()] == ["patients.csv"]
    answer = json.loads(call("doctor", table, "--json").out)
    assert (answer["kind"], answer["rows"]) == ("table", 120)
    assert [one["name"] for one in answer["columns"]] == ["age", "weight", "ward", "ill"]


def test_findings_are_told(call, table):
    lines = table.read_text().splitlines()
    table.write_text("\n".join([*lines, lines[-1]]) + "\n")
    text = "1 row is there twice or more, the first of them row 121; copies can fall on both\n  sides of the test.\n"
    assert text in call("doctor", table).out


def test_summary_of_a_table(call, table):
    code, out, err = call("summary", table)
    assert (code, err) == (DONE, "")
    assert "120 rows of 4 columns" in out and "ward    category" in out
    answer = json.loads(call("summary", table, "--json").out)
    assert (answer["kind"], answer["rows"], answer["rejects"]) == ("table", 120, [])


def test_the_delimiter_can_be_given(call, tmp_path):
    path = tmp_path / "t.txt"
    path.write_text("a:b\n1:2\n3:5\n")
    answer = json.loads(call("summary", path, "--delimiter", ":", "--json").out)
    assert [one["name"] for one in answer["columns"]] == ["a", "b"]
    answer = json.loads(call("summary", path, "--delimiter", ":", "--no-header", "--json").out)
    assert [one["name"] for one in answer["columns"]] == ["column0", "column1"]
