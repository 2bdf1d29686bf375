"""Recording a run: what goes in is in the file, bad input is refused, and nobody waits."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import sqlite3
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from chainrule.errors import ArgumentError, RunFileError
from chainrule.runs import Recorder, Run
from chainrule.runs import recorder as recorder_module
from chainrule.runs.thinning import MOST_STEPS

LIMIT = 60.0  # seconds: a hang fails


@pytest.fixture
def recorder(tmp_path):
    with Recorder(tmp_path, name="a run", capture_output=False) as recorder:
        yield recorder


def test_everything_that_was_recorded_is_there(recorder):
    recorder.log(0, {"loss": 0.5, "rate": np.float32(0.25)})
    recorder.log(np.int64(1), {"loss": math.nan})
    recorder.log_steps(2, {"loss": np.array([0.1, math.inf])})
    recorder.epoch(0, 4, {"loss": 0.3})
    recorder.epoch(1, 8, {"loss": math.nan, "val_loss": 0.4})
    recorder.note("why", "plateau")
    recorder.note("why", {"patience": 3})
    assert recorder.flush(LIMIT)
    run = Run(recorder.path)
    assert run.status == "running" and run.metrics == ["loss", "rate", "val_loss"]
    steps, values = run.steps("loss")
    assert steps == [0, 1, 2, 3] and math.isnan(values[1]) and values[::2] == [0.5, 0.1] and values[3] == math.inf
    assert run.steps("rate") == ([0], [0.25]) and run.steps("val_loss") == ([], [])
    assert run.epochs["epoch"] == [0, 1] and run.epochs["step"] == [4, 8] and run.epochs["val_loss"] == [None, 0.4]
    assert run.epochs["loss"][0] == 0.3 and math.isnan(run.epochs["loss"][1])
    assert run.notes == {"why": {"patience": 3}}
    assert len(run.epoch_seconds) == 2


def test_values_come_back_to_the_last_bit(recorder):
    values = np.random.default_rng(0).normal(size=1000) * 10.0 ** np.arange(-300, 200, 0.5)
    recorder.log_steps(0, {"loss": values})
    assert recorder.flush(LIMIT)
    assert Run(recorder.path).steps("loss")[1] == values.tolist()


def test_what_is_known_of_the_run_is_there(tmp_path):
    recorder = Recorder(
        tmp_path, "named", {"rate": np.float64(0.1), "layers": (1, 2)}, {"rows": 7}, 42, False, {"core": "AVX2"}
    )
    recorder.finish("stopped", reason="long enough")
    run = Run(recorder.path)
    assert (run.name, run.id, run.seed, run.status, run.reason) == ("named", recorder.id, 42, "stopped", "long enough")
    assert run.settings == {"rate": 0.1, "layers": [1, 2]} and run.data == {"rows": 7}
    assert run.versions["core"] == "AVX2" and run.versions["numpy"] == np.__version__
    assert run.machine["command"] == sys.argv and run.started > 0 and run.seconds > 0
    assert run.cost is not None and 0 < run.cost <= recorder.cost_seconds and run.dropped == 0


def test_a_finished_run_is_one_file(tmp_path):
    with Recorder(tmp_path, name="one", capture_output=False) as recorder:
        recorder.epoch(0, 1, {"loss": 1.0})
    assert list(tmp_path.iterdir()) == [recorder.path]
    with contextlib.closing(sqlite3.connect(recorder.path)) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_an_exception_makes_it_failed_and_is_recorded(tmp_path):
    with pytest.raises(ZeroDivisionError), Recorder(tmp_path, capture_output=False) as recorder:
        _ = 1 / 0
    run = Run(recorder.path)
    assert run.status == "failed" and run.reason == "ZeroDivisionError: division by zero"
    assert "_ = 1 / 0" in run.error and run.error.endswith("ZeroDivisionError: division by zero\n")


def test_ctrl_c_makes_it_stopped(tmp_path):
    with pytest.raises(KeyboardInterrupt), Recorder(tmp_path, capture_output=False) as recorder:
        raise KeyboardInterrupt
    assert (Run(recorder.path).status, Run(recorder.path).reason) == ("stopped", "KeyboardInterrupt")


def test_after_the_end_calls_do_nothing(tmp_path):
    recorder = Recorder(tmp_path, capture_output=False)
    recorder.finish()
    recorder.log(0, {"loss": 1.0})
    recorder.log_steps(0, {"loss": [1.0]})
    recorder.epoch(0, 0, {"loss": 1.0})
    recorder.histogram(0, "a", "weights", [1], [0, 1])
    recorder.note("a", 1)
    recorder.exception(ValueError())
    recorder.finish("failed")
    run = Run(recorder.path)
    assert run.status == "finished" and run.metrics == [] and run.error is None and recorder.flush()


def test_equal_runs_keep_equal_steps_however_they_are_written(tmp_path):
    found = []
    for flush_every, length in ((997, 1), (5000, 50)):
        with Recorder(tmp_path, capture_output=False) as recorder:
            for step in range(0, 20_000, length):
                if length == 1:
                    recorder.log(step, {"loss": float(step)})
                else:
                    recorder.log_steps(step, {"loss": [float(one) for one in range(step, step + length)]})
                if step % flush_every < length:
                    assert recorder.flush(LIMIT)
        found.append(Run(recorder.path).steps("loss"))
    assert found[0] == found[1] and found[0][0] == list(range(0, 20_000, 8))
    assert len(found[0][0]) <= MOST_STEPS and found[0][1] == [float(step) for step in found[0][0]]


def test_the_id_of_a_row_never_comes_back(recorder):
    seen = set()
    for part in range(6):
        recorder.log_steps(part * 2000, {"loss": np.zeros(2000)})
        assert recorder.flush(LIMIT)
        with contextlib.closing(sqlite3.connect(recorder.path)) as db:
            after = max(seen, default=0)
            new = [row for (row,) in db.execute("SELECT id FROM step WHERE id > ?", (after,))]
            assert db.execute("SELECT max(step) FROM step WHERE id > ?", (after,)).fetchone()[0] >= part * 2000
        assert new and not seen & set(new)
        seen |= set(new)


def test_every_epoch_is_kept(recorder):
    for number in range(5000):
        recorder.epoch(number, 10 * number, {"loss": number / 7, "accuracy": -number})
    assert recorder.flush(LIMIT)
    epochs = Run(recorder.path).epochs
    assert epochs["epoch"] == list(range(5000)) and epochs["step"] == list(range(0, 50_000, 10))
    assert epochs["loss"] == [number / 7 for number in range(5000)] and epochs["accuracy"][-1] == -4999


def test_what_a_source_holds_is_written_and_waited_for(recorder):
    waiting = [("epochs", ((0, 1), (5, 10), (0.1, 0.2), {"loss": (0.5, 0.25)}))]
    recorder.writer.sources.append(lambda: [waiting.pop()] if waiting else [])
    assert recorder.flush(LIMIT)
    assert Run(recorder.path).epochs == {"epoch": [0, 1], "step": [5, 10], "loss": [0.5, 0.25]}


def test_histograms_come_back(recorder):
    counts, edges = np.histogram(np.array([0.1, 0.2, 0.9]), bins=4, range=(0, 1))
    recorder.histogram(5, "dense_1", "weights", counts, edges, mean=0.4, norm=np.float32(1.5), zeros=0)
    recorder.histogram(6, "dense_2", "gradients", [1, 2], [0.0, 1.0, 2.0])
    assert recorder.flush(LIMIT)
    first, second = Run(recorder.path).histograms()
    assert (first.step, first.kind, first.name, first.counts) == (5, "weights", "dense_1", [2, 0, 0, 1])
    assert first.edges == [0, 0.25, 0.5, 0.75, 1] and (first.mean, first.norm, first.zeros) == (0.4, 1.5, 0)
    assert first.std is None and second.id > first.id
    assert Run(recorder.path).histograms(kind="gradients") == Run(recorder.path).histograms(name="dense_2") == [second]


def test_log_returns_while_the_file_is_locked_and_all_arrives_when_it_lets_go(recorder):
    recorder.log(0, {"loss": 0.0})
    assert recorder.flush(LIMIT)
    with contextlib.closing(sqlite3.connect(recorder.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for step in range(1, 1000):
            recorder.log(step, {"loss": float(step)})
        recorder.log_steps(1000, {"loss": np.arange(1000.0, 1100.0)})
        recorder.epoch(0, 1100, {"loss": 0.5})
        recorder.note("while", "locked")
        assert not recorder.flush(timeout=0.3)  # two tries of the writer, in vain
        assert other.execute("SELECT max(step) FROM step").fetchone() == (0,)
        other.execute("ROLLBACK")
    assert recorder.flush(LIMIT)
    run = Run(recorder.path)
    assert run.steps("loss") == (list(range(1100)), [float(step) for step in range(1100)])
    assert run.epochs["epoch"] == [0] and run.notes == {"while": "locked"} and recorder.dropped == 0


def test_a_file_that_stays_locked_is_written_after_finish_gave_up(tmp_path):
    recorder = Recorder(tmp_path, capture_output=False)
    with contextlib.closing(sqlite3.connect(recorder.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        recorder.epoch(0, 1, {"loss": 0.5})
        with pytest.warns(RuntimeWarning, match="is held by another program; what is not in it yet is written when"):
            recorder.finish(timeout=0.1)
        other.execute("ROLLBACK")
    recorder.writer.join(LIMIT)
    assert Run(recorder.path).status == "finished" and Run(recorder.path).epochs["loss"] == [0.5]


def test_memory_is_bounded_and_what_is_let_go_is_counted(recorder, monkeypatch):
    monkeypatch.setattr(recorder_module, "MOST_POINTS", 50)
    with recorder.writer.in_use:  # the writer stands still, as on a disk that does not answer
        recorder.log(0, {"loss": 0.0})
        recorder.writer.wake()
        end = time.monotonic() + LIMIT
        while recorder.writer.items:
            assert time.monotonic() < end
        for step in range(1, 100):
            recorder.log(step, {"loss": 0.0})
        recorder.log_steps(100, {"loss": np.zeros(10)})
        recorder.epoch(0, 110, {"loss": 0.0})
        assert len(recorder.writer.items) == 51
    assert recorder.flush(LIMIT)
    assert recorder.dropped == 99 - 50 + 10 and Run(recorder.path).epochs["epoch"] == [0]
    assert Run(recorder.path).steps("loss")[0] == list(range(51))


def test_two_recorders_write_two_files(tmp_path):
    with (
        Recorder(tmp_path, "same", capture_output=False) as one,
        Recorder(tmp_path, "same", capture_output=False) as two,
    ):
        one.epoch(0, 1, {"loss": 1.0})
        two.epoch(0, 1, {"loss": 2.0})
    assert one.path != two.path
    assert [Run(recorder.path).epochs["loss"] for recorder in (one, two)] == [[1.0], [2.0]]


def test_several_threads_may_record(recorder):
    def work(name):
        for step in range(500):
            recorder.log(step, {name: float(step)})

    threads = [threading.Thread(target=work, args=(f"loss {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert recorder.flush(LIMIT)
    run = Run(recorder.path)
    assert all(run.steps(name)[0] == list(range(500)) for name in run.metrics) and len(run.metrics) == 4


def test_names_and_folders_of_all_kinds(tmp_path):
    with Recorder(tmp_path / "a" / "b", name="../über alles?*\n", capture_output=False) as recorder:
        recorder.log(0, {"Verlust äöü \ud800": 1.0})
        recorder.note("\ud800", "\udcff")
    run = Run(recorder.path)
    assert recorder.path.parent == tmp_path / "a" / "b" and f"-ber-alles-{run.id}.run.db" in recorder.path.name
    assert run.name == "../über alles?*" and run.metrics == ["Verlust äöü \\ud800"]


def test_the_file_stays_where_it_is_when_the_program_changes_its_folder(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with Recorder(capture_output=False) as recorder:
        monkeypatch.chdir(tmp_path / "elsewhere")
        recorder.epoch(0, 1, {"loss": 1.0})
    assert recorder.path.parent == tmp_path / "runs" and Run(recorder.path).epochs["loss"] == [1.0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda r: r.log("first", {"loss": 1.0}), r"numbers under names at a step.* received \('first'"),
        (lambda r: r.log(1.5, {"loss": 1.0}), "A run's step is a whole number; received 1.5"),
        (lambda r: r.log(2**70, {"loss": 1.0}), None),
        (lambda r: r.log(1, {"loss": "low"}), r"received \(1, \{'loss': 'low'\}\)"),
        (lambda r: r.log(1, 0.5), r"such as \(120, \{'loss': 0.5\}\); received \(1, 0.5\)"),
        (lambda r: r.epoch(0, 1, {"loss": None}), "A run records numbers under names"),
        (lambda r: r.epoch("one", 1, {}), "A run's epoch is a whole number; received 'one'"),
        (lambda r: r.epoch(0, 2**70, {}), "A run's step is a whole number"),
        (lambda r: r.log_steps("a", {"loss": [1.0]}), "A run's first step is a whole number; received 'a'"),
        (lambda r: r.log_steps(0, [1.0]), r"numbers under names at a step.* received \(0, \[1.0\]\)"),
        (lambda r: r.log_steps(0, {"loss": ["low"]}), r"takes for each metric a sequence .* 'loss': \['low'\]"),
        (lambda r: r.log_steps(0, {"loss": 1.0}), "a sequence with a number a step; received 'loss': 1.0"),
        (lambda r: r.log_steps(0, {"loss": np.array(["a"])}), "a sequence with a number a step; received 'loss'"),
        (lambda r: r.log_steps(0, {"loss": np.zeros((2, 2))}), "a sequence with a number a step; received 'loss'"),
        (lambda r: r.histogram(0, "a", "wieghts", [1], [0, 1]), "no kind of histogram named 'wieghts'. Did you mean"),
        (
            lambda r: r.histogram(0, "a", "weights", [1], [0]),
            "one edge more than counts; received 1 counts and 1 edges",
        ),
        (lambda r: r.histogram(0, "a", "weights", [-1], [0, 1]), "counts of at least 0"),
        (lambda r: r.histogram(0, "a", "weights", [1], [0, 1], meen=1), "named 'meen'. Did you mean 'mean'"),
        (lambda r: r.finish("finsihed"), "no status of a run that has ended named 'finsihed'. Did you mean 'finished'"),
    ],
)
def test_what_can_not_be_recorded_is_refused_and_the_rest_goes_on(recorder, call, message):
    if message is None:  # refused later, since a step of every size is looked at only by the writer
        call(recorder)
    else:
        with pytest.raises(ArgumentError, match=message):
            call(recorder)
    recorder.epoch(0, 1, {"loss": 1.0})
    assert recorder.flush(LIMIT) and Run(recorder.path).epochs["loss"] == [1.0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"folder": 3}, "Recorder's folder is a path; received 3"),
        ({"folder": ""}, "Recorder's folder is a path"),
        ({"name": " "}, "Recorder's name is a text that isn't empty"),
        ({"settings": [1]}, r"Recorder's settings is a dict; received \[1\]"),
    ],
)
def test_arguments_are_refused_at_the_door(tmp_path, arguments, message):
    with pytest.raises(ArgumentError, match=message):
        Recorder(**({"folder": tmp_path / "runs"} | arguments))
    assert not (tmp_path / "runs").exists() or list((tmp_path / "runs").iterdir()) == []


def test_a_folder_that_can_not_be_used_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunFileError, match=r"Can't record a run in the folder '.*file': .*; name another folder"):
        Recorder(tmp_path / "file")


def test_a_folder_without_permission_is_refused(tmp_path, monkeypatch):
    def denied(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", denied)  # root, who may run this, is denied nothing
    with pytest.raises(RunFileError, match=r"Can't record a run in the folder '.*': Permission denied; name another"):
        Recorder(tmp_path)


def test_settings_of_every_kind_are_recorded(tmp_path):
    class Broken:
        def __repr__(self):
            raise ValueError("no")

    deep: dict = {}
    deep["self"] = deep
    settings = {"a": Broken(), "deep": deep, 3: {1, 2}, "nan": math.nan, "array": np.eye(2), "big": np.zeros(10**5)}
    with Recorder(tmp_path, settings=settings, capture_output=False) as recorder:
        pass
    found = Run(recorder.path).settings
    assert found["a"] == "<Broken>" and found["3"] == [1, 2] and found["nan"] == "nan"
    assert found["array"] == [[1, 0], [0, 1]] and found["big"].startswith("array(")


def test_the_room_loads_neither_numpy_nor_sqlite():
    code = "import sys, chainrule.runs; print({'numpy', 'sqlite3', 'plotly', 'rich'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_what_it_cost_is_said(recorder):
    before = recorder.cost_seconds
    recorder.charge(2.0)
    recorder.log(0, {"loss": 1.0})
    assert recorder.cost_seconds > before + 2.0
