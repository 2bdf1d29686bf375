"""ImageModel: from a folder to a network that takes image files, saved with what it needs."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from chainrule.errors import DataError, ModelFileError
from chainrule.images import Finding, ImageModel
from chainrule.images.contract import ImageContract
from chainrule.images.store import Form

SETTINGS = {"epochs": 4, "learning_rate": 0.01}


@pytest.fixture
def model(photos):
    return ImageModel.fit(photos, **SETTINGS)


def test_it_learns_and_says_how_well(model, photos):
    report = model.report
    assert report["classes"] == ["high", "left", "whole"] and report["class_counts"] == [12, 10, 8]
    assert report["images"] == {"read": 30, "train": 19, "validation": 5, "test": 6}
    assert report["scored_on"] == "test" and report["scores"]["rows"] == 6
    assert report["baselines"][0]["name"] == "majority class"
    assert report["scores"]["accuracy"] > report["baselines"][0]["score"]
    assert (report["epochs"], report["interrupted"]) == (4, False)
    assert sum(map(sum, report["scores"]["confusion"])) == 6
    assert len(report["wrong"]) == report["n_wrong"]
    json.dumps(report)
    assert repr(model).startswith("<ImageModel of 3 classes, 8 × 8 × 1: accuracy ")


def test_saved_and_loaded_it_answers_the_same_to_the_bit(model, photos, tmp_path):
    path = model.save(tmp_path / "m.safetensors")
    twin = ImageModel.load(path)
    assert twin.contract == model.contract and twin.report == json.loads(json.dumps(model.report))
    for name, values in model.predict(photos).items():
        np.testing.assert_array_equal(twin.predict(photos)[name], values)


@pytest.mark.parametrize("in_memory", [True, False])
def test_the_same_seed_gives_the_same_model(photos, in_memory):
    first, second = (ImageModel.fit(photos, in_memory=in_memory, **SETTINGS) for _ in range(2))
    for A, B in zip(first.network.get_weights(), second.network.get_weights(), strict=True):
        np.testing.assert_array_equal(A, B)
    assert first.report["in_memory"] is in_memory


def test_files_and_folders_are_predicted_in_their_order(model, photos):
    files = [photos / "whole" / "001.png", photos / "high"]
    columns = model.predict(files)
    assert list(columns) == ["file", "prediction", "probability_high", "probability_left", "probability_whole"]
    assert columns["file"].tolist()[0] == str(files[0]) and len(columns["file"]) == 13
    assert columns["file"].tolist()[1:] == sorted(str(file) for file in files[1].iterdir())
    total = sum(columns[f"probability_{name}"] for name in model.contract.classes)
    np.testing.assert_allclose(total, 1, rtol=1e-5)


def test_images_of_another_size_and_colour_are_brought_to_the_contract(model, tmp_path):
    Image.new("RGB", (30, 20), (200, 100, 50)).save(tmp_path / "a.jpg")
    assert len(model.predict(tmp_path / "a.jpg")["prediction"]) == 1


def test_files_that_can_not_be_read_have_no_row_and_are_found(model, photos):
    (photos / "high" / "000.png").write_text("hello")
    cut = photos / "high" / "001.png"
    cut.write_bytes(cut.read_bytes()[:-30])
    findings: list[Finding] = []
    assert len(model.predict(photos / "high", findings)["file"]) == 10
    assert [(one.file[-7:], one.kind) for one in findings] == [("000.png", "no image"), ("001.png", "damaged")]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "There is no file {}."),
        (lambda path: path.mkdir(), "There are no images to predict: no file was named, or the folders are empty."),
        (lambda path: path.write_text("hello"), "None of the files can be read as an image. {} is no image"),
    ],
)
def test_nothing_to_predict(model, tmp_path, make, message):
    path = tmp_path / "a.png"
    make(path)
    with pytest.raises(DataError) as error:
        model.predict(path)
    assert str(error.value).startswith(message.format(path))


def test_it_is_scored_on_another_folder(model, photos):
    scores = model.evaluate(photos)
    assert scores["rows"] == 30 and scores["findings"] == []
    (photos / "high").rename(photos / "low")
    with pytest.raises(DataError) as error:
        model.evaluate(photos)
    assert str(error.value) == (
        f"{photos} has the class 'low', which the model doesn't know; its classes: high, left, whole."
    )


def test_a_folder_with_some_of_the_classes_keeps_their_numbers(model, photos):
    before = model.evaluate(photos)["confusion"]
    for file in (photos / "high").iterdir():
        file.unlink()
    (photos / "high").rmdir()
    assert model.evaluate(photos)["confusion"] == [[0, 0, 0], *before[1:]]


def test_one_class_has_nothing_to_be_told_from(tmp_path):
    (tmp_path / "cat").mkdir()
    Image.new("L", (4, 4)).save(tmp_path / "cat" / "a.png")
    with pytest.raises(DataError) as error:
        ImageModel.fit(tmp_path)
    assert str(error.value) == (
        f"{tmp_path} has one class, 'cat': there is nothing to tell it from. Give each of at least two classes a "
        "subfolder."
    )


def test_few_images_are_all_learnt_from(tmp_path):
    for label, shade in (("dark", 0), ("light", 200)):
        (tmp_path / label).mkdir()
        Image.new("RGB", (4, 4), (shade, 0, 0)).save(tmp_path / label / "a.png")
    model = ImageModel.fit(tmp_path, epochs=1)
    assert model.report["scores"] is None
    assert model.report["notes"] == [
        "2 images are too few to hold a test part out.",
        "There is no score: no image was held out.",
    ]


def test_a_network_of_tables_or_numbers_is_refused(tmp_path, model):
    from chainrule.layers import Dense
    from chainrule.models import Sequential
    from chainrule.tables import TableModel

    Sequential([Dense(1, input_dim=2)], seed=1).save(tmp_path / "n.safetensors")
    with pytest.raises(ModelFileError, match="was not trained from a folder of images"):
        ImageModel.load(tmp_path / "n.safetensors")
    path = model.save(tmp_path / "m.safetensors")
    with pytest.raises(
        ModelFileError, match=r"holds a network of images, not of tables: load it with ImageModel\.load\."
    ):
        TableModel.load(path)


CONTRACT = ImageContract(Form("rgb", (2, 3), "bilinear", "stretch"), ["cat", "dog"]).to_dict()


@pytest.mark.parametrize(
    "change",
    [
        {"height": 0}, {"width": 2**20}, {"height": "2"}, {"classes": ["cat"]}, {"classes": ["cat", "cat"]},
        {"color_mode": "cmyk"}, {"fit": "melt"}, {"interpolation": "magic"}, {"format": 2}, {"kind": "tables"},
        {"scaling": 2.0}, {"versions": {"numpy": 2}}, {"more": 1},
    ],
)  # fmt: skip
def test_a_damaged_contract_is_refused(change):
    with pytest.raises(ModelFileError, match="contract"):
        ImageContract.from_dict(CONTRACT | change)


def test_a_contract_of_another_network_is_refused(model, tmp_path):
    contract = model.contract.to_dict() | {"height": 9}
    model.network.data_contract = contract
    model.network.save(tmp_path / "m.safetensors")
    with pytest.raises(ModelFileError, match="is damaged: its network takes"):
        ImageModel.load(tmp_path / "m.safetensors")


def test_sheets_show_filters_maps_and_what_it_gets_wrong(model, photos, tmp_path):
    model.report["wrong"] = [
        {"file": "high/000.png", "true": "high", "predicted": "left", "probability": 0.9},
        {"file": "high/001.png", "true": "high", "predicted": "left", "probability": 0.8},
        {"file": "whole/000.png", "true": "whole", "predicted": "high", "probability": 0.7},
    ]
    written = model.show(photos, tmp_path / "sheets" / "inner")
    assert [path.name for path in written] == [
        "filters.png", "feature_maps.png", "wrong.png", "wrong_high_as_left.png", "wrong_whole_as_high.png",
    ]  # fmt: skip
    for path in written:
        sheet = np.asarray(Image.open(path))
        assert sheet.ndim == 3 and sheet.min() < 100 and sheet.max() == 255
    with pytest.raises(DataError, match="can't be made"):
        model.show(photos, photos / "high" / "000.png" / "x")


def test_sheets_of_colour_and_of_names_that_no_file_can_have(photos, tmp_path):
    from chainrule.images.sheets import _in_a_name, filters_sheet, sheet
    from chainrule.layers import Conv2D, Input
    from chainrule.models import Sequential

    network = Sequential([Input(shape=(8, 8, 3)), Conv2D(9, 3)], seed=1)
    coloured = np.asarray(filters_sheet(network)).astype(int)
    assert (coloured[:, :, 0] != coloured[:, :, 1]).any()
    assert sheet([np.zeros((300, 20, 4), np.uint8)], ["кот 猫"]).size[1] > 100
    assert _in_a_name("../a:b") == "..-a-b"
