"""The training loop: epochs, batches, losses of the whole data, History, callbacks in order."""

from __future__ import annotations

import re

import numpy as np
import pytest

from chainrule.callbacks import Callback, EarlyStopping, LambdaCallback
from chainrule.errors import ArgumentError, DataError
from chainrule.layers import Dense
from chainrule.losses import MeanSquaredError
from chainrule.models import Sequential
from chainrule.optimizers import SGD

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(10, 3)), rng.normal(size=10)


def network(loss="mse", optimizer="sgd", **options):
    model = Sequential(
        [Dense(4, "tanh", input_dim=3), Dense(1)], seed=options.pop("seed", 1), dtype=options.pop("dtype", "float64")
    )
    model.compile(optimizer, loss, **options)
    return model


def standing_still(loss="mse", **options):
    return network(loss, SGD(0.0), **options)


def test_history_has_one_number_an_epoch():
    model = network(metrics=["mae"])
    history = model.fit(X, Y, epochs=3, batch_size=4, validation_split=0.3, verbose=0)
    assert list(history.history) == ["loss", "mae", "val_loss", "val_mae"]
    assert history.epoch == [0, 1, 2] and all(len(values) == 3 for values in history.history.values())
    assert all(type(value) is float for value in history.history["loss"])
    assert model.history is history and history.stopped is None


def test_training_makes_the_loss_smaller():
    losses = network().fit(X, Y, epochs=50, verbose=0).history["loss"]
    assert losses[-1] < 0.7 * losses[0]


@pytest.mark.parametrize("batch_size", [1, 3, 4, 10, 64])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_loss_of_an_epoch_is_the_loss_over_the_data(batch_size, reduction):
    # 10 rows in batches of 3 or 4: the last one is short and must count for its rows only.
    model = standing_still(MeanSquaredError(reduction))
    logs = model.fit(X, Y, batch_size=batch_size, verbose=0).history
    squares = (model.predict(X)[:, 0] - Y) ** 2
    assert logs["loss"][0] == pytest.approx(squares.mean() if reduction == "mean" else squares.sum(), rel=1e-12)
    assert model.evaluate(X, Y, batch_size=batch_size) == pytest.approx(logs["loss"][0], rel=1e-12)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "mean_with_sample_weight", "sum"])
def test_the_loss_with_sample_weights(reduction):
    w = rng.uniform(size=10)
    model = standing_still(MeanSquaredError(reduction))
    squares = w * (model.predict(X)[:, 0] - Y) ** 2
    expected = {
        "sum_over_batch_size": squares.mean(),
        "mean_with_sample_weight": squares.sum() / w.sum(),
        "sum": squares.sum(),
    }
    for batch_size in (3, 10):
        loss = model.fit(X, Y, sample_weight=w, batch_size=batch_size, verbose=0).history["loss"][0]
        assert loss == pytest.approx(expected[reduction], rel=1e-12)
        assert model.evaluate(X, Y, sample_weight=w, batch_size=batch_size) == pytest.approx(loss, rel=1e-12)


def test_a_row_of_weight_2_is_a_row_twice():
    model, twice = network(MeanSquaredError("sum"), SGD(0.01)), network(MeanSquaredError("sum"), SGD(0.01))
    w = np.ones(10)
    w[3] = 2
    model.fit(X, Y, sample_weight=w, shuffle=False, verbose=0)
    twice.fit(np.vstack([X, X[3:4]]), np.append(Y, Y[3]), shuffle=False, verbose=0)
    for a, b in zip(model.get_weights(), twice.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize("form", [list, np.array, lambda w: np.array(w)[:, None], lambda w: np.array(w, int)])
def test_forms_of_sample_weights(form):
    w = [1, 2, 0, 1, 1, 3, 1, 1, 1, 1]
    model, same = network(), network()
    model.fit(X, Y, sample_weight=form(w), verbose=0)
    same.fit(X, Y, sample_weight=np.array(w, float), verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], same.get_weights()[0])


