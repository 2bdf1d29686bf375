"""`chainrule runs`: what is listed, shown, compared, exported and deleted, and what is refused."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chainrule.cli.main import DONE, FAILED, WRONG_USE
from chainrule.cli.runs import COMMANDS
from chainrule.runs import Recorder, Run, list_runs

TITLES = "id    started      name  status    epochs    loss    best   score  seconds"


@pytest.fixture(autouse=True)
def _no_folder_named(monkeypatch):
    monkeypatch.delenv("CHAINRULE_RUNS", raising=False)


def record(folder, name="try", rate=0.1, n_steps=6, **given):
    """Record a run whose loss parts from that of another rate at step 3; return its recorder."""
    with Recorder(folder, name=name, settings={"rate": rate}, capture_output=False, **given) as recorder:
        for step in range(n_steps):
            recorder.log(step, {"loss": 1 - max(step - 2, 0) * rate})
        for epoch in range(3):
            values = {"loss": 1 - epoch * rate, "val_loss": 1.5 - rate * (epoch == 1), "val_accuracy": 0.5 + epoch / 10}
            recorder.epoch(epoch, 2 * epoch, values)
        recorder.histogram(6, "dense", "weights", [1, 2], [0, 1, 2], mean=1.25, std=0.5, min=0, max=2, norm=3, zeros=0)
    return recorder


def killed(folder) -> str:
    """Record a run in a process that ends without a word; return its id."""
    code = (
        "import os; from chainrule.runs import Recorder; "
        f"r = Recorder({str(folder)!r}, name='gone', capture_output=False); "
        "r.epoch(0, 1, {'loss': 0.5}); r.flush(); print(r.id, flush=True); os._exit(1)"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60).stdout.strip()


@pytest.fixture
def folder(tmp_path):
    """Return the folder in which a command looks by default."""
    return tmp_path / "runs"


def test_list_is_a_line_a_run_the_newest_first(call, folder):
    first, second = record(folder), record(folder, rate=0.2)
    code, out, err = call("runs", "list")
    assert (code, err) == (DONE, "")
    lines = out.splitlines()
    assert lines[1].startswith("── runs: 2 runs ──")
    assert lines[2] == TITLES
    assert [line[:4] for line in lines[3:5]] == [second.id, first.id]
    assert lines[3].split()[3:9] == ["try", "finished", "3", "0.6000", "1.3000", "0.7000"]
    assert max(map(len, lines)) <= 80


def test_list_as_json(call, folder):
    recorder = record(folder)
    answer = json.loads(call("runs", "list", "--json").out)
    (line,) = answer["runs"]
    assert (line["id"], line["status"], line["best_of"], line["score_of"]) == (
        recorder.id,
        "finished",
        "val_loss",
        "val_accuracy",
    )
    assert line["best"] == 1.5 - 0.1
    assert answer["unreadable"] == []


def test_long_names_and_odd_numbers_still_fit_80_columns(call, folder):
    with Recorder(folder, name="a name that is much too long for a table", capture_output=False) as recorder:
        recorder.epoch(123_455, 10**9, {"loss": 1.234e-12, "val_loss": -12345.678, "val_auc": math.nan})
    out = call("runs", "list").out
    assert max(map(len, out.splitlines())) <= 80
    assert out.splitlines()[3].split()[-4:-1] == ["1e-12", "-12345", "nan"]
    assert recorder.id in out


def test_a_killed_run_and_an_unreadable_file_are_told_and_stop_nothing(call, folder):
    record(folder)
    gone = killed(folder)
    (folder / "broken.run.db").write_bytes(b"no database")
    code, out, err = call("runs", "list")
    assert (code, err) == (DONE, "")
    assert "── runs: 2 runs ──" in out
    assert [line.split()[4] for line in out.splitlines() if line.startswith(gone)] == ["killed"]
    assert "Unreadable: " in out and "broken.run.db" in out.replace("\n", "")


def test_a_running_run_is_told_as_running(call, folder):
    with Recorder(folder, name="now", capture_output=False) as recorder:
        recorder.epoch(0, 1, {"loss": 0.5})
        assert recorder.flush(timeout=60)
        assert "running" in call("runs", "list").out
        code, out, err = call("runs", "delete", "last")
        assert (code, out) == (FAILED, "")
        assert err == (
            f"chainrule: {recorder.path.name} is still being recorded; end its program first, or force it and lose "
            "what comes after.\n"
        )
        assert recorder.path.exists()


def test_no_runs_at_all(call):
    code, out, _ = call("runs", "list")
    assert code == DONE
    assert "None is there: train with --record, or fit(record=True); --folder names another" in out


def test_where_runs_are_looked_for(call, folder, tmp_path, monkeypatch):
    here = record(folder)
    named = record(tmp_path / "named")
    given = record(tmp_path / "given")
    assert here.id in call("runs", "list").out
    monkeypatch.setenv("CHAINRULE_RUNS", "named")
    assert named.id in call("runs", "list").out
    assert given.id in call("runs", "list", "--folder", "given").out


def test_show_tells_what_it_was_and_draws_its_curves(call, folder):
    recorder = record(folder, data={"rows": 768}, seed=7)
    code, out, err = call("runs", "show", recorder.id[:3])
    assert (code, err) == (DONE, "")
    for part in (
        f"── {recorder.id} try: finished ──",
        "── Settings ──",
        "rate  0.1",
        "── Data ──",
        "rows  768",
        "── Versions ──",
        "── Machine ──",
        "loss                  @+_\n                      1.0000 to 0.8000, least 0.8000 at epoch 2",
        "val_accuracy          _+@\n                      0.5000 to 0.7000, most 0.7000 at epoch 2",
        "dense  weights  1.2500  0.5000  0.0000  2.0000  3.0000",
        f'run = find("{recorder.id[:3]}")',
    ):
        assert part in out
    assert "3 epochs in " in " ".join(out.split()) and "seed 7." in out
    assert "\x1b" not in out
    assert max(len(line) for line in out.splitlines() if "/" not in line) <= 80


def test_show_as_json_has_every_number(call, folder):
    record(folder, seed=7)
    answer = json.loads(call("runs", "show", "last", "--json").out)
    assert answer["seed"] == 7 and answer["settings"] == {"rate": 0.1}
    assert answer["history"]["epoch"] == [0, 1, 2]
    assert answer["histograms"][0]["norm"] == 3.0
    assert "output" not in answer


def test_show_prints_the_end_of_the_output_and_the_error(call, folder):
    with pytest.raises(ValueError, match="no such luck"), Recorder(folder, name="bad") as recorder:
        for number in range(100):
            print(f"line {number}")
        raise ValueError("no such luck")
    assert Run(recorder.path).status == "failed"
    out = call("runs", "show", "bad").out
    assert "Why it ended: ValueError: no such luck" in out and "Traceback" in out
    assert "line 99" not in out
    shown = call("runs", "show", "bad", "--output").out
    assert "line 99" in shown and "line 60" in shown and "line 59" not in shown


def test_a_curve_by_step_is_shown_where_no_epoch_has_it(call, folder):
    with Recorder(folder, name="steps", capture_output=False) as recorder:
        for step in range(1000):
            recorder.log(step, {"loss": math.nan if step == 999 else 1000 - step})
    out = call("runs", "show", recorder.id).out
    assert "1000.0000 to nan, least 2.0000 at step 998" in out
    assert "!\n" in out


def test_diff_tells_what_differs_and_where_the_curves_part(call, folder):
    a, b = record(folder, seed=1), record(folder, rate=0.2, seed=1)
    code, out, err = call("runs", "diff", a.id, b.id)
    assert (code, err) == (DONE, "")
    assert "They part in loss: equal up to step 2, apart at step 3; ended at 0.7 and 0.4" in out
    assert "── What differs: settings ──" in out and "rate  0.1                     0.2\n" in out
    assert "── What differs: seed ──" not in out
    assert "val_accuracy: 3 epochs, the same to the last bit; ended at 0.7" in out
    answer = json.loads(call("runs", "diff", a.id, b.id, "--json").out)
    assert answer["same"] is False
    assert (answer["steps"][0]["last_equal"], answer["steps"][0]["apart"]) == (2, 3)
    assert answer["given"] == {"settings": {"rate": [0.1, 0.2]}}


def test_diff_of_equal_runs(call, folder):
    a, b = record(folder), record(folder)
    out = call("runs", "diff", a.id, b.id).out
    assert "Every number of both runs is the same to the last bit.\n" in out
    assert "They were given the same: settings, data, versions, machine, seed.\n" in out


def test_the_python_that_it_prints_runs(call, folder, tmp_path):
    a, b, printed = record(folder), record(folder, rate=0.2), io.StringIO()
    for words in (["list"], ["show", a.id], ["diff", a.id, b.id], ["export", a.id, "a.csv"]):
        _, _, code = call("runs", *words).out.partition("── The Python that does the same ")
        (tmp_path / "a.csv").unlink(missing_ok=True)
        with contextlib.redirect_stdout(printed):
            exec(code.partition("\n")[2], {"__name__": "example"})
    assert (tmp_path / "a.csv").exists()
    assert "equal up to step 2, apart at step 3" in printed.getvalue()


def test_export_writes_a_file_and_not_over_one(call, folder, tmp_path):
    record(folder)
    code, out, _ = call("runs", "export", "last", "epochs.csv")
    assert code == DONE and out.startswith("epochs.csv: epochs of ")
    assert (tmp_path / "epochs.csv").read_text().count("\n") == 4
    called = call("runs", "export", "last", "epochs.csv")
    sentence = "chainrule: There is a file epochs.csv; --force writes over it, or name another.\n"
    assert called == (FAILED, "", sentence)
    assert call("runs", "export", "last", "epochs.csv", "--steps", "--force").code == DONE
    assert (tmp_path / "epochs.csv").read_text().startswith("step,loss\n0,1.0\n")
    called = call("runs", "export", "last", "run.xlsx")
    assert called.code == WRONG_USE and "export writes files that end in .csv or .json" in called.err


def test_delete_takes_the_named_runs_and_says_what_that_freed(call, folder):
    a, b, c = record(folder), record(folder), record(folder)
    size = a.path.stat().st_size + b.path.stat().st_size
    code, out, _ = call("runs", "delete", a.id, b.path, a.id)
    assert (code, out) == (DONE, f"2 runs deleted, {size / 1000:.1f} kB freed.\n")
    assert [run.id for run in list_runs(folder)] == [c.id]


def test_nothing_is_deleted_if_one_name_is_wrong(call, folder):
    recorder = record(folder)
    called = call("runs", "delete", recorder.id, "nonesuch")
    assert called.code == WRONG_USE
    assert f"There is no run 'nonesuch' in 'runs'. There are: {recorder.id} (try)." in called.err
    assert recorder.path.exists()


def test_delete_of_a_damaged_file_by_its_path(call, folder):
    folder.mkdir()
    path = folder / "broken.run.db"
    path.write_bytes(b"no database")
    assert call("runs", "delete", path).out == "1 run deleted, 11 bytes freed.\n"


def test_delete_all_that_failed_or_are_old(call, folder, monkeypatch):
    fine, gone = record(folder), killed(folder)
    with Recorder(folder, name="now", capture_output=False) as running:
        assert call("runs", "delete", "--failed", "--older-than", "1h").out.startswith("0 runs deleted")
        assert call("runs", "delete", "--failed").out.startswith("1 run deleted")
        assert gone not in [run.id for run in list_runs(folder)]
        assert call("runs", "delete", "--older-than", "1h").out.startswith("0 runs deleted")
        later = time.time() + 7200
        monkeypatch.setattr(time, "time", lambda: later)
        assert call("runs", "delete", "--older-than", "1h").out.startswith("1 run deleted")
        assert not fine.path.exists() and running.path.exists()


@pytest.mark.parametrize("words", [[], ["last", "--failed"]])
def test_delete_needs_one_way_to_know_which(call, words):
    received = "both" if words else "neither"
    sentence = f"delete takes the names of runs, or --failed and --older-than; received {received}."
    assert call("runs", "delete", *words) == (WRONG_USE, "", f"chainrule: {sentence}\n")


@pytest.mark.parametrize("command", ["show", "export", "diff", "delete"])
def test_a_run_that_is_not_there_gets_the_nearest(call, folder, command):
    recorder = record(folder, name="pima")
    more = {"export": ["out.csv"], "diff": ["last"]}.get(command, [])
    called = call("runs", command, "pimma", *more)
    assert (called.code, called.out) == (WRONG_USE, "")
    assert called.err == (
        f"chainrule: There is no run 'pimma' in 'runs'. Did you mean 'pima'? There are: {recorder.id} (pima).\n"
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("runs lst", "runs has no command 'lst'. Did you mean 'list'? Commands: list, show, diff, export, delete."),
        ("runs", "runs needs a command: list, show, diff, export, delete. See chainrule runs --help."),
        ("runs show", "runs show needs 'RUN'. See chainrule runs show --help."),
        ("runs list --jsn", "runs list has no option '--jsn'. Did you mean '--json'? See chainrule runs list --help."),
    ],
)
def test_wrong_use_of_runs(call, words, sentence):
    assert call(*words.split()) == (WRONG_USE, "", f"chainrule: {sentence}\n")


@pytest.mark.parametrize("name", [name for name, _ in COMMANDS.values()])
def test_the_help_has_an_example_and_fits_80_columns(call, name):
    code, out, _ = call("runs", name, "--help")
    assert code == DONE
    assert f"\n  chainrule runs {name}" in out
    assert max(map(len, out.splitlines())) <= 80


def test_on_a_terminal_curves_are_drawn_in_blocks(monkeypatch):
    from chainrule.cli import sparkline

    class Terminal:
        encoding = "utf-8"

        def isatty(self):
            return True

    monkeypatch.setattr(sparkline.sys, "stdout", Terminal())
    assert sparkline.levels_here() == sparkline.BLOCKS
    monkeypatch.setattr(Terminal, "encoding", "ascii")
    assert sparkline.levels_here() == sparkline.PLAIN
    assert os.linesep not in sparkline.sparkline(range(1000))


def test_every_command_has_its_help_on_the_page():
    page = Path(__file__).resolve().parents[2] / "docs" / "guide" / "command_line.md"
    shown = page.read_text(encoding="utf-8")
    assert "\n$ chainrule runs --help\n" in shown
    for name, _ in COMMANDS.values():
        assert f"\n$ chainrule runs {name} --help\n" in shown
