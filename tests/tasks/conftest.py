"""What the tests of the queue share: tasks to run, a worker to run them, and a look into the database."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

#: Seconds after which what a test waits for is taken for hung.
LIMIT = 60


@pytest.fixture
def until():
    """Return a function that waits until a condition holds, and fails when it never does."""

    def wait(condition, limit=LIMIT):
        end = time.monotonic() + limit
        while not (found := condition()):
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.01)
        return found

    return wait


@pytest.fixture
def workload(tmp_path, monkeypatch):
    """Return the module of tasks, imported from an empty folder that is the current one."""
    shutil.copy(Path(__file__).with_name("workload.py"), tmp_path / "workload.py")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    sys.modules.pop("workload", None)
    yield importlib.import_module("workload")
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in ("workload", "pack"):
            del sys.modules[name]


@pytest.fixture
def stored(tmp_path):
    """Return a function that gives a task's row as the database `tasks.db` has it; `.change(sql)` changes it."""

    def connect():
        return closing(sqlite3.connect(tmp_path / "tasks.db", timeout=LIMIT))

    def row(number):
        with connect() as connection:
            connection.row_factory = sqlite3.Row
            return SimpleNamespace(**connection.execute("SELECT * FROM task WHERE id = ?", (number,)).fetchone())

    def change(sql):
        with connect() as connection, connection:
            connection.execute(sql)

    def rows(sql):
        with connect() as connection:
            return connection.execute(sql).fetchall()

    row.change, row.rows, row.folder = change, rows, tmp_path
    return row


@pytest.fixture
def start_worker(tmp_path, workload):
    """Return a function that starts `chainrule worker tasks.db …` as a process of its own; the rest are ended."""
    pytest.importorskip("typer", reason='the command line needs chainrule["tables"]')
    started = []

    def start(*options, allow="workload"):
        command = [sys.executable, "-m", "chainrule", "worker", "tasks.db", "--allow", allow, "--poll", "0.05"]
        with open(tmp_path / f"worker-{len(started)}.log", "ab") as log:
            process = subprocess.Popen([*command, *options], cwd=tmp_path, stdout=log, stderr=log)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        process.wait(LIMIT)


@pytest.fixture
def is_alive():
    """Return a function that tells whether a process runs; one that is dead and waits to be fetched does not."""

    def alive(pid):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        try:
            status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        except OSError:
            return not Path("/proc/self").exists()
        return status.rpartition(")")[2].split()[0] not in "ZX"

    return alive
