"""`chainrule train --record`: one run a command, whatever is trained, and how it ended."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal

import numpy as np
import pytest

from chainrule.callbacks import Callback, SeriesRecorder
from chainrule.cli.main import DONE, FAILED
from chainrule.errors import NonFiniteLoss
from chainrule.layers import Dense
from chainrule.models import Sequential
from chainrule.runs import Run, diff, find, list_runs

QUICK = ("--target", "ill", "--layers", "4", "--epochs", "3", "--restarts", "2", "--out", "m")


@pytest.fixture(autouse=True)
def _no_folder_named(monkeypatch):
    monkeypatch.delenv("CHAINRULE_RUNS", raising=False)


@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_all_networks_of_a_table_are_one_run(call, table, tmp_path, engine):
    code, out, err = call("train", table, *QUICK, "--record", "--seed", 5, "--engine", engine)
    assert (code, err) == (DONE, "")
    (run,) = list_runs(tmp_path / "runs")
    assert (run.status, run.name, run.seed) == ("finished", "patients", 5)
    assert run.settings["file"] == str(table) and run.settings["layers"] == [4]
    epochs = run.epochs
    assert epochs["network"] == [1, 1, 1, 2, 2, 2]
    assert epochs["epoch"] == [0, 1, 2, 3, 4, 5]
    assert len(set(epochs["loss"])) == len(set(epochs["val_loss"])) == 6
    assert epochs["step"] == sorted(set(epochs["step"]))
    steps, losses = run.steps("loss")
    assert steps == list(range(epochs["step"][-1]))
    assert np.isfinite(losses).all()
    assert f"runs/{run.path.name}\n" in out and f"\n  chainrule runs show {run.id}\n" in out
    assert "epoch 3/3" in run.output


def test_the_epochs_are_those_of_the_fits(call, table):
    call("train", table, *QUICK, "--record")
    from chainrule.tables import TableModel, read_table

    seen = []

    class Watch(Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(logs["loss"])

    TableModel.fit(read_table(table), target="ill", layers=[4], epochs=3, restarts=2, callbacks=Watch())
    assert find("last").epochs["loss"] == seen


def test_recording_changes_no_bit_of_the_model(call, table, tmp_path):
    call("train", table, *QUICK)
    plain = (tmp_path / "m.safetensors").read_bytes()
    call("train", table, *QUICK, "--record", "--force")
    recorded = (tmp_path / "m.safetensors").read_bytes()
    assert weights_of(plain) == weights_of(recorded)


def weights_of(data: bytes) -> bytes:
    return data[8 + int.from_bytes(data[:8], "little") :]


def test_the_same_command_is_the_same_run_to_the_last_bit(call, table, tmp_path):
    for _ in range(2):
        call("train", table, *QUICK, "--record", "--force")
    found = diff(*list_runs(tmp_path / "runs"))
    assert found.same and set(found.given) <= {"machine"}


def test_the_python_that_it_prints_records_too(call, table, tmp_path):
    answer = json.loads(call("train", table, *QUICK, "--record", "--json").out)
    assert Run(answer["run"]).status == "finished"
    with contextlib.redirect_stdout(io.StringIO()):
        exec(answer["python"], {"__name__": "example"})
    new, old = list_runs(tmp_path / "runs")
    assert diff(old, new).same and new.name == old.name and new.seed == old.seed


def test_a_folder_named_by_the_environment_records_one_run_a_command(call, table, tmp_path, monkeypatch):
    monkeypatch.setenv("CHAINRULE_RUNS", str(tmp_path / "mine"))
    out = call("train", table, *QUICK).out
    (run,) = list_runs()
    assert run.path.parent == tmp_path / "mine"
    assert f"chainrule runs show {run.id}\n" in out


def test_without_it_nothing_is_recorded(call, table, tmp_path):
    assert "── The run ──" not in call("train", table, *QUICK).out
    assert not (tmp_path / "runs").exists()


def test_a_place_that_is_no_folder_is_told_before_anything_is_trained(call, table, tmp_path):
    (tmp_path / "runs").write_text("mine")
    code, out, err = call("train", table, *QUICK, "--record")
    assert code == FAILED and err.count("\n") == 1 and "runs" in err
    assert "epoch 1" not in out
    assert not (tmp_path / "m.safetensors").exists()


def test_ctrl_c_ends_the_run_as_stopped(call, table, tmp_path, monkeypatch):
    from chainrule.callbacks import EarlyStopping

    ended = EarlyStopping.on_epoch_end

    def stopped_by_the_user(self, epoch, logs=None):
        os.kill(os.getpid(), signal.SIGINT)
        ended(self, epoch, logs)

    monkeypatch.setattr(EarlyStopping, "on_epoch_end", stopped_by_the_user)
    assert call("train", table, *QUICK, "--record").code == DONE
    (run,) = list_runs(tmp_path / "runs")
    assert (run.status, run.reason) == ("stopped", "Ctrl-C ended the training.")
    assert run.epochs["network"] == [1]


def network() -> Sequential:
    model = Sequential([Dense(3), Dense(1)], seed=1)
    model.compile("sgd", "mse")
    return model


def test_an_error_ends_the_run_as_failed(tmp_path):
    class Break(Callback):
        def on_epoch_end(self, epoch, logs=None):
            raise ValueError("no such luck")

    recorder = SeriesRecorder(tmp_path, "broken")
    with pytest.raises(ValueError, match="no such luck"), recorder:
        network().fit(np.eye(4), np.ones(4), verbose=0, callbacks=[Break(), recorder])
    run = Run(recorder.path)
    assert (run.status, run.reason) == ("failed", "ValueError: no such luck")
    assert run.error is not None and "Traceback" in run.error
    assert run.notes["network 1"] == "ValueError: no such luck"


def test_one_network_that_breaks_down_does_not_end_the_run(tmp_path):
    with SeriesRecorder(tmp_path, "two") as recorder:
        with pytest.raises(NonFiniteLoss):
            network().fit(np.eye(4) * 1e30, np.ones(4), verbose=0, callbacks=recorder)
        network().fit(np.eye(4), np.ones(4), epochs=2, verbose=0, callbacks=recorder)
    run = Run(recorder.path)
    assert run.status == "finished"
    assert run.epochs["network"] == [2, 2]
    assert run.notes["network 1"].startswith("NonFiniteLoss: ")


def test_histograms_of_the_network_where_they_are_asked_for(tmp_path):
    with SeriesRecorder(tmp_path, "one", snapshots=True) as recorder:
        for _ in range(2):
            network().fit(np.eye(4), np.ones(4), epochs=2, batch_size=2, verbose=0, callbacks=recorder)
    found = Run(recorder.path).histograms("weights")
    assert {one.step for one in found} == {0, 2, 4, 6, 8}


def test_nothing_trained_is_nothing_recorded(tmp_path):
    with SeriesRecorder(tmp_path / "runs") as recorder:
        pass
    assert recorder.path is None and not (tmp_path / "runs").exists()


def photos(folder):
    """Write 24 small gray images of two classes."""
    Image = pytest.importorskip("PIL.Image", reason='images need chainrule["images"]')
    for name, shade in (("dark", 30), ("light", 160)):
        (folder / name).mkdir(parents=True)
        for number in range(12):
            X = np.random.default_rng([shade, number]).integers(0, 90, (6, 8)) + shade
            Image.fromarray(X.astype(np.uint8)).save(folder / name / f"{number:02d}.png")
    return folder


def test_a_folder_of_images_is_a_run_with_histograms(call, tmp_path):
    folder = photos(tmp_path / "photos")
    answer = json.loads(call("train", folder, "--epochs", 2, "--record", "--json").out)
    run = Run(answer["run"])
    assert (run.status, run.name) == ("finished", "photos")
    assert run.epochs["loss"] == answer["history"]["loss"]
    assert run.histograms("weights")
    (tmp_path / "photos.safetensors").unlink()
    with contextlib.redirect_stdout(io.StringIO()):
        exec(answer["python"], {"__name__": "example"})
    new, old = list_runs(tmp_path / "runs")
    assert diff(old, new).same


def test_a_table_that_stays_on_disk_is_a_run(call, table, tmp_path):
    import duckdb

    with duckdb.connect() as database:
        database.execute(f"COPY (FROM '{table}') TO '{table.with_suffix('.parquet')}' (FORMAT parquet)")
    words = ("--target", "ill", "--from-disk", "--layers", "4", "--epochs", "2")
    code, out, err = call("train", table.with_suffix(".parquet"), *words, "--record")
    assert (code, err) == (DONE, "") and "── The run ──" in out
    (run,) = list_runs(tmp_path / "runs")
    assert run.epochs["network"] == [1, 1]
    assert run.data["kind"] == "batches"