@pytest.mark.parametrize(
    ("w", "sentence"),
    [
        (np.ones(9), "sample_weight has 9 entries for 10 rows"),
        (-np.ones(10), "weight of row 0 is -1"),
        (["a"] * 10, "sample_weight holds text"),
    ],
)
def test_sample_weights_refused(w, sentence):
    with pytest.raises(ValueError, match=sentence):
        network().fit(X, Y, sample_weight=w, verbose=0)


def binary(**options):
    model = Sequential([Dense(1, "sigmoid", input_dim=3)], seed=1, dtype="float64")
    model.compile("sgd", "binary_crossentropy", **options)
    return model


LABELS = np.array([0, 1] * 5)


@pytest.mark.parametrize("how", ["fit", "split", "evaluate"])
def test_a_bad_sample_weight_is_named_by_the_row_of_the_users_data(how):
    w = np.ones(10)
    w[7] = -2.0
    model, sentence = network(), "The sample weight of row 7 is -2, but weights are finite numbers from 0 up."
    with pytest.raises(DataError, match=re.escape(sentence)):
        if how == "evaluate":
            model.evaluate(X, Y, sample_weight=w, batch_size=4)
        else:
            split = 0.3 if how == "split" else 0.0
            model.fit(X, Y, sample_weight=w, batch_size=4, validation_split=split, verbose=0)


def test_class_weights_are_sample_weights_by_label():
    by_class, by_row = binary(), binary()
    by_class.fit(X, LABELS, class_weight={0: 1, 1: 3.0}, epochs=2, verbose=0)
    by_row.fit(X, LABELS, sample_weight=np.where(LABELS == 1, 3.0, 1.0), epochs=2, verbose=0)
    np.testing.assert_array_equal(by_class.get_weights()[0], by_row.get_weights()[0])
    both, product = binary(), binary()
    both.fit(X, LABELS, class_weight={0: 1, 1: 3.0}, sample_weight=np.arange(10.0), verbose=0)
    product.fit(X, LABELS, sample_weight=np.where(LABELS == 1, 3.0, 1.0) * np.arange(10), verbose=0)
    np.testing.assert_array_equal(both.get_weights()[0], product.get_weights()[0])


def test_class_weights_of_one_hot_rows_are_those_of_their_labels():
    labels = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2, 0])
    found = []
    for loss, y in (("categorical_crossentropy", np.eye(3)[labels]), ("sparse_categorical_crossentropy", labels)):
        model = Sequential([Dense(3, "softmax", input_dim=3)], seed=1, dtype="float64")
        model.compile("sgd", loss)
        model.fit(X, y, class_weight={0: 1, 1: 2, 2: 0.5}, verbose=0)
        found.append(model.get_weights()[0])
    np.testing.assert_allclose(*found, rtol=1e-12)


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ({0: 1.0}, r"class_weight has no entry for the class 1, which is among the labels; it has \[0\]: add one"),
        ({0: 1.0, 1: -1}, r"class_weight\[1\] must be a finite number of 0 or more; received -1"),
        ("balanced", "class_weight is a dict from label to weight"),
        ({0: "x", 1: 1}, "class_weight goes from whole-number label to number"),
    ],
)
def test_class_weights_refused(weights, sentence):
    with pytest.raises(ArgumentError, match=sentence):
        binary().fit(X, LABELS, class_weight=weights, verbose=0)


def test_class_weights_need_classes():
    with pytest.raises(ValueError, match="class_weight needs labels that are whole numbers; received"):
        network().fit(X, Y, class_weight={0: 1}, verbose=0)


def test_class_weights_are_not_for_validation():
    model = binary()
    history = model.fit(X, LABELS, class_weight={0: 0.0, 1: 0.0}, validation_data=(X, LABELS), verbose=0).history
    assert history["loss"] == [0.0] and history["val_loss"][0] == pytest.approx(model.evaluate(X, LABELS), rel=1e-12)


