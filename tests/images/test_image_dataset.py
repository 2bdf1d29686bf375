"""Folders to batches: in memory and streamed alike, in an order that follows from the seed, refused in one sentence."""

from __future__ import annotations

import shutil
import warnings

import numpy as np
import pytest
from PIL import Image

from chainrule.callbacks import BackupAndRestore, LambdaCallback
from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.images import ImageDataset
from chainrule.layers import Dense, Flatten, Input
from chainrule.models import Sequential
from chainrule.utils import image_dataset_from_directory, img_to_array, load_img


def read(folder, **options):
    options = {"color_mode": "grayscale", "image_size": (8, 8), "batch_size": 4, "verbose": False} | options
    return image_dataset_from_directory(folder, **options)


def arrays(dataset):
    batches = list(dataset)
    return np.concatenate([X for X, _ in batches]), np.concatenate([y for _, y in batches])


def test_unshuffled_it_is_class_by_class_in_bytes(photos):
    dataset = read(photos, shuffle=False)
    assert dataset.class_names == ["high", "left", "whole"]
    assert (len(dataset), len(dataset.file_paths)) == (8, 30)
    X, y = dataset[0]
    assert (X.dtype, X.shape, y.dtype) == (np.uint8, (4, 8, 8, 1), np.int32)
    first = img_to_array(load_img(photos / dataset.file_paths[0], color_mode="grayscale"))
    np.testing.assert_array_equal(X[0], first)
    assert arrays(dataset)[1].tolist() == [0] * 12 + [1] * 10 + [2] * 8 == dataset.labels.tolist()
    assert len(dataset[-1][0]) == 2
    with pytest.raises(IndexError, match="There is no batch 8: the data set has 8"):
        dataset[8]


@pytest.mark.parametrize("in_memory", [True, False])
def test_each_epoch_has_an_order_of_its_own_that_follows_from_the_seed(photos, in_memory):
    dataset, twin = (read(photos, seed=3, in_memory=in_memory) for _ in range(2))
    first = arrays(dataset)
    np.testing.assert_array_equal(first[0], arrays(twin)[0])
    dataset.on_epoch_end()
    second = arrays(dataset)
    assert (first[0] != second[0]).any()
    assert sorted(first[1].tolist()) == sorted(second[1].tolist())
    assert (arrays(read(photos, seed=4))[0] != first[0]).any()


def test_streamed_batches_are_those_of_memory(photos):
    kept, streamed = read(photos), read(photos, in_memory=False)
    assert (kept.in_memory, streamed.in_memory) == (True, False)
    for (X, y), (A, b) in zip(kept, streamed, strict=True):
        np.testing.assert_array_equal(X, A)
        np.testing.assert_array_equal(y, b)
    np.testing.assert_array_equal(streamed[3][0], kept[3][0])
    assert repr(streamed) == ("<ImageDataset: 30 images of 8 × 8 × 1, 3 classes, 8 batches, read ahead of use>")


def test_label_modes(photos):
    assert read(photos, label_mode="categorical")[0][1].shape == (4, 3)
    assert read(photos, labels=None, label_mode=None)[0].shape == (4, 8, 8, 1)
    shutil.rmtree(photos / "whole")
    y = read(photos, label_mode="binary", shuffle=False)[3][1]
    assert (y.shape, y.dtype) == ((4, 1), np.float32) and set(y.ravel().tolist()) == {1.0}


@pytest.mark.parametrize("shuffle", [True, False])
def test_the_split_is_by_class_and_the_parts_make_the_whole(photos, shuffle):
    both = read(photos, validation_split=0.25, subset="both", shuffle=shuffle)
    train, held = (
        read(photos, validation_split=0.25, subset=part, shuffle=shuffle) for part in ("training", "validation")
    )
    assert [one.file_paths for one in both] == [train.file_paths, held.file_paths]
    assert sorted(train.file_paths + held.file_paths) == sorted(read(photos).file_paths)
    assert np.bincount(held.labels).tolist() == [3, 3, 2]


def test_what_it_prints(photos, capsys):
    read(photos, validation_split=0.2, subset="both", verbose=True)
    assert capsys.readouterr().out == (
        "Found 30 files belonging to 3 classes.\nUsing 24 files for training.\nUsing 6 files for validation.\n"
    )


