"""`runs.export` and `runs.delete`: a run as a file for others, and its end."""

from __future__ import annotations

import csv
import json
import math

import pytest

from chainrule.errors import ArgumentError, RunFileError
from chainrule.runs import Recorder, Run, delete, export, list_runs

ODD = 0.1 + 0.2  # its shortest decimal has 17 digits


@pytest.fixture
def run(tmp_path):
    """Return a run of two epochs and three steps."""
    with Recorder(tmp_path, name="short", settings={"rate": 0.1}, seed=7, capture_output=False) as recorder:
        for step, loss in enumerate([1.0, ODD, math.inf]):
            recorder.log(step, {"loss": loss, **({"rate": 0.1} if step else {})})
        recorder.epoch(0, 2, {"loss": ODD})
        recorder.epoch(1, 3, {"loss": math.nan, "accuracy": 0.75})
    return Run(recorder.path)


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_epochs_as_a_table(run, tmp_path):
    path = export(run, tmp_path / "epochs.csv")
    assert rows_of(path) == [
        ["epoch", "step", "loss", "accuracy"],
        ["0", "2", "0.30000000000000004", ""],
        ["1", "3", "nan", "0.75"],
    ]


def test_steps_as_a_table_keep_every_bit(run, tmp_path):
    head, *rows = rows_of(export(run, str(tmp_path / "steps.csv"), steps=True))
    assert head == ["step", "loss", "rate"]
    assert [int(row[0]) for row in rows] == [0, 1, 2]
    assert [float(row[1]) for row in rows] == [1.0, ODD, math.inf]
    assert [row[2] for row in rows] == ["", "0.1", "0.1"]


def test_json_has_all_that_is_known_and_null_for_what_json_lacks(run, tmp_path):
    known = json.loads(export(run, tmp_path / "run.json", steps=True).read_text(encoding="utf-8"))
    assert (known["id"], known["name"], known["status"], known["seed"]) == (run.id, "short", "finished", 7)
    assert known["settings"] == {"rate": 0.1}
    assert known["epochs"] == [
        {"epoch": 0, "step": 2, "loss": ODD},
        {"epoch": 1, "step": 3, "loss": None, "accuracy": 0.75},
    ]
    assert known["steps"][1:] == [{"step": 1, "loss": ODD, "rate": 0.1}, {"step": 2, "loss": None, "rate": 0.1}]
    assert "steps" not in json.loads(export(run, tmp_path / "epochs.json").read_text(encoding="utf-8"))


def test_a_run_without_numbers(tmp_path):
    with Recorder(tmp_path, capture_output=False) as recorder:
        pass
    run = Run(recorder.path)
    assert rows_of(export(run, tmp_path / "a.csv")) == [["epoch", "step"]]
    assert rows_of(export(run, tmp_path / "b.csv", steps=True)) == [["step"]]
    assert json.loads(export(run, tmp_path / "c.json", steps=True).read_text())["steps"] == []


def test_a_file_that_is_there_stays(run, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("mine")
    with pytest.raises(RunFileError, match=r"There is a file .*mine\.csv; overwrite=True writes over it"):
        export(run, path)
    assert path.read_text() == "mine"
    export(run, path, overwrite=True)
    assert path.read_text().startswith("epoch,")


def test_another_kind_of_file_is_refused(run, tmp_path):
    with pytest.raises(ArgumentError, match=r"export writes files that end in \.csv or \.json; received 'run\.xlsx'"):
        export(run, "run.xlsx")


def test_a_place_that_is_none(run, tmp_path):
    with pytest.raises(RunFileError, match=r"Can't write .*: No such file or directory; name another place\."):
        export(run, tmp_path / "nowhere" / "run.csv")


def test_what_failed_half_way_leaves_nothing(run, tmp_path, monkeypatch):
    from chainrule.runs import reader

    def broken(self, name):
        raise RunFileError("The run is damaged.")

    monkeypatch.setattr(reader.Run, "steps", broken)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(RunFileError, match="damaged"):
        export(run, tmp_path / "steps.json", steps=True)
    assert sorted(tmp_path.iterdir()) == before


def test_delete_takes_all_its_files_and_tells_their_size(run, tmp_path):
    wal = tmp_path / f"{run.path.name}-wal"
    wal.write_bytes(b"x" * 100)
    size = run.path.stat().st_size
    (tmp_path / "notes.txt").write_text("mine")
    assert delete(run) == size + 100
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    with pytest.raises(RunFileError, match="There is no run "):
        delete(run)


def test_a_run_that_is_being_recorded_is_not_deleted(tmp_path):
    with Recorder(tmp_path, name="now", capture_output=False) as recorder:
        with pytest.raises(RunFileError, match="is still being recorded; end its program first, or force it"):
            delete(recorder.path)
        assert recorder.path.exists()
    delete(recorder.path)
    assert list_runs(tmp_path) == []


def test_a_damaged_run_can_be_deleted_by_its_path(tmp_path):
    path = tmp_path / "broken.run.db"
    path.write_bytes(b"no database at all")
    assert delete(path) == 18
    assert not path.exists()


def test_what_is_no_run_is_not_deleted(tmp_path):
    path = tmp_path / "thesis.db"
    path.write_text("mine")
    with pytest.raises(RunFileError, match=r"thesis\.db is no run: the files of runs end in \.run\.db\."):
        delete(path)
    assert path.exists()


def test_what_is_no_run_is_not_exported(tmp_path):
    with pytest.raises(ArgumentError, match=r"export takes runs, from Run\(path\)"):
        export("last", tmp_path / "a.csv")
    assert list(tmp_path.iterdir()) == []
