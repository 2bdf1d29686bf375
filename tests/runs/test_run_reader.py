"""Reading runs: the right one is found, the wrong one refused, and the writer is never disturbed."""

from __future__ import annotations

import contextlib
import os
import sqlite3

import pytest

from chainrule.errors import ArgumentError, RunFileError
from chainrule.runs import Recorder, Run, find, list_runs, schema

LIMIT = 60.0


def record(folder, name: str, started: float) -> Run:
    with Recorder(folder, name=name, capture_output=False) as recorder:
        recorder.epoch(0, 1, {"loss": 0.5})
    change(recorder.path, "UPDATE about SET value = ? WHERE key = 'started'", str(started))
    return Run(recorder.path)


def change(path, sql: str, *values) -> None:
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute(sql, values)


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.setenv("CHAINRULE_RUNS", str(tmp_path / "elsewhere"))
    return [record(tmp_path / "elsewhere", name, at) for name, at in (("old", 1.0), ("twice", 2.0), ("twice", 3.0))]


def test_runs_are_listed_newest_first(runs):
    assert [run.path for run in list_runs()] == [run.path for run in reversed(runs)]


def test_bad_files_are_left_out_and_told(runs):
    folder = runs[0].path.parent
    (folder / "bad.run.db").write_text("no database, but long enough to look like one " * 100)
    (folder / "empty.run.db").touch()
    (folder / "other.txt").touch()
    unreadable: list[RunFileError] = []
    assert len(list_runs(folder, unreadable)) == 3
    assert ["bad.run.db" in str(error) or "empty.run.db" in str(error) for error in unreadable] == [True, True]


def test_a_run_is_found_by_what_names_it(runs):
    old, _, newest = runs
    assert find("last").id == find("twice").id == newest.id
    for which in (old.id, "old", old.path, str(old.path), old.path.name, old.path.name.removesuffix(".run.db")):
        assert find(which).path == old.path


def test_an_unknown_run_is_refused_with_the_nearest(runs, tmp_path):
    with pytest.raises(ArgumentError, match=r"There is no run 'twcie' in .*Did you mean 'twice'\? There are: "):
        find("twcie")
    with pytest.raises(ArgumentError, match=r"'2' may mean 3 runs: .*\(old\).*Give one letter more"):
        find("2")  # files are named by the date
    with pytest.raises(ArgumentError, match=r"There is no run in '.*nothing': train with record=True"):
        find("last", tmp_path / "nothing")
    with pytest.raises(RunFileError, match=r"There is no run 'no.run.db'|There is no run '.*no.run.db'"):
        find("no.run.db")
    with pytest.raises(ArgumentError, match=r"A run is named by its id.*received 3"):
        find(3)  # type: ignore[arg-type]


def test_an_unknown_metric_or_kind_is_refused(runs):
    with pytest.raises(ArgumentError, match=r"There is no metric in run .* named 'los'. Did you mean 'loss'"):
        runs[0].steps("los")
    with pytest.raises(ArgumentError, match=r"no kind of histogram named 'weight'. Did you mean 'weights'"):
        runs[0].histograms("weight")


@pytest.mark.parametrize("path", [None, 3, ""])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(ArgumentError, match=r"Run takes the path of a \*.run.db file; received"):
        Run(path)


def test_what_is_no_run_is_refused(tmp_path, runs):
    with pytest.raises(RunFileError, match=r"There is no run '.*none.run.db'"):
        Run(tmp_path / "none.run.db")
    with pytest.raises(RunFileError, match="is not a file; a run is one"):
        Run(tmp_path)
    with contextlib.closing(sqlite3.connect(tmp_path / "other.db")) as db:
        db.execute("CREATE TABLE about (key, value)")
    with pytest.raises(RunFileError, match=r"is not the record of a run: expected a \*.run.db file"):
        Run(tmp_path / "other.db")
    change(runs[0].path, "UPDATE about SET value = '{' WHERE key = 'status'")
    with pytest.raises(RunFileError, match="is damaged or cut off, or no run at all"):
        Run(runs[0].path)


def test_a_newer_file_is_refused(runs):
    change(runs[0].path, f"PRAGMA user_version = {schema.VERSION + 1}")
    with pytest.raises(RunFileError, match=r"by a newer chainrule \(format 2; this one reads up to 1\): update"):
        Run(runs[0].path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_named_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.run.db")
    with pytest.raises(RunFileError, match="is not a file"):
        Run(tmp_path / "pipe.run.db")


def test_readers_can_not_write_and_leave_nothing(runs):
    from chainrule.runs import database

    before = runs[0].path.read_bytes()
    with (
        pytest.raises(RunFileError, match=r"readonly|read-only|damaged"),
        database.for_reading(runs[0].path) as db,
    ):
        db.execute("DELETE FROM epoch")
    assert runs[0].path.read_bytes() == before
    assert len(list(runs[0].path.parent.iterdir())) == 3


def test_a_reader_in_the_middle_of_reading_does_not_hold_up_the_writer(tmp_path):
    from chainrule.runs import database

    recorder = Recorder(tmp_path, capture_output=False)
    recorder.epoch(0, 1, {"loss": 0.5})
    assert recorder.flush(LIMIT)
    with database.for_reading(recorder.path) as db:
        assert db.execute("SELECT count(*) FROM epoch").fetchone() == (1,)
        recorder.epoch(1, 2, {"loss": 0.4})
        assert recorder.flush(LIMIT)
        assert db.execute("SELECT count(*) FROM epoch").fetchone() == (1,)  # one moment, whatever is written
        recorder.finish()
    assert Run(recorder.path).epochs["epoch"] == [0, 1] and Run(recorder.path).status == "finished"


def test_a_running_run_shows_its_newest_state(tmp_path):
    recorder = Recorder(tmp_path, capture_output=False)
    run = Run(recorder.path)
    assert run.status == "running" and run.epochs == {"epoch": [], "step": []} and run.cost is None
    recorder.epoch(0, 1, {"loss": 0.5})
    assert recorder.flush(LIMIT) and run.epochs["loss"] == [0.5] and run.metrics == ["loss"]
    recorder.finish("stopped")
    assert run.status == "stopped" and run.cost is not None and repr(run).endswith(": stopped>")


def test_a_run_in_a_folder_that_can_not_be_written_is_read(runs, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    before = set(runs[0].path.parent.iterdir())
    assert Run(runs[0].path).epochs["loss"] == [0.5] and set(runs[0].path.parent.iterdir()) == before
