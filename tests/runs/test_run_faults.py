"""What goes wrong: kill -9, a fork, a program that ends without a word, a full disk, a file cut off."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from chainrule.errors import RunFileError
from chainrule.runs import Recorder, Run, database, list_runs, process, writer

LIMIT = 60.0
PROGRAM = Path(__file__).with_name("recording_program.py")
KILLS = 32
AT_ONCE = 4
#: The promise is 200 ms; a machine on which other things run may keep the writer waiting for longer.
MOST_LOST = 2.0

needs_posix = pytest.mark.skipif(os.name != "posix", reason="signals and forks are those of POSIX")


def killed_after(programs: list[subprocess.Popen[str]], waits: list[float]) -> list[list[str]]:
    """Kill each program so many seconds after it has begun to record, and return what each had told."""
    told = [[program.stdout.readline()] for program in programs if program.stdout]
    begun = time.monotonic()
    for program, wait in sorted(zip(programs, waits, strict=True), key=lambda pair: pair[1]):
        time.sleep(max(begun + wait - time.monotonic(), 0))  # the moment itself is what is tested
        program.kill()
    for lines, program in zip(told, programs, strict=True):
        lines += program.communicate(timeout=LIMIT)[0].splitlines()
    return told


@needs_posix
def test_kill_at_random_moments(tmp_path, record_property):
    moments, most = random.Random(6), 0.0
    for _ in range(KILLS // AT_ONCE):
        command = [sys.executable, str(PROGRAM), str(tmp_path)]
        programs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(AT_ONCE)]
        for lines in killed_after(programs, [moments.uniform(0, 0.4) for _ in programs]):
            most = max(most, lost_seconds(lines))
    assert len(list_runs(tmp_path)) == KILLS
    record_property("most_seconds_lost", most)
    print(f"{KILLS} runs killed; the most that one lost: {most * 1000:.0f} ms")
    assert most < MOST_LOST


def lost_seconds(lines: list[str]) -> float:
    """Return of how many seconds a killed run lost its record, after looking whether the rest is whole."""
    run = Run(lines[0].removeprefix("path ").strip())
    assert run.status == "killed"
    epochs = run.epochs
    recorded = len(epochs["epoch"])
    assert epochs["epoch"] == list(range(recorded))
    assert epochs.get("loss", []) == [1 / (epoch + 1) for epoch in range(recorded)]
    steps = run.steps("loss")[0] if recorded else []
    assert steps[: recorded * 10] == list(range(recorded * 10))
    with contextlib.closing(sqlite3.connect(run.path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    times = [float(line.split()[1]) for line in lines[1:] if len(line.split()) == 2]
    return times[-1] - times[recorded] if recorded < len(times) else 0.0


def run_python(code: str, *arguments: object, expect: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code), *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=LIMIT,
    )  # fmt: skip
    assert done.returncode == expect, done.stderr
    return done.stdout + done.stderr


BEGIN = "import sys, os\nfrom chainrule.runs import Recorder\nrecorder = Recorder(sys.argv[1])\n"


def test_a_program_that_ends_without_a_word_leaves_a_stopped_run(tmp_path):
    run_python(BEGIN + "recorder.epoch(0, 1, {'loss': 0.5})\nprint('the end')", tmp_path)
    (run,) = list_runs(tmp_path)
    assert (run.status, run.reason, run.epochs["loss"], run.output) == (
        "stopped", "the program ended", [0.5], "the end\n",
    )  # fmt: skip


def test_a_program_that_ends_in_an_error_leaves_a_failed_run(tmp_path):
    run_python(BEGIN + "recorder.epoch(0, 1, {'loss': 0.5})\n{}['nothing']", tmp_path, expect=1)
    (run,) = list_runs(tmp_path)
    assert run.status == "failed" and run.reason == "KeyError: 'nothing'"
    assert run.error is not None and run.error.startswith("Traceback") and run.epochs["loss"] == [0.5]
    assert "KeyError: 'nothing'" in run.output


@needs_posix
def test_a_program_that_leaves_at_once_is_seen_as_killed(tmp_path):
    run_python(BEGIN + "recorder.epoch(0, 1, {'loss': 0.5})\nrecorder.flush()\nos._exit(0)", tmp_path)
    (run,) = list_runs(tmp_path)
    assert run.status == "killed" and run.epochs["loss"] == [0.5] and run.seconds > 0


@needs_posix
def test_a_forked_child_does_not_write(tmp_path):
    code = """
        for step in range(100):
            recorder.log(step, {"loss": 0.5})
        child = os.fork()
        if not child:
            print("the child prints", flush=True)
            recorder.log(100, {"loss": 0.5})
            recorder.epoch(7, 7, {"loss": 0.5})
            recorder.finish("failed")
            with Recorder(sys.argv[1], name="of the child") as own:
                own.epoch(0, 1, {"loss": 0.25})
            sys.exit(0)
        assert os.waitpid(child, 0)[1] == 0
        recorder.epoch(0, 100, {"loss": 0.5})
        recorder.finish()
    """
    assert "the child prints" in run_python(BEGIN + textwrap.dedent(code), tmp_path)
    own, run = sorted(list_runs(tmp_path), key=lambda one: one.name != "of the child")
    assert run.status == "finished" and run.epochs["epoch"] == [0] and run.steps("loss")[0] == list(range(100))
    assert run.output == "" and own.status == "finished" and own.epochs["loss"] == [0.25]


@pytest.fixture
def small_disk(monkeypatch):
    """Give runs a disk with room for a few pages more; the function that is returned makes room."""
    opened = []
    usual = database.for_writing

    def limited(path):
        db = usual(path)
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages + 2}")
        opened.append(db)
        return db

    monkeypatch.setattr(database, "for_writing", limited)
    monkeypatch.setattr(writer, "AFTER_TROUBLE", 0.05)


def fill(recorder: Recorder) -> None:
    for number in range(200):
        recorder.histogram(number, "dense", "weights", [1] * 64, list(range(65)))
    assert not recorder.flush(LIMIT)


def test_training_goes_on_when_the_disk_is_full(tmp_path, small_disk):
    recorder = Recorder(tmp_path, capture_output=False)
    recorder.epoch(0, 1, {"loss": 0.5})
    assert recorder.flush(LIMIT)
    fill(recorder)
    with pytest.warns(RuntimeWarning, match=r"can't be recorded in '.*' any more: the disk is full. Training goes on"):
        recorder.epoch(1, 2, {"loss": 0.4})
    recorder.epoch(2, 3, {"loss": 0.3})  # it is said once
    recorder.log(3, {"loss": 0.3})
    recorder.finish()
    run = Run(recorder.path)
    assert run.status == "finished" and run.epochs["epoch"] == [0]
    assert run.trouble is not None and "the disk is full" in run.trouble


@needs_posix
def test_a_limit_of_the_system_is_no_end_of_training(tmp_path):
    code = """
        import resource, warnings
        recorder.epoch(0, 1, {"loss": 0.5})
        assert recorder.flush()
        size = max(path.stat().st_size for path in recorder.path.parent.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 4096, resource.RLIM_INFINITY))
        for number in range(200):
            recorder.histogram(number, "dense", "weights", [1] * 64, list(range(65)))
        assert not recorder.flush()
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            recorder.epoch(1, 2, {"loss": 0.4})
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        recorder.finish()
        assert "any more" in str(said[0].message) and len(said) == 1
    """
    run_python(BEGIN + textwrap.dedent(code), tmp_path)
    (run,) = list_runs(tmp_path)
    assert run.status == "finished" and run.trouble is not None
    assert run.epochs["epoch"] == [0, 1] and len(run.histograms()) == 200  # there was room again: nothing is lost


def test_rows_wait_within_bounds_and_epochs_are_never_let_go(tmp_path, small_disk, monkeypatch):
    recorder = Recorder(tmp_path, capture_output=False)
    monkeypatch.setattr(recorder.writer.batch, "_most_rows", 100)
    fill(recorder)
    before = recorder.dropped
    assert 0 < before <= 100
    for step in range(50):
        recorder.log(step, {"loss": 0.0})
    with pytest.warns(RuntimeWarning, match="the disk is full"):
        recorder.epoch(1, 2, {"loss": 0.4})
    assert not recorder.flush(LIMIT)
    assert recorder.dropped == before + 50
    assert any("INTO epoch " in sql for sql, _ in recorder.writer.batch.statements)
    recorder.finish()


def test_a_file_cut_off_is_refused_or_read_as_far_as_it_goes(tmp_path):
    with Recorder(tmp_path / "whole", capture_output=False) as recorder:
        for number in range(50):
            recorder.epoch(number, number, {"loss": 0.5})
            recorder.histogram(number, "dense", "weights", [1] * 64, list(range(65)))
    content, refused = recorder.path.read_bytes(), 0
    path = tmp_path / "cut.run.db"
    lengths = sorted({0, 1, 15, 16, 99, 100, 4095, 4096, 4097, *range(0, len(content), 1531), len(content) - 1})
    for length in lengths:
        path.write_bytes(content[:length])
        refused += not read_all(path)
    assert refused == len(lengths)  # the file's head says how long it is


def test_a_file_with_bytes_changed_is_refused_or_read(tmp_path):
    with Recorder(tmp_path / "whole", capture_output=False) as recorder:
        for number in range(50):
            recorder.epoch(number, number, {"loss": 0.5})
            recorder.histogram(number, "dense", "weights", [1] * 64, list(range(65)))
    content, chance = recorder.path.read_bytes(), random.Random(7)
    path = tmp_path / "changed.run.db"
    for _ in range(200):
        changed = bytearray(content)
        for _ in range(chance.choice((1, 8, 200))):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        path.write_bytes(changed)
        read_all(path)


def read_all(path: Path) -> bool:
    """Read all of a run; False if that is refused with a sentence. Anything else fails the test."""
    try:
        run = Run(path)
        _ = run.status, run.epochs, run.metrics, run.histograms(), run.output, run.notes, run.error, run.seconds
        _ = [run.steps(name) for name in run.metrics], run.settings, repr(run), run.cost, run.dropped
    except RunFileError as error:
        assert path.name in str(error)
        return False
    return True


def test_who_lives_is_known_by_more_than_a_number(monkeypatch):
    me, now = process.this_process(), time.time()
    assert process.lives(me, now)
    assert process.lives(me | {"host": "elsewhere"}, now) and not process.lives(me | {"host": "elsewhere"}, now - 3600)
    assert not process.lives(me | {"host": "elsewhere"}, now + 3600)  # a clock that was set back
    if me["boot"]:
        assert process.lives(me, now - 3600)  # a machine that slept
        assert not process.lives(me | {"started": "1"}, now)  # the number went to another process
        assert not process.lives(me | {"boot": "another"}, now)
        assert process.lives(me | {"namespace": "pid:[1]"}, now)
        assert not process.lives(me | {"namespace": "pid:[1]"}, now - 3600)
    monkeypatch.setattr(process, "_read", lambda path: None)  # a system without /proc
    assert process.lives(me, now) and not process.lives(me | {"pid": 2**22 + 1}, now)


def test_a_clock_that_jumps_changes_no_duration(tmp_path, monkeypatch):
    recorder = Recorder(tmp_path, capture_output=False)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    recorder.epoch(0, 1, {"loss": 0.5})
    recorder.finish()
    run = Run(recorder.path)
    assert 0 < run.epoch_seconds[0] <= run.seconds < LIMIT and run.status == "finished"


def test_a_file_system_without_shared_memory_gets_another_journal(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "on_network", lambda path: True)
    with Recorder(tmp_path, capture_output=False) as recorder:
        recorder.epoch(0, 1, {"loss": 0.5})
        assert recorder.flush(LIMIT)
        with contextlib.closing(sqlite3.connect(recorder.path)) as db:
            assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert Run(recorder.path).epochs["loss"] == [0.5]
