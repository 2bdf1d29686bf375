"""Where files come from: the named folder first, then pooch (never the network in these tests)."""

from __future__ import annotations

import hashlib
import sys

import pytest

from chainrule import datasets
from chainrule.datasets.files import FILES, VARIABLE
from chainrule.errors import ArgumentError, DataError, MissingExtraError

pooch = pytest.importorskip("pooch")

INSTEAD = (
    "put pima/pima-indians-diabetes.csv into a folder and name that folder in the environment variable CHAINRULE_DATA."
)


@pytest.fixture
def no_folder(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)


def retrieve_raises(monkeypatch, error):
    def retrieve(*arguments, **options):
        raise error

    monkeypatch.setattr(pooch, "retrieve", retrieve)


def test_the_named_folder_comes_first(tmp_path, monkeypatch):
    file = tmp_path / "pima" / "pima-indians-diabetes.csv"
    file.parent.mkdir()
    file.write_text("")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    retrieve_raises(monkeypatch, AssertionError("the network was asked"))
    assert datasets.path("pima") == file


@pytest.mark.parametrize("name", ["pima", "titanic"])
def test_the_table_in_the_data_folder_is_the_one_that_would_be_fetched(name, data_folder):
    contents = datasets.path(name).read_bytes()
    assert FILES[name][0].checksum == "sha256:" + hashlib.sha256(contents).hexdigest()


def test_a_missing_file_is_fetched_with_its_checksum_into_the_cache(tmp_path, monkeypatch):
    asked = []

    def retrieve(url, known_hash, fname, path):
        asked.append((url, known_hash, fname, path))
        return str(tmp_path / fname)

    monkeypatch.setenv(VARIABLE, str(tmp_path))  # a folder that has no titanic/
    monkeypatch.setattr(pooch, "retrieve", retrieve)
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / project)
    assert datasets.path("titanic") == tmp_path / "titanic_train.csv"
    [(url, checksum, name, cache)] = asked
    assert url.startswith("https://")
    assert url.endswith("/datasets/titanic/train.csv")
    assert checksum == "sha256:14769fb1850e2d26d8e6db0ee49c213878040432827e39b13caaa15603c6598f"
    assert (name, cache) == ("titanic_train.csv", tmp_path / "chainrule" / "titanic")


def test_no_network_is_one_sentence_that_names_the_variable(no_folder, monkeypatch):
    retrieve_raises(monkeypatch, ConnectionError("name not resolved"))
    with pytest.raises(DataError) as refused:
        datasets.load("pima")
    assert str(refused.value) == (
        f"The data set 'pima' could not be fetched (ConnectionError: name not resolved): go online, or {INSTEAD}"
    )


def test_the_errors_of_requests_are_caught_too(no_folder, monkeypatch):
    requests = pytest.importorskip("requests")
    retrieve_raises(monkeypatch, requests.exceptions.HTTPError("404"))
    with pytest.raises(DataError, match=r"could not be fetched \(HTTPError: 404\)"):
        datasets.load("mnist")


def test_a_wrong_checksum_is_refused(no_folder, monkeypatch):
    retrieve_raises(monkeypatch, ValueError("SHA256 hash of downloaded file does not match"))
    with pytest.raises(DataError) as refused:
        datasets.load("pima")
    assert str(refused.value) == (
        f"What was fetched from {FILES['pima'][0].url} is not the data set 'pima', its checksum differs: "
        f"try again, or {INSTEAD}"
    )


def test_pooch_itself_refuses_a_file_with_another_checksum(no_folder, tmp_path, monkeypatch):
    def download(url, output_file, pooch, check_only=False):
        with open(output_file, "wb") as file:
            file.write(b"6,148,72\n")

    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / project)
    monkeypatch.setattr("pooch.core.choose_downloader", lambda *arguments, **options: download)
    with pytest.raises(DataError, match="is not the data set 'pima', its checksum differs"):
        datasets.load("pima")
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_without_pooch_the_message_says_what_to_install(no_folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(MissingExtraError) as refused:
        datasets.load("pima")
    assert str(refused.value) == (
        "Fetching the data set 'pima' needs pooch: pip install \"chainrule[datasets]\" brings it; or " + INSTEAD
    )


def test_a_variable_that_names_no_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "absent"))
    with pytest.raises(
        DataError, match=r"CHAINRULE_DATA names '.*absent', which is no folder: correct it, or unset it"
    ):
        datasets.path("pima")


def test_a_name_without_files_is_refused():
    with pytest.raises(
        ArgumentError, match=r"There is no data set in files named 'titanik'\. Did you mean 'titanic'\?"
    ):
        datasets.path("titanik")
