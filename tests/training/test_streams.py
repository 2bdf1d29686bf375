"""Generators, iterators and `Sequence` objects: batches that come one by one."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.errors import ArgumentError, DataError
from chainrule.layers import Dense
from chainrule.models import Sequential
from chainrule.utils import Sequence

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(12, 3)), rng.normal(size=12)


def network(built=True):
    model = Sequential([Dense(1, **({"input_dim": 3} if built else {}))], seed=1, dtype="float64")
    model.compile("sgd", "mse")
    return model


class Batches(Sequence):
    def __init__(self, weights=None):
        super().__init__()
        self.asked, self.ends, self.weights = [], 0, weights

    def __len__(self):
        return 3

    def __getitem__(self, i):
        self.asked.append(i)
        part = slice(4 * i, 4 * i + 4)
        return (X[part], Y[part]) if self.weights is None else (X[part], Y[part], self.weights[part])

    def on_epoch_end(self):
        self.ends += 1


def for_ever():
    while True:
        for i in range(3):
            yield X[4 * i : 4 * i + 4], Y[4 * i : 4 * i + 4]


def once():
    for i in range(3):
        yield [X[4 * i : 4 * i + 4], Y[4 * i : 4 * i + 4]]


def by_arrays(epochs=1, **options):
    model = network()
    model.fit(X, Y, batch_size=4, shuffle=False, epochs=epochs, verbose=0, **options)
    return model.get_weights()[0]


def test_a_sequence_is_shuffled_by_batch_and_told_of_the_end():
    data, model = Batches(), network()
    model.fit(data, epochs=4, verbose=0)
    orders = [tuple(data.asked[start : start + 3]) for start in range(0, 12, 3)]
    assert all(sorted(order) == [0, 1, 2] for order in orders) and len(set(orders)) > 1 and data.ends == 4
    again, same = Batches(), network()
    same.fit(again, epochs=4, verbose=0)
    assert again.asked == data.asked


def test_a_sequence_in_order_is_the_arrays():
    data, model = Batches(), network()
    history = model.fit(data, epochs=2, shuffle=False, verbose=0, validation_data=Batches())
    np.testing.assert_array_equal(model.get_weights()[0], by_arrays(2))
    assert history.history["val_loss"][-1] == pytest.approx(model.evaluate(X, Y), rel=1e-12)


def test_steps_of_a_sequence():
    data = Batches()
    network().fit(data, steps_per_epoch=2, shuffle=False, verbose=0)
    assert data.asked == [0, 1]


def test_weights_of_a_sequence():
    w, model = rng.uniform(size=12), network()
    model.fit(Batches(w), shuffle=False, verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], by_arrays(sample_weight=w))


@pytest.mark.parametrize("built", [True, False])
def test_a_generator_without_end_goes_on_where_it_stopped(built):
    model = network(built)
    model.fit(for_ever(), steps_per_epoch=3, epochs=2, verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], by_arrays(2))


@pytest.mark.parametrize("built", [True, False])
def test_a_generator_with_an_end_is_one_epoch(built):
    model = network(built)
    model.fit(once(), verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], by_arrays())
    with pytest.raises(DataError, match=r"The generator gave no batch. A generator runs once"):
        model.fit(once(), epochs=2, verbose=0)


def test_an_iterable_starts_anew():
    class Loader:
        def __iter__(self):
            return once()

    model = network(built=False)
    model.fit(Loader(), epochs=2, verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], by_arrays(2))


def test_evaluate_and_predict_take_them_too():
    model = network()
    expected = model.evaluate(X, Y, batch_size=4)
    assert model.evaluate(Batches()) == expected == model.evaluate(once()) == model.evaluate(for_ever(), steps=3)
    np.testing.assert_array_equal(model.predict(Batches()), model.predict(X))
    np.testing.assert_array_equal(model.predict(X[i : i + 4] for i in range(0, 12, 4)), model.predict(X))
    np.testing.assert_array_equal(model.predict(X, steps=2, batch_size=3), model.predict(X[:6]))


@pytest.mark.parametrize(
    ("data", "options", "sentence"),
    [
        (once, {"y": Y}, "x is a generator, whose batches bring their own targets and weights.*leave y out"),
        (once, {"sample_weight": Y}, "leave sample_weight out"),
        (Batches, {"y": Y}, "x is a Batches, .*leave y out"),
        (once, {"validation_split": 0.2}, "validation_split needs arrays; with a generator, give validation_data"),
    ],
)
def test_arguments_that_do_not_go_with_them(data, options, sentence):
    with pytest.raises(ArgumentError, match=sentence):
        network().fit(data(), verbose=0, **options)


@pytest.mark.parametrize(
    ("item", "sentence"),
    [
        (X, "A generator gives tuples \\(x, y\\) or \\(x, y, sample_weight\\); batch 1 is ndarray"),
        ((X,), "batch 1 is a tuple of 1"),
        ((X, Y, Y, Y), "batch 1 is a tuple of 4"),
        ((X, Y[:3]), "12 in x, 3 in y"),
        ((X[:, :2], Y), "expects 3 columns, and x has 2"),
        ((X * np.nan, Y), "x holds NaN at row 0"),
    ],
)
def test_batches_refused(item, sentence):
    with pytest.raises(ValueError, match=sentence):
        network().fit(iter([item]), verbose=0)


def test_a_sequence_of_nothing():
    class Nothing(Batches):
        def __len__(self):
            return 0

    with pytest.raises(DataError, match="The sequence of batches is empty"):
        network().fit(Nothing(), verbose=0)
    with pytest.raises(DataError, match="The generator gave no batch"):
        network().fit(iter([]), verbose=0)


def test_class_weights_reach_their_batches():
    labels = (Y > 0).astype(int)
    model, same = (Sequential([Dense(1, "sigmoid", input_dim=3)], seed=1, dtype="float64") for _ in range(2))
    for one in (model, same):
        one.compile("sgd", "binary_crossentropy")
    model.fit(iter([(X, labels)]), class_weight={0: 1, 1: 4}, verbose=0)
    same.fit(X, labels, class_weight={0: 1, 1: 4}, shuffle=False, verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], same.get_weights()[0])
