"""`validation_split`: shuffled and stratified, or the last rows."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import ArgumentError
from chainrule.layers import Dense
from chainrule.models import Sequential
from chainrule.training.options import FitOptions
from chainrule.training.validation import classes_of, split_validation

MODEL = Sequential([Dense(1, input_dim=1)], seed=3)


def split(targets, n, **options):
    return split_validation(MODEL, [targets], n, FitOptions(**options))


def test_every_row_is_on_one_side_and_the_seed_decides():
    rows, held = split(None, 10, validation_split=0.3)
    assert len(held) == 3 and sorted([*rows, *held]) == list(range(10)) and list(held) != [7, 8, 9]
    np.testing.assert_array_equal(held, split(None, 10, validation_split=0.3)[1])


@pytest.mark.parametrize("form", [lambda y: y, lambda y: y[:, None], lambda y: y.astype(float), lambda y: np.eye(2)[y]])
def test_classes_keep_their_shares(form):
    y = np.array([0] * 80 + [1] * 20)
    _, held = split(form(y), 100, validation_split=0.2)
    assert len(held) == 20 and y[held].sum() == 4


def test_the_tail_of_a_series():
    rows, held = split(None, 10, validation_split=0.2, validation_from="tail")
    assert rows.tolist() == list(range(8)) and held.tolist() == [8, 9]


@pytest.mark.parametrize("fraction", [0, 0.0, None])
def test_no_split(fraction):
    assert split(None, 10, validation_split=fraction) == (None, None)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"validation_split": 1.0}, "validation_split is a fraction between 0 and 1, such as 0.2; received 1.0"),
        ({"validation_split": -0.1}, "received -0.1"),
        ({"validation_split": 2}, "received 2"),
        ({"validation_split": True}, "received True"),
        ({"validation_split": "0.2"}, "received '0.2'"),
        (
            {"validation_split": 0.2, "validation_from": "head"},
            "validation_from is 'shuffled' or 'tail'; received 'head'",
        ),
    ],
)
def test_refused(options, sentence):
    with pytest.raises(ArgumentError, match=sentence):
        split(None, 10, **options)


def test_too_few_rows():
    with pytest.raises(
        ArgumentError, match=r"validation_split=0.5 of 1 rows leaves nothing to train on or to validate on"
    ):
        split(None, 1, validation_split=0.5)


@pytest.mark.parametrize(
    ("targets", "classes"),
    [
        (None, None),
        (np.array([0.5, 1.0]), None),
        (np.array([[0, 1], [1, 0], [0, 1]]), [1, 0, 1]),
        (np.array([[1, 1], [1, 0]]), None),
        (np.array([3, 3, 7, 7]), [3, 3, 7, 7]),
        (np.arange(50), None),
    ],
)
def test_what_counts_as_classes(targets, classes):
    found = classes_of(targets)
    assert found is None if classes is None else found.tolist() == classes


def test_fit_trains_on_the_one_part_and_validates_on_the_other():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 2)), rng.normal(size=20)
    model, same = (Sequential([Dense(1, input_dim=2)], seed=3, dtype="float64") for _ in range(2))
    for one in (model, same):
        one.compile("sgd", "mse")
    rows, held = split(y, 20, validation_split=0.25)
    history = model.fit(x, y, validation_split=0.25, shuffle=False, batch_size=4, verbose=0).history
    twin = same.fit(
        x[rows], y[rows], validation_data=(x[held], y[held]), shuffle=False, batch_size=4, verbose=0
    ).history
    assert history == twin
    np.testing.assert_array_equal(model.get_weights()[0], same.get_weights()[0])