@pytest.mark.parametrize("in_memory", [True, False])
def test_odd_files_are_told_once_and_do_not_stop_the_rest(photos, in_memory):
    X = np.random.default_rng(0).integers(0, 256, (8, 8), dtype=np.uint8)
    (photos / "high" / "notes.txt").write_text("hello")
    (photos / "high" / "text.png").write_text("hello")
    (photos / "left" / ".hidden.png").write_text("hello")
    (photos / "loose.png").write_bytes((photos / "high" / "000.png").read_bytes())
    Image.fromarray(X).convert("CMYK").save(photos / "high" / "cmyk.jpg")
    Image.fromarray(X.astype(np.uint16) * 256).save(photos / "high" / "deep.png")
    with pytest.warns(UserWarning) as told:
        dataset = read(photos, in_memory=in_memory)
    assert [str(one.message) for one in told] == [
        "1 file has no image's suffix and is left out: high/notes.txt. "
        "1 file lies in no class's folder and is left out: loose.png. "
        "1 file is no image and is left out: high/text.png. "
        "1 file is in CMYK, and was turned into RGB: high/cmyk.jpg. "
        "1 file has 16 bits a colour, of which the upper 8 were taken: high/deep.png."
    ]
    assert len(dataset.file_paths) == 32 == len(arrays(dataset)[1])


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-30])


def test_a_damaged_file_is_left_out_of_memory(photos):
    cut_short(photos / "left" / "004.png")
    with pytest.warns(UserWarning, match=r"^1 file is damaged or cut short and is left out: left/004\.png\.$"):
        train, held = read(photos, validation_split=0.2, subset="both")
    assert len(train.file_paths) + len(held.file_paths) == 29
    assert "left/004.png" not in train.file_paths + held.file_paths
    names = {"high": 0, "left": 1, "whole": 2}
    assert [names[file.split("/")[0]] for file in train.file_paths] == train.labels.tolist()


def test_a_damaged_file_is_left_out_of_its_batch_and_told_once_after_the_epoch(photos):
    cut_short(photos / "left" / "004.png")
    dataset = read(photos, in_memory=False, shuffle=False)
    X, y = arrays(dataset)
    assert len(X) == len(y) == 29
    with pytest.warns(UserWarning, match=r"^1 file is damaged or cut short and is left out: left/004\.png\.$"):
        dataset.on_epoch_end()
    arrays(dataset)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dataset.on_epoch_end()


def test_a_batch_without_a_sound_file_is_refused_with_the_reason(photos):
    for number in range(4):
        cut_short(photos / "high" / f"{number:03d}.png")
    dataset = read(photos, in_memory=False, shuffle=False)
    with pytest.raises(DataError, match=r"None of the 4 files of batch 1 can be read: .*000\.png is damaged"):
        list(dataset)


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_network_trains_evaluates_and_predicts_on_it(photos, in_memory):
    from chainrule.layers import Dense, Flatten, Rescaling
    from chainrule.models import Sequential

    train, held = read(photos, validation_split=0.3, subset="both", in_memory=in_memory, batch_size=8)
    model = Sequential([Rescaling(1 / 255, input_shape=train.image_shape), Flatten(), Dense(3, "softmax")], seed=1)
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    history = model.fit(train, validation_data=held, epochs=4, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]
    assert train.epoch == 4
    assert model.predict(read(photos, labels=None, label_mode=None, in_memory=in_memory)).shape == (30, 3)
    assert isinstance(model.evaluate(held, return_dict=True)["accuracy"], float)


def test_the_same_seed_trains_the_same_network_from_memory_and_streamed(photos):
    from chainrule.layers import Dense, Flatten
    from chainrule.models import Sequential

    weights = []
    for in_memory in (True, False):
        dataset = read(photos, in_memory=in_memory)
        model = Sequential([Flatten(input_shape=(8, 8, 1)), Dense(3, "softmax")], seed=1)
        model.compile(loss="sparse_categorical_crossentropy", optimizer="sgd")
        model.fit(dataset, epochs=3, verbose=0)
        weights.append(model.get_weights())
    for A, B in zip(*weights, strict=True):
        np.testing.assert_array_equal(A, B)


def test_sizes_found_and_refused(photos):
    assert read(photos, image_size=None).image_shape == (8, 8, 1)
    Image.new("L", (5, 4)).save(photos / "high" / "odd.png")
    with pytest.raises(DataError) as error:
        read(photos, image_size=None)
    assert str(error.value) == (
        f"The images in {photos} have 2 sizes (height × width): 8 × 8 (30), 4 × 5 (1). Say the one that all are "
        "brought to with image_size=(height, width)."
    )


@pytest.mark.parametrize("option", ["crop_to_aspect_ratio", "pad_to_aspect_ratio"])
def test_cropped_and_padded(tmp_path, option):
    (tmp_path / "a").mkdir()
    Image.new("L", (16, 8), 200).save(tmp_path / "a" / "wide.png")
    X, _ = read(tmp_path, **{option: True})[0]
    expected = 1.0 if option[0] == "c" else 0.5
    assert (X == 200).mean() == expected


