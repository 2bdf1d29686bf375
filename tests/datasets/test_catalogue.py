"""`load` and `names`: every name loads what a `Dataset` promises; what is not known is refused."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from chainrule import datasets
from chainrule.datasets.bundled import TABLES
from chainrule.errors import ArgumentError, MissingExtraError

FROM_FILES = {"pima", "mnist", "titanic"}
#: Which no data folder here has; `test_fashion_mnist.py` reads made-up files of its form.
ELSEWHERE = {"fashion_mnist"}

#: Name: (shape of X, rows of each class), as the sources publish them.
PUBLISHED = {
    "breast_cancer": ((569, 30), [212, 357]),
    "digits": ((1797, 64), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]),
    "wine": ((178, 13), [59, 71, 48]),
    "iris": ((150, 4), [50, 50, 50]),
    "pima": ((768, 8), [500, 268]),
    "titanic": ((891, 6), [549, 342]),
}


def assert_is_sound(data):
    assert len(data.X) == len(data.y)
    assert data.y.ndim == 1
    if data.feature_names is not None:
        assert data.X.shape[1:] == (len(data.feature_names),)
    if data.task == "regression":
        assert data.class_names is None
        assert data.y.dtype == np.float64
    else:
        assert data.y.dtype == np.int64
        assert set(data.y) == set(range(len(data.class_names)))
        assert (data.task == "binary") == (len(data.class_names) == 2)
    assert data.description
    assert data.source


@pytest.mark.parametrize("name", sorted(set(datasets.names()) - FROM_FILES - ELSEWHERE))
def test_a_set_without_files_is_sound(name):
    data = datasets.load(name)
    assert data.name == name
    assert data.X.dtype == np.float64
    assert np.isfinite(data.X).all()
    assert_is_sound(data)


@pytest.mark.parametrize("name", sorted(FROM_FILES))
def test_a_set_from_files_is_sound(name, data_folder):
    assert_is_sound(datasets.load(name))


@pytest.mark.parametrize("name", sorted(set(PUBLISHED) - FROM_FILES))
def test_bundled_counts_are_the_published_ones(name):
    data = datasets.load(name)
    assert (data.X.shape, np.bincount(data.y).tolist()) == PUBLISHED[name]


@pytest.mark.parametrize("name", sorted(set(PUBLISHED) & FROM_FILES))
def test_file_counts_are_the_published_ones(name, data_folder):
    data = datasets.load(name)
    assert (data.X.shape, np.bincount(data.y).tolist()) == PUBLISHED[name]


def test_names_are_the_fourteen():
    known = (
        "breast_cancer, circles, diabetes, digits, fashion_mnist, iris, mnist, moons, pima, spirals, surface, titanic, "
        "wine, xor"
    )
    assert ", ".join(datasets.names()) == known


def test_a_dataset_unpacks_and_says_what_it_is():
    data = datasets.load("iris")
    X, y = data
    assert X is data.X
    assert y is data.y
    assert (
        repr(data) == "Dataset 'iris': 150 rows of 4 columns, multiclass ('setosa' 50, 'versicolor' 50, 'virginica' 50)"
    )
    assert repr(datasets.load("diabetes")) == "Dataset 'diabetes': 442 rows of 10 columns, regression (from 25 to 346)"


def test_a_misspelt_name_gets_the_nearest():
    with pytest.raises(
        ArgumentError, match=r"There is no data set named 'pimma'\. Did you mean 'pima'\? Known: breast"
    ):
        datasets.load("pimma")


@pytest.mark.parametrize(
    ("name", "option", "message"),
    [
        ("moons", "nois", "load('moons') has no option 'nois'. Did you mean 'noise'? Its options are n, noise, seed."),
        ("iris", "n", "load('iris') has no option 'n'. It has none."),
    ],
)
def test_an_unknown_option_is_refused(name, option, message):
    with pytest.raises(ArgumentError) as refused:
        datasets.load(name, **{option: 1})
    assert str(refused.value) == message


@pytest.mark.parametrize("name", sorted(TABLES))
def test_without_scikit_learn_the_message_says_what_to_install(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.delitem(sys.modules, "sklearn.datasets", raising=False)
    with pytest.raises(MissingExtraError) as refused:
        datasets.load(name)
    assert str(refused.value) == (
        f"The data set {name!r} comes with scikit-learn, which is not installed: "
        'pip install "chainrule[datasets]" brings it.'
    )
