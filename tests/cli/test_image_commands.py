"""`chainrule train` of a folder of images, and what `predict`, `evaluate`, `summary` … do with its model."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import signal

import numpy as np
import pytest

from chainrule.cli.main import DONE, FAILED, WRONG_USE

Image = pytest.importorskip("PIL.Image", reason='images need chainrule["images"]')

QUICK = ("--epochs", "2")


@pytest.fixture
def photos(tmp_path):
    """Return a folder of 24 small gray images of two classes."""
    for name, shade in (("dark", 30), ("light", 160)):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(12):
            X = np.random.default_rng([shade, number]).integers(0, 90, (6, 8)) + shade
            Image.fromarray(X.astype(np.uint8)).save(tmp_path / "photos" / name / f"{number:02d}.png")
    return tmp_path / "photos"


@pytest.fixture
def model(call, photos):
    assert call("train", photos, *QUICK).code == DONE
    return photos.with_suffix(".safetensors")


def test_it_trains_scores_and_saves_beside_the_folder(call, photos):
    code, out, err = call("train", photos, *QUICK)
    assert (code, err) == (DONE, "")
    assert photos.with_suffix(".safetensors").is_file()
    for part in (
        "24 images of 2 classes, 6 × 8 in gray",
        "dark   12\nlight  12\n",
        "── Training ──",
        "A convolutional network on 15 images, with 4 that say when to stop: 2 epochs in",
        "on 5 images",
        "majority class",
        "true \\ predicted",
        "── The images it gets wrong ──",
        "from chainrule.images import ImageModel",
    ):
        assert part in out
    assert "\x1b" not in out and "\r" not in out
    assert max(len(line) for line in out.splitlines() if str(photos.parent) not in line) <= 80


def test_json_is_all_that_standard_output_has(call, photos):
    code, out, err = call("train", photos, "--json", "--show", "sheets", *QUICK)
    answer = json.loads(out)
    assert code == DONE and "── Training" in err
    assert answer["model"] == str(photos.with_suffix(".safetensors"))
    assert (answer["classes"], answer["images"]["read"], answer["epochs"]) == (["dark", "light"], 24, 2)
    assert answer["sheets"][:2] == ["sheets/filters.png", "sheets/feature_maps.png"]


def test_the_python_that_it_prints_makes_the_same_model(call, photos):
    options = ("--size", "7x9", "--seed", 3, "--learning-rate", 0.01, "--out", "m", *QUICK)
    code, out, _ = call("train", photos, "--json", *options)
    assert code == DONE
    saved = photos.parent / "m.safetensors"
    before = saved.read_bytes()
    saved.unlink()
    with contextlib.redirect_stdout(io.StringIO()):
        exec(json.loads(out)["python"], {"__name__": "example"})
    assert weights_of(before) == weights_of(saved.read_bytes())


def weights_of(data: bytes) -> bytes:
    """Return a model file without its header, which says how many seconds training took."""
    return data[8 + int.from_bytes(data[:8], "little") :]


def test_a_path_with_a_dot_or_a_slash_has_its_model_beside_it(call, photos, monkeypatch):
    assert call("train", f"{photos}/", *QUICK).code == DONE
    assert photos.with_suffix(".safetensors").is_file()
    monkeypatch.chdir(photos)
    assert "There is a file" in call("train", ".", *QUICK).err


def test_from_disk_and_in_memory_are_said_and_kept(call, photos):
    out = call("train", photos, "--from-disk", *QUICK).out
    assert "They are decoded anew in each epoch" in out
    assert "in_memory=False" in out


def test_grayscale_and_colours_found_out(call, photos):
    Image.new("RGB", (8, 6), (200, 30, 30)).save(photos / "light" / "red.png")
    assert "6 × 8 in colour" in call("train", photos, *QUICK).out
    assert "6 × 8 in gray" in call("train", photos, "--grayscale", "--force", *QUICK).out


def test_odd_files_are_counted_and_do_not_stop_the_rest(call, photos):
    (photos / "dark" / "notes.txt").write_text("hello")
    (photos / "dark" / "text.png").write_text("hello")
    cut = photos / "dark" / "00.png"
    cut.write_bytes(cut.read_bytes()[:60])
    code, out, err = call("train", photos, *QUICK)
    assert (code, err) == (DONE, "")
    assert "22 images" in out or "23 images" in out
    for part in (
        "1 file has no image's suffix and is left out: dark/notes.txt.",
        "1 file is no image and is left out: dark/text.png.",
        "1 file is damaged or cut short and is left out: dark/00.png.",
    ):
        assert out.count(part) == 1


def one_class(photos):
    for file in list((photos / "dark").iterdir()):
        file.unlink()
    (photos / "dark").rmdir()


def empty_class(photos):
    for file in list((photos / "dark").iterdir()):
        file.unlink()


def no_image(photos):
    for file in list(photos.rglob("*.png")):
        file.rename(file.with_suffix(".txt"))


def mixed_sizes(photos):
    Image.new("L", (5, 5)).save(photos / "light" / "odd.png")


REFUSED = [
    (one_class, "{} has one class, 'light': there is nothing to tell it from. Give each of at least two classes a "
     "subfolder."),
    (empty_class, "The class 'dark' has no images: {}/dark holds none. Put images into it, or take the folder away."),
    (no_image, "There are no images in {}; its 24 files are none, dark/00.txt the first. Expected files ending in "
     ".png, .jpg and the like."),
    (mixed_sizes, "The images in {} have 2 sizes (height × width): 6 × 8 (24), 5 × 5 (1). Say the one that all are "
     "brought to with --size PIXELS."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "sentence"), REFUSED)
def test_a_folder_that_nothing_can_be_learnt_from_is_one_sentence(call, photos, change, sentence):
    change(photos)
    assert call("train", photos) == (FAILED, "", f"chainrule: {sentence.replace('{}', str(photos))}\n")
    assert not photos.with_suffix(".safetensors").exists()


def test_mixed_sizes_are_learnt_with_size(call, photos):
    mixed_sizes(photos)
    assert "25 images of 2 classes, 8 × 8 in gray" in call("train", photos, "--size", 8, *QUICK).out


WRONG = [
    ("train {}/dark/00.png", FAILED, "{}/dark/00.png is an image; train takes a folder with a subfolder of images for "
     "each class."),
    ("train nowhere", FAILED, "There is no folder nowhere."),
    ("train {} --size big", WRONG_USE, "--size is a number of pixels such as 28, or height and width such as 28x32; "
     "received 'big'."),
    ("train {} --folds 5", WRONG_USE, "--folds is for tables, which {} is not; leave it out."),
    ("train {} --class-weight balanced", WRONG_USE, "--class-weight is for tables, which {} is not; leave it out."),
    ("train t.csv --target y --size 8", WRONG_USE, "--size is for a folder of images, which t.csv is not; "
     "leave it out."),
    ("train {} --target y --out m", FAILED, "{} is a folder; give the name of a file in it."),
    ("train {} --show {}", FAILED, "The folder {} has files; --force writes over them, --show names another."),
    ("train {} --show {}/dark/00.png", FAILED, "{}/dark/00.png is no folder; --show names one for the sheets."),
    ("train {} --optimizer adm", WRONG_USE, "There is no optimizer named 'adm'. Did you mean 'adam'?"),
    ("train {} --test 2", WRONG_USE, "ImageModel.fit's test is a number from 0 to 1, 1 excluded; received 2.0."),
]  # fmt: skip


@pytest.mark.parametrize(("words", "code", "sentence"), WRONG)
def test_wrong_use_is_one_sentence(call, photos, words, code, sentence):
    called = call(*words.replace("{}", str(photos)).split())
    assert called.code == code and called.out == "" and called.err.count("\n") == 1
    assert called.err.startswith(f"chainrule: {sentence.replace('{}', str(photos))}")


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_files_and_folders_are_predicted_as_csv(call, model, photos):
    code, out, err = call("predict", model, photos / "light" / "03.png", photos / "dark")
    rows = rows_of(out)
    assert code == DONE and len(rows) == 13
    assert list(rows[0]) == ["file", "prediction", "probability_dark", "probability_light"]
    assert rows[0]["file"].endswith("light/03.png") and rows[1]["file"].endswith("dark/00.png")
    assert "── The Python that does the same" in err and "ImageModel.load" in err
    assert call("predict", model, photos / "dark", "--out", "p.csv").out == ""
    assert len(rows_of((photos.parent / "p.csv").read_text())) == 12
    assert len(json.loads(call("predict", model, photos / "dark", "--json").out)["predictions"]) == 12


def test_files_that_can_not_be_read_are_told_on_standard_error(call, model, photos):
    (photos / "dark" / "00.png").write_text("hello")
    code, out, err = call("predict", model, photos / "dark")
    assert (code, len(rows_of(out))) == (DONE, 11)
    assert "".join(err.split()).startswith(f"1fileisnoimageandisleftout:{photos}/dark/00.png.")
    code, out, err = call("predict", model, photos / "dark" / "00.png")
    assert (code, out) == (FAILED, "") and "None of the files can be read as an image." in err


def test_options_of_tables_and_several_tables_are_refused(call, model, photos, table):
    assert call("predict", model, photos, "--keep", "id").err.startswith("chainrule: --keep is for tables, which ")
    assert call("train", table, "--target", "ill", "--layers", "4", "--epochs", "1", "--restarts", "1").code == DONE
    called = call("predict", table.with_suffix(".safetensors"), "a.csv", "b.csv")
    assert called == (WRONG_USE, "", "chainrule: predict takes one table at a time; received 2: a.csv, b.csv.\n")


def test_a_folder_is_scored(call, model, photos):
    code, out, err = call("evaluate", model, photos)
    assert (code, err) == (DONE, "") and "on 24 images" in out and "── The images it gets wrong" in out
    assert json.loads(call("evaluate", model, photos, "--json").out)["scores"]["rows"] == 24


def test_the_model_is_shown_checked_and_looked_at(call, model, photos):
    out = call("summary", model).out
    assert "Images, to predict their class" in out and "2 classes: dark, light" in out and "on 5 images" in out
    assert json.loads(call("summary", model, "--json").out)["images"]["height"] == 6
    assert "conv2d/kernel" in call("check", model).out
    assert call("doctor", model).code == DONE
    assert "holds a network of images, not of tables" in call("doctor", model, photos).err


def test_sheets_are_written_and_named(call, photos):
    code, out, _ = call("train", photos, "--show", "sheets", *QUICK)
    assert code == DONE and "sheets: filters.png, feature_maps.png" in out
    assert {"filters.png", "feature_maps.png"} <= set(os.listdir(photos.parent / "sheets"))
    assert call("train", photos, "--show", "sheets", "--force", *QUICK).code == DONE


def test_ctrl_c_keeps_the_best_network_so_far_and_says_so(call, photos, monkeypatch):
    from chainrule.callbacks import ProgressBar

    def interrupt(bar, epoch, logs=None):
        if epoch == 1:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(ProgressBar, "on_epoch_end", interrupt)
    code, out, err = call("train", photos, "--epochs", 100)
    assert (code, err) == (DONE, "")
    assert "Training was stopped by Ctrl-C; the model saved is the best one up to then." in out


def test_without_pillow_the_sentence_says_what_to_install(call, photos, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "PIL", None)
    called = call("train", photos)
    sentence = 'chainrule: Reading images needs Pillow: pip install "chainrule[images]" brings it.\n'
    assert called == (FAILED, "", sentence)
