"""`chainrule train`: what it prints, writes and refuses."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import signal

import numpy as np
import pytest

from chainrule.cli.main import DONE, FAILED, STOPPED, WRONG_USE

#: Small and quick: what is tested here is the command, not how well networks learn.
QUICK = ("--layers", "4", "--epochs", "3", "--restarts", "1")


def test_it_trains_scores_and_saves_beside_the_data(call, table):
    code, out, err = call("train", table, "--target", "ill", *QUICK)
    assert (code, err) == (DONE, "")
    assert table.with_suffix(".safetensors").is_file()
    for part in (
        "120 rows of 4 columns, to predict 'ill'",
        "ward    category",
        "── Training ──",
        "95 % interval",
        "majority class",
        "linear model",
        "true \\ predicted",
        "── The Python that does the same ──",
    ):
        assert part in out
    assert "\x1b" not in out and "\r" not in out
    assert max(len(line) for line in out.splitlines() if str(table.parent) not in line) <= 80


def test_json_is_all_that_standard_output_has(call, table):
    code, out, err = call("train", table, "--target", "last", "--json", *QUICK)
    answer = json.loads(out)
    assert code == DONE
    assert answer["model"] == str(table.with_suffix(".safetensors"))
    assert (answer["target"], answer["task"], answer["rows"]["read"]) == ("ill", "binary", 120)
    score = answer["scores"]["score"]
    assert score["low"] <= score["value"] <= score["high"]
    assert [one["name"] for one in answer["columns"]] == ["age", "weight", "ward"]
    assert "epoch" in err and "── Training" in err


@pytest.mark.parametrize("target", ["ill", "3", "last"])
def test_the_target_is_a_name_a_number_or_last(call, table, target):
    assert "to predict 'ill'" in call("train", table, "--target", target, *QUICK).out


def test_the_python_that_it_prints_makes_the_same_model(call, table):
    code, out, _ = call("train", table, "--target", "ill", "--without", "weight", "--seed", 3, "--json", *QUICK)
    assert code == DONE
    saved = table.with_suffix(".safetensors")
    before = saved.read_bytes()
    saved.unlink()
    with contextlib.redirect_stdout(io.StringIO()):
        exec(json.loads(out)["python"], {"__name__": "example"})
    twin = saved.read_bytes()
    assert weights_of(before) == weights_of(twin)


def weights_of(data: bytes) -> bytes:
    """Return a model file without its header, which says how many seconds training took."""
    return data[8 + int.from_bytes(data[:8], "little") :]


def test_predictions_of_the_saved_model_are_those_in_memory(call, table):
    from chainrule.tables import TableModel, read_table

    call("train", table, "--target", "ill", *QUICK)
    rows = read_table(table)
    model = TableModel.fit(rows, target="ill", layers=[4], epochs=3, restarts=1, verbose=0)
    saved = TableModel.load(table.with_suffix(".safetensors"))
    for name, values in model.predict(rows).items():
        np.testing.assert_array_equal(saved.predict(rows)[name], values)


def test_a_model_that_is_there_is_not_written_over_without_force(call, table):
    model = table.with_suffix(".safetensors")
    model.write_text("mine")
    called = call("train", table, "--target", "ill", *QUICK)
    sentence = f"chainrule: There is a file {model}; --force writes over it, --out names another.\n"
    assert called == (FAILED, "", sentence)
    assert model.read_text() == "mine"
    assert call("train", table, "--target", "ill", "--force", *QUICK).code == DONE
    assert model.read_bytes() != b"mine"


def test_out_names_the_model_and_foreign_suffixes_become_ours(call, table, tmp_path):
    assert call("train", table, "--target", "ill", "--out", "m.h5", *QUICK).code == DONE
    assert (tmp_path / "m.safetensors").is_file()


@pytest.mark.parametrize(
    ("out", "sentence"),
    [
        ("nowhere/m", "There is no folder nowhere; make it first, or name another with --out."),
        (".", ". is a folder; --out names a file."),
        ("/dev/null", "/dev/null is no ordinary file; --out names a file."),
        ("x" * 300, f"{'x' * 100!r} is no name of a file (File name too long)."),
    ],
)
def test_a_place_that_is_none_is_refused_before_training(call, table, tmp_path, out, sentence):
    code, printed, err = call("train", table, "--target", "ill", "--out", out, *QUICK)
    assert (code, printed) == (FAILED, "")
    assert err.startswith("chainrule: ") and err.count("\n") == 1 and sentence in err


def test_the_target_can_not_be_left_out(call, table):
    code, printed, err = call("train", table, "--target", "ill", "--without", "weight,ill", "--out", "m", *QUICK)
    sentence = "chainrule: --without leaves out 'ill', which is the --target; leave out other columns.\n"
    assert (code, printed, err) == (WRONG_USE, "", sentence)


def test_a_folder_without_permission(call, table, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    called = call("train", table, "--target", "ill", "--out", "m", *QUICK)
    sentence = f"chainrule: You have no permission to write in {tmp_path}; name another place with --out.\n"
    assert called == (FAILED, "", sentence)


def test_a_disk_that_is_full_when_the_model_is_saved(call, table, monkeypatch):
    from chainrule.saving import disk

    def full(path, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(disk, "_write_and_sync", full)
    code, _, err = call("train", table, "--target", "ill", *QUICK)
    model = table.with_suffix(".safetensors")
    assert code == FAILED
    assert err == (
        f"chainrule: Can't write {str(model)!r}: the disk is full; free some space and save again. The model is not "
        "saved; the same command trains the same one again.\n"
    )
    assert not model.exists()


def test_a_named_example_and_its_model_here(call, tmp_path):
    pytest.importorskip("sklearn")
    assert call("train", "example:iris", "--target", "last", *QUICK).code == DONE
    assert (tmp_path / "iris.safetensors").is_file()


def test_standard_input(call, table, monkeypatch):
    with open(table, encoding="utf-8") as opened:
        monkeypatch.setattr("sys.stdin", opened)
        assert call("train", "-", "--target", "ill", "--out", "piped", *QUICK).code == DONE
    assert (table.parent / "piped.safetensors").is_file()


def test_rows_that_cannot_be_read_are_listed_by_line(call, table):
    lines = table.read_text().splitlines()
    lines[10] += ",one,more"
    table.write_text("\n".join(lines) + "\n")
    code, out, _ = call("train", table, "--target", "ill", "--json", *QUICK)
    answer = json.loads(out)
    assert code == DONE
    assert [reject["line"] for reject in answer["rejects"]] == [11]
    assert answer["rows"]["rejected"] == 1
    text = call("train", table, "--target", "ill", "--force", *QUICK).out
    assert "1 row could not be read and is left out:\n  line 11: " in text


def test_a_number_is_predicted_too(call, table):
    code, out, _ = call("train", table, "--target", "weight", *QUICK)
    assert code == DONE
    for part in ("'weight' is a number.", "R²", "mean absolute error", "linear model"):
        assert part in out


def test_folds(call, table):
    code, out, _ = call("train", table, "--target", "ill", "--folds", 3, *QUICK)
    assert code == DONE
    assert "Score on the folds of a cross-validation" in out
    assert "3 folds: " in out


def test_ctrl_c_keeps_the_best_network_so_far_and_says_so(call, table, monkeypatch):
    from chainrule.callbacks import ProgressBar

    def interrupt(bar, epoch, logs=None):
        if epoch == 2:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(ProgressBar, "on_epoch_end", interrupt)
    words = ["train", table, "--target", "ill", "--layers", "4", "--epochs", "500", "--restarts", "1"]
    code, out, err = call(*words)
    assert (code, err) == (DONE, "")
    assert "Training was stopped by Ctrl-C; the model saved is the best one up to then." in out
    assert table.with_suffix(".safetensors").is_file()
    answer = json.loads(call(*words, "--json", "--force").out)
    assert answer["interrupted"] is True
    assert answer["networks"][0]["epochs"] < 500


def test_ctrl_c_before_there_is_a_network_writes_nothing(call, table, monkeypatch):
    import chainrule.tables

    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(chainrule.tables, "read_table", interrupted)
    called = call("train", table, "--target", "ill", *QUICK)
    assert called == (STOPPED, "", "chainrule: Stopped by Ctrl-C; nothing was written.\n")
    assert not table.with_suffix(".safetensors").exists()