def test_epochs_are_counted_from_initial_epoch():
    history = network().fit(X, Y, initial_epoch=2, epochs=5, verbose=0)
    assert history.epoch == [2, 3, 4]
    assert network().fit(X, Y, initial_epoch=5, epochs=5, verbose=0).history == {}
    assert network().fit(X, Y, epochs=0, verbose=0).history == {}


def test_steps_per_epoch_ends_the_epoch_early():
    model = network()
    model.fit(X, Y, batch_size=2, steps_per_epoch=3, epochs=2, verbose=0)
    assert model.optimizer.iterations == 6


def test_validation_every_so_many_epochs():
    history = network().fit(X, Y, epochs=5, validation_data=(X, Y), validation_freq=2, verbose=0).history
    assert len(history["loss"]) == 5 and len(history["val_loss"]) == 2


def test_validation_data_with_weights_as_list_and_refused():
    model = standing_still()
    w = np.arange(10.0)
    for data in ((X, Y, w), [X, Y, w]):
        value = model.fit(X, Y, validation_data=data, verbose=0).history["val_loss"][0]
        assert value == pytest.approx(model.evaluate(X, Y, sample_weight=w), rel=1e-12)
    for data in (X, (X,), (X, Y, w, w)):
        with pytest.raises(
            ArgumentError, match=r"validation_data is a tuple \(x, y\) or \(x, y, sample_weight\); received"
        ):
            model.fit(X, Y, validation_data=data, verbose=0)
    with pytest.raises(ArgumentError, match="not both"):
        model.fit(X, Y, validation_data=(X, Y), validation_split=0.2, verbose=0)


def test_a_mistake_in_validation_data_is_found_before_training():
    model = network()
    before = model.get_weights()[0]
    with pytest.raises(ValueError, match="x holds NaN at row 0"):
        model.fit(X, Y, validation_data=(X * np.nan, Y), verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], before)


class Recorder(Callback):
    def __init__(self):
        super().__init__()
        self.calls = []

    def __getattribute__(self, name):
        found = super().__getattribute__(name)
        if not name.startswith("on_") or name in ("on_batch_begin", "on_batch_end"):
            return found
        return lambda number=None, logs=None: self.calls.append((name, number, dict(logs or {})))


def test_callbacks_are_called_in_keras_order(monkeypatch):
    recorder = Recorder()
    monkeypatch.setattr(Recorder, "watches_batches", True)
    monkeypatch.setattr(Recorder, "watches_test_batches", True)
    network().fit(X, Y, batch_size=5, epochs=2, validation_data=(X, Y), callbacks=[recorder], verbose=0)
    names = [name for name, *_ in recorder.calls]
    batch = ["on_train_batch_begin", "on_train_batch_end"]
    test = ["on_test_begin", *["on_test_batch_begin", "on_test_batch_end"] * 2, "on_test_end"]
    epoch = ["on_epoch_begin", *batch, *batch, *test, "on_epoch_end"]
    assert names == ["on_train_begin", *epoch, *epoch, "on_train_end"]
    numbers = [number for name, number, _ in recorder.calls if name == "on_train_batch_end"]
    assert numbers == [0, 1, 0, 1]
    logs = next(logs for name, _, logs in recorder.calls if name == "on_epoch_end")
    assert list(logs) == ["loss", "val_loss"]


def test_params_and_model_reach_a_callback():
    seen = {}
    callback = LambdaCallback(on_train_begin=lambda logs: seen.update(callback.params, model=callback.model))
    model = network(metrics=["mae"])
    model.fit(X, Y, batch_size=4, epochs=2, callbacks=callback, verbose=0)
    assert seen == {"epochs": 2, "steps": 3, "verbose": 0, "metrics": ["loss", "mae"], "model": model}


