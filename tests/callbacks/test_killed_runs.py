"""Runs that die as processes do, at any moment, end with the bits of one that never stopped.

Twelve kills at random moments in each test run; `CHAINRULE_STORM=100` asks for a hundred.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from chainrule.models import load_model

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")

SCRIPT = Path(__file__).with_name("killed_run.py")
EXIT_CODE = 9  # as in the script
STORM = int(os.environ.get("CHAINRULE_STORM", "12"))
BACKUP = Path("backup", "backup.safetensors")


def start(folder, *death):
    """Start the run in a folder, which is made if need be."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, str(SCRIPT), str(folder), *map(str, death)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(folder, *death):
    """Run to the end or to the death asked for; return the exit code and what was written to standard output."""
    process = start(folder, *death)
    out, errors = process.communicate()
    assert not errors, errors.decode()
    return process.returncode, out.decode()


def result(folder):
    with np.load(folder / "result.npz") as arrays:
        return dict(arrays)


def assert_same(folder, whole):
    """Hold a run to the one that never stopped: weights, optimizer, History, log, best model; nothing left over."""
    found, expected = result(folder), result(whole)
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)
    assert (folder / "log.csv").read_bytes() == (whole / "log.csv").read_bytes()
    best = [load_model(each / "best.safetensors").get_weights() for each in (folder, whole)]
    for one, other in zip(*best, strict=True):
        np.testing.assert_array_equal(one, other)
    assert not (folder / BACKUP).exists()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return the folder of a run that never stopped, and how many moments it had."""
    folder = tmp_path_factory.mktemp("killed") / "whole"
    code, out = finish(folder)
    assert code == 0
    record = json.loads(str(result(folder)["record"]))
    # All callbacks had their say: stopped early, with several rates, the weights back from an epoch before the last.
    assert record["stopped"].startswith("EarlyStopping") and len(record["epoch"]) > 6
    assert len(set(record["history"]["learning_rate"])) > 2
    return folder, len(out)


@pytest.mark.parametrize(
    ("how", "moment", "count"),
    [
        ("exit", "epoch_begin", 1),
        ("exit", "batch", 6),  # of 4 an epoch: in the second
        ("exit", "epoch_end", 1),  # before its backup
        ("exit", "epoch_end", 4),
        # Written are: model and backup of epoch 1, backup of 2, model and backup of 3; each is synced, then its folder.
        ("exit", "half", 4),
        ("exit", "half", 5),
        ("SIGKILL", "written", 3),
        ("SIGKILL", "synced", 5),
        ("SIGKILL", "renamed", 5),
        ("SIGKILL", "renamed", 1),
        ("SIGKILL", "train_end", 1),
    ],
)
def test_killed_at_a_moment(whole, tmp_path, how, moment, count):
    code, _ = finish(tmp_path, how, moment, count)
    assert code == (EXIT_CODE if how == "exit" else -signal.SIGKILL) and not (tmp_path / "result.npz").exists()
    assert finish(tmp_path)[0] == 0
    assert_same(tmp_path, whole[0])


def test_a_storm_of_kills(whole, tmp_path):
    folder, moments = whole
    choice = random.Random(20)
    killed, runs = 0, 0
    while killed < STORM:
        run = tmp_path / str(runs)
        process = start(run)
        # Killed from outside when so many moments have been, while the process goes on: anywhere, in any system call.
        process.stdout.read(choice.randrange(moments // 2))
        process.kill()
        errors = process.communicate()[1]
        assert not errors, errors.decode()
        killed += process.returncode == -signal.SIGKILL
        if (run / "result.npz").exists():
            assert_same(run, folder)
            runs += 1
    for run in tmp_path.iterdir():
        assert finish(run)[0] == 0
        assert_same(run, folder)


@pytest.mark.parametrize(("moment", "count"), [("batch", 7), ("written", 3), ("renamed", 2)])
def test_ctrl_c_keeps_the_backup(whole, tmp_path, moment, count):
    code, out = finish(tmp_path, "SIGINT", moment, count)
    assert code == 0 and out.endswith("Stopped by Ctrl-C; the weights are those of the last whole batch.\n")
    assert (tmp_path / BACKUP).exists()
    assert finish(tmp_path)[0] == 0
    assert_same(tmp_path, whole[0])
