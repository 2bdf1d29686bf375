"""Helpers around a model: one-hot labels, unit vectors, number formats, batch sources, splits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from chainrule import random, utils
from chainrule.errors import ArgumentError, DataError, ShapeError
from chainrule.utils.naming import snake_case
from chainrule.utils.split import allot


@pytest.fixture
def float64():
    utils.set_floatx("float64")
    yield
    utils.set_floatx("float32")


# to_categorical -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("y", [[0, 2, 1], [0.0, 2.0, 1.0], [[0], [2], [1]], np.array([0, 2, 1], np.uint8)])
def test_to_categorical(y):
    one_hot = utils.to_categorical(y)
    assert_array_equal(one_hot, [[1, 0, 0], [0, 0, 1], [0, 1, 0]])
    assert one_hot.dtype == np.float32


def test_to_categorical_shapes_and_dtype(float64):
    assert utils.to_categorical([1], 4).tolist() == [[0, 1, 0, 0]]
    assert utils.to_categorical([[0, 1], [2, 0]]).shape == (2, 2, 3)
    assert utils.to_categorical([True, False]).tolist() == [[0, 1], [1, 0]]
    assert utils.to_categorical([], 3).shape == (0, 3)
    assert utils.to_categorical([1]).dtype == np.float64


@pytest.mark.parametrize(
    ("y", "num_classes", "error", "message"),
    [
        ([0.5, 1], None, DataError, r"Class labels are whole numbers; received 0\.5: number the classes 0, 1, 2"),
        ([0, np.nan], None, DataError, "Class labels are whole numbers; received nan"),
        ([0, -1], None, DataError, "Class labels start at 0; received -1"),
        (["cat"], None, DataError, r"Class labels are whole numbers; received <U3 such as .*cat"),
        ([0, 3], 3, DataError, "Class labels of 3 classes go from 0 to 2; received 3: ask for more classes"),
        ([0], 0, ArgumentError, "num_classes is a whole number above 0; received 0"),
        ([0], 2.5, ArgumentError, r"num_classes is a whole number above 0; received 2\.5"),
        ([], None, ArgumentError, "no labels to count the classes of; say how many with num_classes="),
    ],
)
def test_to_categorical_refuses(y, num_classes, error, message):
    with pytest.raises(error, match=message):
        utils.to_categorical(y, num_classes)


# normalize ------------------------------------------------------------------------------------------------------------


def test_normalize():
    X = np.array([[3.0, 4.0], [0.0, 0.0]])
    assert_allclose(utils.normalize(X), [[0.6, 0.8], [0, 0]])
    assert_allclose(utils.normalize(X, order=1), [[3 / 7, 4 / 7], [0, 0]])
    assert_allclose(utils.normalize(X, axis=0), [[1, 1], [0, 0]])
    assert_allclose(utils.normalize(X, order=np.inf), [[0.75, 1], [0, 0]])
    assert utils.normalize(X.astype(np.float32)).dtype == np.float32
    assert utils.normalize([[3, 4]]).dtype == np.float32
    # neither overflow nor underflow
    assert_allclose(utils.normalize(np.array([[3e200, 4e200], [3e-200, 4e-200]])), [[0.6, 0.8]] * 2)


def test_normalize_refuses():
    with pytest.raises(ArgumentError, match="order of a norm is a number above 0; received 0"):
        utils.normalize([[1.0]], order=0)
    with pytest.raises(ArgumentError, match=r"no axis 2 in an array of shape \(1, 1\)"):
        utils.normalize([[1.0]], axis=2)


# number formats, names, seeds -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["float64", np.float64, np.dtype("float64")])
def test_floatx(name, float64):
    utils.set_floatx("float32")
    assert utils.floatx() == "float32"
    utils.set_floatx(name)
    assert utils.floatx() == "float64"


@pytest.mark.parametrize("name", ["float16", "half", np.int64, 32, None])
def test_floatx_refuses(name):
    with pytest.raises(ArgumentError, match="A model's numbers are 'float32' or 'float64'; received"):
        utils.set_floatx(name)
    assert utils.floatx() == "float32"


def test_floatx_suggests():
    with pytest.raises(ArgumentError, match=r"received 'flot32'\. Did you mean 'float32'\?"):
        utils.set_floatx("flot32")


def test_snake_case():
    names = ["BinaryAccuracy", "TopKCategoricalAccuracy", "AUC", "R2Score", "Mean"]
    expected = ["binary_accuracy", "top_k_categorical_accuracy", "auc", "r2_score", "mean"]
    assert [snake_case(name) for name in names] == expected


def test_set_random_seed_is_ours():
    assert utils.set_random_seed is random.set_random_seed


# batch sources --------------------------------------------------------------------------------------------------------


class Numbers(utils.Sequence):
    """Three batches of two rows."""

    def __len__(self):
        return 3

    def __getitem__(self, i):
        return np.array([2 * i, 2 * i + 1]), np.array([i, i])


def test_sequence():
    source = Numbers(workers=4, use_multiprocessing=True, max_queue_size=2)
    assert source.workers == 4
    assert [x.tolist() for x, _ in source] == [[0, 1], [2, 3], [4, 5]]
    assert [x.tolist() for x, _ in source] == [[0, 1], [2, 3], [4, 5]]
    assert source.on_epoch_end() is None
    assert utils.PyDataset is utils.Sequence


def test_sequence_says_what_is_missing():
    with pytest.raises(NotImplementedError, match="Sequence needs `__len__"):
        len(utils.Sequence())
    with pytest.raises(NotImplementedError, match="Sequence needs `__getitem__"):
        utils.Sequence()[0]


# splits ---------------------------------------------------------------------------------------------------------------


@given(
    labels=st.lists(st.integers(0, 4), min_size=2, max_size=60),
    fraction=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**64 - 1),
)
def test_split_keeps_rows_and_shares(labels, fraction, seed):
    n, labels = len(labels), np.array(labels)
    train, test = utils.split_indices(n, fraction, labels, seed)
    assert sorted([*train, *test]) == list(range(n))
    n_test = min(max(round(n * fraction), 1), n - 1)
    assert len(test) == n_test
    classes, counts = np.unique(labels, return_counts=True)
    there = np.array([(labels[test] == label).sum() for label in classes])
    many = counts >= 2
    if many.sum() <= n_test <= (counts[many] - 1).sum():
        assert (there[many] >= 1).all() and (there[many] < counts[many]).all()
    assert_array_equal(there, allot(counts, n_test))


@given(st.lists(st.integers(20, 60), min_size=1, max_size=5), st.floats(0.1, 0.9))
def test_large_classes_are_within_one_row_of_their_quota(counts, fraction):
    counts = np.array(counts)
    n_test = round(counts.sum() * fraction)
    given_rows = allot(counts, n_test)
    assert given_rows.sum() == n_test
    assert (np.abs(given_rows - n_test * counts / counts.sum()) < 1 + 1e-9).all()


def test_allot_by_hand():
    # quotas 5 · (6, 3, 1)/10 = 3, 1.5, 0.5: floors 3, 1, 0; the one left goes to class 1, since class 2 has one row
    assert allot(np.array([6, 3, 1]), 5).tolist() == [3, 2, 0]
    # quotas 1.8, 0.2: class 1 gets its one row out of class 0's
    assert allot(np.array([18, 2]), 2).tolist() == [1, 1]
    # more classes than test rows: by remainder, ties by class
    assert allot(np.array([2, 2, 2]), 1).tolist() == [1, 0, 0]
    # every label its own class
    assert allot(np.ones(4, int), 2).sum() == 2
    # 9 of 10 rows: one of each class stays in training where it can: 2 classes, 1 row
    assert allot(np.array([5, 5]), 9).sum() == 9


def test_split_is_shuffled_and_repeatable():
    train, test = utils.split_indices(100, 0.2, seed=3)
    again, _ = utils.split_indices(100, 0.2, seed=3)
    other, _ = utils.split_indices(100, 0.2, seed=4)
    assert_array_equal(train, again)
    assert not np.array_equal(train, other)
    assert not np.array_equal(train, np.sort(train))
    labels = np.arange(100) % 2
    train, test = utils.split_indices(100, 0.2, labels, 3)
    assert labels[test].sum() == 10
    assert not np.array_equal(test, np.sort(test))
    assert not np.array_equal(train, np.sort(train))


def test_split_is_not_by_position():
    """Each row has its chance: over 400 seeds, a row of 10 is tested 0.2 of the time (± 5 standard errors of 0.02)."""
    tested = np.zeros(10)
    for seed in range(400):
        tested[utils.split_indices(10, 0.2, [0] * 5 + [1] * 5, seed)[1]] += 1
    assert_allclose(tested / 400, 0.2, atol=0.1)


@pytest.mark.parametrize("labels", [["no", "yes"] * 5, np.eye(2)[[0, 1] * 5], [[0], [1]] * 5, [True, False] * 5])
def test_labels_of_any_kind(labels):
    _, test = utils.split_indices(10, 0.2, labels)
    assert set((test % 2).tolist()) == {0, 1}


def test_many_small_classes():
    labels = np.repeat(np.arange(500), 3)
    _, test = utils.split_indices(1500, 1 / 3, labels)
    assert_array_equal(np.bincount(labels[test]), np.ones(500))


def test_split_of_arrays_lists_and_frames():
    pandas = pytest.importorskip("pandas")
    polars = pytest.importorskip("polars")
    X, y = np.arange(20).reshape(10, 2), np.array([0, 1] * 5)
    expected = utils.split(X, y, seed=1)
    assert [len(part) for part in expected] == [8, 2, 8, 2]
    assert_array_equal(expected[0][:, 0] // 2 % 2, expected[2])  # rows stay together
    columns = {"a": X[:, 0], "b": X[:, 1]}
    for frame, labels in [
        (X.tolist(), y.tolist()),
        (pandas.DataFrame(columns), pandas.Series(y, index=range(10, 20))),
        (polars.DataFrame(columns), polars.Series(y)),
    ]:
        for ours, part in zip(expected, utils.split(frame, labels, seed=1), strict=True):
            assert_array_equal(np.asarray(part), ours)


def test_split_of_amounts_is_random():
    X = np.arange(10.0)
    parts = utils.split(X, X + 0.5, test=0.3)
    train, test = utils.split_indices(10, 0.3)
    assert_array_equal(parts[0], X[train])
    assert_array_equal(parts[3], X[test] + 0.5)
    assert_array_equal(utils.split(X, [0] * 9 + [1], stratify=False, test=0.3)[0], X[train])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: utils.split_indices(10, 1.0), ArgumentError, r"lies between 0 and 1, such as 0\.2; received 1\.0"),
        (lambda: utils.split_indices(10, 3), ArgumentError, r"lies between 0 and 1, such as 0\.2; received 3"),
        (lambda: utils.split_indices(10, float("nan")), ArgumentError, "received nan"),
        (
            lambda: utils.split_indices(1, 0.5),
            ArgumentError,
            "A split takes at least 2 rows, one for each side; received 1",
        ),
        (lambda: utils.split_indices(4, 0.5, seed=-1), ArgumentError, "A seed is a whole number"),
        (lambda: utils.split_indices(4, 0.5, [0, 1]), ShapeError, r"one label a row, 4 in all; received shape \(2,\)"),
        (lambda: utils.split_indices(3, 0.5, ["a", None, 1]), DataError, "all of one kind; received object"),
        (lambda: utils.split([1, 2], [1]), ShapeError, "received 2 rows of X and 1 of y"),
    ],
)
def test_split_refuses(call, error, message):
    with pytest.raises(error, match=message):
        call()
