"""`fit` and its kin on the native engine beside the reference: batches, weights of rows, metrics, callbacks."""

from __future__ import annotations

import numpy as np
import pytest

from chainrule.callbacks import Callback
from chainrule.engines.lowering import CORE_METRICS
from chainrule.layers import Dense
from chainrule.metrics import METRICS
from chainrule.models import Sequential
from chainrule.optimizers import SGD, Adam

N_ROWS, N_COLUMNS = 59, 5
rng = np.random.default_rng(0)
X = rng.normal(size=(N_ROWS, N_COLUMNS))
HIDDEN = np.tanh(X @ rng.normal(size=(N_COLUMNS, 3)))
LABELS = HIDDEN.argmax(axis=1)


def network(last=None):
    """Return a function that makes a small network."""

    def make(dtype):
        layers = [
            Dense(7, activation="tanh", input_dim=N_COLUMNS, name="first"),
            Dense(3, activation=last, name="last"),
        ]
        return Sequential(layers, seed=4, dtype=dtype)

    return make


def of(loss, optimizer, **options):
    """Return a function that gives the arguments of `compile`; the optimizer is made anew each time."""
    return lambda: {"loss": loss, "optimizer": optimizer(), **options}


@pytest.mark.parametrize("batch_size", [1, 7, N_ROWS, 1000])
@pytest.mark.parametrize("shuffle", [True, False])
def test_batch_sizes(batch_size, shuffle, hold_training):
    options = {"batch_size": batch_size, "shuffle": shuffle, "validation_split": 0.25}
    hold_training(network(), of("mse", lambda: SGD(0.02), metrics=["mae", "mse"]), X, HIDDEN, **options)


def test_class_weights(hold_training):
    make, compiled = network("softmax"), of("sparse_categorical_crossentropy", lambda: Adam(0.01), metrics=["accuracy"])
    weights = np.random.default_rng(2).uniform(0, 2, size=N_ROWS)
    hold_training(make, compiled, X, LABELS, class_weight={0: 1.0, 1: 3.0, 2: 0.0}, sample_weight=weights)


def test_one_batch_at_a_time(hold_training):
    trained = hold_training(network(), of("mse", lambda: Adam(0.01), metrics=["mae"]), X, HIDDEN)
    for method in ("train_on_batch", "test_on_batch", "train_on_batch"):
        expected, found = (getattr(model, method)(X[:9], HIDDEN[:9]) for model in trained.models)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
    trained.hold_together(rtol=1e-9, atol=1e-9)


def test_a_callback_that_sees_every_batch_changes_nothing(hold_training):
    class Watch(Callback):
        def __init__(self):
            self.losses = []

        def on_train_batch_end(self, batch, logs=None):
            self.losses.append((batch, logs["loss"]))

    compiled = of("mse", lambda: Adam(0.01), metrics=["mae"])
    trained = hold_training(network(), compiled, X, HIDDEN)
    watched = hold_training(network(), compiled, X, HIDDEN, callbacks=[watch := Watch()])
    for plain, seen in zip(trained.models, watched.models, strict=True):
        assert all(np.array_equal(A, B) for A, B in zip(plain.get_weights(), seen.get_weights(), strict=True))
    # One step in each dtype and ten epochs of four batches, each on both engines.
    one, ten = 1, 10 * 4
    reference, native = watch.losses[4 * one :][:ten], watch.losses[4 * one + ten :]
    assert [batch for batch, _ in native] == [batch for batch, _ in reference] == [0, 1, 2, 3] * 10
    np.testing.assert_allclose([loss for _, loss in native], [loss for _, loss in reference], rtol=1e-9)


class Batches:
    """An object of the user's with `len` and `[i]`."""

    def __init__(self, batches):
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return self.batches[index]


def test_batches_from_a_sequence(hold_training):
    batches = [(X[start : start + 13], HIDDEN[start : start + 13]) for start in range(0, N_ROWS, 13)]
    hold_training(network(), of("mse", lambda: Adam(0.01), metrics=["mae"]), Batches(batches), batch_size=None)


def test_evaluation_with_weights(hold_training):
    trained = hold_training(network(), of("mse", lambda: Adam(0.01), weighted_metrics=["mae"]), X, HIDDEN)
    weights = np.random.default_rng(5).uniform(0, 2, size=N_ROWS)
    expected, found = (model.evaluate(X, HIDDEN, sample_weight=weights, verbose=0) for model in trained.models)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


COUNTED = [
    ("Accuracy", {}, (None, HIDDEN), "mse"),
    ("BinaryAccuracy", {"threshold": 0.3}, ("sigmoid", (HIDDEN > 0).astype(float)), "binary_crossentropy"),
    ("CategoricalAccuracy", {}, ("softmax", np.eye(3)[LABELS]), "categorical_crossentropy"),
    ("SparseCategoricalAccuracy", {}, ("softmax", LABELS), "sparse_categorical_crossentropy"),
    ("MeanAbsoluteError", {}, (None, HIDDEN), "mse"),
    ("MeanSquaredError", {}, (None, HIDDEN), "mae"),
]


def test_every_metric_that_the_core_counts_is_here():
    assert {name for name, *_ in COUNTED} == CORE_METRICS.keys()


@pytest.mark.parametrize(("name", "options", "kind", "loss"), COUNTED)
def test_metric_that_the_core_counts(name, options, kind, loss, hold_training):
    def compiled():
        return {"loss": loss, "optimizer": SGD(0.1), "metrics": [METRICS.classes[name](**options)]}

    trained = hold_training(network(kind[0]), compiled, X, kind[1], validation_split=0.3)
    assert len(trained.models[1].training_step.native.native.extras.metrics) == 1
    expected, found = (model.evaluate(X, kind[1], verbose=0) for model in trained.models)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