def test_batch_logs_are_the_epochs_so_far():
    seen = []
    model = standing_still()
    callback = LambdaCallback(on_batch_end=lambda batch, logs: seen.append(logs["loss"]))
    model.fit(X, Y, batch_size=5, shuffle=False, callbacks=[callback], verbose=0)
    squares = (model.predict(X)[:, 0] - Y) ** 2
    assert seen == pytest.approx([squares[:5].mean(), squares.mean()], rel=1e-12)


@pytest.mark.parametrize(("verbose", "lines"), [(0, 0), (1, 2), (2, 2), ("auto", 2), (True, 2), (False, 0)])
def test_verbose(verbose, lines, capsys):
    network().fit(X, Y, epochs=2, verbose=verbose)
    assert len(capsys.readouterr().out.splitlines()) == lines


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"verbose": 3}, "verbose is 0"),
        ({"shuffle": "yes"}, "shuffle is True or False; received 'yes'"),
        ({"initial_epoch": -1}, "initial_epoch is a whole number of 0 or more"),
        ({"validation_freq": 0}, "validation_freq is a whole number above 0"),
        ({"steps_per_epoch": 0}, "steps_per_epoch is a whole number above 0"),
        ({"validation_batch_size": 0}, "validation_batch_size is a whole number above 0"),
        ({"callbacks": ["early"]}, "callbacks is a list of .*received 'early'"),
        ({"nb_epochs": 3}, "fit has no argument 'nb_epochs'"),
    ],
)
def test_arguments_refused(options, sentence):
    with pytest.raises(ArgumentError, match=sentence):
        network().fit(X, Y, **options)


def test_rows_are_shuffled_anew_each_epoch_and_each_row_comes_once():
    seen = []
    model = Sequential([Dense(1, input_dim=1, kernel_initializer="ones")], dtype="float64", seed=3)
    model.compile(SGD(0.0), MeanSquaredError("sum"))
    x = np.arange(8.0)
    watch = LambdaCallback(on_batch_end=lambda batch, logs: seen.append(logs["loss"]))
    model.fit(x, np.zeros(8), batch_size=1, epochs=2, callbacks=[watch], verbose=0)
    first, second = (np.sqrt(np.diff(np.concatenate([[0.0], seen[start : start + 8]]))).round(6) for start in (0, 8))
    assert (
        sorted(first) == sorted(second) == x.tolist()
        and first.tolist() != second.tolist()
        and first.tolist() != x.tolist()
    )
    seen.clear()
    model.fit(x, np.zeros(8), batch_size=1, shuffle=False, callbacks=[watch], verbose=0)
    assert np.sqrt(np.diff(np.concatenate([[0.0], seen]))).round(6).tolist() == x.tolist()


def test_early_stopping_waits_for_the_epochs_that_validate():
    stopping = EarlyStopping(patience=0, monitor="val_loss", mode="max")  # a falling loss is worse at each look
    history = network().fit(X, Y, epochs=9, validation_data=(X, Y), validation_freq=3, callbacks=[stopping], verbose=0)
    assert len(history.epoch) == 6  # looked at after the third epoch and the sixth


def test_a_column_of_ones_is_the_bias_of_a_layer_without_one():
    model = Sequential([Dense(1, input_dim=2, use_bias=False)])
    model.compile(loss="mse", optimizer="sgd")
    ones = np.hstack([np.ones((6, 1)), np.arange(6.0)[:, None]])
    model.fit(ones, np.arange(6.0), verbose=0)  # warnings are errors here


def test_what_a_callback_measures_within_an_epoch_is_not_added_to_its_metrics():
    class Look(Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.evaluate(X, 1 - LABELS)
            self.model.test_on_batch(X, 1 - LABELS)

    histories = [
        binary().fit(X, LABELS, epochs=2, batch_size=4, callbacks=callbacks, verbose=0).history
        for callbacks in ([], [Look()])
    ]
    assert histories[0] == histories[1]
