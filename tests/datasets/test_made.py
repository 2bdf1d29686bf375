"""The made sets: their geometry by hand and against scikit-learn, their noise, their seeds, what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.datasets import made
from chainrule.errors import ArgumentError

MADE = {"xor": made.xor, "spirals": made.spirals, "moons": made.moons, "circles": made.circles, "surface": made.surface}
each_set = pytest.mark.parametrize("make", MADE.values(), ids=MADE)


def as_rows(X, y):
    """Return the rows with their labels in an order of their own, so that two shuffles can be compared."""
    rows = np.column_stack([np.round(X, 12) + 0.0, y])  # + 0.0 makes -0.0 into 0.0
    return rows[np.lexsort(rows.T)]


def test_xor_without_noise_is_the_truth_table():
    X, y = made.xor(n=5, noise=0.0)
    assert X.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1], [0, 0]]
    assert y.tolist() == [0, 1, 1, 0, 0]


@pytest.mark.parametrize("n", [100, 101])
def test_moons_are_scikit_learns_without_noise(n):
    sklearn_datasets = pytest.importorskip("sklearn.datasets")
    theirs = sklearn_datasets.make_moons(n, shuffle=False, noise=None)
    np.testing.assert_allclose(as_rows(*made.moons(n, noise=0.0)), as_rows(*theirs), atol=1e-12)


@pytest.mark.parametrize("n", [100, 101])
def test_circles_are_scikit_learns_without_noise(n):
    sklearn_datasets = pytest.importorskip("sklearn.datasets")
    theirs = sklearn_datasets.make_circles(n, shuffle=False, noise=None, factor=0.5)
    np.testing.assert_allclose(as_rows(*made.circles(n, noise=0.0)), as_rows(*theirs), atol=1e-12)


def test_spirals_by_hand():
    # Two rows an arm: t = 1/2 and 1. Arm 0 at 2π·1.5·t = 1.5π and 3π: (0, -1/2) and (-1, 0);
    # arm 1 is half a turn further.
    data = made.spirals(n=4, noise=0.0)
    expected = np.array([[0.0, -0.5], [-1.0, 0.0], [0.0, 0.5], [1.0, 0.0]])
    np.testing.assert_allclose(as_rows(data.X, data.y), as_rows(expected, [0, 0, 1, 1]), atol=1e-12)


def test_spirals_of_three_arms_share_the_rows():
    data = made.spirals(n=10, classes=3)
    assert data.task == "multiclass"
    assert sorted(np.bincount(data.y).tolist()) == [3, 3, 4]


def test_the_surface_is_its_formula():
    X, y = made.surface(n=400, noise=0.0, seed=1)
    np.testing.assert_allclose(y, np.sin(np.pi * X[:, 0]) * np.cos(np.pi * X[:, 1] / 2), rtol=1e-12)
    assert X.min() >= -1.0
    assert X.max() < 1.0
    assert y.max() > 0.9  # the hill, at (1/2, 0)
    assert y.min() < -0.9  # the valley, at (-1/2, 0)


@each_set
def test_the_seed_fixes_everything(make):
    first, again, other = make(n=50, seed=3), make(n=50, seed=3), make(n=50, seed=4)
    assert np.array_equal(first.X, again.X)
    assert np.array_equal(first.y, again.y)
    assert not np.array_equal(first.X, other.X)


@each_set
def test_the_noise_has_the_standard_deviation_asked_for(make):
    clean, noisy = make(n=4000, noise=0.0, seed=5), make(n=4000, noise=0.25, seed=5)
    part = (noisy.y - clean.y) if make is made.surface else (noisy.X - clean.X)
    assert part.std() == pytest.approx(0.25, rel=0.05)
    assert abs(part.mean()) < 0.02


@pytest.mark.parametrize("make", [made.spirals, made.moons, made.circles])
def test_rows_come_shuffled(make):
    y = make(n=200).y
    assert np.count_nonzero(np.diff(y)) > 60  # sorted labels change once; shuffled ones about a hundred times


@given(n=st.integers(4, 60), seed=st.integers(0, 2**64 - 1))
@each_set
def test_any_number_of_rows_and_any_seed(make, n, seed):
    data = make(n=n, seed=seed)
    assert data.X.shape == (n, 2)
    assert data.y.shape == (n,)
    assert np.isfinite(data.X).all()
    if data.class_names:
        counts = np.bincount(data.y, minlength=len(data.class_names))
        assert counts.max() - counts.min() <= 1


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (made.xor, {"n": 3}, "n, the number of rows, is a whole number of at least 4; received 3."),
        (made.moons, {"n": 1}, "n, the number of rows, is a whole number of at least 2; received 1."),
        (made.circles, {"n": 2.0}, "n, the number of rows, is a whole number of at least 2; received 2.0."),
        (made.surface, {"n": True}, "n, the number of rows, is a whole number of at least 1; received True."),
        (made.spirals, {"n": 2, "classes": 3}, "n, the number of rows, is a whole number of at least 3; received 2."),
        (made.spirals, {"classes": 1}, "classes is a whole number of at least 2; received 1."),
        (made.moons, {"noise": -0.1}, "noise is a standard deviation, a finite number of at least 0; received -0.1."),
        (
            made.moons,
            {"noise": float("nan")},
            "noise is a standard deviation, a finite number of at least 0; received nan.",
        ),
        (
            made.moons,
            {"noise": "much"},
            "noise is a standard deviation, a finite number of at least 0; received 'much'.",
        ),
        (made.moons, {"seed": -1}, "A seed is a whole number from 0 to 2**64 - 1; received -1."),
    ],
)
def test_bad_arguments_are_refused(make, options, message):
    with pytest.raises(ArgumentError) as refused:
        make(**options)
    assert str(refused.value) == message