REFUSED = [
    (
        {"labels": [0, 1]},
        ShapeError,
        "labels has 2 entries, and {} 30 images; give each image one, in the order of the",
    ),
    (
        {"labels": "infered"},
        ArgumentError,
        "labels is 'inferred', None, or a list with a class number a file; received",
    ),
    ({"labels": None}, ArgumentError, "without labels needs label_mode=None; received 'int'."),
    ({"label_mode": "binary"}, ArgumentError, "label_mode='binary' is for 2 classes; {} has 3: take 'int'"),
    ({"label_mode": "intt"}, ArgumentError, "Did you mean 'int'?"),
    ({"class_names": ["high", "lfet", "whole"]}, ArgumentError, "has no subfolder 'lfet'. Did you mean 'left'?"),
    ({"class_names": ["high", "left"]}, ArgumentError, "names each subfolder of {} once, in the order of the labels"),
    ({"batch_size": None}, ArgumentError, "batch_size is a whole number of at least 1"),
    ({"data_format": "channels_first"}, ArgumentError, "data_format is 'channels_last'"),
    ({"subset": "training"}, ArgumentError, "subset='training' needs validation_split, such as 0.2."),
    ({"validation_split": 0.2}, ArgumentError, "There is no subset of image_dataset_from_directory named None"),
    ({"validation_split": 1.5, "subset": "both"}, ArgumentError, "validation_split is a number between 0 and 1"),
    ({"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}, ArgumentError, "crops to the aspect ratio or pads"),
    ({"image_size": 8}, ArgumentError, "image_size is (height, width), such as (28, 28); received 8."),
]


@pytest.mark.parametrize(("options", "kind", "message"), REFUSED)
def test_arguments_that_can_not_be_used(photos, options, kind, message):
    with pytest.raises(kind) as error:
        read(photos, **options)
    assert message.format(photos) in str(error.value) and str(error.value).endswith((".", "?"))


def test_labels_may_be_given_in_the_order_of_the_paths(photos):
    numbers = [n % 2 for n in range(30)]
    dataset = read(photos, labels=numbers, shuffle=False)
    assert dataset.labels.tolist() == numbers and dataset.class_names == ["0", "1"]


def emptied(photos):
    for file in (photos / "left").iterdir():
        file.unlink()


def only_text(photos):
    for file in photos.rglob("*.png"):
        file.rename(file.with_suffix(".txt"))


def no_subfolder(photos):
    for file in list((photos / "high").iterdir()):
        file.rename(photos / file.name)
    for name in ("high", "left", "whole"):
        shutil.rmtree(photos / name)


def all_damaged(photos):
    for file in (photos / "left").iterdir():
        file.write_text("hello")


FOLDERS = [
    (emptied, "The class 'left' has no images: {}/left holds none. Put images into it, or take the folder away."),
    (
        only_text,
        "There are no images in {}; its 30 files are none, high/000.txt the first. Expected files ending in .png, .jpg",
    ),
    (
        no_subfolder,
        "{} needs a subfolder for each class, such as {}/cat and {}/dog; it holds 12 images and no subfolder.",
    ),
    (all_damaged, "The class 'left' has no images: {}/left holds none that can be read. Put images into it"),
    (shutil.rmtree, "There is no folder {}."),
]


@pytest.mark.parametrize(("change", "message"), FOLDERS)
def test_folders_that_nothing_can_be_learnt_from(photos, change, message):
    change(photos)
    with pytest.raises(DataError) as error:
        read(photos)
    assert str(error.value).startswith(message.replace("{}", str(photos)))


def test_a_file_in_place_of_a_folder(photos):
    file = photos / "high" / "000.png"
    with pytest.raises(DataError) as error:
        read(file)
    assert str(error.value) == f"{file} is a file; expected a folder with a subfolder of images for each class."


def test_utils_offers_what_the_room_of_images_has():
    from chainrule import utils

    assert utils.image_dataset_from_directory is image_dataset_from_directory
    with pytest.raises(AttributeError, match="no attribute 'load_image'"):
        _ = utils.load_image
    assert issubclass(ImageDataset, utils.Sequence)


def test_a_resumed_fit_has_the_orders_of_one_that_never_stopped(photos, tmp_path):
    """A process that died after two epochs makes its data set anew; the third epoch has the third order."""

    def fit(folder, *callbacks):
        model = Sequential([Input((8, 8, 1)), Flatten(), Dense(3, activation="softmax")], seed=1)
        model.compile("sgd", "sparse_categorical_crossentropy")
        data = read(photos, seed=3)
        model.fit(data, epochs=4, verbose=0, callbacks=[BackupAndRestore(folder), *callbacks])
        return model.get_weights(), data.epoch

    def kill(epoch, logs):
        if epoch == 2:
            raise KeyboardInterrupt

    whole = fit(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        fit(tmp_path / "killed", LambdaCallback(on_epoch_begin=kill))
    resumed = fit(tmp_path / "killed")
    for expected, found in zip(whole[0], resumed[0], strict=True):
        np.testing.assert_array_equal(found, expected)
    assert whole[1] == resumed[1] == 4
